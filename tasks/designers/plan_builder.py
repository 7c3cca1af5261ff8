"""Builds a plan from what the readers of the rules designer find in a request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from drawing.plan import MAX_EDGE_LABEL_LENGTH, Edge, Group, Header, Item, Kind, Node, Role
from drawing.text import cut
from tasks.designers.phrases import label

_START = re.compile(r"start|begin|anfang|début|inicio", re.IGNORECASE)
_END = re.compile(r"end|done|finish(?:ed)?|stop|ende|fin", re.IGNORECASE)


@dataclass
class PlanBuilder:
    """A plan under construction; nodes of the same text are one node unless they stand in different columns."""

    kind: Kind
    title: str
    how: str
    items: list[Item] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)

    @property
    def header(self) -> Header:
        """What comes before the items; short chains read to the right."""
        nodes = sum(isinstance(item, Node) for item in self.items)
        is_short = self.kind == "flowchart" and nodes <= 4
        return Header(self.title, self.kind, "right" if is_short or self.kind == "timeline" else "down")

    def node(
        self, text: str, *, role: Role | None = None, parent: str | None = None, when: str | None = None
    ) -> str:
        """Add a node, unless there is one of this text and parent already; return its id."""
        key = f"{parent} {when} {text.casefold()}" if parent or when else text.casefold()
        if key not in self._ids:
            self._ids[key] = f"n{len(self._ids) + 1}"
            self.items.append(Node(self._ids[key], text, role or _role_of(text), parent, when))
        return self._ids[key]

    def edge(self, source: str, target: str, text: str | None = None) -> None:
        """Add an arrow, unless it is there already."""
        edge = Edge(source, target, cut(label(text), MAX_EDGE_LABEL_LENGTH) or None if text else None)
        if edge not in self.items:
            self.items.append(edge)

    def chain(self, labels: Iterable[str]) -> None:
        """Add nodes, each with an arrow to the next."""
        before = None
        for text in labels:
            here = self.node(text)
            if before and before != here:
                self.edge(before, here)
            before = here

    def branches(self, root: str, labels: Iterable[str]) -> None:
        """Add a node and its children."""
        parent = self.node(root, role="idea")
        for text in labels:
            self.node(text, role="step" if self.kind == "tree" else "idea", parent=parent)

    def column(self, heading: str, labels: Iterable[str]) -> None:
        """Add a group with its nodes."""
        group_id = f"g{sum(isinstance(item, Group) for item in self.items) + 1}"
        self.items.append(Group(group_id, heading))
        for text in labels:
            self.node(text, role="step", parent=group_id)


def _role_of(text: str) -> Role:
    if text.endswith(("?", "？")):
        return "decision"
    if _START.fullmatch(text):
        return "start"
    return "end" if _END.fullmatch(text) else "step"
