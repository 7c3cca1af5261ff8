"""Block diagrams: a grid of equal columns, blocks as wide as they say, grids within grids."""

from __future__ import annotations

from dataclasses import replace

from drawing.figure import SMALL, Box, Element, Figure, Ruler, Text
from drawing.geometry import Rect
from drawing.layout.compound import Block
from drawing.layout.cross_links import draw_links
from drawing.layout.flowchart import connectors, in_order, node_block
from drawing.model import Drawing, Group, Node, key_of
from drawing.theme import tint

_ROUND = frozenset(("circle", "double_circle", "diamond", "star", "heart"))
ARROW = (5.0, 3.0)  # em


def place_blocks(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the blocks in their own coordinates, from 0, 0."""
    return _Grid(drawing, ruler).figure()


class _Grid:
    def __init__(self, drawing: Drawing, ruler: Ruler) -> None:
        self._drawing, self._ruler = drawing, ruler
        self._gap = ruler.gap(1.0)
        ordered = list(in_order(drawing))
        self._groups = {part.id: part for part in ordered if isinstance(part, Group)}
        self._inside: dict[str | None, list[Node | Group]] = {}
        for part in ordered:
            self._inside.setdefault(part.parent if part.parent in self._groups else None, []).append(part)
        self._blocks = {key_of(part): self._block(part) for part in ordered if isinstance(part, Node)}
        self._sizes: dict[str, tuple[float, float]] = {key: (b.w, b.h) for key, b in self._blocks.items()}
        for group in reversed(self._groups.values()):  # inner ones first
            w, h = self._measure(group.id)
            head = ruler.line() + ruler.em(0.4) if group.text else 0.0
            wide = ruler.width(group.text, bold=True) if group.text else 0.0
            self._sizes[key_of(group)] = (max(w, wide) + 2 * self._gap, h + 2 * self._gap + head)

    def _block(self, node: Node) -> Block:
        key, ruler = key_of(node), self._ruler
        if node.shape == "space":
            return Block(key, ruler.em(3), ruler.em(2), lambda rect: [])
        if node.shape == "block_arrow":
            return self._arrow(node)
        return node_block(node, node.color or "blue", ruler)

    def _arrow(self, node: Node) -> Block:
        ruler, key = self._ruler, key_of(node)
        label = ruler.wrap(node.text, ruler.em(9), scale=SMALL)
        way = dict(node.details).get("way", "right").split()[0]
        shape = {
            "left": "arrow_left",
            "up": "arrow_up",
            "down": "arrow_down",
            "x": "arrow_both",
            "y": "arrow_upright",
        }
        is_upright = way in ("up", "down", "y")
        w = max(ruler.em(ARROW[1 if is_upright else 0]), label.width + ruler.em(3 if not is_upright else 2))
        h = max(
            ruler.em(ARROW[0 if is_upright else 1]), label.height + ruler.em(1.6 if not is_upright else 3)
        )

        def draw(rect: Rect) -> list[Element]:
            box = Rect.around(rect.cx, rect.cy, w, h)
            out: list[Element] = [Box(key, box, shape.get(way, "arrow_right"), "gray")]
            if label.lines:
                place = Rect(box.x, box.cy - label.height / 2, box.w, label.height)
                out.append(Text(f"{key}:label", place, label, ruler.size(SMALL), "gray", of=key))
            return out

        return Block(key, w, h, draw)

    def _span(self, part: Node | Group) -> int:
        return int(next((value for name, value in part.details if name == "span"), "1")) or 1

    def _rows(self, home: str | None) -> tuple[list[list[tuple[Node | Group, int, int]]], int]:
        """Return the rows of a grid, each item with its column and span; and the number of columns."""
        items = self._inside.get(home, [])
        group = self._groups.get(home or "")
        said = (
            dict(group.details).get("columns", "0") if group else self._drawing.settings.get("columns", "0")
        )
        total = sum(self._span(item) for item in items)
        columns = int(said) or max(1, total)
        rows: list[list[tuple[Node | Group, int, int]]] = [[]]
        at = 0
        for item in items:
            span = min(self._span(item), columns)
            if at + span > columns:
                rows.append([])
                at = 0
            rows[-1].append((item, at, span))
            at += span
        return rows, columns

    def _cell(self, home: str | None) -> tuple[float, list[float]]:
        """Return the width of a column and the heights of the rows."""
        rows, _ = self._rows(home)
        width, heights = self._ruler.em(3), []
        for row in rows:
            heights.append(max((self._sizes[key_of(item)][1] for item, _, _ in row), default=0.0))
            for item, _, span in row:
                width = max(width, (self._sizes[key_of(item)][0] - self._gap * (span - 1)) / span)
        return width, heights

    def _measure(self, home: str | None) -> tuple[float, float]:
        width, heights = self._cell(home)
        _, columns = self._rows(home)
        return columns * (width + self._gap) - self._gap, sum(heights) + self._gap * max(0, len(heights) - 1)

    def figure(self) -> Figure:
        figure, rects = Figure(), dict[str, Rect]()
        stack: list[tuple[str | None, Rect]] = [(None, Rect(0, 0, *self._measure(None)))]
        while stack:
            home, area = stack.pop()
            for item, rect in self._placed(home, area):
                rects[key_of(item)] = rect
                if isinstance(item, Group):
                    figure.add(*self._frame(item, rect))
                    head = self._ruler.line() + self._ruler.em(0.4) if item.text else 0.0
                    inner = rect.grown(-self._gap)
                    stack.append((item.id, Rect(inner.x, inner.y + head, inner.w, inner.h - head)))
        for key, block in self._blocks.items():
            rect = rects[key]
            if block.outline in _ROUND:
                rect = Rect.around(rect.cx, rect.cy, block.w, block.h)
                rects[key] = rect
            figure.add(*(_as_cell(each, key) for each in block.draw(rect)))
        self._connect(figure, rects)
        return figure

    def _placed(self, home: str | None, area: Rect) -> list[tuple[Node | Group, Rect]]:
        """Return the items of a grid in its area, which may be wider than the grid needs."""
        rows, columns = self._rows(home)
        _, heights = self._cell(home)
        width = (area.w + self._gap) / columns - self._gap
        extra = max(0.0, area.h - sum(heights) - self._gap * max(0, len(heights) - 1)) / max(1, len(heights))
        out, y = [], area.y
        for row, height in zip(rows, heights, strict=True):
            for item, column, span in row:
                x = area.x + column * (width + self._gap)
                out.append((item, Rect(x, y, span * (width + self._gap) - self._gap, height + extra)))
            y += height + extra + self._gap
        return out

    def _frame(self, group: Group, rect: Rect) -> list[Element]:
        ruler, key, tone = self._ruler, key_of(group), tint(group.color)
        parent = f"group:{group.parent}" if group.parent else None
        out: list[Element] = [Box(key, rect, "rectangle", tone, ruler.style.corner, (), 1.2, parent, "frame")]
        if group.text:
            label = ruler.wrap(group.text, rect.w - 2 * self._gap, bold=True)
            place = Rect(rect.x + self._gap, rect.y + ruler.em(0.6), rect.w - 2 * self._gap, label.height)
            out.append(
                Text(f"{key}:label", place, label, ruler.font, tone, is_bold=True, align="left", of=key)
            )
        return out

    def _connect(self, figure: Figure, rects: dict[str, Rect]) -> None:
        hidden = self._hidden()
        lines = [
            each
            for each in connectors(self._drawing)
            if each.line != "invisible" and each.source != each.target
        ]
        obstacles = [rects[key] for key in self._blocks if key not in hidden]
        draw_links(figure, lines, obstacles, self._ruler)

    def _hidden(self) -> set[str]:
        return {key_of(node) for node in self._drawing.all(Node) if node.shape == "space"}


def _as_cell(element: Element, key: str) -> Element:
    """Return a block's box as a cell of a grid, which is as wide as it is on purpose."""
    return replace(element, role="cell") if isinstance(element, Box) and element.key == key else element
