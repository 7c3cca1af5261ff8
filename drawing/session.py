"""The drawing as it grows: items in, changed objects out, and one final pass for the best result."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, replace

from drawing.candidates import STREAM_FONT, best_figure
from drawing.canvas import Bounds, Canvas, CanvasObject
from drawing.figure import Box, Figure, Ruler
from drawing.geometry import Point, Rect
from drawing.kinds import KINDS
from drawing.model import Drawing
from drawing.object_index import object_box
from drawing.paint import Painter
from drawing.plan import Header, Item, Plan, PlanUnusable
from drawing.plan_collector import PlanCollector
from drawing.quality import judge
from drawing.source import SourceReader, write_source
from drawing.text import wrap
from drawing.theme import ColorScheme, Style, get_theme

PAGE = 1000.0  # units: the width of a page, and its height unless a drawing needs more
MARGIN = 40.0  # units around a drawing
BESIDE = 60.0  # units between a drawing and what was on the canvas before
TITLE_FONT = 24.0
TITLE_GAP = 30.0
GROWING_AROUND = ("flowchart", "mindmap", "orgchart")  # kinds that grow to both sides of their first shape
NOTHING = "There is nothing that can be drawn."


@dataclass(frozen=True, slots=True)
class Draft:
    """A redraw of an unfinished drawing: what is new or has changed, and what the next redraw goes on from."""

    changed: list[CanvasObject]
    root: tuple[str, Point] | None  # the shape that stays, and its place


class DrawingSession:
    """A drawing in the making. Ids depend on the namespace and the plan alone, and never change.

    ``occupied`` is what is on the canvas already: the drawing stays clear of its box, and lies above it.
    ``square_diamonds`` makes them as high as wide; ``is_dark`` is for dark paper.
    """

    def __init__(
        self,
        *,
        style: Style = "modern",
        color_scheme: ColorScheme = "default",
        is_dark: bool = False,
        namespace: uuid.UUID,
        occupied: Bounds | None = None,
        square_diamonds: bool = False,
    ) -> None:
        theme = get_theme(style, color_scheme, is_dark)
        self._theme = replace(theme, metrics=replace(theme.metrics, square_diamonds=square_diamonds))
        self._painter = Painter(self._theme, namespace, occupied.z_above if occupied else 0)
        self._origin = _origin(occupied)
        self._shown: dict[str, CanvasObject] = {}
        self._root: tuple[str, Point] | None = None
        self._source = SourceReader()
        self._plan: PlanCollector | None = None

    def begin(self, header: Header) -> list[CanvasObject]:
        """Take the header of a JSON plan; return its objects: the title."""
        self._plan = PlanCollector(header)
        return self._changed(self._title(PAGE, self._plan.drawing.title))

    def add(self, item: Item) -> list[CanvasObject]:
        """Take an item; return every object that is new or has changed, whole. None is ever taken back."""
        return self.render_changes() if self.take(item) else []

    def take(self, item: Item) -> bool:
        """Take an item without drawing; return whether it changes the drawing."""
        return self._plan is not None and self._plan.take(item)

    def place_beside(self, occupied: Bounds | None) -> None:
        """Place the drawing beside what is on the canvas by now; the next ``finish`` draws it there."""
        self._origin = _origin(occupied)

    def feed(self, text: str) -> bool:
        """Take a piece of notation, cut anywhere; return whether it changes the drawing."""
        return self._source.feed(text)

    @property
    def drawing(self) -> Drawing | None:
        """What is drawn so far, as notation or a plan says it; None before either has begun."""
        return self._plan.drawing if self._plan is not None else self._source.drawing

    @property
    def source(self) -> SourceReader:
        """What the notation says so far."""
        return self._source

    @property
    def notation(self) -> str | None:
        """The drawing so far as notation, however it was said; None while there is nothing."""
        drawing = self.drawing
        return write_source(drawing) if drawing is not None and drawing.parts else None

    def render_changes(self) -> list[CanvasObject]:
        """Draw what was taken; return every object that is new or has changed since the last call."""
        return self.adopt(self.draft())

    def draft(self) -> Draft:
        """Draw what was taken. A copy of this session may do it, in another process."""
        drawing = self.drawing
        return Draft(self._changed(self._stream_figure(drawing)) if drawing is not None else [], self._root)

    def adopt(self, draft: Draft) -> list[CanvasObject]:
        """Take a draft as what is shown; return its changes."""
        self._root = draft.root
        self._shown |= {item.id: item for item in draft.changed}
        return draft.changed

    def close(self) -> None:
        """Take the end of the plan or the notation."""
        self._source.close()
        if self._plan is not None:
            self._plan.close()

    def finish(self) -> Canvas:
        """Return the finished drawing. Raises PlanUnusable when there is nothing to draw."""
        self.close()
        if self.drawing is None:
            raise PlanUnusable(self._source.why_no_drawing if self._source.has_text else NOTHING)
        return self._finish_figure(self.drawing)

    def _stream_figure(self, drawing: Drawing) -> list[CanvasObject]:
        left, top = self._origin
        title = self._title(PAGE, drawing.title)
        head = max((object_box(item).bottom for item in title), default=top + MARGIN / 2) + TITLE_GAP
        figure = KINDS[drawing.kind].place(drawing, Ruler(self._theme.metrics, STREAM_FONT, is_draft=True))
        return [*self._painter.paint(self._steady(figure, left + MARGIN, head)), *title]

    def _steady(self, figure: Figure, left: float, top: float) -> Figure:
        """Move the figure so that its first shape stays where it is, unless something would leave the page."""
        boxes = {each.key: each.rect for each in figure.elements if isinstance(each, Box) and not each.role}
        if self._root is None or self._root[0] not in boxes:
            key = next(iter(boxes), None)
            if key is None:
                return figure.moved(left, top)
            self._root = (key, self._first_place(boxes[key], left, top))
        key, (x, y) = self._root
        at_x, at_y = self._fixed_point(boxes[key])
        figure = figure.moved(x - at_x, y - at_y)
        bounds = figure.bounds()
        dx, dy = max(0.0, left - bounds.x), max(0.0, top - bounds.y)
        if dx or dy:
            self._root = (key, (x + dx, y + dy))
        return figure.moved(dx, dy)

    def _fixed_point(self, first: Rect) -> Point:
        """Return the point of the first shape that stays: its middle where others grow on both sides of it."""
        return (first.cx, first.cy) if self._grows_around() else (first.x, first.y)

    def _grows_around(self) -> bool:
        return self.drawing is not None and self.drawing.kind in GROWING_AROUND

    def _first_place(self, first: Rect, left: float, top: float) -> Point:
        """Return where the first shape stands while the drawing grows, with room on the sides that it grows to."""
        drawing = self.drawing
        if drawing is None or not self._grows_around():
            return left + first.x, top + first.y
        if drawing.kind == "mindmap":
            return left + PAGE / 2 - MARGIN, top + 300
        if drawing.direction == "right":
            return left + first.cx, top + 250
        return left + PAGE / 2 - MARGIN, top + first.cy

    def _finish_figure(self, drawing: Drawing) -> Canvas:
        figure = best_figure(drawing, self._theme.metrics, self._painter)
        bounds = figure.bounds()
        if not figure.elements:
            raise PlanUnusable(NOTHING)
        left, top = self._origin
        width = max(PAGE, bounds.w + 2 * MARGIN)
        title = self._title(width, drawing.title)
        head = max((object_box(item).bottom for item in title), default=top + MARGIN / 2) + TITLE_GAP
        figure = figure.moved(left + (width - bounds.w) / 2 - bounds.x, head - bounds.y)
        page = Rect(left, top, width, head + bounds.h + MARGIN - top)
        objects = [*self._painter.paint(figure), *title]
        losses = self._plan.losses() if self._plan is not None else drawing.dropped()
        dropped = (*(self._plan.dropped() if self._plan is not None else losses), *figure.notes)
        return Canvas(
            drawing.title,
            tuple(objects),
            page.right,
            page.bottom,
            judge(objects, page, losses),
            dropped,
        )

    def _title(self, width: float, text: str) -> list[CanvasObject]:
        label = wrap(text, TITLE_FONT, width - 2 * MARGIN, max_lines=3, bold=True)
        if not label.lines:
            return []
        left, top = self._origin
        rect = Rect(left + MARGIN, top + MARGIN * 0.8, width - 2 * MARGIN, label.height)
        return [self._painter.title(label, rect, TITLE_FONT)]

    def _changed(self, objects: list[CanvasObject]) -> list[CanvasObject]:
        changed = [item for item in objects if self._shown.get(item.id) != item]
        self._shown |= {item.id: item for item in changed}
        return changed


def draw_plan(
    plan: Plan,
    *,
    style: Style = "modern",
    color_scheme: ColorScheme = "default",
    is_dark: bool = False,
    namespace: uuid.UUID,
    occupied: Bounds | None = None,
    square_diamonds: bool = False,
) -> Canvas:
    """Return the drawing of a whole plan. Raises PlanUnusable when there is nothing to draw."""
    session = DrawingSession(
        style=style,
        color_scheme=color_scheme,
        is_dark=is_dark,
        namespace=namespace,
        occupied=occupied,
        square_diamonds=square_diamonds,
    )
    session.begin(plan.header)
    for item in plan.items:
        session.take(item)
    return session.finish()


def draw_source(
    text: str,
    *,
    style: Style = "modern",
    color_scheme: ColorScheme = "default",
    is_dark: bool = False,
    namespace: uuid.UUID,
    occupied: Bounds | None = None,
    square_diamonds: bool = False,
) -> Canvas:
    """Return the drawing of a whole text of notation. Raises PlanUnusable when there is nothing to draw."""
    session = DrawingSession(
        style=style,
        color_scheme=color_scheme,
        is_dark=is_dark,
        namespace=namespace,
        occupied=occupied,
        square_diamonds=square_diamonds,
    )
    session.feed(text)
    return session.finish()


def _origin(occupied: Bounds | None) -> Point:
    """Where a new page begins: right of what is there, or below it when that is wider than high."""
    if occupied is None:
        return (0.0, 0.0)
    values = (occupied.x, occupied.y, occupied.width, occupied.height)
    if not all(map(math.isfinite, values)):
        return (0.0, 0.0)
    if occupied.width > occupied.height:
        return (max(0.0, occupied.x), max(0.0, occupied.y + occupied.height + BESIDE))
    return (max(0.0, occupied.x + occupied.width + BESIDE), max(0.0, occupied.y))
