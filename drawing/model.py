"""What is in a drawing, whatever its kind: a few nouns, each under an id that never changes.

A kind uses the nouns it needs. Text becomes a drawing in ``drawing.source``; placing and painting one is left to
``drawing.layout`` and ``drawing.paint``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from drawing.text import clean, cut

MAX_NODES = 120  # nodes, groups and placed shapes together
MAX_EDGES = 240  # edges and messages together
MAX_CELLS = 300  # cells, values, tasks, notes of boards and everything else together
MAX_ROWS = 40  # of one node
MAX_TEXT_LENGTH = 600  # code points of a label
MAX_EDGE_TEXT_LENGTH = 200
MAX_TITLE_LENGTH = 120

Color = Literal["blue", "green", "amber", "red", "purple", "teal", "gray", "pink"]
Direction = Literal["down", "right", "up", "left"]
LineStyle = Literal["solid", "dotted", "thick", "invisible"]
# How an edge ends: crow's feet are named by what they stand for.
EdgeEnd = Literal[
    "none", "arrow", "open_arrow", "half_arrow", "triangle", "diamond", "filled_diamond", "circle", "cross",
    "one", "zero_or_one", "one_or_more", "zero_or_more", "lollipop",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A line inside a node: an attribute, a member, a detail; ``cells`` are its columns."""

    cells: tuple[str, ...]
    section: str = ""  # rows of different sections are divided by a rule


@dataclass(frozen=True, slots=True)
class Node:
    """Something with a label: a step, a person, an entity, a card, a commit.

    ``shape`` is a name of ``drawing.shapes`` (empty: what its kind and role ask for), ``parent`` the id of the group or
    node that it belongs to, ``details`` named facts such as ``("assigned", "Jo")``.
    """

    id: str
    text: str
    shape: str = ""
    role: str = "step"
    color: Color | None = None
    parent: str | None = None
    rows: tuple[Row, ...] = ()
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """A connector between two nodes or groups; ``id`` is its ends and which one of several it is."""

    id: str
    source: str
    target: str
    text: str = ""
    line: LineStyle = "solid"
    tail: EdgeEnd = "none"
    head: EdgeEnd = "arrow"
    tail_text: str = ""
    head_text: str = ""
    length: int = 1  # ranks it spans at least
    value: float | None = None
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A frame around nodes and other groups: a subgraph, a lane, a column, a section, a region."""

    id: str
    text: str
    role: str = "frame"
    color: Color | None = None
    parent: str | None = None
    direction: Direction | None = None
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One arrow of a sequence; messages are ordered by when they were first said."""

    id: str
    source: str
    target: str
    text: str = ""
    line: LineStyle = "solid"
    tail: EdgeEnd = "none"
    head: EdgeEnd = "arrow"


@dataclass(frozen=True, slots=True)
class Step:
    """A turn in a sequence that is no message.

    ``action`` is ``activate``, ``deactivate``, ``create``, ``destroy`` (of ``target``), or ``open``, ``branch``,
    ``close`` of a block, whose ``block`` is ``loop``, ``alt``, ``opt``, ``par``, ``critical``, ``break`` or ``rect``.
    """

    id: str
    action: Literal["activate", "deactivate", "create", "destroy", "open", "branch", "close", "number"]
    target: str = ""
    block: str = ""
    text: str = ""
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A remark at one or several nodes."""

    id: str
    text: str
    targets: tuple[str, ...] = ()
    place: Literal["left", "right", "over"] = "right"


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work in time.

    ``start`` and ``end`` are as they were written: a date, ``after a b``, a duration such as ``3d``, or empty.
    ``parent`` is its section.
    """

    id: str
    text: str
    start: str = ""
    end: str = ""
    tags: tuple[str, ...] = ()
    parent: str | None = None
    color: Color | None = None
    people: tuple[str, ...] = ()
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A labelled number: a slice, a stage, a cell of a treemap; ``said`` is the number as it was written."""

    id: str
    text: str
    value: float | None = None
    color: Color | None = None
    parent: str | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers along an axis: bars, a line, or the axis itself (its ``names``, and from ``low`` to ``high``)."""

    id: str
    text: str
    role: Literal["bar", "line", "x", "y", "curve"]
    values: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """A point in a field; ``x`` and ``y`` run from 0 (left, bottom) to 1."""

    id: str
    text: str
    x: float
    y: float
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of a table."""

    text: str
    color: Color | None = None
    align: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table."""

    id: str
    cells: tuple[Cell, ...]
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class PlacedShape:
    """A shape with coordinates of its own, ``x, y`` the box's top-left corner; later ones lie on top."""

    id: str
    shape: str
    x: float
    y: float
    w: float
    h: float
    text: str = ""
    color: Color | None = None
    points: tuple[tuple[float, float], ...] = ()  # of a line


Part = (
    Node | Edge | Group | Message | Step | Note | Task | Value | Series | Spot | TableRow | PlacedShape
)  # fmt: skip
_BLANKS = re.compile(r"[ \t]*\n[ \t]*")
P = TypeVar("P", bound=Part)

_COUNTED_AS: dict[type, str] = {
    Node: "shapes", Group: "shapes", PlacedShape: "shapes", Edge: "connectors", Message: "connectors"
}  # fmt: skip
_CARDS = ("note",)  # roles of nodes that take little space


@dataclass(slots=True)
class Drawing:
    """The content of a drawing: its parts in the order in which they were first said.

    ``settings`` are what a kind says about the whole, such as ``{"dateFormat": "YYYY-MM-DD"}``.
    """

    kind: str
    title: str = ""
    direction: Direction | None = None
    settings: dict[str, str] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    surplus: dict[str, int] = field(default_factory=dict)  # what was left out because of a limit, counted
    _counts: dict[str, int] = field(default_factory=dict)

    def put(self, part: Part) -> bool:
        """Add a part, or change the one of its kind and id, which keeps its place; False when a limit is reached."""
        key = key_of(part)
        if key not in self.parts:
            name, limit = _limit(part)
            weight = len(part.cells) if isinstance(part, TableRow) else 1
            if self._counts.get(name, 0) + weight > limit:
                self.surplus[name] = self.surplus.get(name, 0) + weight
                return False
            self._counts[name] = self._counts.get(name, 0) + weight
        self.parts[key] = part
        return True

    def remove(self, part: Part) -> None:
        """Take a part out; nothing happens when it is not there."""
        if self.parts.pop(key_of(part), None) is not None:
            name, _ = _limit(part)
            self._counts[name] -= len(part.cells) if isinstance(part, TableRow) else 1

    def get(self, kind: type[P], part_id: str) -> P | None:
        """Return the part of that class and id, if there is one."""
        part = self.parts.get(f"{_WORDS[kind]}:{part_id}")
        return part if isinstance(part, kind) else None

    def all(self, kind: type[P]) -> list[P]:
        """Return the parts of one class, in order."""
        return [part for part in self.parts.values() if isinstance(part, kind)]

    def dropped(self) -> tuple[str, ...]:
        """Return in sentences what is left out because of a limit."""
        return tuple(
            f"{count} {name} beyond the first {_LIMITS[name]} are left out."
            for name, count in self.surplus.items()
        )


_WORDS: dict[type, str] = {
    Node: "node", Edge: "edge", Group: "group", Message: "message", Step: "step", Note: "note", Task: "task",
    Value: "value", Series: "series", Spot: "spot", TableRow: "row", PlacedShape: "shape",
}  # fmt: skip
_LIMITS = {"shapes": MAX_NODES, "connectors": MAX_EDGES, "cells": MAX_CELLS}


def key_of(part: Part) -> str:
    """Return what names a part in its drawing, such as ``node:login``; object ids are made from it."""
    return f"{_WORDS[type(part)]}:{part.id}"


def _limit(part: Part) -> tuple[str, int]:
    name = _COUNTED_AS.get(type(part), "cells")
    if name == "shapes" and isinstance(part, Node) and part.role in _CARDS:
        name = "cells"
    return name, _LIMITS[name]


def label(text: str, max_length: int = MAX_TEXT_LENGTH) -> str:
    """Return a text as labels hold it: cleaned, and cut at its limit."""
    text = clean(text)
    return cut(_BLANKS.sub("\n", text) if "\n" in text else text, max_length)
