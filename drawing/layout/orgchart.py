"""Org charts: a card for each position, managers over their people, teams without further levels as lists."""

from __future__ import annotations

from drawing.figure import Element, Figure, Line, Ruler
from drawing.geometry import Point, Rect, tidy
from drawing.layout.cross_links import branch_words, cross_link_room, line_label, link_up, wrapped_words
from drawing.layout.person_cards import LARGEST_CORNER, PersonLabel, person_card, person_label
from drawing.layout.tidy_tree import spread
from drawing.model import Drawing, Node, key_of
from drawing.notation.indented import children_of, walk
from drawing.theme import Tone

CARD_WIDTH = 11.0  # em
LISTED = 2  # from so many people without people of their own on, a team is a list


def place_orgchart(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the chart in its own coordinates, from 0, 0 to the right and down."""
    order = walk(drawing)
    return link_up(_Chart(drawing, ruler).figure(), drawing, ruler) if order else Figure()


class _Chart:
    def __init__(self, drawing: Drawing, ruler: Ruler) -> None:
        self._ruler = ruler
        order = walk(drawing)
        self._nodes = {node.id: node for node, _ in order}
        self._depths = {node.id: depth for node, depth in order}
        self._roots = [node.id for node, depth in order if depth == 0]
        self._children = children_of(order)
        self._labels = {node.id: self._label(node) for node, _ in order}
        widest = max(label.width for label in self._labels.values())
        self._width = max(widest + 2 * ruler.em(ruler.style.pad_x), ruler.em(7))
        # Words stand at the right of the line that comes down to a card.
        self._gap = ruler.gap(1.6) + cross_link_room(drawing, ruler)
        room = self._width / 2 + self._gap / 2 - ruler.em(0.5)
        self._edges = branch_words(drawing)
        self._words = wrapped_words(self._edges, room, ruler)
        tallest = max((words.height + ruler.em(1.1) for words in self._words.values()), default=0.0)
        self._drop = max(ruler.gap(1.3), tallest)  # from the line that the children share to their cards
        self._lists = {node for node in self._nodes if self._is_list(node)}
        self._tones = self._find_tones()

    def _label(self, node: Node) -> PersonLabel:
        ruler = self._ruler
        width = max(ruler.em(CARD_WIDTH), ruler.longest_word([node.text], bold=True))
        return person_label(node.text, dict(node.details).get("title", ""), width, ruler)

    def _is_list(self, node: str) -> bool:
        kids = self._children.get(node, [])
        return (
            self._depths[node] > 0
            and len(kids) >= LISTED
            and not any(self._children.get(kid) or kid in self._words for kid in kids)
        )

    def _find_tones(self) -> dict[str, Tone]:
        """A person's colour is that of the team: the nearest one above that has any."""
        tones: dict[str, Tone] = {}
        for node in self._nodes.values():
            above = tones.get(node.parent or "")
            usual: Tone = "strong" if node.parent is None else "blue"
            tones[node.id] = node.color or (above if above and above != "strong" else usual)
        return tones

    def _height(self, node: str) -> float:
        return self._labels[node].height + 2 * self._ruler.em(self._ruler.style.pad_y)

    def figure(self) -> Figure:
        rects = self._rects()
        figure = Figure()
        for node in self._nodes.values():
            if node.parent in rects:
                figure.add(*self._line(node, rects))
        for node_id, rect in rects.items():
            figure.add(*self._card(node_id, rect))
        bounds = figure.bounds()
        return figure.moved(-bounds.x, -bounds.y)

    def _rects(self) -> dict[str, Rect]:
        ruler = self._ruler
        indent = ruler.em(1.6)
        tree = {node: kids for node, kids in self._children.items() if node not in self._lists}
        breadths = {node: self._width + (2 * indent if node in self._lists else 0.0) for node in self._nodes}
        middles = spread(self._roots, tree, breadths, self._gap)
        tops = self._tops()
        rects: dict[str, Rect] = {}
        for node, middle in middles.items():
            rects[node] = Rect(
                middle - self._width / 2, tops[self._depths[node]], self._width, self._height(node)
            )
            y = rects[node].bottom + ruler.gap(1.0)
            for kid in self._children.get(node, []) if node in self._lists else []:
                rects[kid] = Rect(rects[node].x + indent, y, self._width, self._height(kid))
                y = rects[kid].bottom + ruler.gap(0.7)
        return {node: rects[node] for node in self._nodes}

    def _tops(self) -> list[float]:
        listed = {kid for node in self._lists for kid in self._children[node]}
        heights: dict[int, float] = {}
        for node, depth in self._depths.items():
            if node not in listed:
                heights[depth] = max(heights.get(depth, 0.0), self._height(node))
        tops, y = [], 0.0
        for depth in range(len(heights)):
            tops.append(y)
            y += heights[depth] + self._ruler.gap(1.3) + self._drop
        return tops

    def _line(self, node: Node, rects: dict[str, Rect]) -> list[Element]:
        parent, rect = rects[node.parent or ""], rects[node.id]
        if node.parent in self._lists:
            x = parent.x + self._ruler.em(0.8)
            points: list[Point] = [(x, parent.bottom), (x, rect.cy), (rect.x, rect.cy)]
        else:
            bus = rect.y - self._drop
            points = [(parent.cx, parent.bottom), (parent.cx, bus), (rect.cx, bus), (rect.cx, rect.y)]
        bend = min(self._ruler.style.bend, 8.0)
        words = self._words.get(node.id)
        line = Line(f"link:{node.id}", tidy(points), bend=bend, source=key_of(self._nodes[node.parent or ""]),
                    target=key_of(node), text=self._edges[node.id].text if words else "")  # fmt: skip
        if words is None:
            return [line]
        y = rect.y - self._ruler.em(0.3) - words.height
        place = Rect(rect.cx + self._ruler.em(0.35), y, words.width + 2, words.height)
        return [line, line_label(line.key, words, place, self._ruler)]

    def _card(self, node_id: str, rect: Rect) -> list[Element]:
        corner = min(self._ruler.style.corner, rect.h / 2, LARGEST_CORNER)
        return person_card(
            key_of(self._nodes[node_id]), rect, self._labels[node_id], self._tones[node_id], self._ruler,
            detail="title", corner=corner,
        )  # fmt: skip
