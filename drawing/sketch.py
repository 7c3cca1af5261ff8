"""The drawing as it grows: items in, changed objects out, and one final pass for the best result."""

from __future__ import annotations

import math
import uuid

from drawing.canvas import Bounds, Canvas, CanvasObject
from drawing.diagram import Collector, Graph
from drawing.layout.flow import place_flow
from drawing.layout.freeform import place_freeform
from drawing.layout.geometry import Point, Rect
from drawing.layout.grid import place_grid
from drawing.layout.mindmap import place_mindmap
from drawing.layout.timeline import place_timeline
from drawing.layout.tree import place_tree
from drawing.paint import Painter
from drawing.plan import Header, Item, Plan, PlanUnusable
from drawing.quality import judge
from drawing.scene import Diagram, Scene
from drawing.sizing import measure_graph
from drawing.text import wrap
from drawing.theme import ColorScheme, Style, get_theme

PAGE = 1000.0  # units: the width of a page, and its height unless a drawing needs more
MARGIN = 40.0  # units around a drawing
BESIDE = 60.0  # units between a drawing and what was on the canvas before
STREAM_FONT = 16.0
TITLE_FONT = 24.0
TITLE_GAP = 30.0


class Sketch:
    """A drawing in the making. Ids depend on the namespace and the plan alone, and never change."""

    def __init__(
        self,
        *,
        style: Style = "modern",
        color_scheme: ColorScheme = "default",
        namespace: uuid.UUID,
        occupied: Bounds | None = None,
    ) -> None:
        self._theme = get_theme(style, color_scheme)
        self._painter = Painter(self._theme, namespace)
        self._origin = _origin(occupied)
        self._collector = Collector(Header("", "flowchart"))
        self._shown: dict[str, CanvasObject] = {}
        self._scene: Scene | None = None
        self._root: tuple[str, Point] | None = None

    def begin(self, header: Header) -> list[CanvasObject]:
        """Take the header; return its objects: the title."""
        self._collector.header = header
        return self._changed(self._title())

    def add(self, item: Item) -> list[CanvasObject]:
        """Take an item; return every object that is new or has changed, whole. None is ever taken back."""
        self._collector.add(item)
        graph = self._collector.graph()
        if not graph.nodes and not graph.groups:
            return []
        diagram = measure_graph(graph, self._theme.look, STREAM_FONT)
        scene = self._anchored(place(diagram, self._scene), graph)
        self._scene = scene
        return self._changed(self._painter.paint(diagram, scene))

    def finish(self) -> Canvas:
        """Return the finished drawing. Raises PlanUnusable when there is nothing to draw."""
        graph = self._collector.graph()
        if not graph.nodes and not graph.groups:
            raise PlanUnusable("The plan has no shape that can be drawn.")
        diagram = measure_graph(graph, self._theme.look, STREAM_FONT)
        scene = place(diagram, None)
        bounds = scene.bounds()
        left, top = self._origin
        width = max(PAGE, bounds.w + 2 * MARGIN)
        title = self._title(width)
        head = (
            max((item.properties["y"] + item.properties["height"] for item in title), default=top) + TITLE_GAP
        )
        scene = scene.moved(left + (width - bounds.w) / 2 - bounds.x, head - bounds.y)
        objects = [*self._painter.paint(diagram, scene), *title]
        bottom = head + bounds.h + MARGIN
        return Canvas(graph.header.title, tuple(objects), left + width, bottom, judge(objects),
                      self._collector.dropped())  # fmt: skip

    def _title(self, width: float = PAGE) -> list[CanvasObject]:
        text = self._collector.header.title
        label = wrap(text, TITLE_FONT, width - 2 * MARGIN, max_lines=3, bold=True)
        if not label.lines:
            return []
        left, top = self._origin
        rect = Rect(left + MARGIN, top + MARGIN * 0.8, width - 2 * MARGIN, label.height)
        return [self._painter.title(label, rect, TITLE_FONT)]

    def _anchored(self, scene: Scene, graph: Graph) -> Scene:
        """Move the scene so that its root stays where it is, unless it would leave the page."""
        left, top = self._origin[0] + MARGIN, self._origin[1] + 2.6 * MARGIN
        if self._root is None:
            key = next(iter(graph.nodes), next(iter(graph.groups), ""))
            self._root = (key, _first_place(graph, left, top))
        key, (x, y) = self._root
        rect = scene.rects.get(key) or scene.frames[key]
        scene = scene.moved(x - rect.cx, y - rect.cy)
        bounds = scene.bounds()
        dx, dy = max(0.0, left - bounds.x), max(0.0, top - bounds.y)
        if dx or dy:
            scene = scene.moved(dx, dy)
            self._root = (key, (x + dx, y + dy))
        return scene

    def _changed(self, objects: list[CanvasObject]) -> list[CanvasObject]:
        changed = [item for item in objects if self._shown.get(item.id) != item]
        self._shown |= {item.id: item for item in changed}
        return changed


def draw_plan(
    plan: Plan,
    *,
    style: Style = "modern",
    color_scheme: ColorScheme = "default",
    namespace: uuid.UUID,
    occupied: Bounds | None = None,
) -> Canvas:
    """Return the drawing of a whole plan. Raises PlanUnusable when there is nothing to draw."""
    sketch = Sketch(style=style, color_scheme=color_scheme, namespace=namespace, occupied=occupied)
    sketch.begin(plan.header)
    for item in plan.items:
        sketch.add(item)
    return sketch.finish()


def place(diagram: Diagram, previous: Scene | None) -> Scene:
    """Return the diagram laid out as its kind asks."""
    kind = diagram.graph.header.kind
    if kind == "tree":
        return place_tree(diagram, None, previous)
    if kind == "mindmap":
        return place_mindmap(diagram, previous)
    if kind == "timeline":
        return place_timeline(diagram, previous)
    if kind == "grid":
        return place_grid(diagram, previous)
    if kind == "freeform":
        return place_freeform(diagram, previous)
    return place_flow(diagram, None, previous)


def _first_place(graph: Graph, left: float, top: float) -> Point:
    kind = graph.header.kind
    if kind == "mindmap":
        return (left + PAGE / 2 - MARGIN, top + 300)
    if kind in ("flowchart", "tree") and graph.header.direction == "down":
        return (left + PAGE / 2 - MARGIN, top + 40)
    if kind in ("flowchart", "tree"):
        return (left + 100, top + 250)
    return (left + 120, top + 120)


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
