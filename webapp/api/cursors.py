"""The cursor of a page of jobs: where the next page begins, as text that callers pass back unread."""

from __future__ import annotations

import base64
import binascii
import struct
import uuid
from datetime import UTC, datetime, timedelta

from core.jobs import Job
from webapp.errors import InvalidRequest

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FORMAT = struct.Struct(">q16s")  # microseconds since 1970, and the job's id
# 24 bytes in base64, the first of them zero until 2112.
PATTERN = r"^AA[A-Za-z0-9_-]{30}$"


def make_cursor(job: Job) -> str:
    """Return the cursor of the page after ``job``."""
    microseconds = (job.created_at - EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(FORMAT.pack(microseconds, job.id.bytes)).decode()


def parse_cursor(text: str) -> tuple[datetime, uuid.UUID]:
    """Return creation time and id of the last job seen; raise ``InvalidRequest`` for anything else."""
    try:
        microseconds, id_bytes = FORMAT.unpack(base64.b64decode(text, altchars=b"-_", validate=True))
        return EPOCH + timedelta(microseconds=microseconds), uuid.UUID(bytes=id_bytes)
    except (ValueError, binascii.Error, struct.error, OverflowError) as exc:
        raise InvalidRequest({"cursor": ["This is not the cursor of a page."]}) from exc
