"""A JSON plan of a flowchart as a drawing: one more reader of the same model, with ids as notation would give them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from drawing import plan
from drawing.model import MAX_EDGES, MAX_NODES, Color, Drawing, Edge, Group, Node
from drawing.notation.names import Names
from drawing.notation.node_mentions import node_id

ACCENTS: tuple[Color, ...] = ("blue", "green", "amber", "purple", "red", "teal")
MAX_SENTENCES = 3  # about things of one kind; more of them are counted

_SHAPES: dict[plan.Role, str] = {
    "start": "stadium", "end": "stadium", "decision": "diamond", "data": "cylinder", "highlight": "star",
    "favorite": "heart", "note": "note",
}  # fmt: skip


@dataclass(slots=True)
class PlanDrawing:
    """Takes the items of a flowchart's plan one by one; ``drawing`` is what they say so far."""

    header: plan.Header
    drawing: Drawing = field(init=False)
    _ids: dict[str, str] = field(default_factory=dict)  # of the plan, and what they are in the drawing
    _names: Names = field(default_factory=Names)
    _texts: dict[str, str | None] = field(default_factory=dict)
    _parents: dict[str, str] = field(default_factory=dict)  # what a node names as its parent, before it came
    _waiting: list[plan.Edge] = field(default_factory=list)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)
    _refused: dict[str, str] = field(default_factory=dict)
    _surplus: set[str] = field(default_factory=set)  # ids beyond the limit
    _surplus_nodes: int = 0
    _surplus_edges: int = 0

    def __post_init__(self) -> None:
        self.drawing = Drawing("flowchart", self.header.title, self.header.direction)

    def take(self, item: plan.Item) -> bool:
        """Take an item; return whether it changes the drawing."""
        if isinstance(item, plan.Edge):
            self._waiting.append(item)
            return self._connect()
        known = self._ids.get(item.id)
        if known is not None and self._texts.get(item.id) == item.text:
            self._refused[item.id] = f"“{item.id}” came twice; it is drawn once."
            return False
        own_id = self._names.id_of(node_id(item.id) or "n")
        if not self.drawing.put(self._part(item, own_id)):
            self._surplus.add(item.id)
            self._surplus_nodes += 1
            return False
        if known is None:
            self._ids[item.id] = own_id  # An id means what had it first.
            self._texts[item.id] = item.text
        self._connect()
        return True

    def dropped(self) -> tuple[str, ...]:
        """Return in sentences what is not drawn as it was said: what is lost, and what came twice."""
        twice = tuple(self._refused.values())
        if len(twice) > MAX_SENTENCES:
            twice = (f"{len(twice)} shapes came twice; each is drawn once.",)
        return (*self.losses(), *twice)

    def losses(self) -> tuple[str, ...]:
        """Return in at most two sentences what is not on the drawing at all."""
        lost = [(edge, self._missing(edge)) for edge in self._waiting]
        unknown = [(edge, end) for edge, end in lost if end not in self._surplus]
        sentences = [_unknown_ends(unknown)] if unknown else []
        edges = self._surplus_edges + len(lost) - len(unknown)
        if self._surplus_nodes or edges:
            sentences.append(_beyond_limits(self._surplus_nodes, edges))
        return tuple(sentences)

    def _part(self, item: plan.Node | plan.Group | plan.Shape, own_id: str) -> Node | Group:
        if isinstance(item, plan.Group):
            if item.parent:
                self._parents[own_id] = item.parent  # Joined by _connect, when it is there.
            return Group(own_id, item.text)
        color = None if item.accent is None else ACCENTS[item.accent % len(ACCENTS)]
        if isinstance(item, plan.Shape):
            return Node(own_id, item.text or "", item.shape, color=color)
        parent = self._ids.get(item.parent or "")
        if item.parent and parent is None:
            self._parents[own_id] = item.parent
        is_group = parent is not None and self.drawing.get(Group, parent) is not None
        return Node(
            own_id, item.text, _SHAPES.get(item.role, ""), "step", color, parent if is_group else None
        )

    def _connect(self) -> bool:
        """Add the edges whose ends are there by now, and the parents that have come; say whether any was."""
        before = len(self.drawing.parts)
        for own_id, parent in list(self._parents.items()):
            part = self.drawing.get(Node, own_id) or self.drawing.get(Group, own_id)
            home = self._ids.get(parent, "")
            if part is not None and self.drawing.get(Group, home) is not None:
                del self._parents[own_id]
                if not self._is_within(home, own_id):
                    self.drawing.put(replace(part, parent=home))
        waiting, self._waiting = self._waiting, []
        for edge in waiting:
            source, target = self._ids.get(edge.source), self._ids.get(edge.target)
            if source is None or target is None:
                self._waiting.append(edge)
            else:
                self._put_edge(edge, source, target)
        return len(self.drawing.parts) > before

    def _is_within(self, group_id: str, other: str) -> bool:
        """Say whether a group is another one or stands in it: joining them would make a circle."""
        above: str | None = group_id
        while above is not None:
            if above == other:
                return True
            group = self.drawing.get(Group, above)
            above = group.parent if group else None
        return False

    def _put_edge(self, edge: plan.Edge, source: str, target: str) -> None:
        count = self._counts.get((source, target), 0) + 1
        self._counts[source, target] = count
        edge_id = f"{source}>{target}" + (f"#{count}" if count > 1 else "")
        part = Edge(edge_id, source, target, edge.label or "")
        if not self.drawing.put(part if edge.arrow else replace(part, head="none")):
            self._surplus_edges += 1

    def _missing(self, edge: plan.Edge) -> str:
        return next(each for each in (edge.source, edge.target) if each not in self._ids)


def _unknown_ends(lost: list[tuple[plan.Edge, str]]) -> str:
    if len(lost) == 1:
        edge, end = lost[0]
        return f"The connector {edge.source} → {edge.target} is left out: there is no “{end}”."
    names = ", ".join(f"“{end}”" for end in list(dict.fromkeys(end for _, end in lost))[:MAX_SENTENCES])
    return f"{len(lost)} connectors are left out: they name what is not there ({names})."


def _beyond_limits(nodes: int, edges: int) -> str:
    parts = [
        f"{count} {noun}{'s' if count > 1 else ''}"
        for count, noun in ((nodes, "shape"), (edges, "connector"))
        if count
    ]
    verb = "is" if nodes + edges == 1 else "are"
    most = f"a drawing has at most {MAX_NODES} shapes and {MAX_EDGES} connectors"
    return f"{' and '.join(parts)} {verb} left out: {most}."
