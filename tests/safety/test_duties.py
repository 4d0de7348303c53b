"""What may have to be reported stands beside a worry, and a contact that is logged settles the asking again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from coachdesk.access import Earlier
from coachdesk.organisation import choices
from coachdesk.organisation.rules import DUTY_WORDS, Duty
from coachdesk.safety import acting, finding
from coachdesk.safety import service as safety
from coachdesk.safety.rules import DUTIES, ConcernKind, Danger, duty_words
from tests.access.helpers import events, hand_over
from tests.cast import MONDAY

if TYPE_CHECKING:
    from coachdesk.safety.models import Concern

CHILD, ADULT, THREAT = "If a child may be in danger", "If it is about an older person", "whom they would hurt"
LAW = "This is a question to ask, not advice about the law."


def _raise(session: Any, cast: Any, kind: ConcernKind = ConcernKind.CHILD) -> Concern:
    made = safety.raise_concern(session, cast.dana, cast.marcus, said=safety.Said(kind, Danger.NO), now=MONDAY)
    session.commit()
    return made


def test_no_sentence_of_ours_says_what_the_law_is():
    assert set(DUTY_WORDS) == set(Duty)
    for words in DUTY_WORDS.values():
        assert "Ask your supervisor" in words
    assert {duty for duties in DUTIES.values() for duty in duties} == set(Duty)


def test_the_organisations_own_words_come_first():
    own = {Duty.CHILD: "Ring 100% of us.", Duty.ADULT: ""}
    said = [str(words) for words in duty_words((Duty.CHILD, Duty.ADULT), own)]
    assert said[0] == "Ring 100% of us."
    assert said[1].startswith(ADULT)


@pytest.mark.parametrize(
    ("kind", "there", "away"),
    [
        (ConcernKind.CHILD, (CHILD, ADULT), (THREAT,)),
        (ConcernKind.VIOLENCE, (CHILD, ADULT), (THREAT,)),
        (ConcernKind.HARM_TO_OTHERS, (THREAT,), (CHILD, ADULT)),
        (ConcernKind.SUICIDE, (), (CHILD, ADULT, THREAT, LAW)),
        (ConcernKind.OTHER, (), (CHILD, ADULT, THREAT, LAW)),
    ],
)
def test_a_worrys_page_says_what_its_kind_may_ask(reader, session, cast, kind, there, away):
    concern = _raise(session, cast, kind)
    for name in ("dana", "ruth"):
        main = reader(name).opens(f"/concerns/{concern.id}").main
        assert all(words in main for words in there)
        assert not any(words in main for words in away)
        assert (LAW in main) == bool(there)


def test_the_form_has_all_three_folded_and_in_the_words_of_the_house(reader, session, cast):
    choices.change_lists(
        session, cast.admin, lists={}, duties={Duty.THREAT: "Ring Ruth at once."}, version=1, now=MONDAY
    )
    session.commit()
    page = reader("dana").opens(f"/people/{cast.marcus}/concerns/new")
    assert all(words in page.main for words in (CHILD, ADULT, "Ring Ruth at once.", LAW))
    assert THREAT not in page.main
    assert not page.soup.find(string="Does it have to be reported?").find_parent("details").has_attr("open")


# ---- asking again


def _settled(session: Any, cast: Any, concern: Concern, who: Any = None) -> list[bool]:
    session.rollback()
    session.expire_all()
    found = [bool(row.contact_id) for row, _read in finding.list_follow_ups(session, who or cast.dana, concern)]
    session.rollback()
    return found


def _log(reader: Any, cast: Any, by: str = "dana", **fields: Any) -> Any:
    coach = reader(by)
    coach.opens(f"/people/{cast.marcus}/check-ins/new")
    coach.sends(how="call", **fields)
    return coach


def test_a_contact_settles_what_has_come_and_is_named_on_the_worrys_page(reader, session, cast, clock):
    concern = _raise(session, cast)
    _log(reader, cast)
    assert _settled(session, cast, concern) == [False, False]
    clock.move(hours=25)
    assert "A day after the worry" in reader("dana").opens("/today").main
    dana = _log(reader, cast)
    assert _settled(session, cast, concern) == [True, False]
    assert "A day after the worry" not in dana.opens("/today").main
    page = dana.opens(f"/concerns/{concern.id}")
    assert "Spoke" in page.main
    assert "Dana Osei, Tue 24 Nov" in page.main


def test_another_coachs_contact_settles_it_and_is_named_too(reader, session, cast, clock):
    concern = _raise(session, cast)
    hand_over(session, cast, "marcus", "imani")
    clock.move(hours=25)
    imani = _log(reader, cast, "imani")
    assert _settled(session, cast, concern, cast.imani) == [True, False]
    for someone in (imani, reader("ruth")):
        page = someone.opens(f"/concerns/{concern.id}")
        assert page.link("Imani Moss, Tue 24 Nov").startswith("/check-ins/")


def test_whoever_may_not_read_a_contact_of_before_is_told_of_it_without_a_link(reader, session, cast, clock):
    concern = _raise(session, cast)
    clock.move(hours=25)
    dana = _log(reader, cast)
    address = dana.opens(f"/concerns/{concern.id}").link("Dana Osei, Tue 24 Nov")
    clock.move(hours=1)
    hand_over(session, cast, "marcus", "imani", Earlier.FROM_TODAY, now=clock.now())
    imani = reader("imani")
    page = imani.opens(f"/concerns/{concern.id}")
    assert "Spoke" in page.main
    assert "Dana Osei, Tue 24 Nov" in page.main
    assert not page.soup.find("a", href=address)
    imani.opens(address, status=404)
    assert reader("ruth").opens(f"/concerns/{concern.id}").link("Dana Osei, Tue 24 Nov") == address


def test_one_contact_settles_both_where_both_have_come(reader, session, cast, clock):
    concern = _raise(session, cast)
    clock.move(hours=80)
    _log(reader, cast)
    assert _settled(session, cast, concern) == [True, True]


def test_a_contact_of_a_day_before_settles_nothing(reader, session, cast, clock):
    concern = _raise(session, cast)
    clock.move(hours=25)
    _log(reader, cast, when="yesterday")
    assert _settled(session, cast, concern) == [False, False]


def test_a_try_settles_nothing(reader, session, cast, clock):
    concern = _raise(session, cast)
    clock.move(hours=25)
    dana = reader("dana")
    dana.opens(f"/people/{cast.marcus}/attempts/new")
    dana.sends()
    assert _settled(session, cast, concern) == [False, False]


def test_what_is_taken_back_is_asked_again(reader, session, cast, clock):
    concern = _raise(session, cast)
    clock.move(hours=25)
    dana = _log(reader, cast)
    assert _settled(session, cast, concern) == [True, False]
    dana.presses("Undo")
    assert _settled(session, cast, concern) == [False, False]


def test_another_contact_that_counts_settles_it_again(reader, session, cast, clock):
    concern = _raise(session, cast)
    clock.move(hours=25)
    dana = _log(reader, cast)
    clock.move(minutes=3)
    _log(reader, cast, "ruth", when="yesterday")
    clock.move(minutes=3)
    _log(reader, cast, "ruth")
    spoke = clock.now()
    clock.move(minutes=3)
    dana.presses("Undo")
    assert _settled(session, cast, concern) == [True, False]
    (first, _read), _second = finding.list_follow_ups(session, cast.dana, concern)
    assert (first.done_by, first.done_at) == (cast.ruth.id, spoke)
    assert "Ruth Mbeki, Tue 24 Nov" in reader("ruth").opens(f"/concerns/{concern.id}").main


def test_a_contact_from_after_the_worry_was_closed_settles_nothing_again(reader, session, cast, clock):
    concern = _raise(session, cast)
    clock.move(hours=25)
    dana = _log(reader, cast)
    acting.close_concern(session, cast.ruth, concern.id, ended="Well again.", now=clock.now())
    session.commit()
    clock.move(minutes=3)
    _log(reader, cast, "ruth")
    dana.presses("Undo")
    assert _settled(session, cast, concern) == [False, False]


def test_asking_again_is_on_the_worrys_trail_whichever_way_it_is_done(reader, session, cast, clock):
    concern = _raise(session, cast)
    clock.move(hours=25)
    dana = _log(reader, cast)
    dana.presses("Undo")
    first, _second = (row.id for row, _read in finding.list_follow_ups(session, cast.dana, concern))
    session.rollback()
    dana.opens("/today")
    dana.posts(f"/concern-follow-ups/{first}/done")
    names = ("concern:followed-up", "concern:follow-up-undone")
    found = [(row.event, row.subject_type, row.subject_id) for row in events(session, cast.marcus, *names)]
    followed, undone = ((name, "concern", concern.id) for name in names)
    assert found == [followed, undone, followed]
