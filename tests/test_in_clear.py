"""Every column that lies in clear has its reason here. A new one without a reason fails; so does a reason too many."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from coachdesk.db import Base, EncryptedJson, EncryptedText, Key, Moment

NAME = "names lie in clear, so that people are found and ordered by them"
ADDRESS = "the address somebody signs in with, looked up at every sign-in"
DIGEST = "a digest, not what it is made from"
PUBLIC = "the organisation's own public settings"
DIRECTORY = "the directory of services: about services, printed on their own leaflets"
CHOICE = "one of a fixed list"
OURS = "our own words and ids, never typed by anybody"
IN_CLEAR = {
    "audit_entry.details": "ids, counts and names of fields; the trail is read by those who may not read records",
    "audit_entry.event": CHOICE,
    "audit_entry.request_id": OURS,
    "audit_entry.subject_type": OURS,
    "audit_seal.digest": DIGEST,
    "audit_seal.entry_mark": DIGEST,
    "audit_seal.people_mark": DIGEST,
    "calendar_feed.made_for": DIGEST,
    "calendar_feed.token_digest": DIGEST,
    "client.birth_digest": DIGEST,
    "client.first_name": NAME,
    "client.last_name": NAME,
    "client.phone_digest": DIGEST,
    "client.preferred_name": NAME,
    "client.shown_sort": NAME,
    "client.zone": CHOICE,
    "contact_point.digest": DIGEST,
    "crisis_line.country": CHOICE,
    "crisis_line.kind": CHOICE,
    "crisis_line.label": PUBLIC,
    "crisis_line.number": PUBLIC,
    "delivery.error": OURS,
    "delivery.key": OURS,
    "delivery.subject": "one of two neutral sentences; it goes through the post in clear anyway",
    "draft.form": CHOICE,
    "draft.path": "a path of ours with ids",
    "foreseen.key": OURS,
    "guess_count.key": DIGEST,
    "heartbeat.part": CHOICE,
    "key_check.digest": DIGEST,
    "key_check.salt": DIGEST,
    "ledger_entry.key": OURS,
    "one_time_link.token_digest": DIGEST,
    "organisation.country": CHOICE,
    "organisation.exit_url": PUBLIC,
    "list_choice.words": PUBLIC,
    "organisation.duties": PUBLIC,
    "organisation.ladder": "days and words of a fixed list",
    "organisation.holidays": "days on which it is closed, and what it calls them",
    "organisation.reminding": "numbers and words of a fixed list",
    "organisation.name": PUBLIC,
    "organisation.review_share": "a number",
    "organisation.zone": CHOICE,
    "outside_way.inbound_digest": DIGEST,
    "outside_way.label": PUBLIC,
    "passkey.credential_id": OURS,
    "passkey.device_type": CHOICE,
    "passkey.extensions": "what a browser says of itself",
    "passkey.public_key": "the public half of a key; it opens nothing",
    "passkey.transports": CHOICE,
    "passkey.usage": CHOICE,
    "plan_mark.seen": "numbers of rows of the trail",
    "service.address": DIRECTORY,
    "service.cost": DIRECTORY,
    "service.email": DIRECTORY,
    "service.hours": DIRECTORY,
    "service.languages": DIRECTORY,
    "service.name": DIRECTORY,
    "service.notes": DIRECTORY,
    "service.phone": DIRECTORY,
    "service.provider": DIRECTORY,
    "service.search": DIRECTORY,
    "service.website": DIRECTORY,
    "service.who_for": DIRECTORY,
    "stopped_number.digest": DIGEST,
    "spoken_yes.shared": "a fixed sentence: what may be shared",
    "telling_pref.days": "the figures of the days of the week",
    "telling_pref.phone_digest": DIGEST,
    "team.name": NAME,
    "used_form.place": "a path of ours with ids",
    "user_account.email": ADDRESS,
    "user_account.first_name": NAME,
    "user_account.fs_uniquifier": OURS,
    "user_account.last_name": NAME,
    "user_account.password": "a slow hash (argon2id)",
    "user_account.fs_webauthn_user_handle": OURS,
    "user_account.tf_primary_method": CHOICE,
    "user_account.theme": CHOICE,
    "user_account.zone": CHOICE,
    "user_session.browser": CHOICE,
    "user_session.system": CHOICE,
}
HOLD_NO_WORDS = (Key, Moment, sa.Boolean, sa.Integer, sa.Date, sa.Time, EncryptedText, EncryptedJson)


def _in_clear() -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if not isinstance(column.type, HOLD_NO_WORDS) and not (isinstance(column.type, sa.Enum) and column.type.enums)
    }


@pytest.mark.asvs("14.2.4")
def test_every_column_in_clear_has_its_reason(app: Any) -> None:
    assert _in_clear() == set(IN_CLEAR)


def test_what_people_write_is_not_found_in_the_raw_rows(app: Any, session: Any, cast: Any) -> None:
    from tests.lived import live

    live(session, cast)
    for table in Base.metadata.tables.values():
        named = [name for name in table.columns.keys() if f"{table.name}.{name}" not in IN_CLEAR]  # noqa: SIM118
        rows = session.execute(sa.text(f"SELECT {', '.join(named) or '1'} FROM {table.name}")).all()  # noqa: S608
        assert not [row for row in rows if "A place of my own" in str(tuple(row))], table.name
    session.rollback()
