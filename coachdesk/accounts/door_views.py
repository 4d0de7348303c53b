"""The doors of those who are not signed in: invitations, the way back in, and letting a second factor go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_login import logout_user
from flask_security.utils import login_user, verify_password

from coachdesk.access import SYSTEM, Role
from coachdesk.accounts import guarding, links, passphrases
from coachdesk.accounts.forms import AskForm, ConfirmLossForm, PassphraseForm
from coachdesk.accounts.rules import Guess, LinkPurpose
from coachdesk.db import db
from coachdesk.web import is_signed_in, now, tell
from coachdesk.words import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

    from coachdesk.accounts.models import User
    from coachdesk.web import Room


def furnish(room: Room) -> None:
    """Add the doors to the accounts' room."""
    room.get("/invitation/<token>", public=True)(invitation)
    room.post("/invitation/<token>", public=True)(accept)
    room.post("/invitation/<token>/without-passphrase", public=True)(accept_without)
    room.get("/cannot-get-in", public=True)(cannot_get_in)
    room.post("/cannot-get-in", public=True)(ask_link)
    room.get("/back/<token>", public=True)(come_back)
    room.post("/back/<token>", public=True)(enter)
    room.get("/back/<token>/passphrase", public=True)(new_passphrase)
    room.post("/back/<token>/passphrase", public=True)(choose_again)
    room.get("/second-factor/<token>", public=True)(second_factor_loss)
    room.post("/second-factor/<token>", public=True)(confirm_loss)


# ---- choosing a passphrase by a link ------------------------------------------------------------------------------


def invitation(token: str) -> ResponseReturnValue:
    """Let whoever holds a live link choose a passphrase."""
    return _with_link(token, LinkPurpose.INVITATION, lambda user: _passphrase_page(user, PassphraseForm()))


def accept(token: str) -> ResponseReturnValue:
    """Take the passphrase; the link ends with it."""
    return _choose(token, LinkPurpose.INVITATION)


def accept_without(token: str) -> ResponseReturnValue:
    """Let a person in who would rather have a link by e-mail each time than a passphrase to remember."""
    return _with_link(token, LinkPurpose.INVITATION, lambda user: _let_in(user, token, LinkPurpose.INVITATION))


def new_passphrase(token: str) -> ResponseReturnValue:
    """Let whoever cannot get in choose a new passphrase."""
    return _with_link(token, LinkPurpose.RETURN, lambda user: _passphrase_page(user, PassphraseForm(), back=token))


def choose_again(token: str) -> ResponseReturnValue:
    """Take the new passphrase."""
    return _choose(token, LinkPurpose.RETURN)


def _choose(token: str, purpose: LinkPurpose) -> ResponseReturnValue:
    """Take a passphrase. Hashing is slow, so it is done before anything is locked."""
    form = PassphraseForm()

    def take(user: User) -> ResponseReturnValue:
        if not _may_be_chosen(form, user):
            return _passphrase_page(user, form, back=token if purpose is LinkPurpose.RETURN else "", status=422)
        hashed = passphrases.hashed(form.passphrase.data)
        links.choose_passphrase(
            db.session, token, purpose, hashed, is_short=passphrases.is_short(form.passphrase.data), now=now()
        )
        db.session.commit()
        return tell(redirect(url_for("security.login"), 303), _("Your passphrase is chosen. Sign in with it now."))

    return _with_link(token, purpose, take)


def _may_be_chosen(form: PassphraseForm, user: User) -> bool:
    form.validate()
    for sentence in () if form.passphrase.errors else passphrases.faults_of(form.passphrase.data, user):
        form.refuse(sentence, "passphrase")
    if not form.again.errors and form.passphrase.data != form.again.data:
        form.refuse(_("The two do not match. Write the same one twice."), "again")
    return not form.errors


def _passphrase_page(user: User, form: PassphraseForm, *, back: str = "", status: int = 200) -> ResponseReturnValue:
    least = passphrases.least_for(user)
    may_do_without = user.role_name is Role.CLIENT and not back
    page = render_template(
        "accounts/invitation.html",
        form=form,
        name=user.first_name,
        back=back,
        least=least,
        may_do_without=may_do_without,
    )
    return page, status


# ---- the way back in ----------------------------------------------------------------------------------------------


def cannot_get_in() -> str:
    """Ask for the address of whoever cannot get in."""
    return _ask_page(AskForm(formdata=None))


def ask_link() -> ResponseReturnValue:
    """Mail a link if somebody has this address; the answer is the same where nobody has."""
    form = AskForm()
    if not form.validate():
        return _ask_page(form), 422
    guarding.a_try(Guess.REQUEST, form.email.data)
    links.ask_return(db.session, form.email.data, now=now())
    db.session.commit()
    said = _("If somebody here has this address, a message is on its way. Its link works once, for half an hour.")
    return tell(redirect(url_for("security.login"), 303), said, "info")


def _ask_page(form: AskForm) -> str:
    return render_template("accounts/cannot_get_in.html", form=form)


def come_back(token: str) -> ResponseReturnValue:
    """Offer whoever holds a live link the way in. Nothing happens before a press: mail scanners open links too."""
    return _with_link(token, LinkPurpose.RETURN, lambda user: _back_page(user, token))


def enter(token: str) -> ResponseReturnValue:
    """Let a person in by their link; staff choose a new passphrase with it."""
    return _with_link(token, LinkPurpose.RETURN, lambda user: _let_in(user, token, LinkPurpose.RETURN))


def _let_in(user: User, token: str, purpose: LinkPurpose) -> ResponseReturnValue:
    if user.role_name is not Role.CLIENT:  # staff choose a passphrase with it: mail alone opens nobody's record
        return redirect(
            url_for("accounts.invitation" if _is_first(purpose) else "accounts.new_passphrase", token=token), 303
        )
    links.use_link(db.session, token, purpose, now=now())
    if is_signed_in():  # whoever was there before leaves first
        db.session.commit()
        logout_user()
    session["own_device"], session["half_at"] = AskForm().own.data, now().timestamp()
    plugins: Any = current_app.extensions["security"].two_factor_plugins
    further: ResponseReturnValue | None = plugins.tf_enter(user, False, "email", next_loc=None)  # noqa: FBT003
    if further is None:
        login_user(user, authn_via=["link"])
    db.session.commit()
    return further or redirect(url_for("accounts.home"), 303)


def _is_first(purpose: LinkPurpose) -> bool:
    return purpose is LinkPurpose.INVITATION


def _back_page(user: User, token: str) -> ResponseReturnValue:
    is_person = user.role_name is Role.CLIENT
    return render_template("accounts/back.html", name=user.first_name, token=token, is_person=is_person)


# ---- letting a second factor go -----------------------------------------------------------------------------------


def second_factor_loss(token: str) -> ResponseReturnValue:
    """Ask for the passphrase before a second factor goes."""
    return _with_link(token, LinkPurpose.SECOND_FACTOR, lambda user: _loss_page(user, ConfirmLossForm()))


def confirm_loss(token: str) -> ResponseReturnValue:
    """Take a second factor away, confirmed by link and passphrase."""
    form = ConfirmLossForm()

    def take_away(user: User) -> ResponseReturnValue:
        if not form.validate():
            return _loss_page(user, form, status=422)
        tried = guarding.a_try(Guess.PASSPHRASE, user.email)
        if not (user.password and verify_password(passphrases.normal(form.passphrase.data), user.password)):
            form.refuse(
                _("That is not the passphrase of this account. Have another look, then try again."), "passphrase"
            )
            return _loss_page(user, form, status=422)
        tried.was_right()
        was_short = user.passphrase_is_short
        links.confirm_second_factor_reset(db.session, token, now=now())
        anew = links.make_link(db.session, SYSTEM, user, LinkPurpose.RETURN, now=now()) if was_short else ""
        db.session.commit()
        if anew:
            return tell(
                redirect(f"{anew}/passphrase", 303), _("Your second factor is gone. Choose a longer passphrase now.")
            )
        return tell(
            redirect(url_for("security.login"), 303), _("Your second factor is gone. Sign in to set up a new one.")
        )

    return _with_link(token, LinkPurpose.SECOND_FACTOR, take_away)


def _loss_page(user: User, form: ConfirmLossForm, status: int = 200) -> ResponseReturnValue:
    return render_template("accounts/second_factor_loss.html", form=form, name=user.first_name), status


# ---- any link -----------------------------------------------------------------------------------------------------


def _with_link(token: str, purpose: LinkPurpose, act: Callable[[User], ResponseReturnValue]) -> ResponseReturnValue:
    """Do something for whoever a live link belongs to; a dead one gets the same page however it died."""
    tried = guarding.a_try(Guess.LINK)
    try:
        user = links.find_by_link(db.session, token, purpose, now=now())
        tried.was_right()
        return act(user)
    except NotFound:
        db.session.rollback()
        return render_template("accounts/link_over.html", was_invited=_is_first(purpose)), 404
