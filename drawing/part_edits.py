"""New words or another colour for single parts of a drawing, as a person gives them by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from drawing.changes import copy_of
from drawing.model import MAX_TITLE_LENGTH, Color, Drawing, Part, label
from drawing.source import read_source, write_source

TITLE = "title"


class NotEditable(ValueError):
    """A part has no words or no colour of its own, or its kind of drawing cannot say them."""


@dataclass(frozen=True, slots=True)
class PartEdit:
    """What is to be different about a part: None leaves it as it is, ``"default"`` takes its colour away."""

    text: str | None = None
    color: Color | Literal["default"] | None = None

    def merged_with(self, later: PartEdit) -> PartEdit:
        """Return both; where they disagree, the later one."""
        return PartEdit(
            self.text if later.text is None else later.text,
            self.color if later.color is None else later.color,
        )


def part_keys(drawing: Drawing, namespace: uuid.UUID, object_ids: Iterable[str]) -> dict[str, str]:
    """Return the keys of the parts that objects stand for, by object id; the words of a part stand for it, too."""
    keys = {
        str(uuid.uuid5(namespace, f"{key}{suffix}")): key
        for key in [TITLE, *drawing.parts]
        for suffix in ("", ":label")
    }
    return {object_id: keys[object_id] for object_id in object_ids if object_id in keys}


def edit_parts(drawing: Drawing, edits: Mapping[str, PartEdit]) -> str:
    """Return the notation of the drawing with other words and colours; ``edits`` are by the keys of parts.

    Raises ``NotEditable`` for a key whose part cannot be changed so.
    """
    edited = copy_of(drawing)
    for key, edit in edits.items():
        if key == TITLE:
            if edit.text is None or edit.color is not None:
                raise NotEditable(key)
            edited.title = label(edit.text, MAX_TITLE_LENGTH).replace("\n", " ")
        else:
            edited.parts[key] = edited_part(edited.parts[key], edit)
    source = write_source(edited)
    again = read_source(source).drawing
    for key in edits.keys() - {TITLE}:
        if again is None or not _is_said(edited.parts[key], again):
            raise NotEditable(key)
    return source


def edited_part(part: Part, edit: PartEdit) -> Part:
    """Return a part with other words or another colour; raise ``NotEditable`` where its class has none."""
    changes: dict[str, Any] = {}
    if edit.text is not None:
        changes["text"] = label(edit.text)
    if edit.color is not None:
        changes["color"] = None if edit.color == "default" else edit.color
    if not changes.keys() <= {each.name for each in fields(part)}:
        raise NotEditable(part.id)
    return replace(part, **changes)


def _is_said(part: Part, drawing: Drawing) -> bool:
    """Say whether a drawing has a part with these words and this colour; ids may be made from words."""
    return any(
        type(other) is type(part)
        and all(getattr(other, name, None) == getattr(part, name, None) for name in ("text", "color"))
        for other in drawing.parts.values()
    )
