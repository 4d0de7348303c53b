"""Settings are checked at start: what is right is taken, what is wrong is refused by name and never repeated."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from coachdesk import config
from coachdesk.config import KNOWN, SettingsError, bundled, load, load_keys
from coachdesk.keyring import keep_once


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"COACHDESK_INSTANCE": str(tmp_path / "home"), "COACHDESK_BASE_URL": "http://127.0.0.1:8000"}


def test_with_nothing_set_it_is_a_file_on_this_machine(environ):
    settings = load(environ)
    assert settings.database_url == f"sqlite:///{environ['COACHDESK_INSTANCE']}/coachdesk.db"
    assert (settings.base_url, settings.host, settings.port) == ("http://127.0.0.1:8000", "127.0.0.1", 8000)
    assert (settings.workers, settings.threads, settings.trusted_proxies) == (2, 4, 0)
    assert not settings.demo
    assert not settings.smtp_url


def test_an_empty_setting_counts_as_not_set(environ):
    empty = dict.fromkeys(KNOWN - {"COACHDESK_INSTANCE", "COACHDESK_BASE_URL"}, "  ") | {"PORT": ""}
    assert load(environ | empty) == load(environ)


def test_the_demo_keeps_its_people_in_a_file_of_their_own(environ):
    assert load(environ, demo=True).database_url.endswith("/demo.db")
    assert load(environ | {"COACHDESK_DEMO": "1"}) == load(environ, demo=True)


def test_the_demo_listens_to_this_machine_alone(environ):
    assert load(environ | {"COACHDESK_HOST": "0.0.0.0"}, demo=True).host == "127.0.0.1"  # noqa: S104
    with pytest.raises(SettingsError, match=r"^COACHDESK_BASE_URL may only be this machine"):
        load(environ | {"COACHDESK_BASE_URL": "https://desk.example.org"}, demo=True)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000", "http://localhost", "http://[::1]:8000"])
def test_the_demo_may_have_any_address_of_this_machine(environ, url):
    assert load(environ | {"COACHDESK_BASE_URL": url}, demo=True).base_url == url


def test_the_address_people_open_is_needed_unless_it_is_the_demo(environ):
    given = {"COACHDESK_INSTANCE": environ["COACHDESK_INSTANCE"], "PORT": "9000"}
    with pytest.raises(SettingsError, match=r"^COACHDESK_BASE_URL is needed: the address people open"):
        load(given)
    assert load(given, demo=True).base_url == "http://localhost:9000"
    assert load(environ | {"COACHDESK_BASE_URL": "https://Desk.example.org/"}).base_url == "https://desk.example.org"


@pytest.mark.asvs("12.2.1")
@pytest.mark.parametrize("url", ["http://desk.example.org", "http://10.0.0.7:8000", "http://127.0.0.1.example.org"])
def test_what_others_open_is_opened_over_https(environ, url):
    with pytest.raises(SettingsError, match=r"^COACHDESK_BASE_URL must begin with https://"):
        load(environ | {"COACHDESK_BASE_URL": url})


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("postgresql://desk:pw@db.example/desk", "postgresql+psycopg://desk:pw@db.example/desk"),
        ("postgresql+psycopg://db.example/desk", "postgresql+psycopg://db.example/desk"),
        ("postgres://db.example:5433/desk", "postgresql+psycopg://db.example:5433/desk"),
        ("postgresql:///desk?host=/run/postgresql", "postgresql+psycopg:///desk?host=/run/postgresql"),
        ("sqlite:////srv/desk.db", "sqlite:////srv/desk.db"),
    ],
)
def test_both_databases_are_taken(environ, written, kept):
    assert load(environ | {"COACHDESK_DATABASE_URL": written}).database_url == kept


def test_a_mail_server_may_name_its_sender(environ):
    settings = load(environ | {"COACHDESK_SMTP_URL": "smtps://desk:pw@mail.example:465?from=desk@example.org"})
    assert settings.smtp_url == "smtps://desk:pw@mail.example:465"
    assert settings.mail_from == "desk@example.org"


def test_a_sender_set_apart_goes_before_the_servers(environ):
    both = {"COACHDESK_SMTP_URL": "smtp://m.example?from=a@example.org", "COACHDESK_MAIL_FROM": "Desk <b@example.org>"}
    assert load(environ | both).mail_from == "Desk <b@example.org>"


GOOD = [
    ("COACHDESK_BASE_URL", "https://desk.example.org", "base_url", "https://desk.example.org"),
    ("COACHDESK_CHROMIUM", "/opt/chromium", "host", "127.0.0.1"),  # read by the tests alone
    ("COACHDESK_DATABASE_URL", "sqlite:////srv/desk.db", "database_url", "sqlite:////srv/desk.db"),
    ("COACHDESK_DEMO", "Yes", "demo", True),
    ("COACHDESK_DEMO", "true", "demo", True),
    ("COACHDESK_DEMO", "no", "demo", False),
    ("COACHDESK_DEMO", "0", "demo", False),
    (
        "COACHDESK_GATEWAYS_INSIDE",
        "10.20.0.0/16, fd00:20::/64",
        "gateways_inside",
        (ip_network("10.20.0.0/16"), ip_network("fd00:20::/64")),
    ),
    ("COACHDESK_HOST", "0.0.0.0", "host", "0.0.0.0"),  # noqa: S104
    ("COACHDESK_HOST", "desk-1.example.org", "host", "desk-1.example.org"),
    ("COACHDESK_HOST", "::1", "host", "::1"),
    ("COACHDESK_HOST", "::", "host", "::"),
    ("COACHDESK_LOG", "WARNING", "log", "warning"),
    ("COACHDESK_MAIL_FROM", "The Desk <desk@example.org>", "mail_from", "The Desk <desk@example.org>"),
    ("COACHDESK_SMTP_URL", "smtp://127.0.0.1:2525", "smtp_url", "smtp://127.0.0.1:2525"),
    ("COACHDESK_TEST_DATABASE_URL", "postgresql://db/test", "host", "127.0.0.1"),  # read by the tests alone
    ("COACHDESK_THREADS", "64", "threads", 64),
    ("COACHDESK_TRUSTED_PROXIES", "5", "trusted_proxies", 5),
    ("COACHDESK_WORKERS", "1", "workers", 1),
    ("PORT", " 65535 ", "port", 65535),
]


@pytest.mark.parametrize(("name", "value", "attribute", "expected"), GOOD, ids=[f"{g[0]}={g[1]}" for g in GOOD])
def test_a_right_setting_is_taken(environ, name, value, attribute, expected):
    assert getattr(load(environ | {name: value}), attribute) == expected


SECRETS = {
    "COACHDESK_KEYS": Fernet.generate_key().decode(),
    "COACHDESK_SECRET_KEY": "s" * 32,
    "COACHDESK_DIGEST_KEY": "d" * 32,
    "COACHDESK_PASSWORD_SALT": "p" * 32,
}


def test_secrets_are_taken_from_the_environment(environ):
    keys = load(environ | SECRETS).keys
    assert [*keys.fernet, keys.session, keys.digest, keys.salt] == list(SECRETS.values())


def test_an_instance_may_lie_in_the_home_of_who_runs_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load({"COACHDESK_INSTANCE": "~/desk"}, demo=True).instance == tmp_path / "desk"
    assert stat.S_IMODE((tmp_path / "desk").stat().st_mode) == 0o700


def test_every_setting_has_a_good_and_a_bad_example_here():
    assert {name for name, *_rest in GOOD} | SECRETS.keys() | {"COACHDESK_INSTANCE"} == KNOWN | {"PORT"}
    read_by_tests_alone = {"COACHDESK_CHROMIUM", "COACHDESK_TEST_DATABASE_URL"}
    bad = {name for name, _value in BAD} - {"COACHDESK_SMTP_URI"}
    assert bad | {"COACHDESK_INSTANCE"} == KNOWN - read_by_tests_alone | {"PORT"}


BAD = [
    ("COACHDESK_DATABASE_URL", "mysql://s3cret@db/desk"),
    ("COACHDESK_DATABASE_URL", "sqlite:///s3cret.db"),
    ("COACHDESK_DATABASE_URL", "sqlite://"),
    ("COACHDESK_DATABASE_URL", "sqlite:///:memory:"),
    ("COACHDESK_DATABASE_URL", "postgresql://"),
    ("COACHDESK_DATABASE_URL", "postgresql://desk:s3cret@db:port/desk"),
    ("COACHDESK_BASE_URL", "desk.example.org"),
    ("COACHDESK_BASE_URL", "ftp://desk.example.org"),
    ("COACHDESK_BASE_URL", "https://"),
    ("COACHDESK_BASE_URL", "https://me:s3cret@desk.example.org"),
    ("COACHDESK_BASE_URL", "https://desk.example.org/app"),
    ("COACHDESK_BASE_URL", "https://desk.example.org:99999"),
    ("COACHDESK_BASE_URL", "https://desk .example.org"),
    ("COACHDESK_BASE_URL", "https://bücher.example.org"),
    ("COACHDESK_SMTP_URL", "mail.example.org"),
    ("COACHDESK_SMTP_URL", "https://me:s3cret@mail.example.org"),
    ("COACHDESK_SMTP_URL", "smtp://me:s3cret@mail.example.org:0"),
    ("COACHDESK_SMTP_URL", "smtp://me:s3cret@mail.example.org:mail"),
    ("COACHDESK_SMTP_URL", "smtp://me:s3cret@mail..example.org"),
    ("COACHDESK_SMTP_URL", f"smtp://me:s3cret@{'m' * 64}.example.org"),
    ("COACHDESK_SMTP_URL", "smtp://me:s3cret%C3%BC@mail.example.org"),
    ("COACHDESK_MAIL_FROM", "nobody"),
    ("COACHDESK_MAIL_FROM", "@example.org"),
    ("COACHDESK_MAIL_FROM", "a@example.org\nBcc: s3cret@example.org"),
    ("COACHDESK_MAIL_FROM", "a@example.org, s3cret@example.org"),
    ("COACHDESK_GATEWAYS_INSIDE", "s3cret.example"),
    ("COACHDESK_GATEWAYS_INSIDE", "10.20.1.5/16"),
    ("COACHDESK_HOST", "http://s3cret.example"),
    ("COACHDESK_HOST", "s3cret.example:8000"),
    ("COACHDESK_HOST", "s3cret example"),
    ("COACHDESK_HOST", "127.0.0.1:8000"),
    ("COACHDESK_HOST", "[::1]"),
    ("COACHDESK_LOG", "loud"),
    ("COACHDESK_DEMO", "perhaps"),
    ("COACHDESK_TRUSTED_PROXIES", "6"),
    ("COACHDESK_TRUSTED_PROXIES", "-1"),
    ("COACHDESK_THREADS", "0"),
    ("COACHDESK_WORKERS", "many"),
    ("COACHDESK_KEYS", "not-a-key-s3cret"),
    ("COACHDESK_SECRET_KEY", "s3cret"),
    ("COACHDESK_DIGEST_KEY", "s3cret"),
    ("COACHDESK_PASSWORD_SALT", "s3cret"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "80.5"),
    ("PORT", "8000000000000000"),
    ("PORT", "٨٠٠٠"),
    ("COACHDESK_SMTP_URI", "s3cret"),
]


@pytest.mark.parametrize(("name", "value"), BAD, ids=[f"{name}={value!a}" for name, value in BAD])
def test_a_wrong_setting_is_named_in_a_sentence_that_does_not_repeat_it(environ, name, value):
    with pytest.raises(SettingsError) as refusal:
        load(environ | {name: value})
    sentence = str(refusal.value)
    assert name in sentence
    assert sentence.endswith(".")
    assert "s3cret" not in sentence
    assert "s3cret" not in repr(refusal.value.__cause__)


def test_a_misspelt_setting_is_answered_with_the_right_ones(environ):
    with pytest.raises(SettingsError, match=r"COACHDESK_SMTP_URI is not a setting.*COACHDESK_SMTP_URL"):
        load(environ | {"COACHDESK_SMTP_URI": "smtp://mail.example"})


@given(st.integers())
def test_a_port_is_taken_exactly_from_1_to_65535(number):
    if 1 <= number <= 65535:
        assert config._number({"PORT": str(number)}, "PORT", 8000, least=1, most=65535) == number
    else:
        with pytest.raises(SettingsError):
            config._number({"PORT": str(number)}, "PORT", 8000, least=1, most=65535)


def test_an_instance_that_cannot_be_a_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"^COACHDESK_INSTANCE: the folder .* cannot be written to"):
        load({"COACHDESK_INSTANCE": str(tmp_path / "file")}, demo=True)
    with pytest.raises(SettingsError, match=r"^COACHDESK_INSTANCE"):
        load({"COACHDESK_INSTANCE": str(tmp_path / "file" / "below")}, demo=True)
    with pytest.raises(SettingsError, match=r"^COACHDESK_INSTANCE"):
        load({"COACHDESK_INSTANCE": "~nobody-of-that-name/desk"}, demo=True)


def test_nothing_is_made_when_a_setting_is_wrong(environ):
    with pytest.raises(SettingsError):
        load(environ | {"COACHDESK_LOG": "loud"})
    assert not Path(environ["COACHDESK_INSTANCE"]).exists()


def test_secrets_show_in_no_representation(environ):
    settings = load(environ | {"COACHDESK_SMTP_URL": "smtp://me:s3cret@mail.example"})
    for secret in ("s3cret", *settings.keys.fernet, settings.keys.session, settings.keys.digest, settings.keys.salt):
        assert secret not in repr(settings)
        assert secret not in repr(settings.keys)


# ---- secrets ------------------------------------------------------------------------------------------------------


def test_keys_are_made_once_for_their_owner_alone(environ):
    first = load(environ).keys
    folder = Path(environ["COACHDESK_INSTANCE"]) / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == dict.fromkeys(
        ("digest", "fernet", "salt", "session"), 0o600
    )
    assert len({first.session, first.digest, first.salt, *first.fernet}) == 4
    assert load(environ).keys == first


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path):
    script = (
        "import sys; from pathlib import Path; from coachdesk.config import load_keys; "
        "print('ready', flush=True); sys.stdin.readline(); "
        "k = load_keys(Path(sys.argv[1]), {}); print(k.fernet, k.session, k.digest, k.salt)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = {process.communicate(timeout=30)[0] for process in started}
    assert len(answers) == 1
    assert answers != {""}
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()} == dict.fromkeys(
        ("digest", "fernet", "salt", "session"), 0o600
    )


def test_whoever_comes_second_takes_the_first_ones_key(tmp_path):
    path = tmp_path / "session"

    def slowly() -> str:
        path.write_text("the first one's")
        return "the second one's"

    assert keep_once(path, slowly) == "the first one's"
    assert [found.name for found in tmp_path.iterdir()] == ["session"]


def test_a_key_file_with_several_lines_is_a_ring_newest_first(tmp_path):
    ring = [Fernet.generate_key().decode() for _ in range(2)]
    load_keys(tmp_path, {})
    (tmp_path / "keys" / "fernet").write_text("\n".join(ring) + "\n")
    assert load_keys(tmp_path, {}).fernet == tuple(ring)


def test_keys_from_the_environment_go_before_the_files_and_make_none(tmp_path):
    ring = [Fernet.generate_key().decode() for _ in range(2)]
    given = {
        "COACHDESK_KEYS": ", ".join(ring),
        "COACHDESK_SECRET_KEY": "s" * 32,
        "COACHDESK_DIGEST_KEY": "d" * 32,
        "COACHDESK_PASSWORD_SALT": "p" * 32,
    }
    assert load_keys(tmp_path, given) == config.Keys(tuple(ring), "s" * 32, "d" * 32, "p" * 32)
    assert not list((tmp_path / "keys").iterdir())


@pytest.mark.parametrize("name", ["fernet", "session", "digest", "salt"])
@pytest.mark.parametrize("damage", [b"", b"torn", b"\xff\xfe\x00" * 20])
def test_a_damaged_key_file_stops_the_start_and_is_left_as_it_is(environ, name, damage):
    load(environ)
    path = Path(environ["COACHDESK_INSTANCE"]) / "keys" / name
    path.write_bytes(damage)
    with pytest.raises(SettingsError, match=str(path)) as refusal:
        load(environ)
    assert "backup" in str(refusal.value)
    assert path.read_bytes() == damage


def test_a_key_file_that_cannot_be_read_stops_the_start_with_a_sentence(environ):
    load(environ)
    folder = Path(environ["COACHDESK_INSTANCE"]) / "keys"
    (folder / "salt").unlink()
    (folder / "salt").mkdir()
    with pytest.raises(SettingsError, match=r"cannot be read or made"):
        load(environ)


@pytest.mark.parametrize("name", ["fernet", "digest", "salt"])
def test_a_key_missing_beside_records_is_named_and_not_made_anew(environ, name):
    load(environ)
    path = Path(environ["COACHDESK_INSTANCE"]) / "keys" / name
    path.unlink()
    with pytest.raises(SettingsError, match=rf"are missing: {path}\. Put them back from your backup"):
        load(environ, holds_data=lambda _url: True)
    assert not path.exists()
    load(environ, holds_data=lambda _url: False)
    assert path.exists()


def test_without_its_session_key_a_desk_starts_and_everybody_signs_in_again(environ):
    before = load(environ).keys
    (Path(environ["COACHDESK_INSTANCE"]) / "keys" / "session").unlink()
    after = load(environ, holds_data=lambda _url: True).keys
    assert after.session != before.session
    assert after.fernet == before.fernet


# ---- bundled ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["templates", "migrations"])
def test_templates_and_migrations_are_found_beside_the_package(name):
    assert bundled(name).is_dir()
    assert bundled(name).parent == Path(config.__file__).parent.parent


def test_in_a_wheel_they_lie_inside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "__file__", str(tmp_path / "coachdesk" / "config.py"))
    assert bundled("templates") == tmp_path / "templates"
    (tmp_path / "coachdesk" / "_templates").mkdir(parents=True)
    assert bundled("templates") == tmp_path / "coachdesk" / "_templates"


def test_config_knows_nothing_of_the_house_but_how_keys_are_kept():
    loaded = "import coachdesk.config, sys; print(sorted(m for m in sys.modules if m.startswith('coachdesk')))"
    answer = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, env=os.environ)
    assert answer.stdout.strip() == "['coachdesk', 'coachdesk.config', 'coachdesk.keyring']"
