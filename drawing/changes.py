"""What an answer changes in a drawing: statements that add, change or remove, or a whole new source.

A change to a drawing is a few statements of its notation: saying a part again changes it, ``remove ID`` takes it away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from drawing.canvas import CanvasObject
from drawing.model import Drawing, Edge, Group, Message, Node, Part, PlacedShape
from drawing.source import SourceReader, read_source

_NAMED = (Node, Group, PlacedShape)


class Scope(Enum):
    """What an answer turned out to be."""

    STATEMENTS = auto()  # about some parts; the others stay
    WHOLE = auto()  # the drawing once more; what it leaves out is removed
    NEW = auto()  # another drawing


@dataclass(frozen=True, slots=True)
class Change:
    """A drawing after a change; ``notes`` are the author's remarks, and one sentence for each unreadable line."""

    drawing: Drawing
    scope: Scope
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What looks different: ids of objects that were added, look otherwise, or are gone."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def to_json(self) -> dict[str, list[str]]:
        """Return ``{"added", "changed", "removed"}``."""
        return {"added": list(self.added), "changed": list(self.changed), "removed": list(self.removed)}


@dataclass(slots=True)
class ObjectChanges:
    """How the objects of a drawing become others: what to write, what to delete, and what of it can be seen."""

    written: list[CanvasObject] = field(default_factory=list)  # new, different, or only at another z-index
    deleted: list[str] = field(default_factory=list)
    seen: Difference = field(default_factory=Difference)


def apply_change(drawing: Drawing, text: str, *, may_be_new: bool = False) -> Change:
    """Return what the drawing becomes by an answer; the drawing itself stays as it is.

    An answer with a header is the whole drawing when it says at least half of the drawing's parts. When it names none
    and ``may_be_new``, it is another drawing; else the header is left aside.
    """
    whole = read_source(text)
    if whole.drawing is not None and whole.drawing.parts:
        known, said = _parts_by_name(drawing), _parts_by_name(whole.drawing)
        defined = [name for name in known.keys() & said.keys() if not _is_bare(said[name], known[name])]
        if known and 2 * len(defined) >= len(known):
            return Change(_completed(whole.drawing, drawing), Scope.WHOLE, whole.notes)
        if may_be_new and not known.keys() & said.keys():
            return Change(whole.drawing, Scope.NEW, whole.notes)
    changed = copy_of(drawing)
    reader = SourceReader(drawing=changed, keeps_drawing=True)
    reader.feed(text)
    reader.close()
    return Change(changed, Scope.STATEMENTS, reader.notes)


def copy_of(drawing: Drawing) -> Drawing:
    """Return a drawing that can be changed without changing this one."""
    return replace(
        drawing,
        settings=dict(drawing.settings),
        parts=dict(drawing.parts),
        surplus={},
        _counts=dict(drawing._counts),
    )


def _parts_by_name(drawing: Drawing) -> Mapping[str, Part]:
    """Return the parts by their ids, without connectors, which are called by their ends."""
    nodes: dict[str, Part] = {part.id: part for part in drawing.parts.values() if isinstance(part, _NAMED)}
    return nodes or {part.id: part for part in drawing.parts.values() if not isinstance(part, Edge | Message)}


def _is_bare(said: Part, before: Part) -> bool:
    """Say whether a part is only mentioned, as the end of a connector is: by its id, which is not its words."""
    words = getattr(said, "text", "")
    return words == said.id and words != getattr(before, "text", "")


def _completed(whole: Drawing, before: Drawing) -> Drawing:
    """Return a whole answer with what it need not say again: title, direction, the words of what it only mentions."""
    whole.title = whole.title or before.title
    if whole.kind != before.kind:
        return whole
    whole.direction = whole.direction or before.direction
    whole.settings = before.settings | whole.settings
    for key, part in whole.parts.items():
        known = before.parts.get(key)
        if isinstance(part, _NAMED) and known is not None and _is_bare(part, known):
            whole.parts[key] = known
    return whole


def compare_objects(before: Sequence[CanvasObject], after: Sequence[CanvasObject]) -> ObjectChanges:
    """Return how the objects of a drawing become others; one that only moved in the stack is not seen to change."""
    known = {item.id: item for item in before}
    kept = {item.id for item in after}
    deleted = [item.id for item in before if item.id not in kept]
    written = [item for item in after if known.get(item.id) != item]
    added = tuple(item.id for item in written if item.id not in known)
    changed = tuple(
        item.id for item in written if item.id in known and not _looks_the_same(item, known[item.id])
    )
    return ObjectChanges(written, deleted, Difference(added, changed, tuple(deleted)))


def _looks_the_same(one: CanvasObject, other: CanvasObject) -> bool:
    return one.object_type == other.object_type and one.properties == other.properties
