"""The trail: who did or read what, when. Append-only; ids and field names, never what was written.

A verb records its event in its own transaction. The read of a person's record is recorded before the answer leaves
(`web.reading`). Where no row can be written, the act is refused. The scheduler seals what was recorded.
"""

from coachdesk.audit.event_words import WORDS, Group, Told, is_across_teams, told
from coachdesk.audit.events import Event
from coachdesk.audit.models import AuditEntry, AuditPerson, AuditSeal
from coachdesk.audit.recording import changes, record, request_id
from coachdesk.audit.triggers import TRAIL_TABLES, create_triggers, drop_triggers

__all__ = [
    "TRAIL_TABLES",
    "WORDS",
    "AuditEntry",
    "AuditPerson",
    "AuditSeal",
    "Event",
    "Group",
    "Told",
    "changes",
    "create_triggers",
    "drop_triggers",
    "is_across_teams",
    "record",
    "request_id",
    "told",
]
