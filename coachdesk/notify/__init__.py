"""Telling people: messages as values, an outbox that loses nothing, and the channels they leave by."""

from coachdesk.notify.channels import Mailer, Problem
from coachdesk.notify.messages import BODY, PERSON_BODY, PERSON_SUBJECT, SUBJECT, WAYS_CHANGED, Channel, Message, Topic
from coachdesk.notify.models import Delivery, DeliveryState, Notice
from coachdesk.notify.outbox import deliver, enqueue, list_keys, list_notices, see_notice, settle, unsettle

__all__ = [
    "BODY",
    "PERSON_BODY",
    "PERSON_SUBJECT",
    "SUBJECT",
    "WAYS_CHANGED",
    "Channel",
    "Delivery",
    "DeliveryState",
    "Mailer",
    "Message",
    "Notice",
    "Problem",
    "Topic",
    "deliver",
    "enqueue",
    "list_keys",
    "list_notices",
    "see_notice",
    "settle",
    "unsettle",
]
