"""Settings: read from `COACHDESK_…` once at start, checked, and refused with a sentence that names what is wrong.

Secrets are made on the first run into `instance/keys` (mode 0600) unless the environment gives them.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from dataclasses import dataclass, field
from email.utils import getaddresses
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit, urlunsplit

from coachdesk import keyring

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KNOWN = frozenset(
    {
        "COACHDESK_BASE_URL",
        "COACHDESK_CHROMIUM",
        "COACHDESK_DATABASE_URL",
        "COACHDESK_DEMO",
        "COACHDESK_DIGEST_KEY",
        "COACHDESK_GATEWAYS_INSIDE",
        "COACHDESK_HOST",
        "COACHDESK_INSTANCE",
        "COACHDESK_KEYS",
        "COACHDESK_LOG",
        "COACHDESK_MAIL_FROM",
        "COACHDESK_PASSWORD_SALT",
        "COACHDESK_SECRET_KEY",
        "COACHDESK_SMTP_URL",
        "COACHDESK_TEST_DATABASE_URL",
        "COACHDESK_THREADS",
        "COACHDESK_TRUSTED_PROXIES",
        "COACHDESK_WORKERS",
    }
)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
LOG_LEVELS = ("debug", "info", "warning", "error")
MAIL_FROM = "CoachDesk <desk@localhost>"
_HIGHEST_PORT = 65535
_SHORTEST_SECRET = 32
"""Characters; half of what is made here."""
_LONGEST_NUMBER = 7
_CANNOT_BE_MADE_ANEW = {"COACHDESK_KEYS": "fernet", "COACHDESK_DIGEST_KEY": "digest", "COACHDESK_PASSWORD_SALT": "salt"}
"""Without a session key everybody signs in again, and that is all; without one of these something is lost."""
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*")
"""A name or an address; IPv6 without brackets, and never with a port."""


class SettingsError(Exception):
    """A setting cannot be used; the sentence names it and says what would be right, never what stood there."""


@dataclass(frozen=True)
class Keys:
    """The secrets: keys for what people write (newest first), for sessions, for digests, and a salt."""

    fernet: tuple[str, ...] = field(repr=False)
    session: str = field(repr=False)
    digest: str = field(repr=False)
    salt: str = field(repr=False)
    fernet_file: Path | None = field(default=None, repr=False)
    """Where the first are kept, unless the environment gives them."""


@dataclass(frozen=True)
class Settings:
    """Everything that can be set, checked."""

    instance: Path
    database_url: str = field(repr=False)
    base_url: str
    keys: Keys = field(repr=False)
    smtp_url: str = field(default="", repr=False)
    mail_from: str = MAIL_FROM
    demo: bool = False
    host: str = "127.0.0.1"
    port: int = 8000
    log: str = "info"
    trusted_proxies: int = 0
    workers: int = 2
    threads: int = 4
    gateways_inside: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks of our own in which a gateway for text messages may be; none unless somebody says so."""


def load(
    environ: Mapping[str, str], *, demo: bool = False, holds_data: Callable[[str], bool] = lambda _url: False
) -> Settings:
    """Read and check the settings; makes the instance folder and its keys. Raises `SettingsError`.

    `holds_data` says whether the database at an address holds records; where it does, no missing key is made anew.
    """
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    _refuse_unknown(given)
    demo = demo or _yes(given, "COACHDESK_DEMO")
    port = _number(given, "PORT", 8000, least=1, most=_HIGHEST_PORT)
    smtp_url, mail_from = _smtp(given)
    base_url = _base_url(given, port, demo=demo)
    host = _host(given)
    log = _choice(given, "COACHDESK_LOG", LOG_LEVELS, "info")
    proxies = _number(given, "COACHDESK_TRUSTED_PROXIES", 0, least=0, most=5)
    workers = _number(given, "COACHDESK_WORKERS", 2, least=1, most=64)
    threads = _number(given, "COACHDESK_THREADS", 4, least=1, most=64)
    inside = _networks(given, "COACHDESK_GATEWAYS_INSIDE")
    instance = _instance(given)  # from here on something is written; everything cheaper is checked before
    database_url = _database(given, instance, demo=demo)
    return Settings(
        instance=instance,
        database_url=database_url,
        base_url=base_url,
        keys=load_keys(instance, given, holds_data=lambda: holds_data(database_url)),
        smtp_url=smtp_url,
        mail_from=mail_from,
        demo=demo,
        host="127.0.0.1" if demo else host,
        port=port,
        log=log,
        trusted_proxies=proxies,
        workers=workers,
        threads=threads,
        gateways_inside=inside,
    )


def bundled(name: str) -> Path:
    """Return the folder `templates` or `migrations`: beside the package in a checkout, inside it in a wheel."""
    here = Path(__file__).resolve().parent
    packed = here / f"_{name}"
    return packed if packed.is_dir() else here.parent / name


# ---- secrets ------------------------------------------------------------------------------------------------------


def load_keys(instance: Path, given: Mapping[str, str], *, holds_data: Callable[[], bool] = lambda: False) -> Keys:
    """Return the secrets, making what is missing; two processes that start at once agree on the same ones.

    Where the database holds data already (it is asked only if a file is missing), a key that is not there is not made
    anew in silence: what it sealed could then never be read again. Raises `SettingsError`.
    """
    folder = instance / "keys"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_missing(given, folder, holds_data)
        return Keys(
            fernet=_fernet(given, folder / "fernet"),
            session=_secret(given, "COACHDESK_SECRET_KEY", folder / "session"),
            digest=_secret(given, "COACHDESK_DIGEST_KEY", folder / "digest"),
            salt=_secret(given, "COACHDESK_PASSWORD_SALT", folder / "salt"),
            fernet_file=None if "COACHDESK_KEYS" in given else folder / "fernet",
        )
    except OSError as trouble:
        raise SettingsError(
            f"The keys in {folder} cannot be read or made ({trouble.strerror}). This user must be able to do both there."
        ) from None


def _refuse_missing(given: Mapping[str, str], folder: Path, holds_data: Callable[[], bool]) -> None:
    missing = [
        file for name, file in _CANNOT_BE_MADE_ANEW.items() if name not in given and not (folder / file).exists()
    ]
    if missing and holds_data():
        files = ", ".join(str(folder / file) for file in missing)
        raise SettingsError(
            f"The database holds records, but the keys they were written with are missing: {files}. "
            "Put them back from your backup of the keys; no new ones are made in their place."
        )


def _fernet(given: Mapping[str, str], path: Path) -> tuple[str, ...]:
    where = "COACHDESK_KEYS" if "COACHDESK_KEYS" in given else f"The key file {path}"
    try:
        return keyring.read_keys(given.get("COACHDESK_KEYS") or keyring.keep_once(path, keyring.new_key))
    except ValueError:
        raise SettingsError(
            f"{where} does not hold keys that can be used. Put back the ones from your backup, newest first: "
            "without them nothing that was written can be read, so no new ones are made in their place."
        ) from None


def _secret(given: Mapping[str, str], name: str, path: Path) -> str:
    try:
        text = given.get(name) or keyring.keep_once(path, lambda: secrets.token_hex(_SHORTEST_SECRET))
    except ValueError:
        text = ""
    if len(text) < _SHORTEST_SECRET:
        where = name if name in given else f"The key file {path}"
        raise SettingsError(
            f"{where} must hold at least {_SHORTEST_SECRET} characters. Put back the one from your backup."
        )
    return text


# ---- one setting each ---------------------------------------------------------------------------------------------


def _refuse_unknown(given: Mapping[str, str]) -> None:
    for name in given:
        if name.startswith("COACHDESK_") and name not in KNOWN:
            raise SettingsError(f"{name} is not a setting. The settings are: {', '.join(sorted(KNOWN))}, PORT.")


def _instance(given: Mapping[str, str]) -> Path:
    checkout = Path(__file__).resolve().parent.parent
    usual = checkout / "instance" if (checkout / "pyproject.toml").exists() else Path(sys.prefix) / "coachdesk-instance"
    folder = Path(given.get("COACHDESK_INSTANCE", usual))
    try:
        folder = folder.expanduser().absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
    except (OSError, RuntimeError):  # the second: a home of nobody
        writable = False
    if not writable:
        raise SettingsError(
            f"COACHDESK_INSTANCE: the folder {folder} cannot be written to. Choose one that this user may write in."
        )
    return folder


def _database(given: Mapping[str, str], instance: Path, *, demo: bool) -> str:
    url = given.get("COACHDESK_DATABASE_URL", "")
    if not url:
        return f"sqlite:///{(instance / ('demo.db' if demo else 'coachdesk.db')).as_posix()}"
    scheme, _colon, rest = url.partition("://")
    if scheme == "sqlite" and Path(rest.removeprefix("/")).is_absolute() and not rest.endswith("/"):
        return url
    if scheme in ("postgresql", "postgres", "postgresql+psycopg") and _split(f"postgresql://{rest}"):
        return f"postgresql+psycopg://{rest}"
    raise SettingsError(
        "COACHDESK_DATABASE_URL must be a file like sqlite:////folder/desk.db (four strokes: the whole path) "
        "or a server like postgresql://user@host/name."
    )


def _base_url(given: Mapping[str, str], port: int, *, demo: bool) -> str:
    if not demo and "COACHDESK_BASE_URL" not in given:
        raise SettingsError(
            "COACHDESK_BASE_URL is needed: the address people open, like https://desk.example.org. Links in mails are "
            f"made from it alone. To try it out on this machine: COACHDESK_BASE_URL=http://localhost:{port}, or --demo."
        )
    parts = _split(given.get("COACHDESK_BASE_URL", f"http://localhost:{port}"))
    if (
        not parts
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username is not None
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise SettingsError(
            "COACHDESK_BASE_URL must be the address people open, like https://desk.example.org, with nothing after it."
        )
    if not parts.hostname.isascii():
        raise SettingsError(
            "COACHDESK_BASE_URL must be written as mail servers know it: a name with other letters than a to z begins with "
            "xn-- there."
        )
    if demo and parts.hostname not in LOOPBACK:
        raise SettingsError(
            "COACHDESK_BASE_URL may only be this machine (http://localhost) for the demo: "
            "its people are invented and its passphrases published."
        )
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise SettingsError(
            "COACHDESK_BASE_URL must begin with https://, so that nobody on the way can read what is sent. "
            "Only an address of this machine (127.0.0.1) may do without."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _smtp(given: Mapping[str, str]) -> tuple[str, str]:
    """Return the mail server's address (empty where there is none) and who mails come from."""
    url = given.get("COACHDESK_SMTP_URL", "")
    parts = _split(url) if url else None
    if url and not (parts and parts.scheme in ("smtp", "smtps") and parts.hostname and _is_a_host(parts.hostname)):
        raise SettingsError(
            "COACHDESK_SMTP_URL must look like smtp://127.0.0.1:2525 or smtps://name:secret@mail.example.org:465."
        )
    if parts and not unquote(f"{parts.username or ''}{parts.password or ''}").isascii():
        raise SettingsError(
            "COACHDESK_SMTP_URL: the name and the secret for the mail server may have no letters beyond a to z, digits and "
            "common signs; others cannot be sent to it. Choose another secret there."
        )
    named = parse_qs(parts.query).get("from", [""])[0] if parts else ""
    sender = given.get("COACHDESK_MAIL_FROM") or named or MAIL_FROM
    found = getaddresses([sender])
    name_at, at, domain = found[0][1].rpartition("@")
    if len(found) != 1 or not (name_at and at and domain) or not sender.isprintable():
        raise SettingsError("COACHDESK_MAIL_FROM must be one mail address, like CoachDesk <desk@example.org>.")
    return urlunsplit((parts.scheme, parts.netloc, "", "", "")) if parts else "", sender


def _is_a_host(name: str) -> bool:
    """Say whether a name can be looked up at all."""
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True


def _host(given: Mapping[str, str]) -> str:
    host = given.get("COACHDESK_HOST", "127.0.0.1")
    if _HOST.fullmatch(host):
        return host
    raise SettingsError("COACHDESK_HOST must be the name or address to listen on and nothing else, like 0.0.0.0.")


def _networks(given: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in given.get(name, "").split(",") if part.strip())
    except ValueError:
        raise SettingsError(
            f"{name} must be networks with commas between them, like 10.20.0.0/16,fd00:20::/64."
        ) from None


def _split(url: str) -> SplitResult | None:
    """Take an address apart; None where it, or its port, is none."""
    try:
        parts = urlsplit(url)
        fine = parts.port != 0 and not any(letter.isspace() for letter in url)
    except ValueError:
        return None
    return parts if fine and (parts.netloc or parts.path) else None


def _number(given: Mapping[str, str], name: str, usual: int, *, least: int, most: int) -> int:
    text = given.get(name, str(usual))
    if text.isascii() and text.isdigit() and len(text) < _LONGEST_NUMBER and least <= int(text) <= most:
        return int(text)
    raise SettingsError(f"{name} must be a whole number from {least} to {most}.")


def _choice(given: Mapping[str, str], name: str, choices: tuple[str, ...], usual: str) -> str:
    text = given.get(name, usual).lower()
    if text in choices:
        return text
    raise SettingsError(f"{name} must be one of {', '.join(choices)}.")


def _yes(given: Mapping[str, str], name: str) -> bool:
    return _choice(given, name, ("1", "0", "true", "false", "yes", "no"), "0") in ("1", "true", "yes")
