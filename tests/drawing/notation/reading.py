"""What a text says, in few words: nodes by id, edges as tuples, parents; for the tests of kinds with connectors."""

from __future__ import annotations

import uuid

from drawing.canvas import CanvasObject
from drawing.model import Drawing, Edge, Group, Node
from drawing.session import draw_source
from drawing.source import read_source

NAMESPACE = uuid.UUID(int=3)


def drawing_of(text: str) -> Drawing:
    """Return what a text says; it must have a header."""
    drawing = read_source(text).drawing
    assert drawing is not None
    return drawing


def texts_of(text: str) -> dict[str, str]:
    """Return the labels of all nodes by id."""
    return {node.id: node.text for node in drawing_of(text).all(Node)}


def edges_of(text: str) -> list[tuple[str, str, str]]:
    """Return source, target and words of all edges."""
    return [(edge.source, edge.target, edge.text) for edge in drawing_of(text).all(Edge)]


def parents_of(text: str) -> dict[str, str | None]:
    """Return what each node and group stands in."""
    drawing = drawing_of(text)
    parents = {node.id: node.parent for node in drawing.all(Node)}
    return parents | {group.id: group.parent for group in drawing.all(Group)}


def drawn(text: str) -> tuple[CanvasObject, ...]:
    """Return the objects of a text."""
    return draw_source(text, namespace=NAMESPACE).objects


def box_of(objects: tuple[CanvasObject, ...], words: str) -> tuple[float, float, float, float]:
    """Return the box of the text with these words: left, top, right, bottom."""
    item = next(each for each in objects if str(each.properties.get("text", "")).replace("\n", " ") == words)
    p = item.properties
    return p["x"], p["y"], p["x"] + p["width"], p["y"] + p["height"]
