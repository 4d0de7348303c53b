"""Who may do and see what: roles, actions, grants, and the one rule that narrows every query."""

from coachdesk.access.actions import GRANTS, Action, demand, may
from coachdesk.access.models import Assignment, Team, TeamMembership
from coachdesk.access.roles import COACHING, STAFF, SYSTEM, Identity, Role
from coachdesk.access.scope import may_see, scoped, team_mates, unscoped, visible

__all__ = [
    "COACHING",
    "GRANTS",
    "STAFF",
    "SYSTEM",
    "Action",
    "Assignment",
    "Identity",
    "Role",
    "Team",
    "TeamMembership",
    "demand",
    "may",
    "may_see",
    "scoped",
    "team_mates",
    "unscoped",
    "visible",
]
