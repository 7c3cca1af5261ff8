"""What a JSON plan says as a drawing: each kind of plan is a kind of notation, with the ids that notation gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from drawing import plan
from drawing.model import (
    MAX_EDGE_TEXT_LENGTH,
    MAX_TITLE_LENGTH,
    Color,
    Drawing,
    Edge,
    EdgeEnd,
    Group,
    Node,
    PlacedShape,
    Row,
    label,
)
from drawing.notation.lines import clean_id
from drawing.notation.names import Names
from drawing.notation.node_mentions import node_id
from drawing.notation.sketch import bounded, shape_id

ACCENTS: tuple[Color, ...] = ("blue", "green", "amber", "purple", "red", "teal")
PITCH, SIZE = (180.0, 110.0), (140.0, 70.0)  # canvas units, of what a freeform plan says without a place
BESIDE_EACH_OTHER = 5

_SHAPES: dict[plan.Role, str] = {
    "start": "stadium", "end": "stadium", "decision": "diamond", "data": "cylinder", "highlight": "star",
    "favorite": "heart", "note": "note",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Connection:
    """A connector whose two ends are known, by their keys."""

    source: str
    target: str
    label: str | None = None
    arrow: bool = True


@dataclass(frozen=True, slots=True)
class PlanGraph:
    """A plan with its ids resolved: parts by key, in the order in which they were said, and the parents of some."""

    header: plan.Header
    parts: Mapping[str, plan.Node | plan.Group | plan.Shape]
    parents: Mapping[str, str]
    connections: tuple[Connection, ...]
    is_whole: bool = False  # nothing more will be said


def drawing_of(graph: PlanGraph) -> Drawing:
    """Return the drawing that a plan stands for."""
    header = graph.header
    if header.kind == "tree" and header.direction == "right":
        return _tree_of_boxes(graph)
    kind, build = _BUILDERS[header.kind]
    drawing = Drawing(kind, label(header.title, MAX_TITLE_LENGTH))
    ids = build(graph, drawing)
    _connect(graph, drawing, ids)
    return drawing


def _color(part: plan.Node | plan.Shape | plan.Group) -> Color | None:
    accent = None if isinstance(part, plan.Group) else part.accent
    return None if accent is None else ACCENTS[accent % len(ACCENTS)]


def _text(part: plan.Node | plan.Shape | plan.Group) -> str:
    return label(part.text or "")


def _words(part: plan.Node | plan.Shape | plan.Group) -> str:
    return _text(part) or label(part.id) or "-"


def _own_ids(graph: PlanGraph, clean: Callable[[str], str] = node_id) -> dict[str, str]:
    """Return the plan's ids as notation takes them; of two that would become the same one, the second gets a number."""
    ids: dict[str, str] = {}
    for key, part in graph.parts.items():
        base = clean(part.id) or "n"
        own_id, count = base, 1
        while own_id in ids.values():
            count += 1
            own_id = f"{base}_{count}"
        ids[key] = own_id
    return ids


def _flowchart(graph: PlanGraph, drawing: Drawing) -> dict[str, str]:
    ids = _own_ids(graph)
    drawing.direction = graph.header.direction
    for key, part in graph.parts.items():
        above = graph.parents.get(key, "")
        home = ids[above] if isinstance(graph.parts.get(above), plan.Group) else None
        if isinstance(part, plan.Group):
            drawing.put(Group(ids[key], _text(part), parent=home))
        else:
            shape = part.shape if isinstance(part, plan.Shape) else _SHAPES.get(part.role, "")
            drawing.put(Node(ids[key], _text(part), shape, "step", _color(part), home))
    return ids


def _tree_of_boxes(graph: PlanGraph) -> Drawing:
    """Return a tree that grows to the right: boxes with lines, which a flowchart can place."""
    drawing = Drawing("flowchart", label(graph.header.title, MAX_TITLE_LENGTH), graph.header.direction)
    ids = _own_ids(graph)
    for key, part in graph.parts.items():
        shape = _SHAPES.get(part.role, "") if isinstance(part, plan.Node) else ""
        drawing.put(Node(ids[key], _words(part), shape, "step", _color(part)))
    said = {(each.source, each.target) for each in graph.connections}
    for child, parent in graph.parents.items():
        if (parent, child) not in said:
            drawing.put(Edge(f"{ids[parent]}>{ids[child]}", ids[parent], ids[child], head="none"))
    _connect(graph, drawing, ids)
    return drawing


def _mindmap(graph: PlanGraph, drawing: Drawing) -> dict[str, str]:
    # A shape lets notation say the id as well: "id(words)".
    ids = _own_ids(graph)
    root = _subject(graph)
    for key in sorted(graph.parts, key=lambda each: each != root):
        part, parent = graph.parts[key], graph.parents.get(key)
        if parent is None and key != root and graph.is_whole:
            parent = root  # A mind map has one subject.
        home = ids[parent] if parent else None
        drawing.put(Node(ids[key], _words(part), "rounded", color=_color(part), parent=home))
    return ids


def _subject(graph: PlanGraph) -> str:
    """Return what the first part hangs on."""
    key = next(iter(graph.parts), "")
    while key in graph.parents:
        key = graph.parents[key]
    return key


def _orgchart(graph: PlanGraph, drawing: Drawing) -> dict[str, str]:
    ids: dict[str, str] = {}
    counts: dict[str, int] = {}
    for key, part in graph.parts.items():
        base = node_id(_words(part)) or "item"
        counts[base] = count = counts.get(base, 0) + 1
        ids[key] = base if count == 1 else f"{base}#{count}"
    for key, part in graph.parts.items():
        parent = graph.parents.get(key)
        drawing.put(Node(ids[key], _words(part), color=_color(part), parent=ids[parent] if parent else None))
    return ids


def _timeline(graph: PlanGraph, drawing: Drawing) -> dict[str, str]:
    drawing.direction = "down" if graph.header.direction == "down" else None
    ids = _ids_of_words(graph, lambda title: clean_id(title) or "-", lambda part: _when(part) or _words(part))
    for group, members in _by_group(graph):
        if group:
            drawing.put(Group(ids[group], _title(graph.parts[group]), "section"))
        for key in members:
            part, when = graph.parts[key], _when(graph.parts[key])
            rows = (Row((_text(part),)),) if when and _text(part) else ()
            home = ids[group] if group else None
            drawing.put(Node(ids[key], when or _words(part), "", "period", _color(part), home, rows))
    return ids


def _board(graph: PlanGraph, drawing: Drawing) -> dict[str, str]:
    ids = _ids_of_words(graph, Names().id_of, _words)
    for group, members in _by_group(graph):
        if group:
            drawing.put(Group(ids[group], _title(graph.parts[group]), "cell"))
        for key in members:
            part = graph.parts[key]
            home = ids[group] if group else None
            drawing.put(Node(ids[key], _words(part), "sticky", "note", _color(part), home))
    return ids


def _title(part: plan.Node | plan.Shape | plan.Group) -> str:
    return _words(part).replace("\n", " ")


def _when(part: plan.Node | plan.Shape | plan.Group) -> str:
    return label(part.when or "") if isinstance(part, plan.Node) else ""


def _ids_of_words(
    graph: PlanGraph,
    id_of_group: Callable[[str], str],
    words: Callable[[plan.Node | plan.Shape | plan.Group], str],
) -> dict[str, str]:
    """Return ids made of words, as kinds without ids in their notation have them."""
    names = Names()
    return {
        key: id_of_group(_title(part)) if isinstance(part, plan.Group) else names.id_of(words(part))
        for key, part in graph.parts.items()
    }


def _by_group(graph: PlanGraph) -> Iterator[tuple[str | None, list[str]]]:
    """Yield the groups with what stands in them, as notation says it: first what stands in none."""
    groups = [key for key, part in graph.parts.items() if isinstance(part, plan.Group)]
    members: dict[str | None, list[str]] = {group: [] for group in (None, *groups)}
    for key, part in graph.parts.items():
        if not isinstance(part, plan.Group):
            home = graph.parents.get(key)
            members[home if home in members else None].append(key)
    yield from members.items()


def _sketch(graph: PlanGraph, drawing: Drawing) -> dict[str, str]:
    ids = _own_ids(graph, shape_id)
    shapes = [part for part in graph.parts.values() if isinstance(part, plan.Shape)]
    below = max((bounded(part.y) + bounded(part.h) for part in shapes), default=0.0) + PITCH[1] - SIZE[1]
    count = 0
    for key, part in graph.parts.items():
        if isinstance(part, plan.Shape):
            x, y, w, h = (bounded(value) for value in (part.x, part.y, part.w, part.h))
            w, h = max(1.0, abs(w)), max(1.0, abs(h))
            if part.shape != "text" or part.text:
                drawing.put(PlacedShape(ids[key], part.shape, x, y, w, h, _text(part), _color(part)))
            continue
        x = count % BESIDE_EACH_OTHER * PITCH[0]
        y = bounded(below + count // BESIDE_EACH_OTHER * PITCH[1])
        drawing.put(PlacedShape(ids[key], "rectangle", x, y, *SIZE, _text(part), _color(part)))
        count += 1
    return ids


def _connect(graph: PlanGraph, drawing: Drawing, ids: Mapping[str, str]) -> None:
    counts: dict[tuple[str, str], int] = {}
    is_tree = drawing.kind in ("mindmap", "orgchart")
    is_sketch = drawing.kind == "sketch"
    for each in graph.connections:
        source, target = ids[each.source], ids[each.target]
        node = drawing.get(Node, target) if is_tree else None
        is_branch = node is not None and node.parent == source
        if is_branch and not each.label and (source, target) not in counts:
            continue  # The branch itself says it.
        counts[source, target] = count = counts.get((source, target), 0) + 1
        number = f">{count}" if is_sketch else f"#{count}" if count > 1 else ""
        head: EdgeEnd = "arrow" if each.arrow else "none"
        text = label(each.label or "", MAX_EDGE_TEXT_LENGTH)
        drawing.put(Edge(f"{source}>{target}{number}", source, target, text, head=head))


_BUILDERS: dict[plan.Kind, tuple[str, Callable[[PlanGraph, Drawing], dict[str, str]]]] = {
    "flowchart": ("flowchart", _flowchart),
    "mindmap": ("mindmap", _mindmap),
    "tree": ("orgchart", _orgchart),
    "timeline": ("timeline", _timeline),
    "grid": ("board", _board),
    "freeform": ("sketch", _sketch),
}
NOTATION_KINDS = {kind: name for kind, (name, _) in _BUILDERS.items()}
