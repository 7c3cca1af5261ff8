"""A drawing drawn again after a change: what did not change stays where it was, as far as a tidy drawing allows."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from drawing.candidates import FIGURE_FONTS
from drawing.canvas import Canvas, CanvasObject, ObjectType
from drawing.changes import Change, ObjectChanges, apply_change, compare_objects
from drawing.connectors import Connectors, convert_connectors
from drawing.figure import LARGE, MIN_FONT, SMALL, Box, Figure, Ruler
from drawing.geometry import Point, Rect, bounding
from drawing.kept_routes import NEAR, keep_routes
from drawing.kinds import KINDS
from drawing.model import Drawing, Edge, Message, Part
from drawing.moving import Move, move_shapes
from drawing.object_index import object_box, points_of
from drawing.paint import Painter
from drawing.plan import PlanUnusable
from drawing.quality import judge
from drawing.session import MARGIN, TITLE_FONT, TITLE_GAP
from drawing.source import read_source, write_source
from drawing.text import wrap
from drawing.theme import ColorScheme, Style, get_theme

TITLE_WIDTH = 400.0  # canvas units, at least


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing on a canvas: its notation, how it was drawn, and its objects.

    ``namespace`` is what the ids of its objects are made with.
    """

    source: str
    namespace: uuid.UUID
    style: Style = "modern"
    color_scheme: ColorScheme = "default"
    is_dark: bool = False
    square_diamonds: bool = False
    objects: tuple[CanvasObject, ...] = ()
    connectors: Connectors = "elbow"  # the form that they have in the objects


@dataclass(frozen=True, slots=True)
class Revised:
    """What a change made of a drawing; the connectors on the canvas have the form that they had before."""

    change: Change
    canvas: Canvas
    changes: ObjectChanges

    @property
    def source(self) -> str:
        """The drawing as notation."""
        return write_source(self.change.drawing)


@dataclass(frozen=True, slots=True)
class Revision:
    """A change to be drawn. It is a message to a drawing process, whose method ``finish`` is called there."""

    before: Drawn
    text: str = ""  # the answer
    may_be_new: bool = False
    pins: Mapping[str, Sequence[float]] = field(
        default_factory=dict
    )  # boxes of shapes put by hand, by object id
    others: tuple[int, ...] = ()  # z-indexes of what else is on the canvas
    style: Style | None = None  # from now on; None: as before
    color_scheme: ColorScheme | None = None
    is_dark: bool | None = None

    def finish(self) -> Revised:
        """Return the drawing after the change."""
        drawing = read_source(self.before.source).drawing
        if drawing is None:
            raise PlanUnusable("The drawing cannot be read any more.")
        change = apply_change(drawing, self.text, may_be_new=self.may_be_new)
        z_from = self._z_from()
        manner = replace(
            self.before,
            style=self.style or self.before.style,
            color_scheme=self.color_scheme or self.before.color_scheme,
            is_dark=self.before.is_dark if self.is_dark is None else self.is_dark,
        )
        canvas = self._with_pins(revise(change.drawing, manner, z_from=z_from))
        known = {item.id: item for item in canvas.objects}
        objects = convert_connectors(canvas.objects, self.before.connectors, known=known, z_from=z_from)
        changes = compare_objects(self.before.objects, objects)
        return Revised(change, replace(canvas, objects=tuple(objects)), changes)

    def _with_pins(self, canvas: Canvas) -> Canvas:
        """Put shapes where a person has put them."""
        if not self.pins:
            return canvas
        moves = [Move(key, Rect(*map(float, box))) for key, box in self.pins.items()]
        objects = tuple(move_shapes(canvas.objects, moves))
        return replace(canvas, objects=objects, quality=judge(objects))

    def _z_from(self) -> int:
        """Return the lowest z-index: as before, or above all when something lies on it, as it may grow."""
        places = [item.z_index for item in self.before.objects]
        highest = max(places, default=0)
        if any(other > highest for other in self.others):
            return max(*self.others, highest) + 1
        return min(places, default=0)


class KeptDrawing(Protocol):
    """What is stored of a drawing on a canvas."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def source(self) -> str: ...
    @property
    def style(self) -> str: ...
    @property
    def color_scheme(self) -> str: ...
    @property
    def is_dark(self) -> bool: ...
    @property
    def square_diamonds(self) -> bool: ...
    @property
    def connectors(self) -> str: ...
    @property
    def pins(self) -> Mapping[str, Any]: ...


class KeptObject(Protocol):
    """What is stored of an object; ``job_id`` is the id of the drawing that it belongs to."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def job_id(self) -> uuid.UUID | None: ...
    @property
    def object_type(self) -> str: ...
    @property
    def properties(self) -> dict[str, Any]: ...
    @property
    def z_index(self) -> int: ...


def as_drawn(item: KeptObject) -> CanvasObject:
    """Return a stored object as the drawing engine takes it."""
    return CanvasObject(str(item.id), cast(ObjectType, item.object_type), item.properties, item.z_index)


def revision_of(drawing: KeptDrawing, present: Sequence[KeptObject], text: str) -> Revision:
    """Return the revision of a stored drawing by an answer; ``present`` is all that is on its canvas."""
    mine = tuple(as_drawn(item) for item in present if item.job_id == drawing.id)
    before = Drawn(
        drawing.source,
        drawing.id,
        cast(Style, drawing.style),
        cast(ColorScheme, drawing.color_scheme),
        drawing.is_dark,
        drawing.square_diamonds,
        mine,
        cast(Connectors, drawing.connectors),
    )
    others = tuple(item.z_index for item in present if item.job_id != drawing.id)
    return Revision(before, text, pins=drawing.pins, others=others)


def object_names(drawing: Drawing, namespace: uuid.UUID) -> dict[str, str]:
    """Return what statements call the objects of a drawing, by id: shapes, connectors, and the words of both."""
    names: dict[str, str] = {}
    for key, part in drawing.parts.items():
        name = statement_name(part)
        names |= {str(uuid.uuid5(namespace, each)): name for each in (key, f"{key}:label")}
    return names


def statement_name(part: Part) -> str:
    """Return what statements call a part: its id, or the ends and the words of a connector."""
    if not isinstance(part, Edge | Message):
        return part.id
    words = " ".join(part.text.split())
    return f"{part.source} --> {part.target}{f': {words}' if words else ''}"


def revise(drawing: Drawing, before: Drawn, *, z_from: int = 0) -> Canvas:
    """Return the drawing with ids as before, in the same font, at the same place."""
    theme = get_theme(before.style, before.color_scheme, before.is_dark)
    metrics = replace(theme.metrics, square_diamonds=before.square_diamonds)
    painter = Painter(replace(theme, metrics=metrics), before.namespace, z_from)
    present = {item.id: item for item in before.objects}
    keys = {painter.object_id(key): key for key in drawing.parts}
    stood = {keys[item.id]: object_box(item) for item in before.objects if item.id in keys}
    ways = {
        keys[item.id]: points_of(item.properties)
        for item in before.objects
        if before.connectors == "elbow" and item.id in keys and item.object_type in ("arrow", "line")
    }
    font = _font_of(before.objects)
    paint = painter.paint
    figures: list[Figure] = []
    for hints in (ways, {}) if ways else ({},):
        placed = KINDS[drawing.kind].place(drawing, Ruler(metrics, font, before=stood, ways_before=hints))
        placed = _at_its_place(placed, stood, before.objects)
        figures += [keep_routes(placed, stood, ways, keys, before.objects), placed]
    if not figures[0].elements:
        raise PlanUnusable("Nothing would be left of the drawing.")

    def rank(figure: Figure) -> tuple[float, int]:
        objects = paint(figure)
        moved = compare_objects(before.objects, objects).seen.changed
        return judge(objects).score, -len(moved)

    figure = max(figures, key=rank)
    title = present.get(painter.object_id("title"))
    bounds = figure.bounds()
    objects = [*paint(figure), *_title(drawing.title, painter, title, bounds)]
    box = bounding([object_box(item) for item in objects]) or bounds
    page = Rect(box.x - MARGIN, box.y - MARGIN, box.w + 2 * MARGIN, box.h + 2 * MARGIN)
    losses = drawing.dropped()
    return Canvas(
        drawing.title,
        tuple(objects),
        page.right,
        page.bottom,
        judge(objects, page, losses),
        (*losses, *figure.notes),
    )


def _font_of(objects: Sequence[CanvasObject]) -> float:
    """Return the font that most texts were drawn in, as it is or at the scale of captions and headings."""
    sizes = Counter(float(item.properties["fontSize"]) for item in objects if item.object_type == "text")

    def texts_in(font: float) -> tuple[int, int]:
        scaled = {font, *(max(MIN_FONT, round(font * scale)) for scale in (SMALL, LARGE))}
        return sum(sizes[size] for size in scaled), sizes[font]

    return max(FIGURE_FONTS, key=texts_in)


def _at_its_place(figure: Figure, stood: Mapping[str, Rect], objects: Sequence[CanvasObject]) -> Figure:
    """Move the figure so that most of what was there stands where it stood."""
    boxes = {each.key: each.rect for each in figure.elements if isinstance(each, Box)}
    known = {key: rect for key, rect in stood.items() if key in boxes}
    same = {
        key: rect
        for key, rect in known.items()
        if abs(rect.w - boxes[key].w) < NEAR and abs(rect.h - boxes[key].h) < NEAR
    }
    shifts: Counter[Point] = Counter(
        (round(rect.cx - boxes[key].cx, 1), round(rect.cy - boxes[key].cy, 1))
        for key, rect in (same or known).items()
    )
    if shifts:
        (dx, dy), _ = shifts.most_common(1)[0]
        return figure.moved(dx, dy)
    box = bounding(map(object_box, objects))
    bounds = figure.bounds()
    if box is None:
        return figure.moved(MARGIN - bounds.x, MARGIN - bounds.y)
    return figure.moved(box.x - bounds.x, box.y - bounds.y)


def _title(text: str, painter: Painter, before: CanvasObject | None, bounds: Rect) -> list[CanvasObject]:
    """Return the title: as it was, or above the drawing when it is new or what stands below has grown up to it."""
    width = max(bounds.w, TITLE_WIDTH)
    label = wrap(text, TITLE_FONT, width, max_lines=3, bold=True)
    if not label.lines:
        return []
    left = bounds.cx - width / 2
    top = bounds.y - TITLE_GAP - label.height
    if before is not None:
        box = object_box(before)
        left, top = box.cx - width / 2, min(box.y, top)
    return [painter.title(label, Rect(left, top, width, label.height), TITLE_FONT)]
