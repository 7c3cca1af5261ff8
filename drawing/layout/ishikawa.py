"""Ishikawa diagrams: a fishbone, the effect at its head, a bone for each category and a twig for each cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drawing.figure import SMALL, Box, Element, Figure, Line, Ruler, Text
from drawing.geometry import Rect
from drawing.model import Color, Drawing, Node, key_of
from drawing.text import Wrapped
from drawing.theme import Tone

COLORS: tuple[Color, ...] = ("blue", "teal", "green", "purple", "amber", "pink", "red")
SLANT = 0.5  # how far a bone leans from its head, for each unit away from the spine
CAUSE_WIDTH = 10.0  # em
DETAIL_WIDTH = 8.5
FINE = 0.8  # of the font size: causes of causes
TWIG = 0.25  # em between words and the line below them
PAD = 0.5  # em between words and a bone
SPINE_GAP = 1.2  # em between the spine and the nearest words
BONE_GAP = 1.4  # em between the words at a bone and the bone before it
FORK = 1.4  # em: how far from a bone a cause's own causes branch off
HEAD_WIDTH = 11.0


@dataclass(frozen=True, slots=True)
class _Cause:
    node: Node
    lines: Wrapped
    details: tuple[tuple[Node, Wrapped], ...]  # the causes of the cause, however deep

    def height(self, ruler: Ruler) -> float:
        return sum(_row(lines, ruler) for lines in (self.lines, *(each for _, each in self.details)))


@dataclass(frozen=True, slots=True)
class _Bone:
    node: Node
    label: Wrapped
    causes: tuple[_Cause, ...]
    tone: Tone


def _row(lines: Wrapped, ruler: Ruler) -> float:
    return lines.height + ruler.em(TWIG + 0.35)


def place_ishikawa(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the fishbone in its own coordinates."""
    nodes = drawing.all(Node)
    effect = next((node for node in nodes if node.role == "effect"), None)
    if effect is None:
        return Figure()
    bones = _bones(effect, nodes, ruler)
    pairs = [bones[i : i + 2] for i in range(0, len(bones), 2)]
    lengths = [_length([pair[side] for pair in pairs if len(pair) > side], ruler) for side in (0, 1)]
    figure, x, first = Figure(), 0.0, 0.0
    for i, pair in enumerate(pairs):
        # In coordinates that lean with the bones, a bone is a vertical line and its words reach so far to its left.
        reach = max(_reach(bone, side, lengths[side], ruler) for side, bone in enumerate(pair))
        x += reach + ruler.em(BONE_GAP) if i else reach
        first = x if not i else first
        for side, bone in enumerate(pair):
            _draw_bone(figure, bone, x, side, lengths[side], ruler)
    _draw_head(figure, effect, first, x + ruler.em(2.2) if pairs else 0.0, ruler)
    bounds = figure.bounds()
    return figure.moved(-bounds.x, -bounds.y)


def _bones(effect: Node, nodes: Sequence[Node], ruler: Ruler) -> list[_Bone]:
    children: dict[str | None, list[Node]] = {}
    for node in nodes:
        if node.role != "effect":
            children.setdefault(node.parent, []).append(node)
    bones = []
    for i, node in enumerate(children.get(effect.id, [])):
        causes = tuple(_cause(cause, children, ruler) for cause in children.get(node.id, []))
        width = max(ruler.em(CAUSE_WIDTH), ruler.longest_word([node.text], bold=True))
        label = ruler.wrap(node.text, width, bold=True)
        bones.append(_Bone(node, label, causes, node.color or COLORS[i % len(COLORS)]))
    return bones


def _cause(node: Node, children: dict[str | None, list[Node]], ruler: Ruler) -> _Cause:
    details, stack = [], list(reversed(children.get(node.id, [])))
    while stack:
        detail = stack.pop()
        details.append((detail, _wrapped(detail.text, DETAIL_WIDTH, FINE, ruler)))
        stack += reversed(children.get(detail.id, []))
    return _Cause(node, _wrapped(node.text, CAUSE_WIDTH, SMALL, ruler), tuple(details))


def _wrapped(text: str, width: float, scale: float, ruler: Ruler) -> Wrapped:
    return ruler.wrap(text, max(ruler.em(width), ruler.longest_word([text], scale=scale)), scale=scale)


def _length(bones: Sequence[_Bone], ruler: Ruler) -> float:
    """Return how far the bones of a side reach from the spine: all of one length."""
    longest = max((sum(cause.height(ruler) for cause in bone.causes) for bone in bones), default=0.0)
    return longest + ruler.em(SPINE_GAP + 0.8) if bones else 0.0


def _rows(bone: _Bone, side: int, length: float, ruler: Ruler) -> list[tuple[_Cause, float]]:
    """Return each cause with how far from the spine its line is; the first one at the top of the drawing."""
    spare = length - ruler.em(SPINE_GAP + 0.8) - sum(cause.height(ruler) for cause in bone.causes)
    space = spare / (len(bone.causes) + 1)
    out, at = [], ruler.em(SPINE_GAP)
    for cause in reversed(bone.causes) if side == 0 else bone.causes:
        at += space
        # A cause's words stand above its line: towards the spine below it.
        out.append((cause, at if side == 0 else at + _row(cause.lines, ruler)))
        at += cause.height(ruler)
    return out


def _spots(
    cause: _Cause, at: float, side: int, ruler: Ruler
) -> list[tuple[Node, Wrapped, float, float, float]]:
    """Return a cause's words and those of its own causes.

    Each with its line's distance from the spine, where that line ends (left of the bone where it meets the spine),
    and where its words end.
    """
    fork = ruler.em(FORK) if cause.details else 0.0

    def spot(
        node: Node, lines: Wrapped, distance: float, line_end: float, bone: float
    ) -> tuple[Node, Wrapped, float, float, float]:
        # Above the spine, a bone comes nearer to the words the higher they are.
        lean = SLANT * (_row(lines, ruler)) if side == 0 else 0.0
        return node, lines, distance, line_end, bone - lean - ruler.em(PAD)

    end = -SLANT * at
    out = [spot(cause.node, cause.lines, at, end, end - fork)]
    distance = at + (_row(cause.lines, ruler) if side == 0 else 0.0)
    for node, lines in reversed(cause.details) if side == 0 else cause.details:
        if side:
            distance += _row(lines, ruler)
        twig = end - fork - SLANT * (distance - at)
        out.append(spot(node, lines, distance, twig, twig))
        if not side:
            distance += _row(lines, ruler)
    return out


def _reach(bone: _Bone, side: int, length: float, ruler: Ruler) -> float:
    reach = bone.label.width + ruler.em(1.8)
    for cause, at in _rows(bone, side, length, ruler):
        for _, lines, distance, _, right in _spots(cause, at, side, ruler):
            reach = max(reach, lines.width - right - SLANT * distance)
    return reach


def _draw_bone(figure: Figure, bone: _Bone, x: float, side: int, length: float, ruler: Ruler) -> None:
    way = -1.0 if side == 0 else 1.0
    key, group = key_of(bone.node), key_of(bone.node)
    top = (x - SLANT * length, way * length)
    width = max(ruler.style.line_width, 2.0)
    figure.add(Line(f"{key}:bone", (top, (x, 0.0)), bone.tone, width=width, of=key, role="mark"))
    h = bone.label.height + ruler.em(1.0)
    w = bone.label.width + ruler.em(1.8)
    rect = Rect(top[0] - w / 2, top[1] - (h if side == 0 else 0.0), w, h)
    corner = min(ruler.style.corner, h / 2)
    figure.add(Box(key, rect, tone=bone.tone, corner=corner))
    figure.add(Text(f"{key}:label", rect, bone.label, ruler.font, bone.tone, is_bold=True, of=key))
    for cause, at in _rows(bone, side, length, ruler):
        figure.add(*_twigs(cause, at, x, side, group, ruler))


def _twigs(cause: _Cause, at: float, x: float, side: int, group: str, ruler: Ruler) -> list[Element]:
    way = -1.0 if side == 0 else 1.0
    out: list[Element] = []
    spots = _spots(cause, at, side, ruler)
    if cause.details:
        _, _, distance, end, _ = spots[-1]
        fork = (x - SLANT * at - ruler.em(FORK), way * at)
        key = f"{key_of(cause.node)}:fork"
        out.append(Line(key, ((x + end, way * distance), fork), None, width=1.0, of=group, role="mark"))
    for i, (node, lines, distance, end, right) in enumerate(spots):
        key, y = key_of(node), way * distance
        left = x + right - lines.width
        out.append(Line(f"{key}:twig", ((left, y), (x + end, y)), None, width=1.0, of=group, role="mark"))
        place = Rect(left - 1, y - lines.height - ruler.em(TWIG) * 0.4, lines.width + 2, lines.height)
        size = ruler.size(FINE if i else SMALL)
        out.append(Text(f"{key}:label", place, lines, size, is_quiet=bool(i), align="left", of=f"{key}:twig"))
    return out


def _draw_head(figure: Figure, effect: Node, first: float, x: float, ruler: Ruler) -> None:
    lines = ruler.wrap(
        effect.text, max(ruler.em(HEAD_WIDTH), ruler.longest_word([effect.text], bold=True)), bold=True
    )
    w, h = lines.width + 2 * ruler.em(1.2), lines.height + 2 * ruler.em(1.0)
    rect, key = Rect(x, -h / 2, w, h), key_of(effect)
    if x:
        width = max(ruler.style.line_width * 1.5, 3.0)
        start = min(first, x) - ruler.em(3.5)
        figure.add(
            Line(
                f"{key}:spine", ((start, 0.0), (x, 0.0)), None, head="arrow", width=width, of=key, role="mark"
            )
        )
    tone: Tone = effect.color or "strong"
    figure.add(Box(key, rect, tone=tone, corner=min(ruler.style.corner, h / 2)))
    figure.add(Text(f"{key}:label", rect, lines, ruler.font, tone, is_bold=True, of=key))
