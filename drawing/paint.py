"""From a scene to canvas objects: ids, colours, and texts laid over their shapes."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Any

from drawing.canvas import CanvasObject, ObjectType
from drawing.geometry import Point, Rect
from drawing.graph import Link
from drawing.measured import Block, MeasuredGraph, text_area
from drawing.scene import Mark, Scene
from drawing.sizing import label_font
from drawing.text import FONT_STACK, LINE_HEIGHT, Wrapped
from drawing.theme import MIN_LINE_CONTRAST, Swatch, Theme, contrast

LAYER_SIZE = 2_000  # z-indexes of a layer; no drawing has as many objects in one


class Layer(IntEnum):
    """What lies on what, the back first.

    Connectors are above shapes, as a head may reach into the notch of a heart. Texts have layers by what they
    belong to, so that a new shape in a growing drawing leaves the z-index of all others as it is.
    """

    FRAME = 0
    LINE = 1
    DOT = 2
    SHAPE = 3
    CONNECTOR = 4
    HEADING = 5
    CAPTION = 6
    EDGE_LABEL = 7
    LABEL = 8
    TITLE = 9


class Painter:
    """Turns scenes of one drawing into objects; the same key always has the same id."""

    def __init__(self, theme: Theme, namespace: uuid.UUID, z_from: int = 0) -> None:
        self._theme = theme
        self._namespace = namespace
        self.z_from = z_from
        self._ids: dict[str, str] = {}

    def object_id(self, key: str) -> str:
        """Return the id of the object that stands for a plan element."""
        if key not in self._ids:
            self._ids[key] = str(uuid.uuid5(self._namespace, key))
        return self._ids[key]

    def paint(self, measured: MeasuredGraph, scene: Scene) -> list[CanvasObject]:
        """Return all objects of a scene, those at the back first, each with a z-index of its own from ``z_from`` on."""
        out: list[CanvasObject] = []
        for key in scene.frames:
            out += self._frame(key, measured, scene)
        for mark in scene.marks:
            out.append(self._mark(mark, measured))
        for link in measured.links:
            if link.key in scene.routes:
                out += self._connector(link, measured, scene)
        for key in _back_to_front(measured, scene):
            out += self._shape(measured.blocks[key], scene.rects[key], measured, scene)
        return sorted(self._stacked(out), key=lambda item: item.z_index)

    def _stacked(self, objects: Iterable[CanvasObject]) -> Iterator[CanvasObject]:
        """Turn layers into z-indexes that no two objects share."""
        used: Counter[int] = Counter()
        for item in objects:
            layer = item.z_index
            yield replace(item, z_index=self.z_from + layer * LAYER_SIZE + used[layer])
            used[layer] += 1

    def title(self, label: Wrapped, rect: Rect, font_size: float) -> CanvasObject:
        """Return the title text."""
        ink = self._theme.palette.text
        text = self._text("title", label, rect, font_size, ink, Layer.TITLE, is_bold=True)
        return next(self._stacked([text]))

    def _object(self, key: str, kind: ObjectType, layer: Layer, **properties: Any) -> CanvasObject:
        return CanvasObject(self.object_id(key), kind, properties, layer)

    def _frame(self, key: str, measured: MeasuredGraph, scene: Scene) -> list[CanvasObject]:
        rect, colours, metrics = scene.frames[key], self._theme.palette.frame, self._theme.metrics
        box = self._object(
            key, "rectangle", Layer.FRAME, **_box(rect), fill=colours.fill if metrics.has_fill else self._theme.paper,
            stroke=colours.stroke, strokeWidth=_round(max(1.0, metrics.stroke_width * 0.6)),
            cornerRadius=_round(metrics.corner), role="frame",
        )  # fmt: skip
        if not measured.headings[key].lines:
            return [box]
        heading = self._text(
            f"{key}:label", measured.headings[key], scene.headings[key], measured.font_size, colours.ink,
            Layer.HEADING, of=key, is_bold=True, align="left",
        )  # fmt: skip
        return [box, heading]

    def _mark(self, mark: Mark, measured: MeasuredGraph) -> CanvasObject:
        palette, metrics = self._theme.palette, self._theme.metrics
        if mark.kind == "text" and mark.label is not None:
            return self._text(mark.key, mark.label, mark.rect, measured.font_size, palette.quiet_text,
                              Layer.CAPTION, is_bold=mark.is_bold, of=mark.of, role="caption")  # fmt: skip
        owner = measured.blocks.get(mark.of or "")
        colour = self._swatch(owner).stroke if owner else palette.line
        if mark.kind == "dot":
            return self._object(
                mark.key, "circle", Layer.DOT, x=_round(mark.rect.cx), y=_round(mark.rect.cy),
                radius=_round(mark.rect.w / 2), fill=colour, stroke=colour, strokeWidth=1, role="mark",
            )  # fmt: skip
        points = [0, 0, _round(mark.rect.w), _round(mark.rect.h)]
        return self._object(
            mark.key, "line", Layer.LINE, x=_round(mark.rect.x), y=_round(mark.rect.y), points=points,
            stroke=colour, strokeWidth=metrics.line_width, role="mark",
        )  # fmt: skip

    def _connector(self, link: Link, measured: MeasuredGraph, scene: Scene) -> list[CanvasObject]:
        route = scene.routes[link.key]
        stroke = self._theme.palette.line
        child = measured.blocks.get(link.target)
        if (
            measured.graph.header.kind == "mindmap"
            and child
            and measured.graph.parents.get(link.target) == link.source
        ):
            stroke = self._swatch(child).stroke
        properties: dict[str, Any] = {
            **_polyline(route), "stroke": stroke, "strokeWidth": self._theme.metrics.line_width,
            "cornerRadius": self._theme.metrics.bend,
            "from": self.object_id(link.source), "to": self.object_id(link.target),
        }  # fmt: skip
        if link.label:
            properties["label"] = link.label
        out = [
            CanvasObject(
                self.object_id(link.key), "arrow" if link.arrow else "line", properties, Layer.CONNECTOR
            )
        ]
        label = measured.labels.get(link.key)
        if label is not None and link.key in scene.label_rects:
            font, ink = label_font(measured.font_size), self._theme.palette.quiet_text
            out.append(
                self._text(
                    f"{link.key}:label",
                    label,
                    scene.label_rects[link.key],
                    font,
                    ink,
                    Layer.EDGE_LABEL,
                    of=link.key,
                )
            )
        return out

    def _swatch(self, block: Block) -> Swatch:
        return self._theme.swatch(
            block.role, block.accent, turn=block.turn, is_strong=block.is_strong, in_turn=block.in_turn
        )

    def _shape(self, block: Block, rect: Rect, measured: MeasuredGraph, scene: Scene) -> list[CanvasObject]:
        colours, metrics = self._swatch(block), self._theme.metrics
        group = scene.inside.get(block.key) or measured.graph.members.get(block.key)
        if block.outline == "text":
            text = self._text(block.key, block.label, rect, block.font_size, self._theme.palette.text,
                              Layer.SHAPE, is_bold=block.is_bold)  # fmt: skip
            home: dict[str, Any] = {"in": self.object_id(group)} if group else {}
            return [replace(text, properties={**text.properties, **_box(rect), **home})]
        style: dict[str, Any] = {
            "fill": colours.fill,
            "stroke": colours.stroke,
            "strokeWidth": metrics.stroke_width,
        }
        if group:
            style["in"] = self.object_id(group)
        if block.key in scene.layered:
            style["layered"] = True
        if block.outline == "rectangle":
            style["cornerRadius"] = _round(block.corner)
            out = [self._object(block.key, "rectangle", Layer.SHAPE, **_box(rect), **style)]
        elif block.outline == "circle":
            place = {"x": _round(rect.cx), "y": _round(rect.cy), "radius": _round(rect.w / 2)}
            out = [self._object(block.key, "circle", Layer.SHAPE, **place, **style)]
        else:
            place = {
                "x": _round(rect.cx),
                "y": _round(rect.cy),
                "width": _round(rect.w),
                "height": _round(rect.h),
            }
            out = [self._object(block.key, block.outline, Layer.SHAPE, **place, **style)]
        if block.badge:
            out.append(self._badge(block, rect, colours))
        area = scene.text_rects.get(block.key) or text_area(block, rect, block.key in scene.inside.values())
        if block.label.lines:
            out.append(self._text(f"{block.key}:label", block.label, area, block.font_size, colours.ink,
                                  Layer.LABEL, of=block.key, is_bold=block.is_bold))  # fmt: skip
        return out

    def _badge(self, block: Block, rect: Rect, colours: Swatch) -> CanvasObject:
        """A small star or heart at the left of a card."""
        size = 1.3 * block.font_size
        colour = (
            colours.stroke if contrast(colours.stroke, colours.fill) >= MIN_LINE_CONTRAST else colours.ink
        )
        box = Rect.around(rect.x + 0.5 * size + 0.65 * block.font_size, rect.cy, size, size)
        return self._object(
            f"{block.key}:badge", block.badge or "star", Layer.SHAPE, x=_round(box.cx), y=_round(box.cy),
            width=_round(box.w), height=_round(box.h), fill=colour, stroke=colour,
            strokeWidth=1, role="mark", of=self.object_id(block.key),
        )  # fmt: skip

    def _text(
        self,
        key: str,
        label: Wrapped,
        rect: Rect,
        font_size: float,
        color: str,
        layer: Layer,
        *,
        of: str | None = None,
        role: str = "label",
        is_bold: bool = False,
        align: str = "center",
    ) -> CanvasObject:
        """A text in the middle of a box: as high as its lines, and wide enough for each."""
        h = max(label.height, font_size * LINE_HEIGHT)
        w = min(rect.w, label.width + 4) if align == "center" else rect.w
        box = Rect(rect.cx - w / 2, rect.cy - h / 2, w, h)
        properties: dict[str, Any] = {
            **_box(box), "text": label.text, "fontSize": font_size, "align": align,
            "fontWeight": "bold" if is_bold else "normal", **host_text(color, align),
        }  # fmt: skip
        if of:
            properties |= {"of": self.object_id(of), "role": role}
        return CanvasObject(self.object_id(key), "text", properties, layer)


def _back_to_front(measured: MeasuredGraph, scene: Scene) -> list[str]:
    """Return the shapes as said, so that later ones lie on top, but none before the one that it stands in.

    Bare texts come last: nobody writes words to hide them behind a shape.
    """
    said = {key: number for number, key in enumerate(measured.blocks)}

    def place(key: str) -> tuple[bool, int, int]:
        latest, depth, home = said[key], 0, scene.inside.get(key)
        while home is not None:
            latest, depth, home = max(latest, said[home]), depth + 1, scene.inside.get(home)
        return measured.blocks[key].outline == "text", latest, depth

    return sorted((key for key in measured.blocks if key in scene.rects), key=place)


def host_text(color: str, align: str) -> dict[str, str]:
    """Return a text's colour, font and alignment, by our names and by those that canvas libraries read."""
    return {"color": color, "fill": color, "textAlign": align, "fontFamily": FONT_STACK}


def _round(value: float) -> float:
    return round(value, 1) + 0.0  # No minus zero.


def _box(rect: Rect) -> dict[str, float]:
    return {"x": _round(rect.x), "y": _round(rect.y), "width": _round(rect.w), "height": _round(rect.h)}


def _polyline(route: Sequence[Point]) -> dict[str, Any]:
    x, y = _round(route[0][0]), _round(route[0][1])
    points: list[float] = []
    for px, py in route:
        points += [_round(_round(px) - x), _round(_round(py) - y)]
    return {"x": x, "y": y, "points": points}
