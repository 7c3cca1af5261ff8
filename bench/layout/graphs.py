"""Graphs to lay out: boxes with sizes, nested groups and labelled edges, made from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

Size = tuple[float, float]
LINE = 20.0  # units that a line of text is high
LETTER = 8.0  # units that a letter is wide


@dataclass(frozen=True)
class Box:
    """A node: its size, its outline and the group it stands in."""

    key: str
    w: float
    h: float
    outline: str = "rectangle"
    group: str | None = None
    text: str = ""


@dataclass(frozen=True)
class Group:
    """A frame around boxes and further groups."""

    key: str
    parent: str | None = None
    heading: Size = (0.0, 0.0)
    text: str = ""
    lane: bool = False


@dataclass(frozen=True)
class Line:
    """An edge and the size of its label."""

    key: str
    source: str
    target: str
    label: Size = (0.0, 0.0)
    text: str = ""


@dataclass
class Graph:
    """What every engine gets; ``direction`` is down or right."""

    name: str
    direction: str
    boxes: list[Box] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


_WORDS = (
    "order payment customer invoice check send review approve ship store cache user account login message queue "
    "worker report plan design build test deploy monitor alert budget team manager release feature bug ticket"
).split()


def generated(count: int) -> list[Graph]:
    """Return graphs of several kinds, always the same ones."""
    makers = (flow, layered_groups, hub, chain, lanes, dense)
    return [makers[i % len(makers)](i) for i in range(count)]


def _words(rng: random.Random, most: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(rng.randint(1, most))).capitalize()


def _box(rng: random.Random, key: str, group: str | None = None, outline: str = "rectangle") -> Box:
    text = _words(rng, 3)
    w, h = max(70.0, LETTER * len(text) * (0.6 if len(text) > 16 else 1) + 24), 44.0 + LINE * (len(text) > 16)
    if outline == "diamond":
        w, h = w * 1.3, h * 1.6
    return Box(key, w, h, outline, group, text)


def _line(rng: random.Random, number: int, source: str, target: str, share: float = 0.3) -> Line:
    text = _words(rng, 2) if rng.random() < share else ""
    return Line(f"e{number}", source, target, (LETTER * len(text), LINE) if text else (0.0, 0.0), text)


def flow(seed: int) -> Graph:
    """A flowchart with decisions, loops back and a few more links."""
    rng = random.Random(seed)
    graph = Graph(f"flow {seed}", rng.choice(("down", "right")))
    count = rng.randint(5, 30)
    graph.boxes = [
        _box(rng, f"n{i}", outline="diamond" if rng.random() < 0.2 else "rectangle") for i in range(count)
    ]
    pairs = [(rng.randrange(max(0, i - 3), i), i) for i in range(1, count)]
    pairs += [(rng.randrange(count), rng.randrange(count)) for _ in range(rng.randint(0, count // 4))]
    graph.lines = [_line(rng, i, f"n{a}", f"n{b}") for i, (a, b) in enumerate(pairs)]
    return graph


def layered_groups(seed: int) -> Graph:
    """Boxes in groups, some of them nested, linked within and across."""
    rng = random.Random(seed)
    graph = Graph(f"groups {seed}", rng.choice(("down", "right")))
    count = rng.randint(2, 6)
    for i in range(count):
        parent = f"g{rng.randrange(i)}" if i and rng.random() < 0.35 else None
        text = _words(rng, 2)
        graph.groups.append(Group(f"g{i}", parent, (LETTER * len(text), LINE), text))
    size = rng.randint(6, 28)
    group: str | None = "g0"
    for i in range(size):
        if rng.random() < 0.35:  # What belongs together is mostly linked.
            group = f"g{rng.randrange(count)}" if rng.random() < 0.85 else None
        graph.boxes.append(_box(rng, f"n{i}", group))
    pairs = [(rng.randrange(max(0, i - 5), i), i) for i in range(1, size) if rng.random() < 0.85]
    pairs += [(rng.randrange(size), rng.randrange(size)) for _ in range(size // 6)]
    graph.lines = [_line(rng, i, f"n{a}", f"n{b}", 0.2) for i, (a, b) in enumerate(pairs)]
    return graph


def hub(seed: int) -> Graph:
    """A few hubs with many leaves, as in an architecture."""
    rng = random.Random(seed)
    graph = Graph(f"hub {seed}", rng.choice(("down", "right")))
    hubs = rng.randint(1, 3)
    size = rng.randint(8, 26)
    graph.boxes = [_box(rng, f"n{i}") for i in range(size)]
    pairs = [(rng.randrange(hubs), i) for i in range(hubs, size)]
    pairs += [(i - 1, i) for i in range(1, hubs)]
    pairs += [(rng.randrange(size), rng.randrange(size)) for _ in range(size // 8)]
    graph.lines = [_line(rng, i, f"n{a}", f"n{b}", 0.1) for i, (a, b) in enumerate(pairs)]
    return graph


def chain(seed: int) -> Graph:
    """A pipeline: long, with a side step now and then."""
    rng = random.Random(seed)
    graph = Graph(f"chain {seed}", rng.choice(("down", "right")))
    size = rng.randint(6, 40)
    graph.boxes = [_box(rng, f"n{i}") for i in range(size)]
    pairs = [(i - 1, i) for i in range(1, size)]
    pairs += [(i, min(size - 1, i + 2)) for i in range(0, size, 9)]
    graph.lines = [_line(rng, i, f"n{a}", f"n{b}", 0.15) for i, (a, b) in enumerate(pairs)]
    return graph


def lanes(seed: int) -> Graph:
    """A process through the lanes of several roles."""
    rng = random.Random(seed)
    graph = Graph(f"lanes {seed}", "right")
    count = rng.randint(2, 4)
    for i in range(count):
        text = _words(rng, 1)
        graph.groups.append(Group(f"g{i}", None, (LETTER * len(text), LINE), text, True))
    size = rng.randint(5, 18)
    lane = 0
    for i in range(size):
        lane = rng.randrange(count) if rng.random() < 0.4 else lane
        graph.boxes.append(_box(rng, f"n{i}", f"g{lane}", "diamond" if rng.random() < 0.15 else "rectangle"))
    pairs = [(rng.randrange(max(0, i - 2), i), i) for i in range(1, size)]
    graph.lines = [_line(rng, i, f"n{a}", f"n{b}") for i, (a, b) in enumerate(pairs)]
    return graph


def dense(seed: int) -> Graph:
    """More links than boxes: crossings cannot all be avoided."""
    rng = random.Random(seed)
    graph = Graph(f"dense {seed}", rng.choice(("down", "right")))
    size = rng.randint(8, 24)
    graph.boxes = [_box(rng, f"n{i}") for i in range(size)]
    pairs = {(rng.randrange(i), i) for i in range(1, size)}
    while len(pairs) < 1.8 * size:
        a, b = sorted(rng.sample(range(size), 2))
        if b - a < 9:
            pairs.add((a, b))
    graph.lines = [_line(rng, i, f"n{a}", f"n{b}", 0.1) for i, (a, b) in enumerate(sorted(pairs))]
    return graph
