"""What a mail server says is kept as one short line that holds no name and no address."""

from __future__ import annotations

import smtplib
import socket
import ssl
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachdesk.notify import Delivery, Mailer
from coachdesk.notify.channels import _sentence
from coachdesk.notify.hearing import LONGEST, why_unreached, words_of

ADDRESS = "marcus.tell@hillside.example"
PIECES = st.sampled_from(
    [
        ADDRESS,
        f"<{ADDRESS}>",
        f"<{ADDRESS}>:",
        "Marcus",
        "marcus",
        "TELL",
        "Marcus-Tell",
        "O’Brien",
        "hillside",
        "550",
        "5.1.1",
        "User",
        "unknown",
        "mailbox",
        "https://support.example/?p=NoSuchUser",
        "+15550102030",
        "\x1b[31m",
        "\r\n",
        "\u202e",
        "Żaneta",
    ]
)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"5.1.1 User unknown", "5.1.1 User unknown"),
        (
            b"5.1.1 <marcus.tell@hillside.example>: Recipient address rejected: User unknown in local recipient table",
            "5.1.1 … Recipient address rejected: User unknown in local recipient table",
        ),
        (b"5.7.1 Relay access denied", "5.7.1 Relay access denied"),
        (b"4.2.0 Greylisted, try again in 300 seconds", "4.2.0 Greylisted, try again in … seconds"),
        (b"5.2.2 The mailbox of Marcus Tell is full.", "5.2.2 The mailbox of … is full"),
        (b"no such user marcus", "no such user …"),
        (b"5.1.1 maria garcia: mailbox unavailable", "5.1.1 … mailbox unavailable"),
        (b"mailbox 4711 unknown", "mailbox … unknown"),
        (
            b"5.7.8 authentication failed for deskbot with password hunterpass",
            "5.7.8 authentication failed for … with …",
        ),
        (b"alcohol counselling inbox is full", "… is full"),
        (b"Blocked, see https://bl.example/q?ip=198.51.100.7", "Blocked, see …"),
        (b"Taken\r\nX-Evil: \x1b[2Jno", "Taken …"),
        (b"\xff\xfe", ""),
        (b"", ""),
    ],
)
def test_a_servers_words_are_kept_without_whom_they_are_about(said, kept):
    assert words_of(said, ADDRESS) == kept


@given(st.lists(PIECES, max_size=30))
def test_whatever_a_server_says_no_name_and_no_address_stays(pieces):
    line = words_of(" ".join(pieces).encode(), ADDRESS)
    assert len(line) <= LONGEST
    assert line.isprintable()
    low = line.casefold()
    for never in ("marcus", "tell", "hillside", "brien", "żaneta", "@", "://", "15550102030"):
        assert never not in low


@given(st.binary(max_size=400))
def test_whatever_bytes_a_server_sends_it_is_one_short_line(said):
    line = words_of(said, ADDRESS)
    assert line.isprintable()
    assert len(_sentence(550, said, ADDRESS)) <= 200


@given(
    st.text(string.ascii_lowercase, min_size=3, max_size=12), st.sampled_from(["{}", "<{}>", "{}:", "“{}”", "Dr.{}"])
)
def test_no_part_of_the_address_stays_however_it_is_written(part, way):
    said = f"mailbox {way.format(part.title())} or {way.format(part)} is over quota"
    assert (
        part not in words_of(said.encode(), f"{part}.x@y.example").replace("mailbox", "").replace("quota", "").split()
    )


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (ConnectionRefusedError(111, "refused"), "nobody answered at mail.example.org:587"),
        (socket.gaierror(-2, "unknown"), "no server is known as mail.example.org:587"),
        (TimeoutError(), "mail.example.org:587 did not answer in time"),
        (ssl.SSLCertVerificationError(), "mail.example.org:587 could not prove that it is the one we mean"),
        (ssl.SSLError(), "no encrypted connection to mail.example.org:587 could be made"),
        (ConnectionResetError(), "the connection to mail.example.org:587 broke off"),
        (smtplib.SMTPException(), "the mail server at mail.example.org:587 does not let us sign in as we can"),
        (OSError(), "the mail server at mail.example.org:587 could not be reached"),
    ],
)
def test_a_server_that_cannot_be_spoken_to_is_said_in_plain_words(trouble, said):
    assert why_unreached(trouble, "mail.example.org:587") == said


def test_the_secret_of_the_mail_server_is_not_in_what_is_said(clock):
    mailer = Mailer("smtp://desk:s3cret@127.0.0.1:1", "desk@mail.example", "https://desk.example")
    delivery = Delivery(key="k", subject="s", body="b", path="/", address="a@b.example", created_at=clock.now())
    problem = mailer.send(delivery)
    assert problem is not None
    assert problem.sentence == "nobody answered at 127.0.0.1:1"
