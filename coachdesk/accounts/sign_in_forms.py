"""The library's forms with our words, each counted as a guess and written down where it was refused."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from flask import abort, current_app, make_response, render_template, request, session
from flask_babel import gettext
from flask_login import current_user
from flask_security.forms import ChangePasswordForm, LoginForm, TwoFactorVerifyCodeForm, VerifyForm
from flask_security.recovery_codes import MfRecoveryForm
from wtforms import BooleanField

from coachdesk import audit
from coachdesk.accounts import guarding, wording
from coachdesk.accounts.rules import Guess
from coachdesk.db import db
from coachdesk.web.house import now

if TYPE_CHECKING:
    from collections.abc import Mapping


class SignInForm(LoginForm):
    """The library's form; an empty box gets its own sentence, and a refusal is written down."""

    remember = None  # type: ignore[assignment]  # the library's cookie that outlives a session is not used
    own = BooleanField()
    missing: Mapping[str, str] = MappingProxyType({})
    """What stands at an empty box; the library would make one sentence of all that is wrong."""

    def validate(self, **kwargs: Any) -> bool:
        """Check address and passphrase; both empty boxes are named at once."""
        sentences = {"email": wording.NO_ADDRESS, "password": wording.NO_PASSPHRASE}
        self.email.data = (self.email.data or "").strip()
        self.missing = {name: gettext(said) for name, said in sentences.items() if not (self[name].data or "").strip()}
        if self.missing:
            return False
        tried = guarding.a_try(Guess.PASSPHRASE, self.email.data or "")
        fine: bool = super().validate(**kwargs)
        if fine:
            tried.was_right()
            session["own_device"], session["half_at"] = bool(self.own.data), now().timestamp()
        else:
            note_refusal(self.user, "passphrase")
        return fine


class ChangeForm(ChangePasswordForm):
    """The library's form, with our labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the boxes as everywhere else."""
        super().__init__(*args, **kwargs)
        self.password.label.text = gettext("Your passphrase now")
        self.new_password.label.text = gettext("New passphrase")
        self.new_password_confirm.label.text = gettext("The new one once more")

    def validate(self, **kwargs: Any) -> bool:
        """Check the passphrase of now as at sign-in; a new one that cannot be is no guess."""
        tried = guarding.a_try(Guess.PASSPHRASE, current_user.email)
        fine: bool = super().validate(**kwargs)
        same = gettext(wording.SAME)
        if same in self.password.errors:  # the library says it at the other box
            self.password.errors = [said for said in self.password.errors if said != same]
            self.new_password.errors = [*self.new_password.errors, same]
            tried.was_right()
        elif fine:
            tried.was_right()
        elif not self.password.errors:
            tried.was_none()
        _name_the_box(self.password)
        return fine


class ConfirmForm(VerifyForm):
    """Showing once more who is at the device."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the box as everywhere else."""
        super().__init__(*args, **kwargs)
        self.password.label.text = gettext("Passphrase")

    def validate(self, **kwargs: Any) -> bool:
        """Check the passphrase; who has none gets a link instead."""
        tried = guarding.a_try(Guess.PASSPHRASE, self.user.email)
        fine: bool = bool(self.user.password) and super().validate(**kwargs)
        if fine:
            tried.was_right()
        _name_the_box(self.password)
        return fine


class CodeForm(TwoFactorVerifyCodeForm):
    """A code of the authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the box as everywhere else."""
        super().__init__(*args, **kwargs)
        self.code.label.text = gettext("Code")

    def validate(self, **kwargs: Any) -> bool:
        """Take a code however it was spaced; a wrong one is not left to be deleted first."""
        typed = "".join((self.code.data or "").split())
        self.code.data = typed
        tried = guarding.a_try(Guess.CODE, self.user.email) if typed and self.user else None
        fine: bool = super().validate(**kwargs)
        if not typed:
            self.code.errors = [gettext(wording.NO_CODE)]
        if fine and tried:
            tried.was_right()
        else:
            self.code.data = ""
        if fine:
            return True
        if self.is_setup or session.get("tf_state") == "validating_profile":
            abort(make_response(self._square_again(), 422))
        return False

    def _square_again(self) -> str:
        """Show the same square once more beside the sentence; the library would begin again with another one."""
        values = current_app.extensions["security"].totp_factory.fetch_setup_values(self.tf_totp_secret, self.user)
        return render_template(
            "accounts/second_factor.html",
            two_factor_verify_code_form=self,
            chosen_method=self.primary_method,
            changing=self.is_setup,
            state_token=request.form.get("state", ""),
            authr_qrcode=values["image"],
            authr_key=values["key"],
        )


class RecoveryForm(MfRecoveryForm):
    """A recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the box as everywhere else."""
        super().__init__(*args, **kwargs)
        self.code.label.text = gettext("Spare code")

    def validate(self, **kwargs: Any) -> bool:
        """Check the code; the library tells nobody of a wrong one."""
        typed = (self.code.data or "").strip()
        tried = guarding.a_try(Guess.RECOVERY_CODE, self.user.email) if typed and self.user else None
        fine: bool = super().validate(**kwargs)
        if not typed:
            self.code.errors = [gettext(wording.NO_SPARE_CODE)]
            return False
        if fine and tried:
            tried.was_right()
        elif self.user is not None:
            note_refusal(self.user, "recovery code")
        return fine


def _name_the_box(box: Any) -> None:
    """Say of a passphrase that stands alone that it is not theirs; there is no address here to go with it."""
    together, alone = gettext(wording.TRY_AGAIN), gettext(wording.NOT_YOURS)
    box.errors = [alone if said == together else said for said in box.errors]


def note_refusal(user: Any, by: str) -> None:
    """Write down that somebody was not let in, and by what they tried; of unknown addresses too."""
    subject = ("user_account", user.id) if user else None
    reader = current_user.identity if current_user and current_user.is_authenticated else None
    audit.record(db.session, reader, audit.Event.SIGN_IN_REFUSED, subject=subject, detail={"by": by}, now=now())
    db.session.commit()
