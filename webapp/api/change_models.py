"""What callers may send to change a canvas themselves."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from drawing.model import MAX_TEXT_LENGTH, Color
from drawing.notation.colors import COLORS, color_of
from drawing.theme import ColorScheme, PaperTheme, Style
from webapp.api.input_fields import (
    MAX_EVENT,
    MAX_PLACE,
    Input,
    Source,
    Title,
    optional,
    to_plain_text,
    whole,
    without_surrogates,
)
from webapp.api.request_models import MAX_SELECTION


def _to_color(value: Any) -> Any:
    if not isinstance(value, str) or value == "default":
        return value
    color = color_of(value)
    if color is None:
        raise ValueError(f"Use {', '.join(COLORS)}, default or #RRGGBB.")
    return color


class PatchHeaders(Input):
    """What the change was made on."""

    if_match: Annotated[str | None, WithJsonSchema({"type": "string"})] = Field(
        None,
        alias="If-Match",
        description="The ETag that you have read; 412 when the canvas has changed since.",
    )


class ObjectChange(Input):
    """An object that a person has changed; `x` and `y` mean what they do in its properties."""

    model_config = ConfigDict(strict=True, title="ObjectChange")

    id: str = Field(min_length=1, max_length=100)
    x: float | None = Field(None, ge=-MAX_PLACE, le=MAX_PLACE)
    y: float | None = Field(None, ge=-MAX_PLACE, le=MAX_PLACE)
    width: float | None = Field(None, gt=0, le=MAX_PLACE)
    height: float | None = Field(None, gt=0, le=MAX_PLACE)
    text: Annotated[
        str | None,
        BeforeValidator(without_surrogates),
        AfterValidator(optional(to_plain_text)),
        WithJsonSchema({"anyOf": [{"type": "string", "maxLength": MAX_TEXT_LENGTH}, {"type": "null"}]}),
    ] = Field(None, max_length=MAX_TEXT_LENGTH, description="New words of the shape, connector or title.")
    color: Annotated[
        Color | Literal["default"] | None,
        BeforeValidator(_to_color),
        WithJsonSchema(
            {"anyOf": [{"type": "string", "examples": [*COLORS, "default", "#2E7D32"]}, {"type": "null"}]}
        ),
    ] = Field(None, description="A colour of the palette, or any other, which becomes the nearest of these.")
    deleted: bool = False


class PatchBody(Input):
    """What is to be different; at least one of these."""

    model_config = ConfigDict(
        strict=True,
        title="ChangeCanvasRequest",
        json_schema_extra={"minProperties": 1, "example": {"colorScheme": "vibrant"}},
    )

    title: Title = None
    style: Style | None = Field(None, description="The newest drawing is drawn again in it, at its place.")
    color_scheme: ColorScheme | None = Field(None, alias="colorScheme")
    theme: PaperTheme | None = Field(
        None, description="The paper that the newest drawing is for from now on."
    )
    source: Source = Field(
        None, description="Statements that change the newest drawing, or all of it, as for `mode: edit`."
    )
    objects: Annotated[list[ObjectChange] | None, Field(max_length=MAX_SELECTION)] = Field(
        None,
        description="Shapes of one drawing that were moved, resized or deleted. Their words, their connectors and what"
        " stands in them follow, and later changes leave them there.",
    )

    @property
    def is_dark(self) -> bool | None:
        """Whether it is to be for dark paper; None where that stays as it is."""
        return None if self.theme is None else self.theme == "dark"


class RevertBody(Input):
    """Which version to go back to."""

    model_config = ConfigDict(
        strict=True, title="RevertRequest", json_schema_extra={"example": {"version": 1}}
    )

    version: Annotated[int, BeforeValidator(whole)] = Field(ge=1, le=MAX_EVENT)
