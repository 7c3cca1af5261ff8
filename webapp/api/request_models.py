"""What callers may send: one Pydantic model for the path, query, headers or body of a route."""

from __future__ import annotations

import re
import uuid
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
)

from core.canvases import is_canvas_id
from core.errors import CanvasJobsError
from core.jobs import STATUSES, Status
from drawing.connectors import Connectors
from drawing.theme import ColorScheme, PaperTheme, Style
from webapp.api import cursors
from webapp.api.input_fields import (
    MAX_EVENT,
    MAX_SOURCE,
    Input,
    Source,
    optional,
    text_schema,
    to_plain_text,
    whole,
    within,
    without_surrogates,
)

MAX_INSTRUCTIONS = 10_000  # characters after trimming: people paste whole descriptions
MAX_SELECTION = 500  # marked objects
MAX_KEY = 255  # characters of an Idempotency-Key
MAX_WAIT_SECONDS = 60
MAX_OFFSET = 1_000_000

# How a bare key is documented; quoted ones are taken too.
CANVAS_ID_SCHEMA: dict[str, Any] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$"}
BARE_KEY = r"^[!#-\[\]-~]{1,255}$"

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PRINTABLE = re.compile(r"[\x20-\x7e]+")
_WAIT = re.compile(r'(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=$|[,;])', re.IGNORECASE)


def parse_id(text: str, missing: type[CanvasJobsError]) -> uuid.UUID:
    """Return the id; text that is not a UUID names nothing, so it raises ``missing``."""
    if not _UUID.fullmatch(text):
        raise missing
    return uuid.UUID(text)


def _trim_instructions(text: str) -> str:
    return within(text.strip(), MAX_INSTRUCTIONS)


def _unless_source(words: str | None, info: ValidationInfo) -> str | None:
    """Take words, or notation, but one of them; notation that was refused is complained of by itself."""
    source = info.data.get("source", "")
    if words is None and source is None:
        raise ValueError("Use instructions or source.")
    if words is not None and source:
        raise ValueError("Use instructions or source, not both.")
    return words


def _only_with_canvas(mode: str, info: ValidationInfo) -> str:
    if mode == "edit" and "canvas_id" in info.data and info.data["canvas_id"] is None:
        raise ValueError("Give the canvas_id of the canvas to change.")
    return mode


def parse_key(header: str) -> str:
    """Return an Idempotency-Key, written as a quoted string (RFC 8941 section 3.3.3) or bare."""
    key = header.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = re.sub(r'\\([\\"])', r"\1", key[1:-1])
    if not 1 <= len(key) <= MAX_KEY or not _PRINTABLE.fullmatch(key):
        raise ValueError(f"Use 1 to {MAX_KEY} printable ASCII characters.")
    return key


def parse_wait(header: str) -> int:
    """Return the seconds of ``wait`` in a Prefer header (RFC 7240 section 4.3), at most 60; 0 without.

    A preference that makes no sense is ignored, as the RFC asks.
    """
    found = _WAIT.search(header)
    return min(int(found[1]), MAX_WAIT_SECONDS) if found else 0


def _check_canvas_id(canvas_id: str) -> str:
    if not is_canvas_id(canvas_id):
        raise ValueError("Use 1 to 100 letters, digits, _ and -.")
    return canvas_id


def _event_number(header: Any) -> Any:
    return header or 0


Wait = Annotated[
    int,
    BeforeValidator(parse_wait, json_schema_input_type=str),
    Field(
        alias="Prefer",
        default="",
        validate_default=True,
        description=f"`wait=N`: respond when the job changes, within N (to {MAX_WAIT_SECONDS}) seconds.",
    ),
]


class JobPath(Input):
    """Which job."""

    job_id: str = Field(description="The job's id.", json_schema_extra={"format": "uuid"})


class CanvasPath(Input):
    """Which canvas."""

    canvas_id: str = Field(
        description="The canvas' id, ours or your own app's.", json_schema_extra=CANVAS_ID_SCHEMA
    )


class CanvasQuery(Input):
    """Which version."""

    version: Annotated[int | None, WithJsonSchema({"type": "integer", "minimum": 1})] = Field(
        None, ge=1, le=MAX_EVENT, description="As it was at this version; the newest by default."
    )


class EraseQuery(Input):
    """What to delete with the job."""

    canvas: bool = Field(False, description="Also delete what the job drew.")


class CreateBody(Input):
    """What to draw."""

    model_config = ConfigDict(
        strict=True,
        title="CreateCanvasRequest",
        json_schema_extra={
            "example": {"instructions": "A -> B -> C", "style": "modern", "colorScheme": "pastel"}
        },
    )

    source: Source = Field(
        None,
        description=f"What to draw as notation (docs/notation.md), 1 to {MAX_SOURCE} characters, instead of"
        " `instructions`: no model is asked.",
    )
    instructions: Annotated[
        str | None,
        BeforeValidator(without_surrogates),
        AfterValidator(optional(to_plain_text)),
        AfterValidator(optional(_trim_instructions)),
        AfterValidator(_unless_source),
        WithJsonSchema(text_schema(MAX_INSTRUCTIONS)),
    ] = Field(
        None,
        validate_default=True,
        description=f"What to draw, 1 to {MAX_INSTRUCTIONS} characters of any text; required unless `source` is given.",
    )
    style: Style = "modern"
    color_scheme: ColorScheme = Field("default", alias="colorScheme")
    theme: PaperTheme = Field("light", description="The paper that the drawing is for: white or dark.")
    canvas_id: Annotated[
        str | None, AfterValidator(optional(_check_canvas_id)), WithJsonSchema(CANVAS_ID_SCHEMA)
    ] = Field(
        None,
        description="The canvas to draw on, in its free space: one of ours, or one of your own app's by its own id.",
    )
    mode: Annotated[Literal["add", "edit", "auto"], AfterValidator(_only_with_canvas)] = Field(
        "add",
        description="`add`: draw something new. `edit`: change the drawing on `canvas_id` as the words ask, or with the"
        " statements in `source`. `auto`: whichever the words ask for.",
    )
    selection: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100)]] | None,
        Field(max_length=MAX_SELECTION),
        WithJsonSchema(
            {
                "type": "array",
                "maxItems": MAX_SELECTION,
                "items": {"type": "string", "minLength": 1, "maxLength": 100},
            }
        ),
    ] = Field(None, description="Ids of the objects that the person has marked: what “this” and “these” are.")
    connectors: Annotated[
        Connectors | None, WithJsonSchema({"type": "string", "enum": list(get_args(Connectors))})
    ] = Field(
        None,
        description="`elbow`: an arrow with all bends; `segments`: a line for the bends, and an arrow of two points;"
        " `straight`: arrows of two points.",
    )
    square_diamonds: Annotated[bool | None, WithJsonSchema({"type": "boolean"})] = Field(
        None, description="Draw diamonds as high as wide."
    )
    priority: Annotated[int, BeforeValidator(whole)] = Field(
        0, ge=0, le=10, description="Higher comes first among your own jobs."
    )
    webhook_url: Annotated[
        str | None, WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https://"})
    ] = Field(None, description="Where to send the outcome; https and a public address.")


class CreateHeaders(Input):
    """How to accept the job."""

    idempotency_key: Annotated[
        str | None, BeforeValidator(parse_key), WithJsonSchema({"type": "string", "pattern": BARE_KEY})
    ] = Field(
        None,
        alias="Idempotency-Key",
        description="A repeated request with the same key and body gets the first response and makes no second job.",
    )
    wait: Wait


class StatusHeaders(Input):
    """When to respond."""

    wait: Wait
    if_none_match: Annotated[str | None, WithJsonSchema({"type": "string"})] = Field(
        None, alias="If-None-Match", description="The ETag you have."
    )


class EventsHeaders(Input):
    """Where to resume."""

    last_event_id: Annotated[int, BeforeValidator(_event_number)] = Field(
        0, alias="Last-Event-ID", ge=0, le=MAX_EVENT, description="The number of the last event you have."
    )


class EventsQuery(Input):
    """Where to resume, for readers that cannot set headers."""

    after: int = Field(0, ge=0, le=MAX_EVENT, description="As `Last-Event-ID`; the header wins.")


class ListQuery(Input):
    """Which jobs."""

    status: Annotated[Status | None, WithJsonSchema({"type": "string", "enum": list(STATUSES)})] = Field(
        None, description="Only jobs with this status."
    )
    limit: int = Field(50, ge=1, le=100)
    cursor: Annotated[str | None, WithJsonSchema({"type": "string", "pattern": cursors.PATTERN})] = Field(
        None, description="`next_cursor` of the page before."
    )
    offset: int = Field(0, ge=0, le=MAX_OFFSET, description="How many to skip; prefer the cursor.")


class StatsQuery(Input):
    """Whose numbers to count."""

    scope: Literal["mine", "all"] = Field("mine", description="`all` needs a token with the role admin.")
