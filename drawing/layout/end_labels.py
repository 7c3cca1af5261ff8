"""Where the words at the ends of lines go: beside the first piece of the line, clear of everything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from drawing.geometry import Point, Rect, segment_hits_rect

AIR = 4.0  # units between words and their line

Request = tuple[
    tuple[float, float], Sequence[Point]
]  # the size of the words, and the route from their end on


def end_label_rects(
    requests: Mapping[str, Request], taken: Sequence[Rect], routes: Sequence[Sequence[Point]], head: float
) -> dict[str, Rect]:
    """Return a box for each label; ``head`` is the length that an end takes of its line, in canvas units."""
    blocked = list(taken)
    lines = [piece for route in routes for piece in pairwise(route)]
    out: dict[str, Rect] = {}
    for key, (size, route) in requests.items():
        best: tuple[float, Rect] | None = None
        for number, spot in enumerate(_spots(size, route, head)):
            trouble = sum(10.0 for rect in blocked if rect.overlaps(spot, 1.0))
            trouble += sum(1.0 for a, b in lines if segment_hits_rect(a, b, spot)) + number * 0.01
            if best is None or trouble < best[0]:
                best = (trouble, spot)
            if trouble < 1:
                break
        if best is not None:
            out[key] = best[1]
            blocked.append(best[1])
    return out


def _spots(size: tuple[float, float], route: Sequence[Point], head: float) -> Iterator[Rect]:
    """Yield boxes beside the first piece: near the block at first, then farther out on either side."""
    (ax, ay), (bx, by) = route[0], route[1]
    w, h = size
    is_upright = abs(bx - ax) < abs(by - ay)
    way = 1 if (by > ay if is_upright else bx > ax) else -1
    for off in (AIR, head * 0.35, head, head + h, head + 2 * h):
        for beside in (AIR + 2, AIR + head * 0.5, AIR + head * 0.5 + 10):
            for side in (1, -1):
                if is_upright:
                    x = ax + beside if side > 0 else ax - beside - w
                    y = ay + off if way > 0 else ay - off - h
                else:
                    x = ax + off if way > 0 else ax - off - w
                    y = ay - beside - h if side > 0 else ay + beside
                yield Rect(x, y, w, h)
