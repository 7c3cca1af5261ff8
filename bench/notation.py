"""What of a text of notation arrives in its drawing: words, connections, containment and order, kind by kind."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from drawing.canvas import Canvas, CanvasObject
from drawing.geometry import Rect
from drawing.kinds import KINDS
from drawing.model import (
    Drawing,
    Edge,
    Group,
    Message,
    Node,
    Note,
    Part,
    Spot,
    TableRow,
    Task,
    Value,
    key_of,
)
from drawing.object_index import object_box
from drawing.paint import Painter
from drawing.session import DrawingSession
from drawing.theme import ColorScheme, Style, get_theme

SAMPLES = Path(__file__).parent.parent / "tests" / "drawing" / "notation" / "samples"
NAMESPACE = uuid.UUID("6f4b1c0e-6d0a-4d35-9f0c-2b6b8f6d2c11")
MANNERS: tuple[tuple[Style, ColorScheme], ...] = (
    ("modern", "default"),
    ("corporate", "monochrome"),
    ("creative", "vibrant"),
    ("minimal", "pastel"),
)
TEXTS, CONNECTIONS, CLEAN = 99.0, 98.0, 90.0  # per cent that are aimed at
_MUTE = frozenset(("start", "end", "fork", "join", "choice", "bar", "stop"))  # shapes and roles without words
SLACK = 1.0  # canvas units
_BLANK = re.compile(r"\s+")
_CONNECTED = ("node", "group", "shape")  # what a connector may be bound to
# Kinds in which parts of a class stand in the order of the text: downwards, or in rows from left to right.
_ORDERED: dict[str, tuple[type[Part], str]] = {
    "sequence": (Message, "down"), "table": (TableRow, "down"), "kanban": (Node, "down"), "gantt": (Task, "down"),
    "funnel": (Value, "down"), "pyramid": (Value, "down"), "board": (Node, "rows"), "process": (Value, "rows"),
}  # fmt: skip


@dataclass(slots=True)
class Share:
    """How many of all are right."""

    right: int = 0
    count: int = 0

    def add(self, is_right: bool) -> None:
        """Count one more."""
        self.count += 1
        self.right += is_right

    @property
    def percent(self) -> float:
        """Per cent that are right; 100 where there are none."""
        return 100.0 * self.right / self.count if self.count else 100.0

    def __str__(self) -> str:
        return f"{self.percent:9.1f}" if self.count else f"{'-':>9}"


@dataclass(slots=True)
class NotationTally:
    """The numbers of one kind."""

    texts: Share = field(default_factory=Share)
    connections: Share = field(default_factory=Share)
    containment: Share = field(default_factory=Share)
    order: Share = field(default_factory=Share)
    clean: Share = field(default_factory=Share)  # drawings without a defect
    line_us: list[float] = field(default_factory=list)  # reading, microseconds a line
    final_ms: list[float] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Say whether the kind reaches what is aimed at."""
        return (
            self.texts.percent >= TEXTS
            and self.connections.percent >= CONNECTIONS
            and self.containment.percent >= CONNECTIONS
            and self.order.percent >= CONNECTIONS
            and self.clean.percent >= CLEAN
        )

    def line(self, name: str) -> str:
        """Return the row to print."""
        reading = sorted(self.line_us)[len(self.line_us) // 2] if self.line_us else 0.0
        last = max(self.final_ms, default=0.0)
        return (
            f"{name:12}{self.clean.count:6}{self.texts}{self.connections}{self.containment}{self.order}{self.clean}"
            f"{reading:9.1f}{last:10.0f}"
        )


HEAD = (
    f"\n{'notation':12}{'drawn':>6}{'texts %':>9}{'connect %':>10}{'inside %':>9}{'order %':>8}{'clean %':>9}"
    f"{'µs/line':>9}{'last ms':>10}"
)


def measure_kind(kind: str) -> NotationTally:
    """Draw every sample of a kind in every style and compare what was said with what is there."""
    tally = NotationTally()
    for path in sorted((SAMPLES / kind).glob("*.mmd")):
        for style, scheme in MANNERS:
            _measure(path.read_bytes().decode(), f"{path.stem} ({style})", style, scheme, tally)
    return tally


def _measure(text: str, name: str, style: Style, scheme: ColorScheme, tally: NotationTally) -> None:
    session = DrawingSession(style=style, color_scheme=scheme, namespace=NAMESPACE)
    start = time.perf_counter()
    session.feed(text)
    tally.line_us.append((time.perf_counter() - start) * 1e6 / max(1, text.count("\n")))
    start = time.perf_counter()
    canvas = session.finish()
    tally.final_ms.append((time.perf_counter() - start) * 1000)
    drawing = session.source.drawing
    if drawing is None:
        return
    # Long diagrams are small on a slide, however well they are drawn.
    defects = [each for each in canvas.quality.defects if "small for a slide" not in each]
    tally.clean.add(not defects)
    tally.missing += [f"{name}: {each}" for each in defects]
    painter = Painter(get_theme(style, scheme), NAMESPACE)
    objects = {item.id: item for item in canvas.objects}
    _count_texts(drawing, canvas, name, tally)
    _count_connections(drawing, canvas, objects, painter, name, tally)
    _count_containment(drawing, objects, painter, name, tally)
    _count_order(drawing, objects, painter, name, tally)


def texts_of(drawing: Drawing) -> Iterator[str]:
    """Yield every line of words that a drawing has to show."""
    yield drawing.title
    for part in drawing.parts.values():
        match part:
            case TableRow():
                yield from (line for cell in part.cells for line in cell.text.split("\n"))
            case Node() if part.shape in _MUTE or part.role in _MUTE:
                continue
            case Node(shape="diamond") if drawing.kind == "state":
                continue  # A choice.
            case Edge() if part.value is not None:
                continue  # A flow is as wide as its value.
            case Node():
                yield from part.text.split("\n")
                yield from (cell for row in part.rows for cell in row.cells)
            case Edge() | Message() | Note() | Group() | Task() | Value() | Spot():
                yield from part.text.split("\n")


def _count_texts(drawing: Drawing, canvas: Canvas, name: str, tally: NotationTally) -> None:
    drawn = "\n".join(
        _BLANK.sub("", str(item.properties["text"])) for item in canvas.objects if item.object_type == "text"
    )
    drawn += _BLANK.sub("", "".join(canvas.dropped))  # What is said to be left out is not lost.
    for text in texts_of(drawing):
        wanted = _BLANK.sub("", text)
        if wanted:
            is_there = wanted in drawn or all(_BLANK.sub("", word) in drawn for word in text.split())
            tally.texts.add(is_there)
            if not is_there:
                tally.missing.append(f"{name}: the text \u201c{text[:40]}\u201d")


def _count_connections(
    drawing: Drawing,
    canvas: Canvas,
    objects: dict[str, CanvasObject],
    painter: Painter,
    name: str,
    tally: NotationTally,
) -> None:
    connectors: list[Edge | Message] = [*drawing.all(Edge), *drawing.all(Message)]
    for part in connectors:
        is_loop = part.source == part.target
        if part.line == "invisible" or (is_loop and any("to itself" in each for each in canvas.dropped)):
            continue  # What is said to be left out is not lost.
        # What is said of a branch stands at the branch.
        keys = (key_of(part), f"link:{part.target}")
        item = next((objects[key] for key in map(painter.object_id, keys) if key in objects), None)
        ends = [
            {painter.object_id(f"{word}:{end}") for word in _CONNECTED} for end in (part.source, part.target)
        ]
        # An inheritance is drawn from the heir up, whichever end was said first.
        drawn = (item.properties.get("from"), item.properties.get("to")) if item else (None, None)
        is_there = any(
            drawn[0] in one and drawn[1] in other for one, other in ((ends[0], ends[1]), (ends[1], ends[0]))
        )
        tally.connections.add(is_there)
        if not is_there:
            tally.missing.append(f"{name}: the connection {part.id}")


def _count_containment(
    drawing: Drawing, objects: dict[str, CanvasObject], painter: Painter, name: str, tally: NotationTally
) -> None:
    for part in drawing.parts.values():
        parent = getattr(part, "parent", None)
        if not parent or isinstance(part, Task):
            continue
        child = objects.get(painter.object_id(key_of(part)))
        above = [objects.get(painter.object_id(f"{word}:{parent}")) for word in ("group", "value")]
        frame = next((item for item in above if item and item.properties.get("role") == "frame"), None)
        if child and frame:
            is_inside = object_box(frame).holds(object_box(child), SLACK)
            tally.containment.add(is_inside)
            if not is_inside:
                tally.missing.append(f"{name}: {part.id} is not inside {parent}")


def _count_order(
    drawing: Drawing, objects: dict[str, CanvasObject], painter: Painter, name: str, tally: NotationTally
) -> None:
    if drawing.kind not in _ORDERED:
        return
    kind, way = _ORDERED[drawing.kind]
    by_parent: dict[str, list[Rect]] = {}
    for part in drawing.parts.values():
        key = key_of(part) + (":0" if isinstance(part, TableRow) else "")
        item = objects.get(painter.object_id(key))
        if isinstance(part, kind) and item:
            by_parent.setdefault(str(getattr(part, "parent", None)), []).append(object_box(item))
    for boxes in by_parent.values():
        for one, other in pairwise(boxes):
            is_right = other.y > one.y - SLACK
            if way == "rows" and is_right:
                is_right = other.y >= one.bottom - SLACK or other.x > one.x
            tally.order.add(is_right)
            if not is_right:
                tally.missing.append(f"{name}: something stands before what was said before it")


def measure_all(kinds: Iterable[str] = KINDS, *, shows_missing: bool = False) -> bool:
    """Print a row for each kind; return whether all reach what is aimed at."""
    print(HEAD)
    is_good = True
    for kind in kinds:
        tally = measure_kind(kind)
        print(tally.line(kind))
        is_good = is_good and tally.is_good
        if shows_missing:
            for each in dict.fromkeys(tally.missing):
                print(f"    {each}")
    return is_good
