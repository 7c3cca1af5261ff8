"""The database's time, as far as this process knows it. Hosts' clocks differ, so no decision rests on one of theirs.

Each new connection of a pool asks for it; in between, the process counts on from its monotonic clock.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

_known: tuple[datetime, float] | None = None  # what time it was, and when that was, in monotonic seconds


def learn(at: datetime) -> None:
    """Remember what the database has just said."""
    global _known
    _known = (at.astimezone(UTC), time.monotonic())


def now() -> datetime:
    """Return the database's time, late by at most one round trip; the host's own clock until the first connection."""
    if _known is None:
        return datetime.now(UTC)
    at, since = _known
    return at + timedelta(seconds=time.monotonic() - since)
