"""A word is planted wherever anybody can write; then everything is planned and sent, and all that leaves is read."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from coachdesk import scheduler
from coachdesk.access import GlassOutcome
from coachdesk.accounts import changes, links
from coachdesk.accounts import service as accounts
from coachdesk.audit import Event
from coachdesk.checkins import service as checkins
from coachdesk.checkins.parts import More, Planned
from coachdesk.clients import episodes, glass_reviews, wishing
from coachdesk.db import Base, EncryptedJson, EncryptedText, writing
from coachdesk.drafts.models import Unsent
from coachdesk.notify import ASKED_SUBJECT, PERSON_SUBJECT, SUBJECT, Channel, Delivery, DeliveryState, Topic
from coachdesk.reminders import choosing, foreseen
from coachdesk.reminders.prefs import LEAVES, Prefs
from coachdesk.safety import service as safety
from coachdesk.safety.rules import ConcernKind, Danger
from coachdesk.visits.rules import Channel as Meeting
from tests.access.helpers import break_glass, hand_over
from tests.cast import MONDAY, TODAY, agree
from tests.desk.test_importing import reads, table
from tests.gateway import Gateway, add_way
from tests.test_in_clear import DIRECTORY, IN_CLEAR, NAME
from tests.test_logs import said  # noqa: F401 - everything logged at the most talkative level
from tests.test_matrix import ids  # noqa: F401 - a record with a row of every kind
from tests.visits.calendars import ask, entries, make

if TYPE_CHECKING:
    import io

    from tests.post import Post

CANARY, DAY = "Quillfeather", dt.timedelta(days=1)
HEALTH = (
    "recover",
    "sober",
    "sobriety",
    "addict",
    "relapse",
    "substance",
    "treatment",
    "rehab",
    "alcohol",
    "overdose",
    "therap",
    "patient",
    "medication",
    "mental",
    "peer support",
)
SAID = safety.Said(next(iter(ConcernKind)), Danger.YES, CANARY, CANARY, CANARY, CANARY, CANARY)
OURS = {"delivery.address", "delivery.body", "delivery.path", "notice.path", "unsent.path"}
"""Sealed too, and written by us: where a message goes, and one of a few sentences."""
ADDRESSES = {"client.email", "outside_way.url", "telling_pref.chat_name", "telling_pref.phone"}
"""Sealed too, and where something is sent to; a wrong one is sent nothing."""
SECRETS = {"passkey.name", "user_account.tf_totp_secret", "user_account.mf_recovery_codes"}
"""Ways in; nothing of them is told to anybody."""
NO_WORDS = {"client.birth_day", "check_in.happened"}
"""Sealed too: a day, and words of a fixed list."""


def wherever_somebody_writes() -> list[sa.Column[Any]]:
    """Every column that holds words of somebody's: all that is sealed, and the names that lie in clear."""
    clear = {name for name, why in IN_CLEAR.items() if why in (NAME, DIRECTORY)} | {"organisation.name"}
    found = []
    for kept in Base.metadata.sorted_tables:
        for column in kept.columns:
            name = f"{kept.name}.{column.name}"
            sealed = isinstance(column.type, EncryptedText | EncryptedJson)
            if (sealed or name in clear) and name not in OURS | ADDRESSES | SECRETS | NO_WORDS:
                found.append(column)
    return found


def plant(session: Any) -> set[str]:
    """Write the word into every such column of every row there is; return the columns that had one."""
    planted: set[str] = set()
    for column in wherever_somebody_writes():
        kept, key = column.table, list(column.table.primary_key)
        for row in session.execute(sa.select(*key)).all():
            words: Any = f"{CANARY} {column.name} {len(planted)}-{str(row[0])[:8]}"
            if isinstance(column.type, EncryptedJson):
                words = {"note": [words]}
            same = [part == value for part, value in zip(key, row, strict=True)]
            session.execute(sa.update(kept).where(*same).values({column: words}))
            planted.add(f"{kept.name}.{column.name}")
    session.commit()
    session.expire_all()
    return planted


def write_more(session: Any, cast: Any, ids: dict[str, Any], dana: Any) -> None:  # noqa: F811
    """Write what a lived record has none of yet, so that no table with words is empty."""
    more = More(plans=[Planned(CANARY)], supervision_line=CANARY)
    when: dict[str, Any] = {"now": MONDAY, "today": TODAY}
    with writing():
        checkins.log_checkin(
            session,
            cast.dana,
            cast.marcus,
            channel=Meeting.CALL,
            held_on=TODAY,
            next_on=TODAY + 3 * DAY,
            more=more,
            **when,
        )
        checkins.correct_checkin(session, cast.dana, ids["checkin"], text=CANARY, now=MONDAY)
        episodes.pause(session, cast.chris, cast.hana, until_on=TODAY + 5 * DAY, words=CANARY, **when)
        glass_reviews.review_look(session, cast.admin, ids["look"], outcome=GlassOutcome.TALK, words=CANARY, now=MONDAY)
        session.add(Unsent(user_id=cast.dana.id, path="/today", fields={"note": [CANARY]}, kept_at=MONDAY))
        session.commit()
    hand_over(session, cast, "aisha", "dana")
    reads(dana, table(f"{CANARY},Hale,,,,,"))


def happen(session: Any, cast: Any) -> None:
    """Let happen what tells somebody by mail at once."""
    with writing():
        safety.raise_concern(session, cast.dana, cast.marcus, said=SAID, now=MONDAY)
        wishing.wish(session, cast.accounts["hana"], words=CANARY, now=MONDAY, today=TODAY)
        for name in ("dana", "marcus"):
            links.ask_return(session, cast.email(name), now=MONDAY)
        dana = accounts.find_user(session, cast.dana.id)
        changes.tell_owner(session, dana, Event.PASSPHRASE_CHANGED, now=MONDAY)
        session.commit()


def test_no_word_of_anybodys_and_none_about_health_leaves_the_building(
    app: Any,
    session: Any,
    reader: Any,
    cast: Any,
    clock: Any,
    post: Post,
    gateway: Gateway,
    ids: dict[str, Any],  # noqa: F811
    said: io.StringIO,  # noqa: F811
    caplog: Any,
) -> None:
    caplog.set_level(logging.DEBUG)
    house = app.extensions["coachdesk"]
    house.settings = replace(house.settings, smtp_url=post.url)
    _tell_by_all_ways(session, cast, gateway)
    agree(session, cast)
    session.commit()
    break_glass(session, cast, "omar", "lena", last="Ortiz")
    write_more(session, cast, ids, reader("dana"))
    plant(session)  # what is told at once is told of whoever has the word for a name
    happen(session, cast)
    foreseen.keep(session, now=clock.now())
    planted = plant(session)
    paths = [make(session, one, MONDAY) for one in (cast.dana, cast.accounts["marcus"])]
    calendars = []
    for hours in (0, *[12] * 20):  # at once, too: a link back in lasts half an hour
        clock.move(hours=hours)
        for name, _seconds, job in scheduler.TIMETABLE:
            scheduler._tick(app, name, job)
        calendars += [ask(app, path) for path in paths]
    for name, page in (
        ("dana", "/today"),
        ("dana", f"/people/{cast.marcus}"),
        ("ruth", "/team"),
        ("marcus", "/my-goals"),
    ):
        assert CANARY in reader(name).opens(page).text  # it does stand where it may be read
    left_out = {f"{one.table.name}.{one.name}" for one in wherever_somebody_writes()} - planted
    assert not left_out, " ".join(sorted(left_out))

    sent = session.scalars(
        sa.select(Delivery).where(Delivery.channel == Channel.EMAIL, Delivery.state == DeliveryState.SENT)
    ).all()
    in_the_app_alone = {Topic.ASSIGNMENT}  # who walks with whom
    assert {row.topic for row in sent} >= set(Topic) - in_the_app_alone
    assert len(post.mails) == len(sent)
    assert {mail["Subject"] for mail in post.mails} == {SUBJECT, ASKED_SUBJECT, PERSON_SUBJECT}
    for mail in post.mails:
        told = "\n".join(
            [str(mail["Subject"]), *(part.get_content() for part in mail.walk() if not part.is_multipart())]
        )
        _is_silent(f"{mail.as_string()}\n{told}", mail["Subject"])
        named = [name for name in ("marcus", "lena", "ortiz", "aisha", "hana", "osei") if name in told.lower()]
        assert not named, told
    assert {line["path"].partition("?")[0] for line in gateway.took} == {"/send", "/room"}
    for line in gateway.took:
        _is_silent(str(line), "a text message, or a line in the chat")
    assert sum(len(entries(answer.data)) for answer in calendars) > 20
    for answer in calendars:
        _is_silent(f"{answer.headers}\n{answer.get_data(as_text=True)}", "the calendar")
    logged = said.getvalue() + caplog.text
    assert logged.count('"event": "request"') >= 4
    _is_silent(logged, "the log")
    assert "tick did not finish" not in logged


def _tell_by_all_ways(session: Any, cast: Any, gateway: Gateway) -> None:
    """Let Dana be told by mail, text message and chat, of each thing by itself and at any hour."""
    add_way(session, cast, gateway.url)
    add_way(session, cast, gateway.room_url, "chat")
    midnight = dt.time()
    prefs = Prefs(
        channels=frozenset(LEAVES), each=True, phone="+15550102030", quiet_from=midnight, quiet_until=midnight
    )
    with writing():
        choosing.choose(session, cast.dana, prefs, version=0, now=MONDAY)
        session.commit()


def _is_silent(text: str, what: str) -> None:
    """Hold a text to have no word of anybody's, and none that says what the house is about."""
    whole = text.replace("=\n", "").replace("\r\n ", "").lower()
    assert [word for word in (CANARY.lower(), *HEALTH) if word in whole] == [], f"{what}: {text[:600]}"


def test_the_word_is_planted_wherever_a_person_is_written_about() -> None:
    """A table about a person that gets a further column for words is planted too, by its type."""
    named = {f"{column.table.name}.{column.name}" for column in wherever_somebody_writes()}
    assert named >= {"client.first_name", "client.safe_note", "visit.place", "goal.words", "step.words", "notice.text"}
    assert not named & (OURS | SECRETS)
