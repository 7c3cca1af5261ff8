"""What has been said so far, as a graph: ids resolved, parents without cycles, limits kept."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from drawing.plan import (
    MAX_CELLS,
    MAX_COORDINATE,
    MAX_EDGES,
    MAX_NODES,
    Edge,
    Group,
    Header,
    Item,
    Node,
    Shape,
)

MAX_SENTENCES = 3  # about things of one kind; more of them are counted
PARENT_KINDS = ("tree", "mindmap")  # kinds whose parents are nodes, so that a group is a branch


@dataclass(frozen=True, slots=True)
class Link:
    """A connector whose two ends are known; ``source`` and ``target`` are keys of nodes or groups."""

    key: str
    source: str
    target: str
    label: str | None = None
    arrow: bool = True


@dataclass(frozen=True, slots=True)
class Graph:
    """A drawing's content by key, everything in the order in which it was said.

    ``parents`` maps a node to its parent node (trees), ``members`` a node to its group.
    """

    header: Header
    nodes: dict[str, Node | Shape]
    groups: dict[str, Group]
    links: tuple[Link, ...]
    parents: dict[str, str]
    members: dict[str, str]


@dataclass(slots=True)
class Collector:
    """Takes items one by one and answers with the graph so far."""

    header: Header
    nodes: dict[str, Node | Shape] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    _keys: dict[str, str] = field(default_factory=dict)
    _repeats: dict[str, int] = field(default_factory=dict)
    _refused: dict[str, str] = field(default_factory=dict)
    _surplus_nodes: int = 0
    _surplus_ids: set[str] = field(default_factory=set)
    _surplus_edges: int = 0

    def add(self, item: Item) -> bool:
        """Take one more item and say whether it may change the drawing; what is beyond the limits is only counted."""
        if isinstance(item, Edge):
            return self._add_edge(item)
        if len(self.nodes) + len(self.groups) >= self.most_nodes:
            self._surplus_nodes += 1
            self._surplus_ids.add(item.id)
            return False
        if isinstance(item, Group) and self.header.kind not in PARENT_KINDS:
            self._add_group(item)
        elif isinstance(item, Group):
            self._add_node(Node(id=item.id, text=item.text, role="idea", parent=item.parent))
        else:
            self._add_node(item)
        return True

    def _add_edge(self, edge: Edge) -> bool:
        if len(self.edges) >= MAX_EDGES:
            self._surplus_edges += 1
            return False
        self.edges.append(edge)
        return edge.source in self._keys and edge.target in self._keys

    def _add_group(self, group: Group) -> None:
        key = f"group:{group.id}"
        if key in self.groups:
            self._refused[key] = f"Group “{group.id}” came twice; the first one is drawn."
            return
        self.groups[key] = group
        self._keys.setdefault(group.id, key)

    def _add_node(self, node: Node | Shape) -> None:
        if isinstance(node, Shape):
            node = _finite(node)
        key = f"node:{node.id}"
        known = self.nodes.get(key)
        if known is not None:
            if known.text == node.text:
                self._refused[key] = f"“{node.id}” came twice; it is drawn once."
                return
            # Another shape under a taken id: drawn, but nothing can refer to it.
            self._repeats[key] = self._repeats.get(key, 1) + 1
            key = f"{key}#{self._repeats[key]}"
        self.nodes[key] = node
        if key == f"node:{node.id}":
            self._keys.setdefault(node.id, key)  # An id means what had it first.

    def graph(self) -> Graph:
        """Return what can be drawn by now."""
        members = self._members()
        parents = self._parents()
        links = self._links(members, parents)
        return Graph(self.header, dict(self.nodes), dict(self.groups), tuple(links), parents, members)

    def dropped(self) -> tuple[str, ...]:
        """Return in sentences what is not drawn as it was said: what is lost, and what came twice."""
        return (*self.losses(), *self._twice())

    def losses(self) -> tuple[str, ...]:
        """Return in at most two sentences what is not on the drawing at all."""
        return tuple(sentence for sentence in (self._unknown_ends(), self._beyond_limits()) if sentence)

    def _twice(self) -> tuple[str, ...]:
        sentences = tuple(self._refused.values())
        if len(sentences) > MAX_SENTENCES:
            return (f"{len(sentences)} shapes came twice; each is drawn once.",)
        return sentences

    def _unknown_ends(self) -> str:
        """Say which connectors name something that was never said."""
        lost = [
            (edge, end)
            for edge in self.edges
            for end in [next((e for e in (edge.source, edge.target) if e not in self._keys), None)]
            if end is not None and not self._is_surplus(edge)
        ]
        if not lost:
            return ""
        if len(lost) == 1:
            edge, end = lost[0]
            return f"The connector {edge.source} → {edge.target} is left out: there is no “{end}”."
        names = ", ".join(f"“{end}”" for end in list(dict.fromkeys(end for _, end in lost))[:MAX_SENTENCES])
        return f"{len(lost)} connectors are left out: they name what is not there ({names})."

    def _beyond_limits(self) -> str:
        edges = self._surplus_edges + sum(map(self._is_surplus, self.edges))
        parts = [
            _counted(count, noun)
            for count, noun in ((self._surplus_nodes, "shape"), (edges, "connector"))
            if count
        ]
        if not parts:
            return ""
        verb = "is" if self._surplus_nodes + edges == 1 else "are"
        return (
            f"{' and '.join(parts)} {verb} left out: a drawing has at most {self.most_nodes} shapes"
            f" and {MAX_EDGES} connectors."
        )

    def _is_surplus(self, edge: Edge) -> bool:
        """Say whether an edge is lost with a shape that was beyond the limit."""
        return any(end not in self._keys and end in self._surplus_ids for end in (edge.source, edge.target))

    @property
    def most_nodes(self) -> int:
        """The number of nodes, groups and shapes that are drawn; cells of a grid take little space."""
        return MAX_CELLS if self.header.kind == "grid" else MAX_NODES

    def _members(self) -> dict[str, str]:
        homes = {key: self._home(node) for key, node in self.nodes.items()}
        return {key: home for key, home in homes.items() if home in self.groups}

    def _parents(self) -> dict[str, str]:
        """Return the forest of nodes: first what ``parent`` says, then what edges imply (trees only)."""
        parents: dict[str, str] = {}
        for key, node in self.nodes.items():
            self._adopt(parents, key, self._home(node))
        if self.header.kind in PARENT_KINDS:
            for edge in self.edges:
                self._adopt(parents, self._keys.get(edge.target, ""), self._keys.get(edge.source, ""))
        return parents

    def _home(self, node: Node | Shape) -> str:
        """Return the key of what a node names as its parent; empty if that is nothing known."""
        return self._keys.get(node.parent or "", "") if isinstance(node, Node) else ""

    def _adopt(self, parents: dict[str, str], child: str, parent: str) -> None:
        if child in parents or child not in self.nodes or parent not in self.nodes:
            return
        above: str | None = parent
        while above is not None:
            if above == child:
                return  # A cycle: the child stays a root.
            above = parents.get(above)
        parents[child] = parent

    def _links(self, members: dict[str, str], parents: dict[str, str]) -> list[Link]:
        """Return all connectors: those that parents imply, then the edges.

        An edge that says the same as a parent takes the place of its line, under the same key.
        """
        has_arrow = self.header.kind not in PARENT_KINDS
        said = [key for key, node in self.nodes.items() if parents.get(key) == self._home(node)]
        implied = {
            f"link:{key}": Link(f"link:{key}", parents[key], key, None, has_arrow)
            for key in said
            if key in parents
        }
        explained: set[str] = set()
        links = []
        for number, edge in enumerate(self.edges):
            source, target = self._keys.get(edge.source), self._keys.get(edge.target)
            if source is None or target is None or _is_inside(source, target, members):
                continue
            key = f"link:{target}"
            if key in implied and key not in explained and implied[key].source == source:
                explained.add(key)
                implied[key] = Link(key, source, target, edge.label, edge.arrow)
            else:
                links.append(Link(f"edge:{number}", source, target, edge.label, edge.arrow))
        return [*implied.values(), *links]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _is_inside(source: str, target: str, members: dict[str, str]) -> bool:
    """Say whether one end is the group that the other end stands in: such a line would have no length."""
    return members.get(source) == target or members.get(target) == source


def _finite(shape: Shape) -> Shape:
    """Return the shape with numbers that can be reckoned with."""
    x, y, w, h = (_tamed(value) for value in (shape.x, shape.y, shape.w, shape.h))
    return replace(shape, x=x, y=y, w=w, h=h)


def _tamed(value: float) -> float:
    return max(-MAX_COORDINATE, min(MAX_COORDINATE, value)) if not math.isnan(value) else 0.0
