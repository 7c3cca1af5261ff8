"""Objects that an app hands over from a canvas of its own, in the form that is stored; what has no place is refused."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from core.canvases import MAX_OBJECTS
from drawing.canvas import CanvasObject, ObjectType
from drawing.object_index import MAX_Z
from drawing.text import LINE_HEIGHT, measure
from webapp.api.input_fields import (
    MAX_PLACE,
    Input,
    Title,
    optional,
    whole,
    within,
    without_surrogates,
)
from webapp.errors import InvalidRequest

MAX_ID = 100  # characters
MAX_TEXT = 4_000  # characters of one property
MAX_POINTS = 1_000
MAX_EXTRAS = 40  # further properties of an object
REFERENCES = ("from", "to", "of", "in")  # properties that name another object

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_SIZED = ("width", "height")
_NUMBERS: dict[str, tuple[str, ...]] = {
    "rectangle": ("x", "y", *_SIZED), "diamond": ("x", "y", *_SIZED), "star": ("x", "y", *_SIZED),
    "heart": ("x", "y", *_SIZED), "circle": ("x", "y", "radius"), "text": ("x", "y"), "arrow": ("x", "y"),
    "line": ("x", "y"),
}  # fmt: skip
_LINES = ("arrow", "line")


def _optional(kind: str) -> dict[str, Any]:
    return {"anyOf": [{"type": kind}, {"type": "null"}]}


OwnId = Annotated[
    str | None,
    BeforeValidator(without_surrogates),
    AfterValidator(optional(lambda text: within(text, MAX_ID))),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1, "maxLength": MAX_ID}, {"type": "null"}]}),
]


class OwnObject(Input):
    """An object in the form of `GET /canvas/{id}`; `properties` must say its place, all else has a default."""

    model_config = ConfigDict(strict=True, title="OwnObject")

    id: OwnId = Field(
        None,
        description="A UUID is kept; any other id is replaced by one, `ids` of the response says by which.",
    )
    object_type: Literal["rectangle", "circle", "diamond", "star", "heart", "text", "arrow", "line"]
    properties: dict[str, Any]
    z_index: Annotated[int | None, BeforeValidator(whole), WithJsonSchema(_optional("integer"))] = Field(
        None, ge=0, le=MAX_Z, description="What lies on what; in the order of the list where it is not said."
    )


class OwnCanvasBody(Input):
    """A canvas of your app, for drawings beside what is on it."""

    model_config = ConfigDict(
        strict=True,
        title="OwnCanvasRequest",
        json_schema_extra={
            "example": {
                "title": "Our board",
                "objects": [
                    {"id": "shape:1", "object_type": "rectangle",
                     "properties": {"x": 0, "y": 0, "width": 200, "height": 80}}
                ],
            }
        },
    )  # fmt: skip

    title: Title = None
    objects: list[OwnObject] = Field(min_length=1, max_length=MAX_OBJECTS)


def read_own_objects(
    given: Sequence[OwnObject], canvas_id: uuid.UUID
) -> tuple[list[CanvasObject], dict[str, str]]:
    """Return the objects as they are stored, and ours of the ids that were replaced; raise ``InvalidRequest``."""
    ids: dict[str, str] = {}
    own: dict[str, int] = {}  # by our id, as they were given
    for number, item in enumerate(given):
        own_id = _as_uuid(item.id) or str(uuid.uuid5(canvas_id, item.id or f"object {number}"))
        if own_id in own:
            raise InvalidRequest({"objects": [f"Object {number}: another one has the same id."]})
        own[own_id] = number
        if item.id is not None and item.id != own_id:
            ids[item.id] = own_id
    objects = []
    for number, (item, own_id) in enumerate(zip(given, own, strict=True)):
        try:
            properties = _properties(item.object_type, item.properties)
        except ValueError as exc:
            raise InvalidRequest({"objects": [f"Object {number}: {exc}"]}) from None
        for name in REFERENCES:
            if name in properties:
                meant = ids.get(str(properties[name]), str(properties[name]))
                if meant in own:
                    properties[name] = meant
                else:
                    del properties[name]
        z_index = number if item.z_index is None else item.z_index
        objects.append(CanvasObject(own_id, item.object_type, properties, z_index))
    return objects, ids


def _as_uuid(text: str | None) -> str | None:
    try:
        return str(uuid.UUID(text)) if text and len(text) == 36 else None
    except ValueError:
        return None


def _properties(kind: ObjectType, given: Mapping[str, Any]) -> dict[str, Any]:
    place = {name: _number(given, name) for name in _NUMBERS[kind]}
    if any(place.get(name, 0.0) < 0 for name in (*_SIZED, "radius")):
        raise ValueError("its size must not be negative.")
    out: dict[str, Any] = dict(place)
    if kind in _LINES:
        out["points"] = _points(given.get("points"))
    elif kind == "text":
        out |= _text(given)
    else:
        out["fill"] = "none" if given.get("fill") == "none" else _color(given.get("fill"), "#FFFFFF")
    if kind != "text":
        out["stroke"] = _color(given.get("stroke"), "#1F2937")
        out["strokeWidth"] = _number(given, "strokeWidth", 2.0, least=0.0)
    extras = {name: value for name, value in given.items() if name not in out and _is_small(name, value)}
    return out | dict(list(extras.items())[:MAX_EXTRAS])


def _number(
    given: Mapping[str, Any], name: str, default: float | None = None, least: float = -MAX_PLACE
) -> float:
    value = given.get(name, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or not least <= value <= MAX_PLACE:
        raise ValueError(f"`{name}` must be a number from {least:g} to {MAX_PLACE:g}.")
    return float(value)


def _points(given: Any) -> list[float]:
    if not isinstance(given, list) or not 4 <= len(given) <= 2 * MAX_POINTS or len(given) % 2:
        raise ValueError(f"`points` must be a list of 2 to {MAX_POINTS} pairs of numbers.")
    return [_number({"points": value}, "points") for value in given]


def _text(given: Mapping[str, Any]) -> dict[str, Any]:
    text = given.get("text")
    if not isinstance(text, str) or len(text) > MAX_TEXT or "\0" in text:
        raise ValueError(f"`text` must be a text of at most {MAX_TEXT} characters.")
    without_surrogates(text)
    size = _number(given, "fontSize", 16.0, least=1.0)
    lines = text.split("\n")
    widest = max(measure(line, size) for line in lines)
    return {
        "text": text,
        "fontSize": size,
        "color": _color(given.get("color"), "#1F2937"),
        "width": _number(given, "width", min(widest, MAX_PLACE), least=0.0),
        "height": _number(given, "height", min(len(lines) * size * LINE_HEIGHT, MAX_PLACE), least=0.0),
    }


def _color(value: Any, default: str) -> str:
    return value if isinstance(value, str) and _COLOR.fullmatch(value) else default


def _is_small(name: str, value: Any) -> bool:
    """Say whether a further property is kept: a word, a number, yes or no, or a few numbers."""
    if len(name) > 60 or not _is_storable(name):
        return False
    if isinstance(value, str):
        return len(value) <= MAX_TEXT and _is_storable(value)
    if isinstance(value, list):
        return len(value) <= 8 and all(_is_small(name, each) and not isinstance(each, list) for each in value)
    return value is None or isinstance(value, bool | int | float)


def _is_storable(text: str) -> bool:
    """PostgreSQL's JSON holds neither NUL nor half characters."""
    return "\0" not in text and not any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)
