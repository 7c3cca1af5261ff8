"""Git histories: a lane for each branch, commits in the order of time, branches and merges as lines between lanes."""

from __future__ import annotations

from drawing.figure import SMALL, Box, Figure, Line, Ruler, Text
from drawing.geometry import Point, Rect, tidy
from drawing.model import Color, Drawing, Edge, Group, Node, key_of
from drawing.text import Wrapped
from drawing.theme import tint

COLORS: tuple[Color, ...] = ("blue", "amber", "green", "purple", "teal", "pink", "red", "gray")
DOT = 0.62  # em: radius of a commit
WIDEST_LABEL = 7.0  # em
NARROWEST = 3.4
ROLES = {"merge": "double_circle"}
TYPES = {"HIGHLIGHT": "rectangle", "REVERSE": "circle"}


def place_gitgraph(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the history in its own coordinates."""
    return _History(drawing, ruler).place() if drawing.parts else Figure()


class _History:
    """One history, seen as if it ran from left to right; x and y change places when it runs down or up."""

    def __init__(self, drawing: Drawing, ruler: Ruler) -> None:
        self._drawing, self._ruler = drawing, ruler
        self._figure = Figure()
        self._commits = drawing.all(Node)
        self._branches = _ordered(drawing.all(Group))
        said = [group.id for group in drawing.all(Group)]
        self._colors = {key: COLORS[number % len(COLORS)] for number, key in enumerate(said)}
        self._turned = drawing.direction in ("down", "up")
        self._is_up = drawing.direction == "up"
        width = ruler.em(WIDEST_LABEL if not self._turned else 12)
        words = max(width, ruler.longest_word([node.text for node in self._commits], scale=SMALL))
        self._labels = {node.id: ruler.wrap(node.text, words, scale=SMALL) for node in self._commits}
        self._tags = {node.id: self._tag_labels(node, words) for node in self._commits}
        self._heads = {group.id: ruler.wrap(group.text, ruler.em(12), bold=True) for group in self._branches}
        self._column = {node.id: number for number, node in enumerate(self._commits)}
        self._pitch, self._lane = self._distances()
        self._left = self._head_length()

    def _tag_labels(self, node: Node, width: float) -> list[Wrapped]:
        return [self._ruler.wrap(text, width, scale=SMALL) for fact, text in node.details if fact == "tag"]

    def _distances(self) -> tuple[float, float]:
        """Return the distance of commits along, and of lanes across."""
        ruler = self._ruler
        labels, tags = list(self._labels.values()), [tag for each in self._tags.values() for tag in each]
        widest = max((label.width for label in [*labels, *tags]), default=0.0)
        high = max((label.height for label in labels), default=0.0)
        tagged = max((self._tag_height(each) for each in self._tags.values()), default=0.0)
        if self._turned:
            along = max(ruler.em(2.6), max(high, tagged) + ruler.em(0.9))
            tag = max((label.width for label in tags), default=0.0)
            text = max((label.width for label in labels), default=0.0)
            name = max((head.width for head in self._heads.values()), default=0.0)
            across = ruler.em(3.2) + text + (tag + ruler.em(1.8) if tag else 0.0)
            return along, max(across, name + ruler.em(2.2))
        return max(widest + ruler.em(0.9), ruler.em(NARROWEST)), high + tagged + ruler.em(2.9)

    def _tag_height(self, tags: list[Wrapped]) -> float:
        return sum(tag.height + self._ruler.em(0.7) for tag in tags)

    def _head_length(self) -> float:
        """The length of what stands at the beginning of lanes: the names of the branches."""
        ruler = self._ruler
        if self._turned:
            return max((head.height for head in self._heads.values()), default=0.0) + ruler.em(2.8)
        return max((head.width for head in self._heads.values()), default=0.0) + ruler.em(3.4)

    def _real(self, point: Point) -> Point:
        if not self._turned:
            return point
        return (point[1], -point[0] if self._is_up else point[0])

    def _at(self, node: Node) -> Point:
        lane = next((i for i, group in enumerate(self._branches) if group.id == node.parent), 0)
        return self._left + (self._column[node.id] + 0.5) * self._pitch, lane * self._lane

    def place(self) -> Figure:
        end = self._left + len(self._commits) * self._pitch
        for i, group in enumerate(self._branches):
            self._head(group, i * self._lane, end)
        # Lines between lanes first, so that each lane keeps its colour.
        for edge in sorted(self._drawing.all(Edge), key=self._is_in_lane):
            self._edge(edge)
        for node in self._commits:
            self._commit(node)
        return self._figure

    def _head(self, group: Group, y: float, end: float) -> None:
        ruler, key, label = self._ruler, key_of(group), self._heads[group.id]
        color = self._colors[group.id]
        line = (self._real((self._left - ruler.em(1.2), y)), self._real((end, y)))
        self._figure.add(Line(f"{key}:lane", line, "gray", dash=(2.0, 5.0), width=1.0, role="mark"))
        w, h = label.width + ruler.em(1.4), label.height + ruler.em(0.7)
        x = self._left - ruler.em(1.2)
        middle = self._real((x - (h if self._turned else w) / 2, y))
        rect = Rect.around(*middle, w, h)
        self._figure.add(Box(key, rect, tone=color, corner=min(ruler.style.corner, h / 2)))
        self._figure.add(Text(f"{key}:label", rect, label, ruler.font, color, is_bold=True, of=key))

    def _is_in_lane(self, edge: Edge) -> bool:
        source, target = self._drawing.get(Node, edge.source), self._drawing.get(Node, edge.target)
        return source is not None and target is not None and source.parent == target.parent

    def _edge(self, edge: Edge) -> None:
        source, target = self._drawing.get(Node, edge.source), self._drawing.get(Node, edge.target)
        if source is None or target is None:
            return
        (ax, ay), (bx, by) = self._at(source), self._at(target)
        is_merge = dict(target.details).get("merge") == source.parent and source.parent != target.parent
        # Between two columns, where no commit stands and no label reaches, a branch goes down and a merge comes up.
        radius, aside = self._ruler.em(DOT), self._pitch / 2 - self._ruler.em(0.15)
        turn = bx - aside if is_merge else ax + aside
        points = tidy([(ax, ay), (turn, ay), (turn, by), (bx, by)])
        first, last = _towards(points[0], points[1], radius), _towards(points[-1], points[-2], radius)
        route = tuple(self._real(point) for point in (first, *points[1:-1], last))
        color = self._colors.get((source if is_merge else target).parent or "", "gray")
        self._figure.add(
            Line(key_of(edge), route, color, width=2.5, bend=self._ruler.em(0.9), source=key_of(source),
                 target=key_of(target))
        )  # fmt: skip

    def _commit(self, node: Node) -> None:
        ruler, key = self._ruler, key_of(node)
        x, y = self._real(self._at(node))
        radius = ruler.em(DOT)
        color = self._colors.get(node.parent or "", "gray")
        shape = TYPES.get(node.shape) or ROLES.get(node.role, "circle")
        rect = Rect.around(x, y, 2 * radius, 2 * radius)
        self._figure.add(Box(key, rect, shape, "strong" if node.shape == "HIGHLIGHT" else color))
        if node.shape == "REVERSE":
            for name, side in (("rise", -1), ("fall", 1)):
                arm = radius * 0.5
                cross = ((x - arm, y - side * arm), (x + arm, y + side * arm))
                self._figure.add(Line(f"{key}:{name}", cross, width=2.0, role="mark"))
        if node.role == "cherry-pick":
            size = radius * 0.55
            self._figure.add(
                Box(f"{key}:pick", Rect.around(x, y, size, size), "circle", "strong", role="mark")
            )
        self._words(node, x, y)

    def _words(self, node: Node, x: float, y: float) -> None:
        """The label below a commit and its tags above; at the right and left of it when the history runs down."""
        ruler, key, label = self._ruler, key_of(node), self._labels[node.id]
        reach = ruler.em(DOT + 0.35)
        if label.lines:
            w = label.width + 2
            place = Rect(x - w / 2, y + reach, w, label.height)
            if self._turned:
                place = Rect(x + reach, y - label.height / 2, w, label.height)
            self._figure.add(
                Text(f"{key}:label", place, label, ruler.size(SMALL), has_halo=True, of=key, role="caption")
            )
        top = y - reach if not self._turned else y + self._tag_height(self._tags[node.id]) / 2
        for number, tag in enumerate(self._tags[node.id]):
            w, h = tag.width + ruler.em(0.8), tag.height + ruler.em(0.3)
            top -= h + ruler.em(0.2)
            left = x - reach - w if self._turned else x - w / 2
            rect, name = Rect(left, top, w, h), f"{key}:tag:{number}"
            self._figure.add(Box(name, rect, tone=tint("amber"), corner=min(4.0, h / 2), stroke_width=1.0))
            self._figure.add(Text(f"{name}:label", rect, tag, ruler.size(SMALL), tint("amber"), of=name))


def _ordered(branches: list[Group]) -> list[Group]:
    """Return the branches as lanes: those with an order by it, the others as they came, the main one first."""

    def order(item: tuple[int, Group]) -> tuple[float, int]:
        number, group = item
        said = dict(group.details).get("order", "")
        return (float(said), number) if said.isdigit() else (number / 1000, number)

    return [group for _, group in sorted(enumerate(branches), key=order)]


def _towards(origin: Point, other: Point, distance: float) -> Point:
    """Return the point that far from ``origin`` on an axis-parallel way to another one."""
    dx, dy = other[0] - origin[0], other[1] - origin[1]
    length = abs(dx) + abs(dy)
    return (origin[0] + dx / length * distance, origin[1] + dy / length * distance) if length else origin
