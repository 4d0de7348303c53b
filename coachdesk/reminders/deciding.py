"""The organisation's decisions about its reminders: read with every look at the records, changed by an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coachdesk import audit
from coachdesk.access import Action, demand
from coachdesk.clock import day_of, zone_of
from coachdesk.organisation import service as organisation
from coachdesk.referrals import service as referrals
from coachdesk.reminders.settings import USUAL_SETTINGS, as_kept, as_told, refuse_bad_setting, settings_of
from coachdesk.words import NotFound, Stale

if TYPE_CHECKING:
    import datetime as dt

    from coachdesk.access import Identity
    from coachdesk.organisation.models import Organisation
    from coachdesk.reminders.kinds import Rule
    from coachdesk.reminders.settings import RuleSetting, Settings


def find_settings(session: Any) -> Settings:
    """Return what is decided; the usual before the organisation is set up."""
    try:
        return settings_of(organisation.find_organisation(session).reminding)
    except NotFound:
        return USUAL_SETTINGS


def find_version(session: Any, rule: Rule) -> int:
    """Return how often a rule was decided about; one more, so that it counts from one."""
    return _version(organisation.find_organisation(session).reminding, rule)


def _version(kept: Any, rule: Rule) -> int:
    own = kept.get(rule.value) if isinstance(kept, dict) else None
    version = own.get("version") if isinstance(own, dict) else None
    return version if type(version) is int else 1


def change_rule(
    session: Any, identity: Identity, rule: Rule, *, setting: RuleSetting, version: int, now: dt.datetime
) -> Organisation:
    """Decide about one rule; `version` is the rule's own, so that two who decide about two rules both have their way.

    Raises `Stale` or `Refused`. It counts from the next look.
    """
    demand(identity, Action.ADMIN_SETTINGS)
    house = organisation.hold_organisation(session)
    if version != _version(house.reminding, rule):
        raise Stale
    refuse_bad_setting(rule, setting)
    before = settings_of(house.reminding).of(rule)
    if setting.clocks != before.clocks:
        referrals.set_clocks(session, identity, setting.clocks, today=day_of(now, zone_of(house.zone)))
    kept = house.reminding if isinstance(house.reminding, dict) else {}
    house.reminding = {**kept, rule.value: {**as_kept(setting), "version": version + 1}}
    changes = audit.changes(f"rule.{rule.value}", as_told(rule, before), as_told(rule, setting))
    audit.record(
        session,
        identity,
        audit.Event.SETTINGS_CHANGED,
        fields=[f"reminder {rule.value}"],
        detail={"changes": changes},
        now=now,
    )
    return house
