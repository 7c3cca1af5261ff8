"""Collects the items of a JSON plan, one by one, into a drawing: ids are resolved, and limits kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from drawing import plan
from drawing.model import MAX_CELLS, MAX_EDGES, MAX_NODES, Drawing
from drawing.plan_drawing import Connection, PlanGraph, drawing_of

MAX_SENTENCES = 3  # about things of one kind; more of them are counted
# Kinds whose parents are nodes: a group is a branch, and an edge may name a parent.
TREES = ("tree", "mindmap")


@dataclass(slots=True)
class PlanCollector:
    """Takes the items of a plan; ``drawing`` is what they say so far."""

    header: plan.Header
    _parts: dict[str, plan.Node | plan.Group | plan.Shape] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict)  # by id: the part that it means, which had it first
    _edges: list[plan.Edge] = field(default_factory=list)
    _refused: dict[str, str] = field(default_factory=dict)
    _surplus: set[str] = field(default_factory=set)  # ids beyond the limit
    _surplus_nodes: int = 0
    _surplus_edges: int = 0
    _is_whole: bool = False
    _drawing: Drawing | None = None  # None when something was taken since

    def take(self, item: plan.Item) -> bool:
        """Take an item; return whether it changes the drawing."""
        has_changed = self._take_edge(item) if isinstance(item, plan.Edge) else self._take_part(item)
        if has_changed:
            self._drawing = None
        return has_changed

    def close(self) -> None:
        """Take the end of the plan."""
        self._is_whole, self._drawing = True, None

    @property
    def drawing(self) -> Drawing:
        """What is said so far. An id that names nothing yet may come later: its connectors wait."""
        if self._drawing is None:
            parents = dict(self._parents())
            graph = PlanGraph(self.header, self._parts, parents, self._connections(parents), self._is_whole)
            self._drawing = drawing_of(graph)
        return self._drawing

    @property
    def most_parts(self) -> int:
        """The number of nodes, groups and shapes that are drawn; cells of a grid take little space."""
        return MAX_CELLS if self.header.kind == "grid" else MAX_NODES

    def dropped(self) -> tuple[str, ...]:
        """Return in sentences what is not drawn as it was said: what is lost, and what came twice."""
        twice = tuple(self._refused.values())
        if len(twice) > MAX_SENTENCES:
            twice = (f"{len(twice)} shapes came twice; each is drawn once.",)
        return (*self.losses(), *twice)

    def losses(self) -> tuple[str, ...]:
        """Return in at most two sentences what is not on the drawing at all."""
        lost = [(edge, end) for edge in self._edges if (end := self._missing(edge)) is not None]
        unknown = [(edge, end) for edge, end in lost if end not in self._surplus]
        sentences = [_unknown_ends(unknown)] if unknown else []
        edges = self._surplus_edges + len(lost) - len(unknown)
        if self._surplus_nodes or edges:
            sentences.append(_beyond_limits(self._surplus_nodes, edges, self.most_parts))
        return tuple(sentences)

    def _take_part(self, item: plan.Node | plan.Group | plan.Shape) -> bool:
        known = self._parts.get(self._keys.get(item.id, ""))
        if known is not None and known.text == item.text:
            self._refused[item.id] = f"“{item.id}” came twice; it is drawn once."
            return False
        if len(self._parts) >= self.most_parts:
            self._surplus.add(item.id)
            self._surplus_nodes += 1
            return False
        key, count = item.id, 1
        while key in self._parts:  # Another shape under a taken id: drawn, but nothing can refer to it.
            count += 1
            key = f"{item.id}#{count}"
        self._parts[key] = item
        self._keys.setdefault(item.id, key)
        return True

    def _take_edge(self, edge: plan.Edge) -> bool:
        if len(self._edges) >= MAX_EDGES:
            self._surplus_edges += 1
            return False
        self._edges.append(edge)
        return self._missing(edge) is None

    def _missing(self, edge: plan.Edge) -> str | None:
        return next((each for each in (edge.source, edge.target) if each not in self._keys), None)

    def _ends(self) -> Iterator[tuple[plan.Edge, str, str]]:
        for edge in self._edges:
            source, target = self._keys.get(edge.source), self._keys.get(edge.target)
            if source is not None and target is not None:
                yield edge, source, target

    def _parents(self) -> Iterator[tuple[str, str]]:
        """Yield each part with its parent: first as parts say, then, in a tree, as edges imply. No circle is made."""
        found: dict[str, str] = {}
        said = [
            (key, self._keys.get(getattr(part, "parent", None) or "", ""))
            for key, part in self._parts.items()
        ]
        if self.header.kind in TREES:
            said += [(target, source) for _, source, target in self._ends()]
        for child, parent in said:
            if child in found or parent not in self._parts:
                continue
            above: str | None = parent
            while above is not None and above != child:
                above = found.get(above)
            if above is None:
                found[child] = parent
                yield child, parent

    def _connections(self, parents: dict[str, str]) -> tuple[Connection, ...]:
        """Return all connectors: a node whose parent is a node is joined to it where no edge says so already."""
        said = [Connection(source, target, edge.label, edge.arrow) for edge, source, target in self._ends()]
        if self.header.kind in TREES:
            return tuple(said)
        pairs = {(each.source, each.target) for each in said}
        implied = [
            Connection(parent, child)
            for child, parent in parents.items()
            if isinstance(self._parts[parent], plan.Node) and (parent, child) not in pairs
        ]
        return (*implied, *said)


def _unknown_ends(lost: list[tuple[plan.Edge, str]]) -> str:
    if len(lost) == 1:
        edge, end = lost[0]
        return f"The connector {edge.source} → {edge.target} is left out: there is no “{end}”."
    names = ", ".join(f"“{end}”" for end in list(dict.fromkeys(end for _, end in lost))[:MAX_SENTENCES])
    return f"{len(lost)} connectors are left out: they name what is not there ({names})."


def _beyond_limits(nodes: int, edges: int, most: int) -> str:
    parts = [
        f"{count} {noun}{'s' if count > 1 else ''}"
        for count, noun in ((nodes, "shape"), (edges, "connector"))
        if count
    ]
    verb = "is" if nodes + edges == 1 else "are"
    return f"{' and '.join(parts)} {verb} left out: a drawing has at most {most} shapes and {MAX_EDGES} connectors."
