"""Blocks in nested frames with connectors between them, placed by the layered engine and drawn as a figure.

What a block looks like is its kind's own; what all these kinds share is here: frames and their headings, lines and
their ends, words beside lines.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from drawing.figure import SMALL, Box, Element, Figure, Line, Ruler, Text
from drawing.geometry import BOXES, Point, Rect, on_outline, tidy
from drawing.layout.end_labels import end_label_rects
from drawing.layout.hints import find_rows, main_stretch
from drawing.layout.layered import FAST, FULL, Arc, Cluster, Layout, Spacing, Vertex, lay_out
from drawing.layout.route_ends import arrival_side, on_corner, on_figure, outside, with_room
from drawing.layout.siblings import put_in_order
from drawing.line_ends import ENDS, reach
from drawing.model import Direction, EdgeEnd, LineStyle
from drawing.text import Wrapped
from drawing.theme import Tone

LABEL_WIDTH = 11.0  # em: words beside a connector are broken where they are wider
HEADING_WIDTH = 18.0  # em
DASH = (5.0, 4.0)  # canvas units
THICK = 2.0  # times the width of other lines
PAGE = (88.5, 43.2)  # em: a 13.3-inch slide without its title, the text being 10 points
LARGE = 70  # blocks and connectors, from which on fewer orders are tried


@dataclass(frozen=True, slots=True)
class Block:
    """A measured node: how large it is, and what is drawn into its box once it has a place."""

    key: str
    w: float
    h: float
    draw: Callable[[Rect], list[Element]]
    outline: str = "rectangle"
    frame: str | None = None
    corner: float = 0.0  # of a rectangle, canvas units
    figure: Callable[[Rect], tuple[str, Rect]] | None = (
        None  # the shape over its caption, and where it stands
    )


@dataclass(frozen=True, slots=True)
class Frame:
    """A box around blocks and other frames; a lane runs over the full length."""

    key: str
    text: str
    parent: str | None = None
    direction: Direction | None = None
    tone: Tone = "frame"
    is_lane: bool = False
    dash: tuple[float, ...] = ()
    caption: str = ""  # a second, quiet line, such as «package»
    keeps_order: bool = False  # stands beside its siblings as they were said; nothing leads across its border


@dataclass(frozen=True, slots=True)
class Connector:
    """A line between two blocks or frames; ``source`` and ``target`` are their keys, in the order of the flow."""

    key: str
    source: str
    target: str
    text: str = ""
    line: LineStyle = "solid"
    tail: EdgeEnd = "none"
    head: EdgeEnd = "arrow"
    tail_text: str = ""
    head_text: str = ""
    length: int = 1
    tone: Tone | None = None
    is_straight: bool = False  # leads straight on from a decision
    is_level: bool = False  # joins two that stand beside each other
    is_turned: bool = False  # said from its other end, so that it runs with the flow

    def turned(self) -> Connector:
        """Return the same line from its other end."""
        return replace(
            self, source=self.target, target=self.source, tail=self.head, head=self.tail, tail_text=self.head_text,
            head_text=self.tail_text, is_turned=not self.is_turned,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compound:
    """All that is to be placed."""

    blocks: Sequence[Block]
    frames: Sequence[Frame]
    connectors: Sequence[Connector]
    direction: Direction = "down"
    layer_gap: float = 3.0  # em
    node_gap: float = 2.2  # em


def place_compound(compound: Compound, ruler: Ruler) -> Figure:
    """Return the figure in its own coordinates, from 0, 0."""
    if not compound.blocks and not compound.frames:
        return Figure()
    return _Placement(compound, ruler).figure()


class _Placement:
    def __init__(self, compound: Compound, ruler: Ruler) -> None:
        self._compound, self._ruler = compound, ruler
        known = {block.key for block in compound.blocks} | {frame.key for frame in compound.frames}
        self._connectors = [c for c in compound.connectors if c.source in known and c.target in known]
        self._headings = {frame.key: self._heading(frame) for frame in compound.frames}
        self._captions = {
            frame.key: ruler.wrap(frame.caption, ruler.em(HEADING_WIDTH), scale=SMALL)
            for frame in compound.frames
        }
        self._corners = {b.key: b.corner for b in compound.blocks if b.outline in BOXES}
        self._corners |= {f.key: 0.0 if f.is_lane else ruler.style.corner for f in compound.frames}
        self._reach = reach(ruler.style.line_width)
        self._labels = {
            c.key: ruler.wrap(c.text, ruler.em(LABEL_WIDTH), scale=SMALL)
            for c in self._connectors
            if c.text and c.line != "invisible"
        }

    def figure(self) -> Figure:
        layout = self._layout()
        self._order(layout)
        self._bind(layout)
        figure = Figure()
        for frame in self._compound.frames:
            if frame.key in layout.frames:
                figure.add(*self._frame(frame, layout))
        drawn = [c for c in self._connectors if len(layout.routes.get(c.key, ())) >= 2]
        for block in self._compound.blocks:
            figure.add(*block.draw(layout.rects[block.key]))
        figure.add(*(self._line(connector, layout.routes[connector.key]) for connector in drawn))
        for connector in drawn:
            label, place = self._labels.get(connector.key), layout.labels.get(connector.key)
            if label is not None and label.lines and place is not None:
                figure.add(self._words(f"{connector.key}:label", place, label, connector.key))
        figure.add(*self._end_texts(drawn, layout))
        bounds = figure.bounds()
        return figure.moved(-bounds.x, -bounds.y)

    def _order(self, layout: Layout) -> None:
        """Put frames beside their siblings as they were said, the inner ones first."""
        rows: dict[str | None, list[str]] = {}
        for frame in self._compound.frames:
            if frame.keeps_order:
                rows.setdefault(frame.parent, []).append(frame.key)
        for row in reversed(rows.values()):
            put_in_order(layout, row)

    def _bind(self, layout: Layout) -> None:
        """Draw the ends of all routes on to the outlines of their blocks."""
        figures = {block.key: block.figure for block in self._compound.blocks if block.figure is not None}
        outlines = {block.key: block.outline for block in self._compound.blocks if block.outline not in BOXES}
        for connector in self._connectors:
            points = list(layout.routes.get(connector.key, ()))
            if len(points) < 2:
                continue
            if connector.source in layout.frames:
                points = outside(points, layout.frames[connector.source])
            if connector.target in layout.frames:
                points = outside(points[::-1], layout.frames[connector.target])[::-1]
            for key, end, before in ((connector.source, 0, 1), (connector.target, -1, -2)):
                if key in outlines:
                    rect, side = layout.rects[key], arrival_side(points[end], points[before])
                    points[end] = on_outline(outlines[key], rect, side, points[end])
                if key in figures:
                    points[end] = on_figure(*figures[key](layout.rects[key]), points[end], points[before])
            bent = with_room(tidy(points), _length(connector.tail) * self._reach)
            bent = self._on_corners(connector, bent, layout)
            layout.routes[connector.key] = with_room(bent[::-1], _length(connector.head) * self._reach)[::-1]

    def _on_corners(
        self, connector: Connector, points: tuple[Point, ...], layout: Layout
    ) -> tuple[Point, ...]:
        """Draw ends that meet a rounded corner on to it."""
        out = list(points)
        for key, end, before in ((connector.source, 0, 1), (connector.target, -1, -2)):
            rect = layout.frames[key] if key in layout.frames else layout.rects[key]
            if len(out) >= 2 and self._corners.get(key):
                out[end] = on_corner(rect, self._corners[key], arrival_side(out[end], out[before]), out[end])
        return tuple(out)

    def _heading(self, frame: Frame) -> Wrapped:
        ruler = self._ruler
        width = max(ruler.em(HEADING_WIDTH), ruler.longest_word([frame.text], bold=True))
        return ruler.wrap(frame.text, width, bold=True)

    def _layout(self) -> Layout:
        compound = self._compound
        vertices = [Vertex(b.key, b.w, b.h, b.outline, b.frame) for b in compound.blocks]
        clusters = [
            Cluster(f.key, f.parent, self._heading_size(f), f.direction, f.is_lane) for f in compound.frames
        ]
        keys = [frame.key for frame in compound.frames] + [block.key for block in compound.blocks]
        back = back_arcs(keys, self._connectors)
        arcs = [self._arc(connector, connector.key in back) for connector in self._connectors]
        size = len(vertices) + len(arcs)
        return lay_out(
            vertices,
            clusters,
            arcs,
            compound.direction,
            self._spacing(),
            effort=FAST if size > LARGE or self._ruler.is_draft else FULL,
            page=None if self._ruler.is_draft else (self._ruler.em(PAGE[0]), self._ruler.em(PAGE[1])),
            previous=self._previous(back),
        )

    def _previous(self, back: Collection[str]) -> Layout | None:
        """Return the layout before as far as it is known: where boxes stood, and frames."""
        before = self._ruler.before
        rects = {block.key: before[block.key] for block in self._compound.blocks if block.key in before}
        if not rects:
            return None
        frames = {frame.key: before[frame.key] for frame in self._compound.frames if frame.key in before}
        lines = [(c.source, c.target) for c in self._connectors if c.key not in back]
        rows = find_rows(rects, lines, self._compound.direction)
        ways = self._ruler.ways_before
        chains: dict[str, tuple[Point, ...]] = {
            c.key: (middle,)
            for c in self._connectors
            if c.key in ways and (middle := main_stretch(ways[c.key], self._compound.direction))
        }
        return Layout(
            self._compound.direction,
            max(rows.values(), default=0) + 1,
            rows,
            rects=rects,
            frames=frames,
            chains=chains,
        )

    def _heading_size(self, frame: Frame) -> tuple[float, float]:
        heading, caption = self._headings[frame.key], self._captions[frame.key]
        if not heading.lines and not caption.lines:
            return (0.0, 0.0)
        return (max(heading.width, caption.width) + 4, heading.height + caption.height)

    def _arc(self, connector: Connector, is_back: bool) -> Arc:
        label = self._labels.get(connector.key)
        size = (label.width + 4, label.height) if label is not None and label.lines else (0.0, 0.0)
        manner = f"{connector.line} {connector.tail} {connector.tone}"
        return Arc(
            connector.key, connector.source, connector.target, size, is_back, connector.length,
            straight=connector.is_straight, trunk=None if connector.tail_text else manner,
            hidden=connector.line == "invisible", level=connector.is_level,
        )  # fmt: skip

    def _spacing(self) -> Spacing:
        ruler, compound = self._ruler, self._compound
        ends = {end for c in self._connectors for end in (c.tail, c.head)}
        head = max((_length(end) for end in ends), default=1.0) * reach(ruler.style.line_width)
        return Spacing(
            layer=ruler.gap(compound.layer_gap), node=ruler.gap(compound.node_gap), pad=ruler.gap(1.1),
            lane=max(12.0, 2 * max((_half_width(end) for end in ends), default=0.0) * self._reach + 4),
            head=max(head + 4, 14.0), component=ruler.gap(3.0),
        )  # fmt: skip

    def _frame(self, frame: Frame, layout: Layout) -> list[Element]:
        ruler, rect = self._ruler, layout.frames[frame.key]
        corner = 0.0 if frame.is_lane else ruler.style.corner
        out: list[Element] = [
            Box(frame.key, rect, "rectangle", frame.tone, corner, frame.dash, max(1.0, ruler.style.stroke_width * 0.6),
                frame.parent, "frame")
        ]  # fmt: skip
        heading, place = self._headings[frame.key], layout.headings.get(frame.key)
        if place is None:
            return out
        at = place
        quiet = self._captions[frame.key]
        if quiet.lines:
            top = Rect(place.x, place.y, place.w, quiet.height)
            out.append(Text(f"{frame.key}:caption", top, quiet, ruler.size(SMALL), frame.tone, align="left",
                            of=frame.key))  # fmt: skip
            at = Rect(place.x, place.y + quiet.height, place.w, place.h - quiet.height)
        if heading.lines:
            out.append(Text(f"{frame.key}:label", at, heading, ruler.font, frame.tone, is_bold=True, align="left",
                            of=frame.key))  # fmt: skip
        return out

    def _line(self, connector: Connector, route: tuple[Point, ...]) -> Line:
        style = self._ruler.style
        if connector.is_turned:
            connector, route = connector.turned(), route[::-1]
        return Line(
            connector.key, route, connector.tone, connector.tail, connector.head,
            DASH if connector.line == "dotted" else (),
            style.line_width * THICK if connector.line == "thick" else None,
            style.bend, source=connector.source, target=connector.target, text=connector.text,
        )  # fmt: skip

    def _words(self, key: str, place: Rect, label: Wrapped, of: str) -> Text:
        return Text(key, place, label, self._ruler.size(SMALL), is_quiet=True, of=of, has_halo=True)

    def _end_texts(self, drawn: Sequence[Connector], layout: Layout) -> list[Element]:
        """Words at the ends of lines, such as cardinalities and roles."""
        ruler = self._ruler
        labels: dict[str, tuple[Wrapped, tuple[Point, ...], str]] = {}
        for connector in drawn:
            route = layout.routes[connector.key]
            for name, text, points in (
                ("tail", connector.tail_text, route),
                ("head", connector.head_text, route[::-1]),
            ):
                if text:
                    label = ruler.wrap(text, ruler.em(LABEL_WIDTH), scale=SMALL)
                    labels[f"{connector.key}:{name}"] = (label, points, connector.key)
        taken = [*layout.rects.values(), *layout.labels.values(), *layout.headings.values()]
        places = end_label_rects(
            {key: ((label.width + 2, label.height), points) for key, (label, points, _) in labels.items()},
            taken, list(layout.routes.values()), 2 * reach(ruler.style.line_width),
        )  # fmt: skip
        return [self._words(key, places[key], label, of) for key, (label, _, of) in labels.items()]


def _length(end: EdgeEnd) -> float:
    return max((x for _, points in ENDS[end].outlines for x, _ in points), default=0.0)


def _half_width(end: EdgeEnd) -> float:
    return max((abs(y) for _, points in ENDS[end].outlines for _, y in points), default=0.0)


def back_arcs(keys: Sequence[str], connectors: Sequence[Connector]) -> set[str]:
    """Return the connectors that lead back: those that close a cycle when all is walked from its starts, in order."""
    after: dict[str, list[Connector]] = {key: [] for key in keys}
    for connector in connectors:
        after[connector.source].append(connector)
    targets = {connector.target for connector in connectors}
    state: dict[str, int] = {}
    back: set[str] = set()
    for root in [*(key for key in keys if key not in targets), *keys]:
        stack = [(root, 0)] if root not in state else []
        while stack:
            key, step = stack.pop()
            state[key] = 1
            if step == len(after[key]):
                state[key] = 2
                continue
            stack.append((key, step + 1))
            connector = after[key][step]
            if state.get(connector.target) == 1:
                back.add(connector.key)
            elif connector.target not in state:
                stack.append((connector.target, 0))
    return back
