"""Drawings of several engines side by side, as one SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

from bench.layout.graphs import Graph
from bench.layout.measures import Drawing
from drawing.geometry import Rect, polygon
from drawing.shapes import SHAPES, outline
from drawing.text import wrap

WIDTH, HEIGHT = 560.0, 330.0  # of a panel


def side_by_side(graph: Graph, drawings: Mapping[str, Drawing], notes: Mapping[str, str]) -> str:
    """Return a picture with a panel for each engine, all boxes' text as large as its drawing lets it be."""
    width = WIDTH * len(drawings)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {HEIGHT:g}" '
        'font-family="Canvas Jobs Sans, Inter, Arial, Helvetica, sans-serif">',
        f'<rect width="{width:g}" height="{HEIGHT:g}" fill="#FFFFFF"/>',
    ]
    for i, (name, drawing) in enumerate(drawings.items()):
        out.append(f'<text x="{i * WIDTH + 12:g}" y="22" font-size="14" fill="#A02020">')
        out.append(f"{escape(f'{name}: {notes[name]}')}</text>")
        bounds = drawing.bounds()
        scale = min((WIDTH - 30) / bounds.w, (HEIGHT - 50) / bounds.h, 1.0)
        x, y = i * WIDTH + 15 - bounds.x * scale, 36 - bounds.y * scale
        out.append(f'<g transform="translate({x:.1f} {y:.1f}) scale({scale:.4f})">')
        out += _panel(graph, drawing)
        out.append("</g>")
    return "\n".join([*out, "</svg>", ""])


def _panel(graph: Graph, drawing: Drawing) -> list[str]:
    texts = {group.key: group.text for group in graph.groups}
    out = []
    for key, frame in sorted(drawing.frames.items(), key=lambda item: -item[1].w * item[1].h):
        out.append(_rect(frame, "#F3F6FC", "#9AA8BF"))
        heading = drawing.headings.get(key, Rect(frame.x + 10, frame.y + 6, 0, 20))
        out.append(_text(texts[key], heading.x, heading.y + 15, "start", "#46536B"))
    for route in drawing.routes.values():
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in route)
        out.append(f'<polyline points="{points}" fill="none" stroke="#50607A" stroke-width="1.5"/>')
        out.append(_head(route[-2], route[-1]))
    for box in graph.boxes:
        rect = drawing.rects[box.key]
        if box.outline == "rectangle":
            out.append(_rect(rect, "#E4EEFC", "#2B6CD4"))
        else:
            corners = (
                outline(box.outline, rect)
                if box.outline in SHAPES and box.outline not in ("diamond", "circle")
                else polygon(box.outline, rect)
            )
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
            out.append(f'<polygon points="{points}" fill="#FCF1DD" stroke="#B07A18"/>')
        label = wrap(box.text, 14.0, rect.w - 8, max_lines=4)
        for i, line in enumerate(label.lines):
            y = rect.cy - label.height / 2 + (i + 0.75) * label.height / len(label.lines)
            out.append(_text(line, rect.cx, y, "middle", "#12305E", 14.0))
    sizes = {line.key: line.text for line in graph.lines}
    for key, place in drawing.labels.items():
        out.append(_text(sizes[key].split("\n")[0], place.x, place.cy + 5, "start", "#46536B", 13.0))
    return out


def _rect(rect: Rect, fill: str, stroke: str) -> str:
    return (
        f'<rect x="{rect.x:.1f}" y="{rect.y:.1f}" width="{rect.w:.1f}" height="{rect.h:.1f}" '
        f'fill="{fill}" stroke="{stroke}"/>'
    )


def _text(text: str, x: float, y: float, anchor: str, ink: str, size: float = 15.0) -> str:
    style = f'font-size="{size:g}" text-anchor="{anchor}" fill="{ink}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _head(before: tuple[float, float], tip: tuple[float, float]) -> str:
    length = math.dist(before, tip) or 1.0
    dx, dy = (tip[0] - before[0]) / length, (tip[1] - before[1]) / length
    back = (tip[0] - 10 * dx, tip[1] - 10 * dy)
    points = [tip, (back[0] + 4.5 * dy, back[1] - 4.5 * dx), (back[0] - 4.5 * dy, back[1] + 4.5 * dx)]
    return f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="#50607A"/>'
