"""The database's time, as far as this process knows it. Hosts' clocks differ, so no decision rests on one of theirs.

Each new connection of a pool asks for it; in between the process counts on by itself.
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
    """Return the database's time, behind by no more than its answer took; the host's own before the first answer."""
    if _known is None:
        return datetime.now(UTC)
    at, since = _known
    return at + timedelta(seconds=time.monotonic() - since)
