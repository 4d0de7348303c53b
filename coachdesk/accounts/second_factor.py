"""The second factor: codes of an authenticator app, recovery codes, passkeys. By the sign-in library, but for its gaps.

Its codes could be used twice, it reads a clock of its own, and it tells the server's name by what a request says.
"""

from __future__ import annotations

import hmac
import io
import re
from typing import TYPE_CHECKING, Any

import qrcode
import qrcode.image.svg
import sqlalchemy as sa
from flask import session
from flask_babel import gettext as _
from flask_login import current_user
from flask_security import SQLAlchemyUserDatastore, Totp, WebauthnUtil
from flask_security.recovery_codes import MfRecoveryCodesUtil
from flask_security.webauthn import (
    WebAuthnDeleteForm,
    WebAuthnRegisterForm,
    WebAuthnSigninForm,
    WebAuthnSigninResponseForm,
    WebAuthnTfPlugin,
)
from markupsafe import Markup
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from wtforms import BooleanField, HiddenField

from coachdesk import audit
from coachdesk.accounts.changes import note_way_changed
from coachdesk.accounts.models import User
from coachdesk.db import db
from coachdesk.web.house import house

if TYPE_CHECKING:
    from coachdesk.accounts.models import Passkey

RECOVERY_CODES = 10


class Codes(Totp):
    """Codes of an authenticator app: by the house's clock, and each taken once."""

    def verify_totp(self, token: str, totp_secret: str, user: Any, window: int = 0) -> bool:
        """Say whether a code is right, within `window` seconds to both sides, and use it up."""
        try:
            match = self._totp.verify(
                token, totp_secret, time=house().clock.now(), window=window, last_counter=user.totp_counter
            )
        except ValueError:
            return False
        later = sa.or_(User.totp_counter.is_(None), User.totp_counter < match.counter)
        taken = sa.update(User).where(User.id == user.id, later).values(totp_counter=match.counter)
        # Of two at once with the same code the second finds it used.
        return bool(db.session.execute(taken).rowcount)  # type: ignore[attr-defined]

    def generate_totp_password(self, totp_secret: str) -> str:
        """Return the code of this half-minute."""
        code: str = self._totp.from_source(totp_secret).generate(time=house().clock.now()).token
        return code

    def generate_qrcode(self, username: str, totp: str) -> str:
        """Draw the square to be scanned as a picture within the page, so that no other address is asked for it."""
        drawn = qrcode.make(self.get_totp_uri(username, totp), image_factory=qrcode.image.svg.SvgPathImage, border=2)
        with io.BytesIO() as file:
            drawn.save(file)
            found = file.getvalue().decode()
        return Markup(found[found.index("<svg") :])  # noqa: S704  (our own drawing; nobody's words are in it)


class RecoveryCodes(MfRecoveryCodesUtil):
    """Codes for the day the phone is gone; encrypted by their column, each taken once."""

    def create_recovery_codes(self, user: Any) -> list[str]:
        """Make new codes; the earlier ones end."""
        made: list[str] = super().create_recovery_codes(user)
        note_way_changed(db.session, user, audit.Event.RECOVERY_CODES_MADE, now=house().clock.now())
        return made

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Say whether a code is one of these, held until the transaction ends so that two cannot both use it."""
        db.session.refresh(user, attribute_names=["mf_recovery_codes"], with_for_update=True)
        return self._place(user, code) is not None

    def delete_recovery_code(self, user: Any, code: str) -> bool:
        """Use a code up."""
        place = self._place(user, code)
        if place is None:
            return False
        user.mf_recovery_codes.pop(place)
        left = {"left": len(user.mf_recovery_codes)}
        note_way_changed(db.session, user, audit.Event.RECOVERY_CODE_USED, detail=left, now=house().clock.now())
        return True

    def _place(self, user: Any, code: str) -> int | None:
        typed = _plain(code)
        places = [n for n, kept in enumerate(user.mf_recovery_codes or []) if hmac.compare_digest(_plain(kept), typed)]
        return places[0] if places else None


def _plain(code: str) -> bytes:
    """Return a code as it is compared: however it was spaced, in capitals or not."""
    return re.sub(r"[^0-9a-f]", "", code.lower()).encode()


class Datastore(SQLAlchemyUserDatastore):
    """The library's way to our tables."""

    def create_webauthn(self, user: Any, **given: Any) -> None:  # type: ignore[override]
        """Keep a new passkey with the moment it was made."""
        super().create_webauthn(user, created_at=house().clock.now(), **given)


# ---- passkeys -----------------------------------------------------------------------------------------------------


class PasskeyRules(WebauthnUtil):
    """Every passkey is found by itself and asks for finger, face or PIN: it is two factors in one."""

    def origin(self) -> str:
        """Return the house's own address, whatever a request says."""
        address: str = house().settings.base_url
        return address

    def authenticator_selection(self, _user: Any, _usage: str) -> AuthenticatorSelectionCriteria:
        """Take any device that can hold such a key."""
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        )

    def user_verification(self, _user: Any, _usage: list[str]) -> UserVerificationRequirement:
        """Ask for finger, face or PIN each time."""
        return UserVerificationRequirement.REQUIRED


class PasskeyPlugin(WebAuthnTfPlugin):
    """A passkey is a second factor beside a passphrase too: who has one is never let in by a passphrase alone."""

    def get_setup_methods(self, user: Any) -> list[tuple[str, str]]:
        """Return the way, where somebody has a passkey."""
        return [("webauthn", _("A passkey"))] if user.webauthn else []


class PasskeyForm(WebAuthnRegisterForm):
    """Adding a passkey; it always is one to sign in with."""

    usage = HiddenField()  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the box as everywhere else."""
        super().__init__(*args, **kwargs)
        self.name.label.text = _("Name")

    def validate(self, **kwargs: Any) -> bool:
        """Let nobody make a key that opens no door."""
        self.usage.data = "first"
        fine: bool = super().validate(**kwargs)
        self.usage.data = "first"
        return fine


class PasskeyRemovalForm(WebAuthnDeleteForm):
    """Removing a passkey."""

    def validate(self, **kwargs: Any) -> bool:
        """Keep the last one where it is the only second factor of an account that may not be without."""
        fine: bool = super().validate(**kwargs)
        if fine and _is_last_factor(current_user):
            self.name.errors = [_("This is your only second factor. Set up an authenticator app first.")]
            return False
        return fine


def _is_last_factor(user: Any) -> bool:
    return user.check_tf_required_setup() and user.tf_primary_method is None and len(user.webauthn) == 1


class PasskeySignInForm(WebAuthnSigninForm):
    """Asking for a passkey, and on whose device."""

    own = BooleanField()

    def validate(self, **kwargs: Any) -> bool:
        """Remember whose device it is until the key has answered."""
        if not self.is_secondary:
            session["own_device"] = bool(self.own.data)
        fine: bool = super().validate(**kwargs)
        return fine


class PasskeyAnswerForm(WebAuthnSigninResponseForm):
    """What the device answered."""

    def validate(self, **kwargs: Any) -> bool:
        """Check the answer; as a second factor it must be of the same account as the passphrase was."""
        second, self.is_secondary = self.is_secondary, False
        fine: bool = super().validate(**kwargs)
        self.is_secondary = second
        if fine and second and (self.user is None or self.user.fs_uniquifier != session.get("tf_user_id")):
            self.credential.errors = [_("This passkey is not one of this account.")]
            fine = False
        # The library notes that an account is switched off, and goes on.
        return fine and not self.credential.errors


def key_rows(keys: list[Passkey]) -> list[tuple[str, Any, Any]]:
    """Return name, when it was made and when it was last used of each passkey."""
    return [(key.name, key.created_at, key.lastuse_datetime) for key in keys]
