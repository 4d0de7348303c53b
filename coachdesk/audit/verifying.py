"""Walk the chain from its first seal to its head, and name each place that is not as it was sealed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from coachdesk.audit.chain import START, as_kept, chain_key, digest, marks_of, plain, raw, written
from coachdesk.audit.models import AuditEntry, AuditPerson, AuditSeal
from coachdesk.audit.sealing import select_unsealed
from coachdesk.words import Sentence, mark, say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from coachdesk.audit.heads import Head

CHUNK = 5000
"""Seals held in memory at a time."""
MOST_NAMED = 500
"""Faults that are named one by one; the rest are counted."""
LOWEST = -(2**62)
"""Below every position: a seal that was put in before the first is looked at too."""
LATE = dt.timedelta(minutes=5)
"""How long an entry may wait for its seal; the scheduler takes seconds."""


@dataclass
class Verdict:
    """What the walk found."""

    position: int = 0
    digest: str = START
    unsealed: int = 0
    found: int = 0
    broken: int = 0
    """Seals that do not fit, among those found."""
    faults: list[Sentence] = field(default_factory=list)

    def name(self, fault: Sentence) -> None:
        """Count a fault, and keep its sentence unless there are very many."""
        self.found += 1
        if len(self.faults) < MOST_NAMED:
            self.faults.append(fault)

    def summary(self, *, heads: int) -> list[str]:
        """Return the figures in a line, and a hint where there is one; `heads` is how many are noted outside."""
        waiting = f"{self.unsealed:,} not sealed yet"
        noted = "agrees with the head noted outside" if heads else "no head is noted outside the database"
        if not self.found:
            return [f"The trail is as it was sealed: {self.position:,} entries sealed, {waiting}; {noted}."]
        more = [f"… and {self.found - len(self.faults):,} more."] if self.found > len(self.faults) else []
        key = ["Not one seal fits: was another COACHDESK_DIGEST_KEY set?"] if 0 < self.position <= self.broken else []
        return [*more, *key, f"{self.found:,} found in {self.position:,} seals; {waiting}."]


def verify(session: Any, *, heads: Sequence[Head], now: dt.datetime) -> Verdict:
    """Walk the whole chain in bounded memory; `heads` are those written outside, read before the walk begins."""
    verdict, walk = Verdict(), _Walk(chain_key())
    outside = defaultdict(set)
    for head in heads:
        outside[head.position].add(head.digest)
    for seal, entry, people in _seals(session):
        for fault in walk.step(seal, entry, people):
            verdict.name(fault)
        if outside.pop(seal.position, {seal.digest}) - {seal.digest}:
            verdict.name(
                say(
                    mark("The seal at position %(position)s is not the one noted outside the database."),
                    position=seal.position,
                )
            )
    verdict.position, verdict.digest, verdict.broken = walk.position, walk.stored, walk.broken
    _name_cut_tail(verdict, outside)
    _name_unsealed(session, verdict, now)
    return verdict


class _Seal(NamedTuple):
    position: int
    entry_id: int
    entry_mark: str
    people_mark: str
    digest: str
    sealed_at: Any


class _Walk:
    """Where the walk stands: the digest kept at the last position, and the one reckoned for it."""

    def __init__(self, key: bytes) -> None:
        self.key, self.position, self.broken = key, 0, 0
        self.stored, self.reckoned = START, START

    def step(self, seal: _Seal, entry: Sequence[Any], people: Sequence[Any]) -> list[Sentence]:
        """Go on by one seal, and name what is wrong with it."""
        gap = [] if seal.position <= self.position + 1 else [_missing(self.position + 1, seal.position - 1)]
        faults = self._look(seal, entry, people, known=not gap)
        self.position, self.stored = seal.position, seal.digest
        self.broken += bool(faults)
        return gap + faults

    def _look(self, seal: _Seal, entry: Sequence[Any], people: Sequence[Any], *, known: bool) -> list[Sentence]:
        where: dict[str, Any] = {"entry": seal.entry_id, "position": seal.position}
        if entry[0] is None:
            self.reckoned = seal.digest
            return [say(mark("Entry %(entry)s (position %(position)s) is gone."), **where)]
        link, marks = written(entry, people, seal.sealed_at), (seal.entry_mark, seal.people_mark)
        ought = digest(self.key, self.stored, seal.position, link, marks)
        if ought == seal.digest:
            self.reckoned = ought
            return []
        real = marks_of(self.key, link)
        # Where the seal before was changed itself, this one may still follow from what it ought to be.
        after = digest(self.key, self.reckoned, seal.position, link, marks)
        self.reckoned = seal.digest if after == seal.digest or not known else ought
        if real == marks and (after == seal.digest or not known):
            return []
        same = [before == now for before, now in zip(marks, real, strict=True)]
        if all(same) or seal.digest == digest(self.key, self.stored, seal.position, link, real):
            return [say(_SEAL, **where)]
        return [say(words, **where) for words, fits in zip((_ENTRY, _PEOPLE), same, strict=True) if not fits]


_SEAL = mark("The seal at position %(position)s (entry %(entry)s) was changed, or stands in another place.")
_ENTRY = mark("Entry %(entry)s (position %(position)s) was changed after it was sealed.")
_PEOPLE = mark(
    "The people named by entry %(entry)s (position %(position)s) were changed: one was added, removed or replaced."
)


def _missing(first: int, last: int) -> Sentence:
    return say_n(
        mark("The seal at position %(first)s is missing."),
        mark("The seals at positions %(first)s to %(last)s are missing."),
        last - first + 1,
        first=first,
        last=last,
    )


def _seals(session: Any) -> Iterator[tuple[_Seal, Sequence[Any], Sequence[Any]]]:
    """Hand out each seal with its entry as kept (or nothing) and the people it names, in order."""
    columns = [getattr(AuditSeal, name) for name in _Seal._fields]
    asked = (
        sa.select(*[raw(session, column) for column in columns], *as_kept(session))
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .order_by(AuditSeal.position)
        .limit(CHUNK)
    )
    reached = LOWEST
    while rows := session.execute(asked.where(AuditSeal.position > reached)).all():
        people = _people_between(session, reached, rows[-1][0])
        for row in rows:
            seal = _Seal._make(row[: len(columns)])
            yield seal, row[len(columns) :], people.get(seal.entry_id, ())
        reached = rows[-1][0]


def _people_between(session: Any, after: int, until: int) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    rows = session.execute(
        sa.select(AuditPerson.entry_id, raw(session, AuditPerson.client_id))
        .join(AuditSeal, AuditSeal.entry_id == AuditPerson.entry_id)
        .where(AuditSeal.position > after, AuditSeal.position <= until)
    )
    for entry_id, client_id in rows:
        found[entry_id].append(client_id)
    return found


def _name_cut_tail(verdict: Verdict, outside: dict[int, set[str]]) -> None:
    further = max(outside, default=0)
    if further > verdict.position:
        verdict.name(
            say(
                mark(
                    "The trail ends at position %(position)s, but a seal at position %(noted)s is noted outside the database: its tail was cut off, or an older copy was put back."
                ),
                position=verdict.position,
                noted=further,
            )
        )


def _name_unsealed(session: Any, verdict: Verdict, now: dt.datetime) -> None:
    unsealed = select_unsealed().subquery()
    verdict.unsealed = session.scalar(sa.select(sa.func.count()).select_from(unsealed))
    late = select_unsealed().with_only_columns(AuditEntry.id, raw(session, AuditEntry.at))
    for entry_id, at in session.execute(late.where(AuditEntry.at < now - LATE).limit(MOST_NAMED)):
        verdict.name(
            say(
                mark("Entry %(entry)s of %(at)s has not been sealed: is the scheduler running?"),
                entry=entry_id,
                at=f"{str(plain(at))[:16]} UTC",
            )
        )


__all__ = ["LATE", "Verdict", "verify"]
