"""The objects of a canvas as callers get them, a model for each type of object."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field
from typing_extensions import TypeAliasType

from webapp.api.base_model import Response

Color = TypeAliasType("Color", Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$")])


class Outline(Response):
    """How the outline of a shape is drawn."""

    fill: str = Field(description="`#RRGGBB`, or `none`.")
    stroke: Color
    strokeWidth: float = Field(ge=0)


class RectangleProperties(Outline):
    """`x`, `y` is the top left corner."""

    x: float
    y: float
    width: float = Field(ge=0)
    height: float = Field(ge=0)


class CenteredProperties(Outline):
    """`x`, `y` is the centre."""

    x: float
    y: float
    width: float = Field(ge=0)
    height: float = Field(ge=0)


class CircleProperties(Outline):
    """`x`, `y` is the centre."""

    x: float
    y: float
    radius: float = Field(ge=0)


class TextProperties(Response):
    """`x`, `y` is the top left corner."""

    x: float
    y: float
    width: float = Field(ge=0)
    height: float = Field(ge=0)
    text: str
    fontSize: float = Field(ge=0)
    color: Color


class ConnectorProperties(Response):
    """`x`, `y` is the start; `points` are relative to it, `[0, 0, dx, dy, …]`."""

    x: float
    y: float
    points: list[float] = Field(min_length=4)
    stroke: Color
    strokeWidth: float = Field(ge=0)


class StoredObject(Response):
    """What all objects have in common."""

    id: str
    canvas_id: str
    z_index: int
    created_by: str
    created_at: AwareDatetime
    updated_at: AwareDatetime


class RectangleObject(StoredObject):
    """A rectangle. A property `shape` may name a nearer form; one who does not know it draws the rectangle."""

    object_type: Literal["rectangle"]
    properties: RectangleProperties


class CenteredObject(StoredObject):
    """A diamond, star or heart."""

    object_type: Literal["diamond", "star", "heart"]
    properties: CenteredProperties


class CircleObject(StoredObject):
    """A circle."""

    object_type: Literal["circle"]
    properties: CircleProperties


class TextObject(StoredObject):
    """A text. The label of a shape is a text of its own, over the shape."""

    object_type: Literal["text"]
    properties: TextProperties


class ConnectorObject(StoredObject):
    """A line, or an arrow to its last point. `from` and `to` name the shapes it connects."""

    object_type: Literal["arrow", "line"]
    properties: ConnectorProperties


CanvasObject = TypeAliasType(
    "CanvasObject",
    Annotated[
        RectangleObject | CenteredObject | CircleObject | TextObject | ConnectorObject,
        Field(discriminator="object_type"),
    ],
)
