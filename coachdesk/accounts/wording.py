"""The sign-in library's sentences in our own words. The same answer stands for a wrong name and a wrong passphrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coachdesk.words import mark

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_ADDRESS = mark("Write your e-mail address.")
NO_PASSPHRASE = mark("Write your passphrase.")
TRY_AGAIN = mark("That e-mail and passphrase do not go together. Have another look, then try again.")
NOT_YOURS = mark("That is not your passphrase. Have another look, then try again.")
SAME = mark("That is the one you have now. Choose another.")
NO_MATCH = mark("The two do not match. Write the same one twice.")
NO_CODE = mark("Write the six digits that your app shows.")
NO_SPARE_CODE = mark("Write one of your spare codes.")
WRONG_CODE = mark("That code does not fit. Wait for the next one, and look that your phone sets its clock by itself.")
_START_AGAIN = mark("That took a while, or something was missing. Please start again.")
_NOT_THIS_KEY = mark("That passkey could not be used here. Try another one, or another way.")

SENTENCES: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("GENERIC_AUTHN_FAILED", "USER_DOES_NOT_EXIST", "INVALID_PASSWORD", "PASSWORD_NOT_SET", "DISABLED_ACCOUNT"),
        (TRY_AGAIN, "error"),
    ),
    "EMAIL_NOT_PROVIDED": (NO_ADDRESS, "error"),
    "INVALID_EMAIL_ADDRESS": (TRY_AGAIN, "error"),
    "PASSWORD_NOT_PROVIDED": (NO_PASSPHRASE, "error"),
    "PASSWORD_MISMATCH": (NO_MATCH, "error"),
    "RETYPE_PASSWORD_MISMATCH": (NO_MATCH, "error"),
    "PASSWORD_IS_THE_SAME": (SAME, "error"),
    "PASSWORD_CHANGE": (mark("Your passphrase is changed. Other devices are signed out."), "info"),
    "UNAUTHENTICATED": ("", "info"),
    "REAUTHENTICATION_REQUIRED": ("", "info"),
    "REAUTHENTICATION_SUCCESSFUL": ("", "info"),
    "API_ERROR": (_START_AGAIN, "error"),
    "TWO_FACTOR_INVALID_TOKEN": (WRONG_CODE, "error"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": ("", "info"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (
        mark("Your authenticator app is set up. Keep spare codes for the day your phone is gone."),
        "info",
    ),
    "TWO_FACTOR_DISABLED": (mark("Your authenticator app is no longer asked for."), "info"),
    "TWO_FACTOR_PERMISSION_DENIED": (mark("Please sign in again."), "info"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (mark("Choose one of these."), "error"),
    "TWO_FACTOR_SETUP_EXPIRED": (_START_AGAIN, "error"),
    "INVALID_RECOVERY_CODE": (mark("That is not one of your codes, or it was used before."), "error"),
    "NO_RECOVERY_CODES_SETUP": ("", "info"),
    "WEBAUTHN_EXPIRED": (_START_AGAIN, "error"),
    "WEBAUTHN_NAME_REQUIRED": (mark("Write a name for this passkey, like My phone."), "error"),
    "WEBAUTHN_NAME_INUSE": (mark("You have a passkey with this name. Choose another name."), "error"),
    "WEBAUTHN_NAME_NOT_FOUND": (mark("There is no passkey with this name."), "error"),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (mark("Write letters and numbers only."), "error"),
    "WEBAUTHN_CREDENTIAL_DELETED": (mark("That passkey is gone."), "info"),
    "WEBAUTHN_REGISTER_SUCCESSFUL": (mark("Your passkey is set up. You can sign in with it now."), "info"),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": (mark("This passkey is set up already."), "error"),
    **dict.fromkeys(
        (
            "WEBAUTHN_UNKNOWN_CREDENTIAL_ID",
            "WEBAUTHN_ORPHAN_CREDENTIAL_ID",
            "WEBAUTHN_NO_VERIFY",
            "WEBAUTHN_CREDENTIAL_WRONG_USAGE",
            "WEBAUTHN_MISMATCH_USER_HANDLE",
        ),
        (_NOT_THIS_KEY, "error"),
    ),
    "INVALID_INPUT_LENGTH": (mark("Use at most 64 characters."), "error"),
    "INVALID_INPUT": (mark("Write letters and numbers only."), "error"),
    "ANONYMOUS_USER_REQUIRED": ("", "info"),
    "FAILED_TO_SEND_CODE": (_START_AGAIN, "error"),
}


def settings() -> dict[str, tuple[str, str]]:
    """Return the sentences under the names of the library's settings."""
    return {f"SECURITY_MSG_{name}": said for name, said in SENTENCES.items()}
