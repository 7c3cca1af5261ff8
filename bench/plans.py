"""Plans to draw for measuring: those written by hand, and random ones made from a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

from drawing.plan import (
    Edge,
    Group,
    Header,
    Item,
    Kind,
    Node,
    Outline,
    Plan,
    Role,
    Shape,
    parse_header,
    parse_item,
)

WRITTEN = Path(__file__).parent.parent / "tests" / "drawing" / "plans"
KINDS: tuple[Kind, ...] = ("flowchart", "tree", "mindmap", "timeline", "grid", "freeform")
SHARES = (0.5, 0.12, 0.1, 0.1, 0.08, 0.1)  # of the random plans

_WORDS = (
    "order payment customer invoice check send review approve ship store cache user account login message queue "
    "worker report plan design build test deploy monitor alert budget team manager release feature bug ticket "
    "search index data model train evaluate export import email token session 注文 確認 مراجعة ☕ Überprüfung"
).split()
_ROLES: tuple[Role, ...] = (
    "step",
    "step",
    "step",
    "step",
    "decision",
    "data",
    "start",
    "end",
    "note",
    "highlight",
)
_OUTLINES: tuple[Outline, ...] = ("rectangle", "rectangle", "circle", "diamond", "star", "heart", "text")


def load(path: Path) -> Plan:
    """Return the plan of a JSON file."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Plan(parse_header(raw), tuple(parse_item(item) for item in raw["items"]))


def written_plans() -> dict[str, Plan]:
    """Return the plans written by hand by name, in the order of their names."""
    return {path.stem: load(path) for path in sorted(WRITTEN.glob("*.json"))}


def generated_plans(count: int, *, max_nodes: int = 30) -> Iterator[Plan]:
    """Yield random plans, always the same ones, half of them flowcharts."""
    for kind, share in zip(KINDS, SHARES, strict=True):
        for seed in range(round(count * share)):
            yield generated_plan(kind, seed, max_nodes=max_nodes)


def generated_plan(kind: Kind, seed: int, *, max_nodes: int = 30) -> Plan:
    """Return the random plan of a kind and seed."""
    rng = random.Random(f"{kind} {seed}")
    header = Header(f"{kind.title()} {seed}", kind, rng.choice(("down", "right")))
    count = rng.randint(2, max_nodes)
    items: list[Item] = []
    if kind == "freeform":
        items += [_shape(rng, i) for i in range(min(count, 20))]
        count = len(items)
    else:
        groups = rng.randint(2, 5) if kind == "grid" or (kind == "flowchart" and rng.random() < 0.3) else 0
        items += [Group(f"g{i}", _text(rng, 2)) for i in range(groups)]
        items += [_node(rng, kind, i, groups) for i in range(count)]
    items += _edges(rng, kind, count)
    return Plan(header, tuple(items))


def _text(rng: random.Random, longest: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(rng.randint(1, longest))).capitalize()


def _node(rng: random.Random, kind: Kind, number: int, groups: int) -> Node:
    role = rng.choice(_ROLES)
    parent = None
    if kind in ("tree", "mindmap") and number:
        parent = str(rng.randrange(max(0, number - 8), number))
    elif groups and rng.random() < 0.8:
        parent = f"g{rng.randrange(groups)}"
    when = f"{2000 + number}" if kind == "timeline" and rng.random() < 0.9 else None
    return Node(str(number), _text(rng, rng.choice((2, 4, 7))), role, parent, when)


def _shape(rng: random.Random, number: int) -> Shape:
    x, y, w, h = rng.randint(0, 900), rng.randint(0, 900), rng.randint(30, 300), rng.randint(30, 250)
    text = _text(rng, 3) if rng.random() < 0.8 else None
    outline = rng.choice(_OUTLINES)
    return Shape(str(number), outline, x, y, w, h, text or ("text" if outline == "text" else None))


def _edges(rng: random.Random, kind: Kind, count: int) -> list[Edge]:
    """A connected flow with branches, loops, self loops and doubled edges; elsewhere a few cross links."""
    edges = []
    if kind == "flowchart":
        edges += [_edge(rng, rng.randrange(max(0, i - 3), i), i) for i in range(1, count)]
        extra = rng.randint(0, max(1, count // 3))
    else:
        extra = rng.randint(0, max(1, count // 8))
    for _ in range(extra):
        edges.append(_edge(rng, rng.randrange(count), rng.randrange(count)))
    return edges


def _edge(rng: random.Random, source: int, target: int) -> Edge:
    label = _text(rng, 2) if rng.random() < 0.35 else None
    return Edge(str(source), str(target), label, rng.random() < 0.9)
