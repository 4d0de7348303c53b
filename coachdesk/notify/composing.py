"""What a mail is made of: one sentence and a link, as plain text and as a small page without pictures."""

from __future__ import annotations

import hashlib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from coachdesk.config import bundled
from coachdesk.notify.messages import PERSON_SUBJECT, Topic
from coachdesk.notify.tokens import PATH, make_stop_token
from coachdesk.words import mark

if TYPE_CHECKING:
    from coachdesk.notify.models import Delivery

BUTTON = mark("Open")
OR_COPY = mark("Or copy this address:")
STOP = mark("Stop mails like this one")
_WHOLE_LINES = SMTP.clone(max_line_length=998)
"""The longest line a mail may have (RFC 5322): a folded address would be written in encoded words, which none may be."""


def compose(delivery: Delivery, *, sender: str, base_url: str, secret: str = "") -> EmailMessage:
    """Build a mail: a neutral subject, one sentence and a link. No name, nothing of what anybody wrote or did.

    In a person's inbox not even the sender's name says where it comes from; it may be somebody else who looks. With
    `secret` a reminder can be stopped from the mail itself, by a link and by the mail program's own button (RFC 8058).
    """
    is_persons = delivery.subject == PERSON_SUBJECT
    mail = EmailMessage(policy=_WHOLE_LINES)
    mail["Subject"] = delivery.subject
    mail["From"] = parseaddr(sender)[1] if is_persons else sender
    mail["To"] = delivery.address
    domain = urlsplit(base_url).hostname or "localhost"
    number = hashlib.sha256(delivery.key.encode()).hexdigest()[:40]
    mail["Message-ID"] = f"<{number}@{domain}>"
    mail["Date"] = delivery.created_at
    mail["Auto-Submitted"] = "auto-generated"
    stop = ""
    if secret and delivery.topic is Topic.REMINDERS:
        stop = f"{base_url}{PATH}{make_stop_token(secret, delivery.recipient_id, now=delivery.created_at)}"
        mail["List-Unsubscribe"] = f"<{stop}>"
        if stop.startswith("https://"):
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    link = f"{base_url}{delivery.path}"
    mail.set_content(f"{delivery.body}\n\n{link}\n" + (f"\n{STOP}:\n{stop}\n" if stop else ""))
    mail.add_alternative(_page(delivery, link, stop, brand="" if is_persons else parseaddr(sender)[0]), subtype="html")
    mail.set_boundary(f"part-{number}")  # a repeat is the same to the letter
    return mail


def _page(delivery: Delivery, link: str, stop: str, *, brand: str) -> str:
    return (
        _templates()
        .get_template("mail/message.html")
        .render(
            subject=delivery.subject,
            body=delivery.body,
            link=link,
            brand=brand,
            button=BUTTON,
            or_copy=OR_COPY,
            stop_link=stop,
            stop_words=STOP,
        )
    )


@cache
def _templates() -> Environment:
    """Return the templates by a reader of their own: mails are made where there is no page."""
    return Environment(
        loader=FileSystemLoader(bundled("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
