from __future__ import annotations

import pytest

from tests.lived import live

CUT = """() => [...document.querySelectorAll(".tabs a")].filter(tab =>
    tab.scrollWidth > tab.clientWidth + 1 || tab.scrollHeight > tab.clientHeight + 1).length"""
LINES = '() => new Set([...document.querySelectorAll(".tabs a")].map(tab => Math.round(tab.getBoundingClientRect().top))).size'
IN_SIGHT = """() => { const tab = document.querySelector(".tabs [aria-current]").getBoundingClientRect();
    return tab.left >= 0 && tab.right <= innerWidth; }"""


@pytest.mark.parametrize("size", ["100%", "200%"])
@pytest.mark.parametrize("width", [320, 390])
def test_the_tabs_of_a_record_stand_in_one_line(hand, cast, width, size, scripts):
    dana = hand("dana", width=width)
    dana.page.emulate_media(reduced_motion="reduce")
    for tab in ("", "/details"):
        dana.opens(f"/people/{cast.marcus}{tab}")
        dana.page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)
        assert dana.page.evaluate(LINES) == 1
        assert dana.page.evaluate(CUT) == 0
        assert not dana.scrolls_sideways()
        if size == "100%" and scripts:
            assert dana.page.evaluate(IN_SIGHT)


def test_the_line_of_time_is_narrowed_by_touch(hand, cast, session, scripts):
    live(session, cast)
    session.commit()
    dana = hand("dana")
    dana.opens(f"/people/{cast.marcus}/timeline")
    dana.taps_on("Show only some of it")
    dana.taps_on("Check-ins")
    dana.taps_on("Show", exact=True)
    assert dana.page.locator("a.chip.off").count() == 1
    assert not scripts or dana.breaks() == []
    assert not dana.scrolls_sideways()
    dana.taps_on("Show everything")
    assert not dana.page.locator("a.chip.off").count()


def test_later_opens_in_place_by_the_keyboard_and_without_scripts(hand, clock):
    clock.move(days=3)
    dana = hand("dana")
    dana.opens("/today")
    later = dana.page.locator("details.menu > summary").first
    later.focus()
    dana.page.keyboard.press("Enter")
    dana.page.locator("details.menu[open] .sheet button").first.wait_for()
    assert dana.page.url == f"{dana.base}/today"
