"""What connectors are bound to: boxes and outlines of shapes and frames, and the sides that face each other."""

from __future__ import annotations

from collections.abc import Sequence

from drawing.geometry import Point, Rect, Side
from drawing.graph import Link
from drawing.layout.router import Endpoint
from drawing.measured import MeasuredGraph
from drawing.scene import Scene


def endpoint_rect(key: str, scene: Scene) -> Rect:
    """Return the box of a shape or frame."""
    return scene.rects[key] if key in scene.rects else scene.frames[key]


def outline_of(key: str, measured: MeasuredGraph) -> str:
    """Return the outline of a shape; frames are rectangles."""
    block = measured.blocks.get(key)
    return block.outline if block else "rectangle"


def find_endpoints(links: Sequence[Link], measured: MeasuredGraph, scene: Scene) -> dict[str, Endpoint]:
    """Return the ends of all links by key, with ports from which straight lines reach the other ends."""
    facing = _facing_ports(links, measured, scene)
    return {key: _end(key, measured, scene, tuple(ports)) for key, ports in facing.items()}


def _facing_ports(
    links: Sequence[Link], measured: MeasuredGraph, scene: Scene
) -> dict[str, list[tuple[Side, Point]]]:
    """Return for each end the ports from which a straight line reaches the other end of a link."""
    ports: dict[str, list[tuple[Side, Point]]] = {}
    for link in links:
        mine, other = ports.setdefault(link.source, []), ports.setdefault(link.target, [])
        a, b = endpoint_rect(link.source, scene), endpoint_rect(link.target, scene)
        pointed = [
            outline_of(key, measured) not in ("rectangle", "text") for key in (link.source, link.target)
        ]
        x = _level((a.x, a.right), (b.x, b.right), pointed)
        y = _level((a.y, a.bottom), (b.y, b.bottom), pointed)
        if x is not None and not a.overlaps(b):
            sides: tuple[Side, Side] = ("bottom", "top") if a.cy < b.cy else ("top", "bottom")
            mine.append((sides[0], (x, a.cy)))
            other.append((sides[1], (x, b.cy)))
        elif y is not None and not a.overlaps(b):
            sides = ("right", "left") if a.cx < b.cx else ("left", "right")
            mine.append((sides[0], (a.cx, y)))
            other.append((sides[1], (b.cx, y)))
    return ports


def _level(a: tuple[float, float], b: tuple[float, float], pointed: Sequence[bool]) -> float | None:
    """Return where two sides face each other: at a middle, if possible; pointed outlines have nothing else."""
    spans = [(low + 10, high - 10) for low, high in (a, b)]
    middles = [sum(span) / 2 for span in spans]
    for own, other in ((0, 1), (1, 0)):
        is_fine = abs(middles[own] - middles[other]) < 0.5 or not pointed[other]
        if is_fine and spans[other][0] <= middles[own] <= spans[other][1]:
            return middles[own]
    low, high = max(spans[0][0], spans[1][0]), min(spans[0][1], spans[1][1])
    return (low + high) / 2 if low < high and not any(pointed) else None


def _end(key: str, measured: MeasuredGraph, scene: Scene, facing: tuple[tuple[Side, Point], ...]) -> Endpoint:
    sides: tuple[Side, ...] = ("bottom", "top", "right", "left")
    if measured.direction == "right":
        sides = ("right", "left", "bottom", "top")
    return Endpoint(outline_of(key, measured), endpoint_rect(key, scene), sides, facing)
