"""Every route that takes the id of a person, or of a row about one, against everybody who might ask for it.

One table without gaps: a route that is not in it fails. What may not be seen is not found, its refusal carries nothing
of the record, and a refused write changes nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from string import Formatter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from coachdesk.access import BreakGlass, Restriction, RestrictionKind, Role, TeamMembership, may
from coachdesk.audit import AuditEntry
from coachdesk.checkins import attempts
from coachdesk.checkins import service as checkins
from coachdesk.checkins.models import Review
from coachdesk.checkins.rules import AttemptOutcome
from coachdesk.clients import linking, wishing
from coachdesk.goals import reviewing
from coachdesk.goals import service as goals
from coachdesk.goals.rules import MATTERS_WORDS
from coachdesk.notify import Channel as Way
from coachdesk.notify import Delivery, Notice, deliver
from coachdesk.reminders import by_hand as changing
from coachdesk.reminders import deriving, ledger, planning, queueing
from coachdesk.reminders import service as reminders
from coachdesk.reminders.looking import Telling
from coachdesk.reminders.repeating import Often
from coachdesk.safety import acting
from coachdesk.safety import service as safety
from coachdesk.safety.models import Concern, ConcernFollowUp
from coachdesk.visits import recurring
from coachdesk.visits.models import Visit
from coachdesk.visits.rules import Channel, Pattern, Repeat
from coachdesk.web.room import GATE
from tests.access.helpers import break_glass, everything, hand_over
from tests.cast import MONDAY, TODAY, ZONE, _account
from tests.lived import live

if TYPE_CHECKING:
    from collections.abc import Callable

    from coachdesk.access import Identity
    from coachdesk.reminders.rules import Due
    from tests.cast import Cast

DAY = dt.timedelta(days=1)
EASTERN = ZoneInfo(ZONE)
LEAKS = (
    "Marcus",
    "Tell",
    "Sleeping better",
    "A place of my own",
    "Hand in the form",
    "Food pantry",
    "Bring the form",
    "Nobody picked up",
    "Fewer bad nights",
    "Half a thought",
    "her sister",
    "her mother",
    "stop answering",
    "Text first",
    "A quiet house by water",
    "Never misses a bus",
    "My aunt Oda",
    "First night in my room",
    "555 0166",
    "010 2030",
)

# ---- who asks, and how the record stands to them -------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """Somebody who asks: their name in the cast, and what is done to the record before they do."""

    actor: str
    prepare: Callable[[Any, Cast], object] = lambda _session, _cast: None


def _given_away(session: Any, cast: Cast) -> None:
    hand_over(session, cast, "marcus", "chris")


def _kept_from(name: str) -> Callable[[Any, Cast], None]:
    def keep(session: Any, cast: Cast) -> None:
        session.add(
            Restriction(
                client_id=cast.marcus,
                user_id=cast.staff[name].id,
                kind=RestrictionKind.KIN,
                started_at=MONDAY,
                started_by=cast.admin.id,
            )
        )
        session.commit()

    return keep


def _opened(session: Any, cast: Cast) -> None:
    session.execute(sa.update(BreakGlass).values(closed_at=None))
    session.commit()


COLUMNS = {
    "coach, own": Column("dana"),
    "coach, other": Column("chris"),
    "coach, former": Column("dana", _given_away),
    "coach, restricted": Column("dana", _kept_from("dana")),
    "supervisor, own": Column("ruth"),
    "supervisor, other": Column("omar"),
    "supervisor, former": Column("ruth", _given_away),
    "supervisor, restricted": Column("ruth", _kept_from("ruth")),
    "supervisor, break-glass": Column("omar", _opened),
    "person, own": Column("marcus"),
    "person, other": Column("hana"),
    "person, former": Column("marcus", _given_away),
    "person, restricted": Column("marcus", _kept_from("dana")),
    "administrator, own": Column("admin"),
    "administrator, other": Column("admin"),
    "administrator, former": Column("admin", _given_away),
    "administrator, restricted": Column("admin", _kept_from("dana")),
}
# Y: theirs. A dot: not found. n: answered, since nothing of anybody's is touched or told (a button of one's own lists).
#         coach supervisor person administrator, each own, other, former, restricted; the supervisor break-glass too
RECORD = "Y... Y...Y .... ...."
LASTING = "Y... Y.... .... ...."
AUTHOR = "Y... ..... .... ...."
TEAMS = ".... Y.... .... ...."
ASKED = ".... Y...Y .... ...."
PERSON = ".... ..... Y.YY ...."
ADMIN = ".... ..... .... YYYY"
GLASS = ".... ....Y .... ...."
LATE = "n... n.... .... ...."
NOBODY = ".... ..... .... ...."
DRAFT = "Ynnn nnnnn nnnn nnnn"
NOTICE = "nnnn YnYYn .... ...."
TOLD = "Y.nn ..... .... ...."

# ---- the table -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A route: its address with the ids of a lived record, what is sent, and who gets which answer."""

    who: str
    method: str
    path: str
    data: dict[str, str] = field(default_factory=dict)


_DAY = {"day": "30", "month": "11", "year": "2026"}


def _day(name: str) -> dict[str, str]:
    return {f"{name}-{part}": value for part, value in _DAY.items()}


P = "/people/{marcus}"
V, S = P + "/visits/{visit}", "/visit-series/{series}"
MATRIX: dict[str, Row] = {
    # pages of the record
    "desk.record": Row(RECORD, "GET", P),
    "desk.goals": Row(RECORD, "GET", P + "/goals"),
    "desk.sheet": Row(RECORD, "GET", P + "/sheet"),
    "desk.timeline": Row(RECORD, "GET", P + "/timeline"),
    "desk.looks": Row(RECORD, "GET", P + "/looks"),
    "desk.referrals": Row(RECORD, "GET", P + "/referrals"),
    "desk.details": Row(RECORD, "GET", P + "/details"),
    "clients.edit_person": Row(RECORD, "GET", P + "/edit"),
    "clients.change_person": Row(
        RECORD, "POST", P + "/edit", {"first_name": "Marc", "rhythm_days": "7", "version": "1"}
    ),
    "clients.number_works": Row(RECORD, "POST", P + "/number-works"),
    "clients.course": Row(LASTING, "GET", P + "/coaching"),
    "clients.change_level": Row(LASTING, "POST", P + "/coaching/level", {"level": "check_ins"}),
    "clients.pause": Row(LASTING, "POST", P + "/pauses", _day("until_on")),
    "clients.resume": Row(LASTING, "POST", P + "/pauses/ending"),
    # what matters to them, and the ways to reach them
    "desk.about": Row(RECORD, "GET", P + "/about"),
    "clients.edit_card": Row(RECORD, "GET", P + "/about/vision"),
    "clients.write_card": Row(RECORD, "POST", P + "/about/lost", {"words": "Ring my aunt.", "version": "0"}),
    "clients.new_point": Row(RECORD, "GET", P + "/contact-points/new?kind=email"),
    "clients.add_point": Row(RECORD, "POST", P + "/contact-points/new", {"value": "555 0177"}),
    "clients.edit_point": Row(RECORD, "GET", "/contact-points/{point}/edit"),
    "clients.change_point": Row(RECORD, "POST", "/contact-points/{point}/edit", {"value": "555 0178", "version": "1"}),
    "clients.end_point": Row(RECORD, "POST", "/contact-points/{point}/ending"),
    "clients.put_point_back": Row(RECORD, "POST", "/contact-points/{point}/ending/undo"),
    "clients.new_supporter": Row(RECORD, "GET", P + "/supporters/new"),
    "clients.add_supporter": Row(RECORD, "POST", P + "/supporters/new", {"name": "The choir"}),
    "clients.edit_supporter": Row(RECORD, "GET", "/supporters/{supporter}/edit"),
    "clients.change_supporter": Row(RECORD, "POST", "/supporters/{supporter}/edit", {"name": "Bo", "version": "1"}),
    "clients.end_supporter": Row(RECORD, "POST", "/supporters/{supporter}/ending"),
    "clients.put_supporter_back": Row(RECORD, "POST", "/supporters/{supporter}/ending/undo"),
    "clients.new_milestone": Row(RECORD, "GET", P + "/milestones/new"),
    "clients.add_milestone": Row(RECORD, "POST", P + "/milestones/new", {"words": "A key.", **_day("marked_on")}),
    "clients.edit_milestone": Row(RECORD, "GET", "/milestones/{milestone}/edit"),
    "clients.change_milestone": Row(
        RECORD, "POST", "/milestones/{milestone}/edit", {"words": "A key.", "version": "1", **_day("marked_on")}
    ),
    "clients.end_milestone": Row(RECORD, "POST", "/milestones/{milestone}/ending"),
    "clients.put_milestone_back": Row(RECORD, "POST", "/milestones/{milestone}/ending/undo"),
    "clients.same_person": Row(LASTING, "GET", P + "/same-person"),
    # Lena walks with Dana too; who sees only one of the two records does not find what links them.
    "clients.link_person": Row(LASTING, "POST", P + "/same-person", {"other_id": "{lena}"}),
    "clients.end_link": Row(LASTING, "POST", "/person-links/{link}/ending"),
    "clients.put_link_back": Row(LASTING, "POST", "/person-links/{link}/ending/undo"),
    "clients.invite_person": Row(LASTING, "POST", P + "/invitation"),
    "clients.restrictions": Row(TEAMS, "GET", P + "/restrictions"),
    "clients.restrict": Row(TEAMS, "POST", P + "/restrictions", {"user_id": "{omar}", "kind": "kin"}),
    "clients.end_restriction": Row(TEAMS, "POST", "/restrictions/{restriction}/ending"),
    # before a check-in, which puts another plan in place of it
    "visits.cancel": Row(RECORD, "POST", V + "/cancellation"),
    "visits.take_back": Row(RECORD, "POST", V + "/cancellation/undo"),
    "visits.show_move": Row(RECORD, "GET", V + "/move"),
    "visits.move": Row(RECORD, "POST", V + "/move", {"version": "3", **_day("planned_on")}),
    "visits.put_back": Row(RECORD, "POST", P + "/visits/{occurrence}/move/undo"),
    "visits.show_off": Row(RECORD, "GET", V + "/off"),
    "visits.call_off": Row(RECORD, "POST", V + "/off", {"off_by": "person", "then": "nothing"}),
    "visits.edit_series": Row(RECORD, "GET", S + "/edit"),
    "visits.end_series": Row(RECORD, "POST", S + "/ending"),
    "visits.resume_series": Row(RECORD, "POST", S + "/ending/undo"),
    "visits.change_series": Row(RECORD, "POST", S + "/edit", {"version": "3", "repeat": "daily", **_day("planned_on")}),
    "clients.close": Row(LASTING, "POST", P + "/closure", {"ending": "completed"}),
    "clients.reopen": Row(LASTING, "POST", P + "/reopening"),
    # check-ins and tries
    "checkins.new_checkin": Row(RECORD, "GET", P + "/check-ins/new"),
    "checkins.new_attempt": Row(RECORD, "GET", P + "/attempts/new"),
    "checkins.keep_correction": Row(RECORD, "POST", "/check-ins/{checkin}/corrections/draft", {"text": "Half"}),
    "checkins.keep_draft": Row(RECORD, "POST", P + "/check-ins/draft", {"note": "Half"}),
    "checkins.log": Row(RECORD, "POST", P + "/check-ins/new", {"how": "call", "when": "now", "next": "rhythm"}),
    "checkins.log_attempt": Row(
        RECORD, "POST", P + "/attempts/new", {"how": "tried", "when": "now", "outcome": "no_answer"}
    ),
    "checkins.show_checkin": Row(RECORD, "GET", "/check-ins/{checkin}"),
    "checkins.correct": Row(RECORD, "POST", "/check-ins/{checkin}/corrections", {"text": "More."}),
    "checkins.withdraw": Row(AUTHOR, "POST", "/check-ins/{checkin}/withdrawal"),
    "checkins.withdraw_attempt": Row(AUTHOR, "POST", "/attempts/{attempt}/withdrawal"),
    "drafts.discard": Row(DRAFT, "POST", "/drafts/check-in/{marcus}/discard"),
    "drafts.bring_back": Row(AUTHOR, "POST", "/drafts/check-in/{marcus}/bringing-back"),
    # safety: the worry is the staff's, the plan the person's own
    "safety.new_concern": Row(RECORD, "GET", P + "/concerns/new"),
    "safety.raise_concern": Row(RECORD, "POST", P + "/concerns/new", {"kind": "other", "danger": "no"}),
    "safety.show_concern": Row(RECORD, "GET", "/concerns/{concern}"),
    "safety.tell_more": Row(RECORD, "GET", "/concerns/{open_concern}/more"),
    "safety.say_more": Row(RECORD, "POST", "/concerns/{open_concern}/more", {"kind": "other", "danger": "no"}),
    "safety.add_action": Row(RECORD, "POST", "/concerns/{open_concern}/actions", {"words": "Rang.", "when": "now"}),
    "safety.follow_up": Row(RECORD, "POST", "/concern-follow-ups/{follow_up}/done"),
    "safety.show_person": Row(RECORD, "GET", P + "/safety"),
    "safety.edit_plan": Row(RECORD, "GET", P + "/safety-plan"),
    "safety.write_plan": Row(RECORD, "POST", P + "/safety-plan", {"signs": "Anew.", "version": "1"}),
    "safety.show_plan": Row(RECORD, "GET", "/safety-plans/{plan}"),
    # goals
    "goals.new_goal": Row(RECORD, "GET", P + "/goals/new"),
    "goals.set_goal": Row(RECORD, "POST", P + "/goals/new", {"words": "Swim.", "domain": "home", "status": "active"}),
    "goals.edit_goal": Row(RECORD, "GET", "/goals/{goal}/edit"),
    "goals.review": Row(RECORD, "GET", "/goals/{goal}/reviews/new"),
    "goals.answer": Row(RECORD, "POST", "/goals/{goal}/reviews/new?question=1", {"gone_well": "Much."}),
    "goals.show_review": Row(RECORD, "GET", "/goal-reviews/{goal_review}"),
    "goals.add_step": Row(RECORD, "POST", "/goals/{goal}/steps", {"words": "One more."}),
    "goals.complete_step": Row(RECORD, "POST", "/steps/{step}/completion"),
    "goals.undo_step": Row(RECORD, "POST", "/steps/{step}/completion/undo"),
    "goals.change_goal": Row(
        RECORD,
        "POST",
        "/goals/{goal}/edit",
        {"words": "Swim.", "domain": "home", "status": "active", "version": "{goal_version}", **_day("next_review_on")},
    ),
    # referrals, reminders, visits
    "referrals.new_referral": Row(RECORD, "GET", P + "/referrals/new"),
    "referrals.make_referral": Row(
        RECORD, "POST", P + "/referrals/new", {"service": "A bus pass", "need": "other", "agreed": "coach_calls"}
    ),
    "referrals.show_referral": Row(RECORD, "GET", "/referrals/{referral}"),
    "referrals.withdraw_yes": Row(RECORD, "POST", "/referrals/{referral}/yes/withdrawal"),
    "referrals.move": Row(RECORD, "POST", "/referrals/{referral}", {"to": "closed", "reason": "other", "version": "2"}),
    "reminders.new_reminder": Row(LASTING, "GET", P + "/reminders/new"),
    "reminders.set_reminder": Row(LASTING, "POST", P + "/reminders/new", {"text": "Ring.", "when": "tomorrow"}),
    "reminders.move_later": Row(AUTHOR, "POST", "/reminders/later", {"key": "{key}", "until": "tomorrow"}),
    # its reader's, whoever has the person now; it says nothing of whom they no longer see
    "reminders.show_told": Row(TOLD, "GET", "/told/{told}"),
    "reminders.undo": Row(AUTHOR, "POST", "/reminders/acts/{act}/undo"),
    "reminders.let_be_last": Row(AUTHOR, "POST", "/reminders/{weekly_reminder}/last"),
    "reminders.let_go_on": Row(AUTHOR, "POST", "/reminders/{weekly_reminder}/last/undo"),
    "reminders.edit_reminder": Row(AUTHOR, "GET", "/reminders/{own_reminder}"),
    "reminders.change_reminder": Row(
        AUTHOR,
        "POST",
        "/reminders/{own_reminder}",
        {"text": "Ring.", "version": "1", "repeat": "once", **_day("due_on")},
    ),
    "reminders.take_back": Row(AUTHOR, "POST", "/reminders/{own_reminder}/taken-back"),
    "reminders.put_back": Row(AUTHOR, "POST", "/reminders/{withdrawn}/taken-back/undo"),
    "reminders.set_aside": Row(
        AUTHOR, "POST", "/reminders/not-needed", {"key": "{second_key}", "reason": "not_wanted"}
    ),
    "reminders.done": Row(AUTHOR, "POST", "/reminders/done", {"key": "{key}"}),
    "reminders.see": Row(NOTICE, "POST", "/notices/{notice}/seen"),
    "visits.new_visit": Row(RECORD, "GET", P + "/visits/new"),
    "visits.plan": Row(RECORD, "POST", P + "/visits/new", _day("planned_on")),
    # what supervisors do
    "safety.take": Row(TEAMS, "POST", "/concerns/{concern}/taking"),
    "safety.give_back": Row(TEAMS, "POST", "/concerns/{taken}/giving-back"),
    "safety.hand_on": Row(TEAMS, "POST", "/concerns/{concern}/handing-on", {"to": "{pat}"}),
    "safety.reopen": Row(TEAMS, "POST", "/concerns/{closed}/reopening"),
    "safety.close": Row(TEAMS, "POST", "/concerns/{concern}/closing", {"ended": "Well."}),
    "supervision.review": Row(TEAMS, "GET", "/team/reviews/{review}"),
    "supervision.sign_off": Row(TEAMS, "POST", "/team/reviews/{review}", {"text": "Thank you."}),
    "supervision.talk": Row(TEAMS, "POST", "/team/reviews/{second_review}/talk", {"text": "Let us talk."}),
    "supervision.ask_coach": Row(ASKED, "POST", "/team" + P + "/ask"),
    "supervision.pack": Row(RECORD, "GET", P + "/pack"),
    "supervision.hand_over": Row(TEAMS, "GET", P + "/hand-over"),
    "supervision.show_wish": Row(TEAMS, "GET", P + "/coach-wish"),
    "supervision.answer_wish": Row(TEAMS, "POST", P + "/coach-wish"),
    "supervision.close_record": Row(GLASS, "POST", "/break-glass/{look}/closing"),
    # the person's own
    "portal.did_step": Row(PERSON, "POST", "/my-goals/steps/{step}/done"),
    "portal.undo": Row(PERSON, "POST", "/my-goals/steps/{step}/done/undo"),
    "portal.show_visit": Row(PERSON, "GET", "/my-goals/visits/{occurrence}"),
    "portal.cannot_make_it": Row(PERSON, "POST", "/my-goals/visits/{occurrence}", {"then": "another"}),
    "portal.can_make_it": Row(PERSON, "POST", "/my-goals/visits/{occurrence}/undo"),
    "portal.ask_help": Row(PERSON, "POST", "/my-goals/help", {"step": "{step}"}),
    # what administrators do: names, coaches, restrictions, never a story
    "admin.person": Row(ADMIN, "GET", "/admin" + P),
    "admin.choose_coach": Row(ADMIN, "GET", "/admin" + P + "/coach"),
    "admin.look": Row(ADMIN, "GET", "/admin/break-glass/{look}"),
    "admin.review_look": Row(ADMIN, "POST", "/admin/break-glass/{look}", {"outcome": "talk", "words": "Ask first."}),
    "admin.try_again": Row(ADMIN, "POST", "/admin/reminders/{told}/again"),
    "admin.restrict": Row(ADMIN, "POST", "/admin" + P + "/restrictions", {"user_id": "{omar}", "kind": "kin"}),
    "admin.end_restriction": Row(ADMIN, "POST", "/admin/restrictions/{restriction}/ending"),
    "admin.assign": Row(ADMIN, "POST", "/admin" + P + "/coach", {"coach_id": "{chris}", "earlier": "everything"}),
    "supervision.open_earlier": Row(NOBODY, "POST", P + "/hand-over/earlier"),  # everything is open here
    "supervision.close_earlier": Row(NOBODY, "POST", P + "/hand-over/{lena}/earlier/undo"),
    "clients.take_on": Row(LATE, "POST", "/people/waiting/{marcus}"),  # who has a coach is taken on by nobody
    "supervision.give": Row(TEAMS, "POST", P + "/hand-over", {"coach_id": "{imani}", "earlier": "everything"}),
}
OF_NOBODY = {
    "day",
    "import_id",
    "away_id",
    "line_id",
    "user_id",
    "team_id",
    "service_id",
    "session_id",
    "unsent_id",
    "draft_id",
    "token",
    "word",
    "secret",
    "way_id",
    "form",
    "filename",
}
"""What an address may hold that is neither a person nor a row about one; each is asked for in its own room's tests."""
WITHOUT_ID = {"reminders.done", "reminders.move_later", "reminders.set_aside", "portal.ask_help"}
"""Here the id lies in a field."""


_NAMES = {name for row in MATRIX.values() for _text, name, *_rest in Formatter().parse(row.path) if name}


def _takes_ids_of_people(rule: Any) -> bool:
    return bool(set(rule.arguments) - OF_NOBODY)


def test_no_route_about_a_person_is_missing_and_no_column_is_empty(app):
    wanted = {rule.endpoint for rule in app.url_map.iter_rules() if _takes_ids_of_people(rule)}
    assert set(MATRIX) == wanted | WITHOUT_ID
    nobody, addresses = dict.fromkeys(_NAMES, uuid.uuid4()), app.url_map.bind("localhost")
    for endpoint, row in MATRIX.items():
        assert len(row.who.replace(" ", "")) == len(COLUMNS), endpoint
        path = row.path.format(**nobody).split("?")[0]
        assert addresses.match(path, method=row.method)[0] == endpoint
    roles = {name.split(",")[0] for name in COLUMNS}
    for role in roles:
        assert {f"{role}, {state}" for state in ("own", "other", "former", "restricted")} <= set(COLUMNS)


@pytest.fixture
def ids(session: Any, cast: Cast, clock: Any) -> dict[str, Any]:
    """A record of Marcus with a row of every kind that an address can name."""
    found: dict[str, Any] = dict(live(session, cast))
    log: dict[str, Any] = {"channel": Channel.CALL, "next_on": TODAY + DAY, "now": MONDAY, "today": TODAY}
    dana, marcus = cast.dana, cast.marcus
    checkins.log_checkin(session, dana, marcus, held_on=TODAY, note="Sleeping better.", worried=True, **log)
    taken = session.scalars(sa.select(Concern).order_by(Concern.id)).all()
    acting.take_concern(session, cast.ruth, taken[1].id, now=MONDAY)
    found |= {"concern": taken[0].id, "taken": taken[1].id} | _safety(session, cast)
    found["attempt"] = attempts.log_attempt(
        session,
        dana,
        marcus,
        outcome=AttemptOutcome.NO_ANSWER,
        tried_on=TODAY,
        note="Nobody picked up.",
        now=MONDAY,
        today=TODAY,
    ).entry.id
    found["goal_review"] = reviewing.review_goal(
        session,
        dana,
        found["goal"],
        gone_well="Fewer bad nights.",
        matters=next(iter(MATTERS_WORDS)),
        now=MONDAY,
        today=TODAY,
    ).id
    goal = goals.find_goal(session, dana, found["goal"])
    found |= {"step": goal.steps[0].id, "goal_version": goal.version}
    found["review"], found["second_review"] = session.scalars(sa.select(Review.id).order_by(Review.id)).all()[:2]
    link = linking.link_people(session, dana, marcus, cast.lena, now=MONDAY)
    linking.end_link(session, dana, link.id, now=MONDAY)
    found |= {"link": link.id, "lena": cast.lena}
    found["visit"] = session.scalar(sa.select(Visit.id).where(Visit.closed_at.is_(None)))
    weekly = Pattern(Repeat.WEEKLY, TODAY, weekdays=frozenset([0]))
    found["series"] = recurring.begin_series(session, dana, marcus, weekly, now=MONDAY, today=TODAY).id
    found["occurrence"] = session.scalar(sa.select(Visit.id).where(Visit.series_id == found["series"]))
    wishing.wish(session, cast.accounts["marcus"], words="Somebody older.", now=MONDAY, today=TODAY)
    reminders.set_reminder(session, dana, marcus, text="Hand in the form", due_on=TODAY, zone=EASTERN, now=MONDAY)
    taken = reminders.set_reminder(session, dana, marcus, text="Ring", due_on=TODAY, zone=EASTERN, now=MONDAY)
    ahead = TODAY + 20 * DAY
    own = reminders.set_reminder(session, dana, marcus, text="Ring", due_on=ahead, zone=EASTERN, now=MONDAY)
    found["own_reminder"] = own.id
    weekly_one = reminders.set_reminder(
        session, dana, marcus, text="Ask", due_on=ahead, zone=EASTERN, repeat=Often.WEEKLY, now=MONDAY
    )
    found["weekly_reminder"] = weekly_one.id
    found["withdrawn"] = changing.take_back(session, dana, taken.id, now=MONDAY).id
    due, second = [
        due for known in _known(session, cast) for due in known if due.rule == "by_hand" and due.recipient == dana.id
    ]
    act = ledger.later(session, dana, due.key, until=MONDAY + DAY, now=MONDAY, today=TODAY)
    found |= {"key": due.key, "act": act.id, "second_key": second.key, "told": _mail_of(session, dana, due)}
    _keep_draft(session, cast)
    session.commit()
    found["look"] = break_glass(session, cast, "omar", "marcus", last="Tell").id
    session.execute(sa.update(BreakGlass).values(closed_at=MONDAY))
    _kept_from("imani")(session, cast)
    found["restriction"] = session.scalar(sa.select(Restriction.id))
    deliver(session, None, claimant=uuid.uuid4(), clock=clock.now, still_wanted=planning.still_wanted)
    found["notice"] = session.scalar(
        sa.select(Notice.id).where(Notice.recipient_id == cast.ruth.id, Notice.seen_at.is_(None)).limit(1)
    )
    assert all(found.values()), found
    return {**found, **{name: identity.id for name, identity in cast.staff.items()}}


def _safety(session: Any, cast: Cast) -> dict[str, Any]:
    """A worry that stays open, one that was closed, a moment to ask again that has come; and another supervisor."""
    raised = [safety.raise_concern(session, cast.dana, cast.marcus, now=MONDAY - DAY) for _each in range(2)]
    acting.add_action(session, cast.dana, raised[0].id, words="I called her sister.", now=MONDAY)
    acting.close_concern(session, cast.ruth, raised[1].id, ended="Sleeping at her mother’s.", now=MONDAY)
    again = sa.select(ConcernFollowUp.id).where(ConcernFollowUp.concern_id == raised[0].id, ConcernFollowUp.hours == 24)
    pat = _account(session, cast, "pat", "Grey", Role.SUPERVISOR, MONDAY)
    team = session.scalar(sa.select(TeamMembership.team_id).where(TeamMembership.user_id == cast.ruth.id))
    session.add(TeamMembership(team_id=team, user_id=pat.id, started_at=MONDAY, started_by=cast.admin.id))
    found = {"open_concern": raised[0].id, "closed": raised[1].id, "follow_up": session.scalar(again), "pat": pat.id}
    session.commit()
    return found


def _known(session: Any, cast: Cast) -> Any:
    from coachdesk.reminders import facts
    from coachdesk.reminders.rules import due_items

    return [list(due_items(known.facts, TODAY)) for known in facts.list_known(session, cast.dana)]


def _mail_of(session: Any, reader: Identity, due: Due) -> uuid.UUID:
    """Tell somebody by a mail; return the id that its link holds."""
    mail = Telling(deriving.map_readers(session)[reader.id], Way.EMAIL, [due], f"{due.key}:email")
    assert queueing.queue(session, [mail], now=MONDAY)
    found: uuid.UUID = session.scalar(sa.select(Delivery.id).where(Delivery.key == mail.key))
    return found


def _keep_draft(session: Any, cast: Cast) -> None:
    from coachdesk.drafts import service as drafts

    drafts.save_draft(
        session,
        cast.dana,
        cast.marcus,
        form="check-in",
        subject_id=cast.marcus,
        fields={"note": ["Half a thought"]},
        path=f"/people/{cast.marcus}/check-ins/new",
        now=MONDAY,
    )


@pytest.mark.asvs("8.2.1")
@pytest.mark.asvs("8.2.2")
@pytest.mark.asvs("8.3.1")
@pytest.mark.parametrize("name", COLUMNS)
def test_the_matrix(app: Any, reader: Any, session: Any, cast: Cast, ids: dict[str, Any], name: str) -> None:
    column, place = COLUMNS[name], list(COLUMNS).index(name)
    column.prepare(session, cast)
    someone = reader(column.actor)
    someone.opens("/account")
    identity = cast.staff.get(column.actor) or cast.accounts[column.actor]
    answers = {endpoint: row.who.replace(" ", "")[place] for endpoint, row in MATRIX.items()}
    wrong, stood = [], everything(session)
    # What is refused first, so that nothing said after an act of one's own stands on a refusal's page.
    for wanted in (".", "n", "Y"):
        for endpoint in (key for key, answer in answers.items() if answer == wanted):
            wrong += _fault(app, someone, session, endpoint, ids, wanted, identity)
            if wanted != "Y":
                stands = everything(session)
                wrong += [f"{endpoint} changed {table}" for table, rows in stands.items() if stood[table] != rows]
                stood = stands
    assert wrong == [], "\n".join(wrong)


def _fault(
    app: Any, someone: Any, session: Any, endpoint: str, ids: dict[str, Any], wanted: str, identity: Identity
) -> list[str]:
    row = MATRIX[endpoint]
    path = row.path.format(**ids)
    data = {name: value.format(**ids) for name, value in row.data.items()}
    noted = _refusals(session)
    if row.method == "GET":
        page = someone.looks(path)
    else:
        page = someone.sends_raw(path, {"csrf_token": someone.token, "form_key": str(uuid.uuid4()), **data})
    said = f"{page.text} {page.response.headers}"
    where = f"{endpoint}: {page.status}"
    answered = 200 if row.method == "GET" else 303
    if wanted == "Y":
        return [] if page.status == answered else [f"{where} {page.main[:200]}"]
    faults = [] if page.status == (404 if wanted == "." else answered) else [f"{where}, not {wanted}"]
    mine = {"Marcus", "Tell"} if identity.name == "Marcus" or _has_open(session, identity) else set()
    faults += [f"{where} tells {word}" for word in LEAKS if word in said and word not in mine]
    by_role = not may(identity, app.extensions[GATE][endpoint].action)
    if _refusals(session) - noted != int(by_role):
        faults.append(f"{where} left {_refusals(session) - noted} rows of refusal")
    return faults


def _has_open(session: Any, identity: Identity) -> bool:
    """Say whether the banner of an open record, which is theirs to read, stands on every page of this reader."""
    if identity.role is not Role.SUPERVISOR:
        return False
    found = sa.select(BreakGlass.id).where(BreakGlass.user_id == identity.id, BreakGlass.closed_at.is_(None))
    return session.scalar(found) is not None


def _refusals(session: Any) -> int:
    session.rollback()
    count: int = session.scalar(
        sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.event == "access:refused")
    )
    return count
