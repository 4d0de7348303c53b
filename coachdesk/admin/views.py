"""The administrator's pages: accounts, people and their coaches, teams, settings."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coachdesk.access import Action, Earlier, Role
from coachdesk.accounts import service as accounts
from coachdesk.accounts import sessions, teams
from coachdesk.admin import (
    access_views,
    choice_views,
    holiday_views,
    ladder_views,
    ledger_views,
    reminding_views,
    service,
    settings_views,
    trail_views,
    way_views,
)
from coachdesk.admin.forms import ROLES, AccountEditForm, AccountForm, AssignForm, PersonAccountForm, TeamForm
from coachdesk.audit import Event
from coachdesk.db import db
from coachdesk.safety import waiting
from coachdesk.web import Page, Room, act_now, house, now, page_number, reading, save, tell, today, who
from coachdesk.words import mark, say

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

room = Room("admin", __name__)
settings_views.furnish(room)
choice_views.furnish(room)
ladder_views.furnish(room)
reminding_views.furnish(room)
holiday_views.furnish(room)
access_views.furnish(room)
trail_views.furnish(room)
way_views.furnish(room)
ledger_views.furnish(room)
_SIZE = 50


def _cut(rows: list[Any]) -> Page:
    number = page_number()
    return Page(rows[(number - 1) * _SIZE : number * _SIZE], number, len(rows), _SIZE)


# ---- accounts -----------------------------------------------------------------------------------------------------


@room.get("/admin", action=Action.ADMIN_ACCOUNTS)
def first_page() -> ResponseReturnValue:
    """Lead to where an administrator begins."""
    return redirect(url_for("admin.accounts"))


@room.get("/admin/accounts", action=Action.ADMIN_ACCOUNTS, endpoint="accounts")
def accounts_page() -> str:
    """List the accounts."""
    text, role = request.args.get("q", "").strip()[:100], request.args.get("role", "")
    chosen = Role(role) if role in {"coach", "supervisor", "client", "administrator"} else None
    page = _cut(service.list_accounts(db.session, who(), text=text, role=chosen))
    reading([], Event.ACCOUNTS_READ, detail={"role": role if chosen else "", "found": page.total})
    concerns = waiting.count_untaken(db.session)
    return render_template(
        "admin/accounts.html", page=page, text=text, role=role, roles=_role_words(), concerns=concerns
    )


def _role_words() -> dict[str, Any]:
    return {**dict(ROLES), "client": _("Person")}


@room.get("/admin/accounts/new", action=Action.ADMIN_ACCOUNTS)
def new_account() -> str:
    """Show the form for a new account."""
    return _account_page(_with_teams(AccountForm(formdata=None)))


@room.post("/admin/accounts/new", action=Action.ADMIN_ACCOUNTS, fresh=True)
def add_account() -> ResponseReturnValue:
    """Make an account and invite it."""
    form = _with_teams(AccountForm())

    def act() -> Any:
        typed = _typed(form)
        return service.make_staff(db.session, who(), **typed, mailed=house().mail_is_set_up, now=now(), today=today())

    return save(form, act, done=_invited, page=lambda: _account_page(form))


def _with_teams(form: Any) -> Any:
    form.teams.choices = [(str(team.id), team.name) for team in teams.list_teams(db.session)]
    return form


def _typed(form: Any) -> dict[str, Any]:
    typed: dict[str, Any] = form.typed()
    return {
        **{k: v for k, v in typed.items() if k != "teams"},
        "role": Role(typed["role"]),
        "team_ids": [uuid.UUID(key) for key in typed["teams"]],
    }


def _invited(invited: service.Invited) -> Any:
    response = redirect(url_for("admin.account", user_id=invited.user.id))
    if house().mail_is_set_up:
        return tell(response, say("An invitation is on its way to %(name)s.", name=invited.user.name))
    return tell(
        response,
        _("No mail is set up, so hand this link over yourself. It is shown only now."),
        "info",
        link=f"{house().settings.base_url}{invited.path}",
    )


@room.get("/admin/accounts/<uuid:user_id>", action=Action.ADMIN_ACCOUNTS)
def account(user_id: uuid.UUID) -> str:
    """Show one account."""
    user = accounts.find_user(db.session, user_id)
    return _account_page(_form_over(user), user)


def _form_over(user: Any) -> Any:
    if user.role_name is Role.CLIENT:
        return PersonAccountForm(formdata=None, obj=user)
    form = _with_teams(AccountEditForm(formdata=None, obj=user))
    form.role.data = user.role_name.value
    form.teams.data = [str(key) for key, members in teams.map_members(db.session).items() if user in members]
    return form


@room.post("/admin/accounts/<uuid:user_id>", action=Action.ADMIN_ACCOUNTS, fresh=True)
def change_account(user_id: uuid.UUID) -> ResponseReturnValue:
    """Change an account."""
    user = accounts.find_user(db.session, user_id)
    form = PersonAccountForm() if user.role_name is Role.CLIENT else _with_teams(AccountEditForm())
    form.newest = lambda: _form_over(accounts.find_user(db.session, user_id))

    def act() -> Any:
        if user.role_name is Role.CLIENT:
            typed = {
                **form.typed(),
                "role": Role.CLIENT,
                "team_ids": [],
                "work_phone": "",
                "work_hours": "",
                "most_people": user.most_people,
            }
        else:
            typed = _typed(form)
        return service.change_account(db.session, who(), user_id, **typed, now=now())

    return save(
        form,
        act,
        done=lambda changed: _tell_saved(changed, form, redirect(url_for("admin.account", user_id=user_id))),
        page=lambda: _account_page(form, accounts.find_user(db.session, user_id)),
    )


def _tell_saved(user: Any, form: Any, response: Any) -> Any:
    """Say that it is saved, and of a coach in no team that nobody reads along."""
    if user.role_name is Role.COACH and not form.teams.data:
        said = say("Account saved. %(name)s is in no team, so no supervisor sees their people.", name=user.first_name)
        return tell(response, said, "care")
    return tell(response, _("Account saved."))


def _account_page(form: Any, user: Any = None) -> str:
    return render_template(
        "admin/account.html",
        form=form,
        user=user,
        roles=_role_words(),
        devices=sessions.list_live(db.session, user, now=now()) if user else [],
        needs_second=bool(user and user.check_tf_required_setup()),
    )


@room.post("/admin/accounts/<uuid:user_id>/second-factor-reset", action=Action.ADMIN_ACCOUNTS, fresh=True)
def reset_second_factor(user_id: uuid.UUID) -> ResponseReturnValue:
    """Begin a reset of somebody's second factor; they confirm it themself."""
    return act_now(
        lambda: service.begin_factor_reset(db.session, who(), user_id, mailed=house().mail_is_set_up, now=now()),
        _invited,
        back=url_for("admin.account", user_id=user_id),
    )


@room.post("/admin/accounts/<uuid:user_id>/sessions/<uuid:session_id>/end", action=Action.ADMIN_ACCOUNTS)
def end_session(user_id: uuid.UUID, session_id: uuid.UUID) -> ResponseReturnValue:
    """Sign somebody out on one device."""
    back = url_for("admin.account", user_id=user_id)
    return act_now(
        lambda: sessions.end_for(db.session, who(), accounts.find_user(db.session, user_id), session_id, now=now()),
        lambda _nothing: tell(redirect(back), _("That device is signed out.")),
        back=back,
    )


@room.post("/admin/accounts/<uuid:user_id>/invitation", action=Action.ADMIN_ACCOUNTS, fresh=True)
def invite(user_id: uuid.UUID) -> ResponseReturnValue:
    """Make a new link for an account."""
    return act_now(
        lambda: service.invite_again(db.session, who(), user_id, mailed=house().mail_is_set_up, now=now()),
        _invited,
        back=url_for("admin.account", user_id=user_id),
    )


@room.post("/admin/accounts/<uuid:user_id>/disabling", action=Action.ADMIN_ACCOUNTS, fresh=True)
def disable(user_id: uuid.UUID) -> ResponseReturnValue:
    """Keep an account from signing in."""
    return _set_active(user_id, active=False)


@room.post("/admin/accounts/<uuid:user_id>/enabling", action=Action.ADMIN_ACCOUNTS, fresh=True)
def enable(user_id: uuid.UUID) -> ResponseReturnValue:
    """Let an account sign in again."""
    return _set_active(user_id, active=True)


def _set_active(user_id: uuid.UUID, *, active: bool) -> ResponseReturnValue:
    back = url_for("admin.account", user_id=user_id)
    words = "%(name)s can sign in again." if active else "%(name)s can no longer sign in."
    return act_now(
        lambda: service.set_active(db.session, who(), user_id, active=active, now=now()),
        lambda user: tell(
            redirect(back),
            say(words, name=user.name),
            undo=url_for("admin.disable" if active else "admin.enable", user_id=user_id),
        ),
        back=back,
    )


# ---- people and their coaches, teams -------------------------------------------------------------------------------


@room.get("/admin/people", action=Action.ADMIN_ASSIGN, endpoint="people")
def people_page() -> str:
    """List names, coaches and teams, those who need a coach first; or find somebody by name."""
    text, show = request.args.get("q", "").strip()[:100], request.args.get("show", "")
    needs = show == "needs"
    page = _cut(service.list_people(db.session, who(), text=text, needs_coach=needs))
    happened = Event.PEOPLE_SEARCHED if text else Event.PEOPLE_LISTED
    reading([row.id for row in page.rows], happened, detail={"list": "assignments", "show": show if needs else ""})
    return render_template(
        "admin/people.html",
        page=page,
        text=text,
        show=show,
        needing=service.count_needing(db.session, who()),
        concerns=waiting.count_untaken(db.session),
    )


@room.get("/admin/people/<uuid:client_id>/coach", action=Action.ADMIN_ASSIGN)
def choose_coach(client_id: uuid.UUID) -> str:
    """Show the form that gives a person to a coach."""
    row = service.find_person_row(db.session, who(), client_id)
    form = _assign_form(AssignForm(formdata=None), row)
    form.coach_id.data = str(row.coach_id) if row.coach_id else None
    return _assign_page(form, row)


@room.post("/admin/people/<uuid:client_id>/coach", action=Action.ADMIN_ASSIGN)
def assign(client_id: uuid.UUID) -> ResponseReturnValue:
    """Give a person to a coach."""
    row = service.find_person_row(db.session, who(), client_id)
    form = _assign_form(AssignForm(), row)
    earlier = Earlier(form.earlier.data) if "earlier" in form and form.earlier.data in set(Earlier) else None
    return save(
        form,
        lambda: service.assign_person(
            db.session, who(), client_id, uuid.UUID(form.coach_id.data), earlier=earlier, now=now(), today=today()
        ),
        done=lambda made: _assigned(row, made.coach_id),
        page=lambda: _assign_page(form, row),
    )


def _assigned(row: service.PersonRow, coach_id: uuid.UUID) -> Any:
    response = redirect(url_for("admin.person", client_id=row.id))
    if coach_id == row.coach_id:
        return tell(response, say("%(name)s stays with the same coach.", name=row.name))
    words = mark("%(name)s has a new coach.") if row.coach_id else mark("%(name)s has a coach now.")
    response = tell(response, say(words, name=row.name))
    full = service.warn_load(db.session, who(), coach_id)
    return tell(response, full, "info") if full else response


def _assign_form(form: AssignForm, row: service.PersonRow) -> AssignForm:
    """Return the form; where nobody wrote anything yet, it does not ask who may read it."""
    if not row.has_had_coach:
        del form.earlier
    form.coach_id.choices = [(str(user.id), user.name) for user in service.list_coaches(db.session, who())]
    return form


def _assign_page(form: AssignForm, row: service.PersonRow) -> str:
    reading([row.id], Event.PEOPLE_LISTED, detail={"list": "person"})
    return render_template("admin/assign.html", form=form, row=row)


@room.get("/admin/teams", action=Action.ADMIN_TEAMS, endpoint="teams")
def teams_page() -> str:
    """List the teams and who is in them."""
    return _teams_page(TeamForm(formdata=None))


@room.post("/admin/teams", action=Action.ADMIN_TEAMS)
def make_team() -> ResponseReturnValue:
    """Make a team."""
    form = TeamForm()
    return save(
        form,
        lambda: teams.make_team(db.session, who(), name=form.name.data, now=now()),
        done=lambda team: tell(redirect(url_for("admin.teams")), say("The team %(name)s is there.", name=team.name)),
        page=lambda: _teams_page(form),
    )


@room.get("/admin/teams/<uuid:team_id>", action=Action.ADMIN_TEAMS)
def team(team_id: uuid.UUID) -> str:
    """Show the form for a team's name."""
    row = teams.find_team(db.session, who(), team_id)
    return render_template("admin/team.html", form=TeamForm(formdata=None, obj=row), name=row.name)


@room.post("/admin/teams/<uuid:team_id>", action=Action.ADMIN_TEAMS)
def rename_team(team_id: uuid.UUID) -> ResponseReturnValue:
    """Give a team another name."""
    was, form = teams.find_team(db.session, who(), team_id).name, TeamForm()
    return save(
        form,
        lambda: teams.rename_team(db.session, who(), team_id, name=form.name.data, now=now()),
        done=lambda row: tell(redirect(url_for("admin.teams")), say("The team is called %(name)s now.", name=row.name)),
        page=lambda: render_template("admin/team.html", form=form, name=was),
    )


def _teams_page(form: TeamForm) -> str:
    return render_template(
        "admin/teams.html", form=form, teams=teams.list_teams(db.session), members=teams.map_members(db.session)
    )
