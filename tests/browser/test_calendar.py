"""The address of one's calendar, made on a phone: seen once, taken along, turned off."""

from __future__ import annotations

import pytest

from coachdesk.visits import service as visits
from tests.cast import MONDAY, TODAY
from tests.visits.calendars import entries


@pytest.mark.parametrize("name", ["dana", "marcus"])
def test_somebody_takes_their_hours_along_and_turns_them_off_again(hand, session, cast, scripts, name):
    visits.plan_visit(session, cast.dana, cast.marcus, planned_on=TODAY, now=MONDAY, today=TODAY)
    session.commit()
    someone = hand(name)
    someone.opens("/account")
    someone.taps_on("own calendar")
    someone.taps_on("Make my address")
    assert someone.taps == 2
    address = someone.page.get_by_label("Or copy the address").input_value()
    link = someone.page.get_by_role("link", name="Add to this device’s calendar").get_attribute("href")
    assert link == address.replace("http:", "webcal:")
    answer = someone.page.request.get(address)
    assert len(entries(answer.body())) == 1
    someone.taps_on("How to add it")
    assert someone.reads("Paste the address there.")
    if scripts:
        for width in (320, 390, 1280):
            someone.page.set_viewport_size({"width": width, "height": 844})
            assert not someone.scrolls_sideways(), width
            for light in ("light", "dark"):
                someone.page.emulate_media(color_scheme=light)
                assert someone.breaks() == []
    someone.taps_on("Turn off")
    assert someone.reads("Turned off.")
    assert someone.page.request.get(address).status == 404
