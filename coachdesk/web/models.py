"""What the web itself keeps: forms already used, and when the scheduler was last seen."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from coachdesk.db import Base


class UsedForm(Base):
    """A form that has made its record: the same form sent again is led to the same place."""

    __tablename__ = "used_form"
    key: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    place: Mapped[str] = mapped_column(sa.String(500), default="")


class Heartbeat(Base):
    """When each part that runs beside the pages was last seen alive."""

    __tablename__ = "heartbeat"
    part: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    seen_at: Mapped[dt.datetime]
