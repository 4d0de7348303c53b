"""Who may do and see what: roles, actions, grants, and the one rule that narrows every query."""

from coachdesk.access.actions import GRANTS, Action, demand, may
from coachdesk.access.kinds import Earlier, GlassOutcome, GlassReason, RestrictionKind
from coachdesk.access.models import Assignment, BreakGlass, GlassReview, HandOver, Restriction, Team, TeamMembership
from coachdesk.access.roles import COACHING, STAFF, SYSTEM, Identity, Role
from coachdesk.access.scope import (
    is_open,
    kept_from,
    may_see,
    opened_by,
    scoped,
    team_mates,
    unscoped,
    visible,
    worded,
    wordless,
)

__all__ = [
    "COACHING",
    "GRANTS",
    "STAFF",
    "SYSTEM",
    "Action",
    "Assignment",
    "BreakGlass",
    "Earlier",
    "GlassOutcome",
    "GlassReason",
    "GlassReview",
    "HandOver",
    "Identity",
    "Restriction",
    "RestrictionKind",
    "Role",
    "Team",
    "TeamMembership",
    "demand",
    "is_open",
    "kept_from",
    "may",
    "may_see",
    "opened_by",
    "scoped",
    "team_mates",
    "unscoped",
    "visible",
    "worded",
    "wordless",
]
