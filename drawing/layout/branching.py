"""Mind maps: the subject in the middle, branches to both sides, each in a colour of its own."""

from __future__ import annotations

from dataclasses import replace

from drawing.figure import Box, Element, Figure, Line, Ruler, Text
from drawing.geometry import Point, Rect, Side, on_outline, tidy
from drawing.layout.compound import Block
from drawing.layout.cross_links import BESIDE, branch_words, line_label, link_up, wrapped_words
from drawing.layout.flowchart import TURNS, node_block
from drawing.layout.tidy_tree import spread
from drawing.model import Drawing, Node, key_of
from drawing.notation.icons import icon_shape
from drawing.notation.indented import children_of, walk
from drawing.theme import Tone, tint

WORDS_WIDTH = 8.0  # em: words along a branch
_ROOMY = ("rounded", "rectangle", "stadium")  # shapes with room for an icon before their words


def place_branching(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the mind map in its own coordinates, from 0, 0."""
    nodes = [node for node, _ in walk(drawing)]
    if not nodes:
        return Figure()
    return link_up(_Map(drawing, ruler).figure(), drawing, ruler)


class _Map:
    def __init__(self, drawing: Drawing, ruler: Ruler) -> None:
        self._ruler = ruler
        order = walk(drawing)
        self._nodes = {node.id: node for node, _ in order}
        self._root = order[0][0].id
        self._children = children_of(order)
        self._turn = {branch: number for number, branch in enumerate(self._children.get(self._root, []))}
        self._tones = self._find_tones()
        self._blocks = {node.id: self._block(node, depth) for node, depth in order}
        self._edges = branch_words(drawing)
        self._words = wrapped_words(self._edges, ruler.em(WORDS_WIDTH), ruler)
        # Branches turn after the first part of the gap; their words stand along the second.
        self._turn_at = ruler.gap(1.6)
        self._heights = {
            key: max(block.h, 2 * (self._words[key].height + BESIDE) if key in self._words else 0.0)
            for key, block in self._blocks.items()
        }
        widest = max((words.width + ruler.em(1.2) for words in self._words.values()), default=0.0)
        self._gap = self._turn_at + max(ruler.gap(1.6), widest)

    def _find_tones(self) -> dict[str, Tone]:
        tones: dict[str, Tone] = {}
        for node in self._nodes.values():
            above = tones.get(node.parent or "")
            branch = TURNS[self._turn[node.id] % len(TURNS)] if node.id in self._turn else None
            tones[node.id] = (
                node.color or branch or (above if above and node.parent != self._root else None) or "blue"
            )
        return tones

    def _block(self, node: Node, depth: int) -> Block:
        tone: Tone = self._tones[node.id]
        if depth == 0:
            shape = (
                node.shape if node.shape in ("circle", "cloud", "burst", "hexagon", "diamond") else "stadium"
            )
            return node_block(replace(node, parent=None, shape=shape), node.color or "strong", self._ruler)
        shown = tone if depth == 1 else tint(tone if tone in TURNS else node.color)
        words = replace(node, parent=None, shape=node.shape or "rounded")
        shown = shown if tone in TURNS or depth == 1 else tone
        block = node_block(words, shown, self._ruler)
        icon = icon_shape(dict(node.details).get("icon", ""))
        return _with_icon(block, icon, shown, self._ruler) if icon and words.shape in _ROOMY else block

    def figure(self) -> Figure:
        right, left = self._sides()
        rects = {self._root: self._root_rect()}
        self._place_side(right, rects, 1)
        self._place_side(left, rects, -1)
        figure = Figure()
        for node_id, rect in rects.items():
            parent = self._nodes[node_id].parent
            if node_id != self._root:
                figure.add(*self._line(parent or self._root, node_id, rects, rect))
        for node_id, rect in rects.items():
            figure.add(*self._blocks[node_id].draw(rect))
        bounds = figure.bounds()
        return figure.moved(-bounds.x, -bounds.y)

    def _sides(self) -> tuple[list[str], list[str]]:
        """Share the branches out: the first ones to the right, until half of the height is there."""
        branches = self._children.get(self._root, [])
        heights = [self._height(branch) for branch in branches]
        if len(branches) < 3:
            return branches, []
        total, used = sum(heights), 0.0
        for at, height in enumerate(heights):
            if at and used + height / 2 > total / 2:
                return branches[:at], branches[at:]
            used += height
        return branches[:-1], branches[-1:]

    def _height(self, branch: str) -> float:
        leaves, stack = 0.0, [branch]
        while stack:
            node = stack.pop()
            kids = self._children.get(node, [])
            leaves += 0.0 if kids else self._heights[node]
            stack += kids
        return leaves

    def _root_rect(self) -> Rect:
        block = self._blocks[self._root]
        return Rect.around(0.0, 0.0, block.w, block.h)

    def _place_side(self, branches: list[str], rects: dict[str, Rect], way: int) -> None:
        if not branches:
            return
        middles = spread(branches, self._children, self._heights, self._ruler.gap(0.9))
        offset = (middles[branches[0]] + middles[branches[-1]]) / 2
        stack = [(branch, self._root) for branch in reversed(branches)]
        while stack:
            node, parent = stack.pop()
            block, above = self._blocks[node], rects[parent]
            x = above.right + self._gap if way > 0 else above.x - self._gap - block.w
            rects[node] = Rect(x, middles[node] - offset - block.h / 2, block.w, block.h)
            stack += [(kid, node) for kid in reversed(self._children.get(node, []))]

    def _line(self, parent: str, node_id: str, rects: dict[str, Rect], rect: Rect) -> list[Element]:
        above, node = rects[parent], self._nodes[node_id]
        way = 1 if rect.cx > above.cx else -1
        sides: tuple[Side, Side] = ("right", "left") if way > 0 else ("left", "right")
        start = on_outline(self._blocks[parent].outline, above, sides[0], (above.cx, above.cy))
        end = on_outline(self._blocks[node_id].outline, rect, sides[1], (rect.cx, rect.cy))
        middle = (above.right if way > 0 else above.x) + way * self._turn_at
        points: list[Point] = [start, (middle, start[1]), (middle, end[1]), end]
        words = self._words.get(node_id)
        said = self._edges[node_id].text if words else ""
        bend = max(self._ruler.style.bend, 6.0)
        line = Line(f"link:{node.id}", tidy(points), self._tones[node_id], bend=bend,
                    source=key_of(self._nodes[parent]), target=key_of(node), text=said)  # fmt: skip
        if words is None:
            return [line]
        left = middle + self._ruler.em(0.4) if way > 0 else middle - self._ruler.em(0.4) - words.width - 2
        place = Rect(left, end[1] - BESIDE / 2 - words.height, words.width + 2, words.height)
        return [line, line_label(line.key, words, place, self._ruler)]


def _with_icon(block: Block, icon: str, tone: Tone, ruler: Ruler) -> Block:
    """Return a box with an icon before its words."""
    size, gap = ruler.em(1.3), ruler.em(0.45)

    def draw(rect: Rect) -> list[Element]:
        out: list[Element] = []
        left = rect.cx
        for each in block.draw(rect):
            if isinstance(each, Text):
                each = replace(each, rect=each.rect.moved((size + gap) / 2, 0.0))
                left = each.rect.cx - each.lines.width / 2
            out.append(each)
        place = Rect(left - gap - size, rect.cy - size / 2, size, size)
        return [
            *out,
            Box(f"{block.key}:icon", place, icon, tone, stroke_width=1.5, group=block.key, role="mark"),
        ]

    return replace(block, w=block.w + size + gap, draw=draw)
