"""What can be done, room by room, and who may: one table, and what is absent from it is denied."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from coachdesk.access.roles import Role
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coachdesk.access.roles import Identity


class Action(StrEnum):
    """`room:verb`, in alphabetical order."""

    ACCESS_BREAK_GLASS = "access:break-glass"
    ACCOUNT_ACTIVITY = "account:activity"
    ACCOUNT_OWN = "account:own"
    ACCOUNT_TELLING = "account:telling"
    ACCOUNT_TELLING_CHANGE = "account:telling-change"
    ADMIN_ACCESS = "admin:access"
    ADMIN_ACCOUNTS = "admin:accounts"
    ADMIN_ASSIGN = "admin:assign"
    ADMIN_REMINDERS = "admin:reminders"
    ADMIN_RESTRICT = "admin:restrict"
    ADMIN_REVIEW_GLASS = "admin:review-glass"
    ADMIN_SETTINGS = "admin:settings"
    ADMIN_TEAMS = "admin:teams"
    ADMIN_TRAIL = "admin:trail"
    CALENDAR_OWN = "calendar:own"
    CHECKINS_LOG = "checkins:log"
    CHECKINS_REVIEW = "checkins:review"
    CLIENTS_ADD = "clients:add"
    CLIENTS_EDIT = "clients:edit"
    CLIENTS_EPISODE = "clients:episode"
    CLIENTS_FIND = "clients:find"
    CLIENTS_HAND_OVER = "clients:hand-over"
    CLIENTS_INVITE = "clients:invite"
    CLIENTS_LINK = "clients:link"
    CLIENTS_RESTRICT = "clients:restrict"
    CLIENTS_TAKE_ON = "clients:take-on"
    DESK_RECORD = "desk:record"
    DESK_TODAY = "desk:today"
    DRAFTS_KEEP = "drafts:keep"
    GOALS_REVIEW = "goals:review"
    GOALS_SET = "goals:set"
    PORTAL_ASK = "portal:ask"
    PORTAL_READ = "portal:read"
    PORTAL_STEP = "portal:step"
    REFERRALS_LIST = "referrals:list"
    REFERRALS_MAKE = "referrals:make"
    REMINDERS_ANSWER = "reminders:answer"
    REMINDERS_LIST = "reminders:list"
    REMINDERS_SET = "reminders:set"
    RESOURCES_EDIT = "resources:edit"
    RESOURCES_FIND = "resources:find"
    SAFETY_ACT = "safety:act"
    SAFETY_ANSWER = "safety:answer"
    SAFETY_CLOSE = "safety:close"
    SAFETY_PLAN = "safety:plan"
    SAFETY_RAISE = "safety:raise"
    SAFETY_READ = "safety:read"
    TEAM_ASK = "team:ask"
    TEAM_AWAY = "team:away"
    TEAM_BOARD = "team:board"
    VISITS_PLAN = "visits:plan"


_COACHING = frozenset({Role.COACH, Role.SUPERVISOR})
_SUPERVISOR = frozenset({Role.SUPERVISOR})
_ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
_PERSON = frozenset({Role.CLIENT})

GRANTS: Mapping[Action, frozenset[Role]] = {
    Action.ACCESS_BREAK_GLASS: _SUPERVISOR,
    Action.ACCOUNT_ACTIVITY: _COACHING | _ADMINISTRATOR,
    Action.ACCOUNT_OWN: _COACHING | _ADMINISTRATOR | _PERSON,
    Action.ACCOUNT_TELLING: _COACHING | _ADMINISTRATOR | _PERSON,
    Action.ACCOUNT_TELLING_CHANGE: _COACHING | _PERSON,
    Action.ADMIN_ACCESS: _ADMINISTRATOR,
    Action.ADMIN_ACCOUNTS: _ADMINISTRATOR,
    Action.ADMIN_ASSIGN: _ADMINISTRATOR,
    Action.ADMIN_REMINDERS: _ADMINISTRATOR,
    Action.ADMIN_RESTRICT: _ADMINISTRATOR,
    Action.ADMIN_REVIEW_GLASS: _ADMINISTRATOR,
    Action.ADMIN_SETTINGS: _ADMINISTRATOR,
    Action.ADMIN_TEAMS: _ADMINISTRATOR,
    Action.ADMIN_TRAIL: _ADMINISTRATOR,
    Action.CALENDAR_OWN: _COACHING | _PERSON,
    Action.CHECKINS_LOG: _COACHING,
    Action.CHECKINS_REVIEW: _SUPERVISOR,
    Action.CLIENTS_ADD: _COACHING,
    Action.CLIENTS_EDIT: _COACHING,
    Action.CLIENTS_EPISODE: _COACHING,
    Action.CLIENTS_FIND: _COACHING,
    Action.CLIENTS_HAND_OVER: _SUPERVISOR,
    Action.CLIENTS_INVITE: _COACHING,
    Action.CLIENTS_LINK: _COACHING,
    Action.CLIENTS_RESTRICT: _SUPERVISOR,
    Action.CLIENTS_TAKE_ON: _COACHING,
    Action.DESK_RECORD: _COACHING,
    Action.DESK_TODAY: _COACHING,
    Action.DRAFTS_KEEP: _COACHING | _ADMINISTRATOR | _PERSON,
    Action.GOALS_REVIEW: _COACHING,
    Action.GOALS_SET: _COACHING,
    Action.PORTAL_ASK: _PERSON,
    Action.PORTAL_READ: _PERSON,
    Action.PORTAL_STEP: _PERSON,
    Action.REFERRALS_LIST: _COACHING,
    Action.REFERRALS_MAKE: _COACHING,
    Action.REMINDERS_ANSWER: _COACHING,
    Action.REMINDERS_LIST: _COACHING,
    Action.REMINDERS_SET: _COACHING,
    Action.RESOURCES_EDIT: _COACHING,
    Action.RESOURCES_FIND: _COACHING,
    Action.SAFETY_ACT: _COACHING,
    Action.SAFETY_ANSWER: _SUPERVISOR,
    Action.SAFETY_CLOSE: _SUPERVISOR,
    Action.SAFETY_PLAN: _COACHING,
    Action.SAFETY_RAISE: _COACHING,
    Action.SAFETY_READ: _COACHING,
    Action.TEAM_ASK: _SUPERVISOR,
    Action.TEAM_AWAY: _SUPERVISOR,
    Action.TEAM_BOARD: _SUPERVISOR,
    Action.VISITS_PLAN: _COACHING,
}


def may(identity: Identity, action: Action) -> bool:
    """Say whether this identity's role has the action; `system` may do everything it is asked to."""
    return identity.role is Role.SYSTEM or identity.role in GRANTS.get(action, frozenset())


def demand(identity: Identity, *actions: Action) -> None:
    """Raise `NotFound` unless this identity has one of the actions (a verb asks again, so the scheduler obeys too)."""
    if not any(may(identity, action) for action in actions):
        raise NotFound
