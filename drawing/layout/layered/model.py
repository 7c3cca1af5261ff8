"""What the layered engine takes and returns: boxes, nested clusters, arcs, distances, and where they went."""

from __future__ import annotations

from dataclasses import dataclass, field

from drawing.geometry import Point, Rect
from drawing.model import Direction

Size = tuple[float, float]  # width and height on the page


@dataclass(frozen=True, slots=True)
class Vertex:
    """A box to place; ``cluster`` is the key of the innermost cluster that it stands in.

    ``outline`` is a name that ``drawing.geometry`` or ``drawing.shapes`` knows, ``corner`` a rectangle's radius.
    """

    key: str
    w: float
    h: float
    outline: str = "rectangle"
    cluster: str | None = None
    corner: float = 0.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """A frame around vertices and further clusters.

    A lane is a band over the full length of its siblings' flow; lanes of one parent keep the order given.
    A cluster with a ``direction`` of its own is laid out alone and placed as one box.
    """

    key: str
    parent: str | None = None
    heading: Size = (0.0, 0.0)
    direction: Direction | None = None
    lane: bool = False


@dataclass(frozen=True, slots=True)
class Arc:
    """A connector; ``source`` and ``target`` are keys of vertices or clusters.

    ``is_back`` says that the arc leads back against the flow. ``length`` is the least number of layers that it
    spans, ``weight`` how much it wants to be short and straight, ``straight`` that it leads straight on from a
    decision. Arcs of one source with the same ``trunk`` may share their first piece; None is never shared.
    A ``hidden`` arc has its say in the placing and no route; a ``level`` one none in the placing, and a route from
    side to side.
    """

    key: str
    source: str
    target: str
    label: Size = (0.0, 0.0)
    is_back: bool = False
    length: int = 1
    weight: float = 1.0
    straight: bool = False
    trunk: str | None = ""
    hidden: bool = False
    level: bool = False


@dataclass(frozen=True, slots=True)
class Spacing:
    """Distances in canvas units."""

    layer: float = 50.0  # between boxes of two layers, at least
    node: float = 36.0  # between boxes of one layer
    pad: float = 18.0  # between a frame and what stands in it
    lane: float = 12.0  # between parallel lines
    head: float = 14.0  # length of an arrow's head, and of a last piece at least
    label: float = 5.0  # between a label and its line
    component: float = 48.0  # between drawings that nothing connects


@dataclass(slots=True)
class Layout:
    """Where everything went, in page coordinates that start at 0, 0.

    ``routes`` are orthogonal polylines from outline to outline, by arc; ``labels`` stand next to their own
    line; ``headings`` are the places of the frames' headings, as large as those were given.
    """

    direction: Direction = "down"
    rows: int = 1  # that it was folded into
    row_of: dict[str, int] = field(default_factory=dict)  # by vertex, if it was folded
    rects: dict[str, Rect] = field(default_factory=dict)
    frames: dict[str, Rect] = field(default_factory=dict)
    headings: dict[str, Rect] = field(default_factory=dict)
    routes: dict[str, tuple[Point, ...]] = field(default_factory=dict)
    labels: dict[str, Rect] = field(default_factory=dict)
    chains: dict[str, tuple[Point, ...]] = field(
        default_factory=dict
    )  # where arcs passed layers, for the next time
    blocks: dict[str, str] = field(default_factory=dict)  # what was laid out apart, by vertex or cluster
