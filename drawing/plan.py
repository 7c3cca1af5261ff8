"""What a model says should be on a canvas: a header and a stream of items, checked one by one.

Placing, sizing and colouring them is left to ``drawing.session``. The JSON is that of ``plan.schema.json``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, TypeGuard, TypeVar, get_args

from drawing.markup import PlainText, read_markup
from drawing.plan_keys import direction, plan_keys
from drawing.text import clean, cut

MAX_NODES = 120  # nodes, groups and shapes together
MAX_CELLS = 300  # the same of a grid
MAX_EDGES = 240
MAX_ID_LENGTH = 80  # code points, as all lengths here
MAX_TITLE_LENGTH = 120
MAX_LABEL_LENGTH = 300  # on a node, group or shape
MAX_EDGE_LABEL_LENGTH = 80
MAX_WHEN_LENGTH = 60
MAX_MARKUP_LENGTH = 4_000  # of any label before its markup is read
MAX_COORDINATE = 10_000.0  # canvas units, either side of the origin
MIN_SIZE = 1.0  # canvas units
ACCENTS = 6
DEFAULT_TITLE = "Untitled drawing"

Kind = Literal["flowchart", "mindmap", "tree", "timeline", "grid", "freeform"]
Direction = Literal["down", "right"]
Role = Literal["start", "step", "decision", "data", "end", "idea", "event", "note", "highlight", "favorite"]
Outline = Literal["rectangle", "circle", "diamond", "star", "heart", "text"]


@dataclass(frozen=True, slots=True)
class Header:
    """What the whole drawing is; it comes before the first item."""

    title: str
    kind: Kind
    direction: Direction = "down"


@dataclass(frozen=True, slots=True)
class Node:
    """A labelled box; its role picks the shape.

    ``parent`` is a node id (mindmap, tree) or a group id; ``when`` a date or stage (timeline);
    ``accent`` a palette colour, 0 to 5.
    """

    id: str
    text: str
    role: Role = "step"
    parent: str | None = None
    when: str | None = None
    accent: int | None = None
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A connector between two node or shape ids; ``arrow`` says whether it has a head."""

    source: str
    target: str
    label: str | None = None
    arrow: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """A frame or column with a heading; nodes, and in a flowchart groups, join it through their ``parent``."""

    id: str
    text: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """Freeform only: a shape with the model's own coordinates, ``x, y`` the box's top-left corner."""

    id: str
    shape: Outline
    x: float
    y: float
    w: float
    h: float
    text: str | None = None
    accent: int | None = None
    is_bold: bool = False


Item = Node | Edge | Group | Shape


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan: the header and its items in the order in which they were said."""

    header: Header
    items: tuple[Item, ...] = ()


class InvalidItem(ValueError):
    """An item of a plan cannot be drawn; the message says why in a sentence."""


class PlanUnusable(ValueError):
    """Nothing of a plan can be drawn; the message says why in a sentence."""


def parse_header(raw: Mapping[str, Any]) -> Header:
    """Return the header, with "Untitled drawing", a flowchart and down where nothing usable is said."""
    return Header(
        title=_label(raw.get("title"), MAX_TITLE_LENGTH).text or DEFAULT_TITLE,
        kind=_choice(raw.get("kind"), get_args(Kind), "flowchart"),
        direction=_choice(direction(raw.get("direction")), get_args(Direction), "down"),
    )


def parse_item(raw: object) -> Item:
    """Return the item that ``raw``, an object of ``plan.schema.json``, stands for.

    Forgives what does no harm: missing nullable keys, numbers as ids, an unknown role ("step") or shape
    ("rectangle"), a missing kind that the other keys give away, keys by other names (``drawing.plan_keys``).
    Texts lose their markup and are cut at their limit, coordinates clamped. Raises InvalidItem for anything else.
    """
    if not isinstance(raw, Mapping):
        raise InvalidItem(f"An item is not an object but a {type(raw).__name__}.")
    raw = plan_keys(raw)
    return _PARSERS[_item_kind(raw)](raw)


@cache
def plan_schema() -> dict[str, Any]:
    """Return the JSON schema of a plan, fit for OpenAI's strict mode; one shared dict, not to be changed."""
    text = resources.files("drawing").joinpath("plan.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _item_kind(raw: Mapping[str, Any]) -> str:
    kind = raw.get("kind")
    if isinstance(kind, str) and kind in _PARSERS:
        return kind
    if "source" in raw and "target" in raw:
        return "edge"
    if "shape" in raw:
        return "shape"
    if kind is None or kind in get_args(Role):
        return "node"
    raise InvalidItem("An item is neither a node nor an edge, group or shape.")


def _parse_node(raw: Mapping[str, Any]) -> Node:
    node_id = _id(raw, "id")
    label = _label(raw.get("text"), MAX_LABEL_LENGTH)
    if not label.text:
        raise InvalidItem(f"Node {node_id!r} has no text.")
    # Small models write the role where the kind belongs.
    role = raw.get("role") or raw.get("kind")
    return Node(
        id=node_id,
        text=label.text,
        role=_choice(role, get_args(Role), "step"),
        parent=_optional_id(raw.get("parent")),
        when=_label(raw.get("when"), MAX_WHEN_LENGTH).text or None,
        accent=_accent(raw.get("accent")),
        is_bold=label.is_bold,
    )


def _parse_edge(raw: Mapping[str, Any]) -> Edge:
    return Edge(
        source=_id(raw, "source"),
        target=_id(raw, "target"),
        label=_label(raw.get("label"), MAX_EDGE_LABEL_LENGTH).text or None,
        arrow=raw.get("arrow") is not False,
    )


def _parse_group(raw: Mapping[str, Any]) -> Group:
    group_id = _id(raw, "id")
    text = _label(raw.get("text"), MAX_LABEL_LENGTH).text
    if not text:
        raise InvalidItem(f"Group {group_id!r} has no text.")
    return Group(id=group_id, text=text, parent=_optional_id(raw.get("parent")))


def _parse_shape(raw: Mapping[str, Any]) -> Shape:
    shape_id = _id(raw, "id")
    label = _label(raw.get("text"), MAX_LABEL_LENGTH)
    return Shape(
        id=shape_id,
        shape=_choice(raw.get("shape"), get_args(Outline), "rectangle"),
        x=_coordinate(raw, "x", -MAX_COORDINATE),
        y=_coordinate(raw, "y", -MAX_COORDINATE),
        w=_coordinate(raw, "w", MIN_SIZE),
        h=_coordinate(raw, "h", MIN_SIZE),
        text=label.text or None,
        accent=_accent(raw.get("accent")),
        is_bold=label.is_bold,
    )


_PARSERS: dict[str, Callable[[Mapping[str, Any]], Item]] = {
    "node": _parse_node,
    "edge": _parse_edge,
    "group": _parse_group,
    "shape": _parse_shape,
}

_Choice = TypeVar("_Choice", bound=str)


def _choice(value: object, choices: tuple[_Choice, ...], default: _Choice) -> _Choice:
    said = value.strip().lower() if isinstance(value, str) else ""
    return next((choice for choice in choices if choice == said), default)


def _id(raw: Mapping[str, Any], key: str) -> str:
    value = _optional_id(raw.get(key))
    if value is None:
        raise InvalidItem(f"An item has no {key}.")
    return value


def _optional_id(value: object) -> str | None:
    return " ".join(_text(value, MAX_ID_LENGTH).split()) or None


def _label(value: object, max_length: int) -> PlainText:
    """Return a label without its markup, cut where it is longer."""
    plain = read_markup(_text(value, MAX_MARKUP_LENGTH))
    return PlainText(cut(plain.text, max_length), plain.is_bold)


def _text(value: object, max_length: int) -> str:
    """Return cleaned text of at most ``max_length`` code points; empty if there is none."""
    if isinstance(value, str):
        return cut(clean(value), max_length)
    # The bound is where a float stops telling integers apart; Python refuses to print huge ones.
    return str(value) if _is_number(value) and abs(value) < 2**53 else ""


def _accent(value: object) -> int | None:
    return value % ACCENTS if isinstance(value, int) and not isinstance(value, bool) else None


def _coordinate(raw: Mapping[str, Any], key: str, lowest: float) -> float:
    value = raw.get(key)
    if not _is_number(value) or value in (math.inf, -math.inf) or value != value:
        raise InvalidItem(f"Shape {_id(raw, 'id')!r} has no usable {key}.")
    return float(min(max(value, lowest), MAX_COORDINATE))


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
