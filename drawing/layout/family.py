"""Family trees: a card for each person, couples side by side, their children below the middle between them."""

from __future__ import annotations

from drawing.figure import Box, Element, Figure, Line, Ruler
from drawing.geometry import Rect, tidy
from drawing.layout.person_cards import LARGEST_CORNER, PersonLabel, person_card, person_label
from drawing.layout.tidy_tree import spread
from drawing.model import Drawing, Node, key_of
from drawing.notation.indented import children_of, walk
from drawing.theme import Tone

CARD_WIDTH = 9.0  # em: of a name, before it is broken
UNION = 0.6  # em: the dot between two partners


def place_family(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the tree in its own coordinates, from 0, 0 to the right and down."""
    order = walk(drawing)
    return _Family(order, ruler).figure() if order else Figure()


class _Family:
    def __init__(self, order: list[tuple[Node, int]], ruler: Ruler) -> None:
        self._ruler = ruler
        self._nodes = {node.id: node for node, _ in order}
        self._depths = {node.id: depth for node, depth in order}
        self._roots = [node.id for node, depth in order if depth == 0]
        self._children = children_of(order)
        self._labels = {node.id: self._find_labels(node) for node, _ in order}
        widest = max(label.width for labels in self._labels.values() for label in labels)
        self._width = max(widest + 2 * ruler.em(ruler.style.pad_x), ruler.em(6))
        self._apart = ruler.em(2.4)  # between two partners

    def _find_labels(self, node: Node) -> list[PersonLabel]:
        """Return name and years of one or two people."""
        ruler, facts = self._ruler, dict(node.details)
        people = [(node.text, facts.get("years", ""))]
        if "partner" in facts:
            people.append((facts["partner"], facts.get("partner years", "")))
        width = max(ruler.em(CARD_WIDTH), ruler.longest_word([name for name, _ in people], bold=True))
        return [person_label(name, years, width, ruler) for name, years in people]

    def figure(self) -> Figure:
        ruler, figure = self._ruler, Figure()
        breadths = {key: self._breadth(key) for key in self._nodes}
        middles = spread(self._roots, self._children, breadths, ruler.gap(1.8))
        heights: dict[int, float] = {}
        for key, depth in self._depths.items():
            heights[depth] = max(heights.get(depth, 0.0), self._height(key))
        tops, y = [], 0.0
        for depth in range(len(heights)):
            tops.append(y)
            y += heights[depth] + ruler.gap(3.0)
        cards = {
            key: self._cards(key, middles[key], tops[depth], heights[depth])
            for key, depth in self._depths.items()
        }
        for node in self._nodes.values():
            if node.parent in cards:
                figure.add(self._descent(node, cards))
        for key, rects in cards.items():
            figure.add(*self._people(self._nodes[key], rects))
        bounds = figure.bounds()
        return figure.moved(-bounds.x, -bounds.y)

    def _breadth(self, key: str) -> float:
        count = len(self._labels[key])
        return count * self._width + (count - 1) * self._apart

    def _height(self, key: str) -> float:
        highest = max(label.height for label in self._labels[key])
        return highest + 2 * self._ruler.em(self._ruler.style.pad_y)

    def _cards(self, key: str, middle: float, top: float, height: float) -> list[Rect]:
        left = middle - self._breadth(key) / 2
        return [
            Rect(left + i * (self._width + self._apart), top, self._width, height)
            for i in range(len(self._labels[key]))
        ]

    def _union(self, rects: list[Rect]) -> Rect:
        """The dot between two partners, that their children come from."""
        size = self._ruler.em(UNION)
        return Rect.around((rects[0].right + rects[1].x) / 2, rects[0].cy, size, size)

    def _descent(self, node: Node, cards: dict[str, list[Rect]]) -> Line:
        """The line to a child: from its only parent or from between both, to the child itself, not the partner."""
        parent, rect = self._nodes[node.parent or ""], cards[node.id][0]
        above = cards[parent.id]
        source, start = key_of(parent), (above[0].cx, above[0].bottom)
        if len(above) > 1:
            union = self._union(above)
            source, start = f"{key_of(parent)}:union", (union.cx, union.bottom)
        bus = rect.y - self._ruler.gap(1.4)
        points = tidy([start, (start[0], bus), (rect.cx, bus), (rect.cx, rect.y)])
        bend = min(self._ruler.style.bend, 8.0)
        return Line(f"link:{node.id}", points, bend=bend, source=source, target=key_of(node))

    def _people(self, node: Node, rects: list[Rect]) -> list[Element]:
        ruler, key = self._ruler, key_of(node)
        corner = min(ruler.style.corner, LARGEST_CORNER)
        keys = [key, f"{key}:partner"]
        tones: tuple[Tone, Tone] = (node.color or "blue", node.color or "gray")
        out: list[Element] = []
        for own, rect, label, tone in zip(keys, rects, self._labels[node.id], tones, strict=False):
            out += person_card(own, rect, label, tone, ruler, detail="years", corner=corner)
        if len(rects) > 1:
            union = self._union(rects)
            dot = f"{key}:union"
            for side, (a, b) in enumerate(((rects[0].right, union.x), (rects[1].x, union.right))):
                ends = ((a, union.cy), (b, union.cy))
                out.append(Line(f"{dot}:{side}", ends, source=keys[side], target=dot))
            out.append(Box(dot, union, "circle", "strong", stroke_width=1.0))
        return out
