"""Telling people: messages as values, an outbox that loses nothing, and the channels they leave by."""

from coachdesk.notify.channels import Mailer, Problem, Way
from coachdesk.notify.delivering import deliver
from coachdesk.notify.messages import (
    ACCOUNT_TOUCHED,
    BODY,
    GO,
    ITSELF,
    PERSON_BODY,
    PERSON_SUBJECT,
    SUBJECT,
    WAYS_CHANGED,
    Channel,
    Held,
    Message,
    Topic,
    Urgency,
    Verdict,
)
from coachdesk.notify.models import Delivery, DeliveryState, Notice
from coachdesk.notify.outbox import (
    enqueue,
    enqueue_many,
    list_keys,
    list_notices,
    see_notice,
    settle,
    unsettle,
)
from coachdesk.notify.withdrawing import restore, withdraw

__all__ = [
    "ACCOUNT_TOUCHED",
    "BODY",
    "GO",
    "ITSELF",
    "PERSON_BODY",
    "PERSON_SUBJECT",
    "SUBJECT",
    "WAYS_CHANGED",
    "Channel",
    "Delivery",
    "DeliveryState",
    "Held",
    "Mailer",
    "Message",
    "Notice",
    "Problem",
    "Topic",
    "Urgency",
    "Verdict",
    "Way",
    "deliver",
    "enqueue",
    "enqueue_many",
    "list_keys",
    "list_notices",
    "restore",
    "see_notice",
    "settle",
    "unsettle",
    "withdraw",
]
