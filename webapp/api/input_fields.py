"""What models of request data share: their base, and the checks of texts and numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema

MAX_SOURCE = 50_000  # characters of notation, after trimming
MAX_EVENT = 2**31 - 1
MAX_PLACE = 100_000.0  # canvas units
MAX_TITLE = 120  # characters


class Input(BaseModel):
    """A model of request data; unknown names are ignored."""

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the schema, made once: flask-openapi3 asks for it at every request."""
        return _schema(cls, args, tuple(kwargs.items()))


@cache
def _schema(model: type[Input], args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    schema = super(Input, model).model_json_schema(*args, **dict(kwargs))
    for field in schema.get("properties", {}).values():
        # As a keyword it makes openapi-typescript and others take the field for required.
        default = field.pop("default", None)
        if default not in (None, ""):
            said = f"{field['description']} " if "description" in field else ""
            field["description"] = f"{said}Default: `{default}`."
    return schema


def to_plain_text(text: str) -> str:
    if "\0" in text:
        raise ValueError("NUL characters are not allowed.")
    return text


def without_surrogates(value: Any) -> Any:
    # Half a character: JSON can write it, UTF-8 and so the database cannot.
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("Lone surrogates are not text.") from None
    return value


def _trim_source(text: str) -> str:
    # Indentation means something, also that of the first line.
    return within(text.strip("\r\n").rstrip(), MAX_SOURCE)


def within(text: str, longest: int) -> str:
    if not text.strip() or len(text) > longest:
        raise ValueError(f"Use 1 to {longest} characters.")
    return text


def optional(check: Callable[[str], str]) -> Callable[[str | None], str | None]:
    return lambda text: None if text is None else check(text)


def text_schema(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest, "pattern": r"^[^\u0000]*\S[^\u0000]*$"}


def whole(value: Any) -> Any:
    """JSON has one kind of number: 3.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Source = Annotated[
    str | None,
    BeforeValidator(without_surrogates),
    AfterValidator(optional(to_plain_text)),
    AfterValidator(optional(_trim_source)),
    WithJsonSchema(text_schema(MAX_SOURCE)),
]
Title = Annotated[
    str | None,
    BeforeValidator(without_surrogates),
    AfterValidator(optional(to_plain_text)),
    Field(max_length=MAX_TITLE),
    WithJsonSchema({"type": "string", "maxLength": MAX_TITLE}),
]
