"""What connectors are bound to: boxes and outlines of shapes and frames, and the sides that face each other."""

from __future__ import annotations

from collections.abc import Sequence

from drawing.diagram import Link
from drawing.layout.geometry import Point, Rect, Side
from drawing.layout.router import End
from drawing.scene import Diagram, Scene


def end_rect(key: str, scene: Scene) -> Rect:
    """Return the box of a shape or frame."""
    return scene.rects[key] if key in scene.rects else scene.frames[key]


def outline_of(key: str, diagram: Diagram) -> str:
    """Return the outline of a shape; frames are rectangles."""
    block = diagram.blocks.get(key)
    return block.outline if block else "rectangle"


def find_ends(links: Sequence[Link], diagram: Diagram, scene: Scene) -> dict[str, End]:
    """Return the ends of all links by key, with ports from which straight lines reach the other ends."""
    facing = _facing_ports(links, diagram, scene)
    return {key: _end(key, diagram, scene, tuple(ports)) for key, ports in facing.items()}


def _facing_ports(
    links: Sequence[Link], diagram: Diagram, scene: Scene
) -> dict[str, list[tuple[Side, Point]]]:
    """Return for each end the ports from which a straight line reaches the other end of a link."""
    ports: dict[str, list[tuple[Side, Point]]] = {}
    for link in links:
        mine, other = ports.setdefault(link.source, []), ports.setdefault(link.target, [])
        a, b = end_rect(link.source, scene), end_rect(link.target, scene)
        pointed = [
            outline_of(key, diagram) not in ("rectangle", "text") for key in (link.source, link.target)
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


def _end(key: str, diagram: Diagram, scene: Scene, facing: tuple[tuple[Side, Point], ...]) -> End:
    sides: tuple[Side, ...] = ("bottom", "top", "right", "left")
    if diagram.direction == "right":
        sides = ("right", "left", "bottom", "top")
    return End(outline_of(key, diagram), end_rect(key, scene), sides, facing)
