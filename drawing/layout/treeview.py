"""Folders and files: a line each, indented, with lines that lead to what they hold."""

from __future__ import annotations

from drawing.figure import Box, Figure, Line, Ruler, Text
from drawing.geometry import Rect
from drawing.model import Drawing, Node, key_of
from drawing.notation.indented import walk
from drawing.theme import Tone

ICON = 1.0  # em
INDENT = 2.0  # em
ROW = 1.9  # em


def place_treeview(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the tree in its own coordinates, from 0, 0 to the right and down."""
    order = walk(drawing)
    holders = {node.parent for node, _ in order}
    figure = Figure()
    icons: dict[str, Rect] = {}
    for row, (node, depth) in enumerate(order):
        key, y = key_of(node), ruler.em(ROW) * (row + 0.5)
        is_folder = node.id in holders or node.text.endswith("/")
        icon = Rect(ruler.em(INDENT) * depth, y - ruler.em(ICON) / 2, ruler.em(ICON * (1.15 if is_folder else 0.85)),
                    ruler.em(ICON))  # fmt: skip
        tone: Tone = node.color or ("amber" if is_folder else "gray")
        label = ruler.wrap(node.text, ruler.em(40), bold=is_folder)
        place = Rect(
            ruler.em(INDENT) * depth + ruler.em(1.7), y - label.height / 2, label.width + 4, label.height
        )
        icons[node.id] = icon
        if node.parent in icons:
            figure.add(_branch(node, icons[node.parent or ""], icon, ruler))
        figure.add(Box(key, icon, "folder" if is_folder else "file", tone, stroke_width=1.5))
        figure.add(Text(f"{key}:label", place, label, ruler.font, is_bold=is_folder, align="left", of=key,
                        role="caption"))  # fmt: skip
    return figure


def _branch(node: Node, above: Rect, icon: Rect, ruler: Ruler) -> Line:
    x = above.x + ruler.em(ICON) / 2
    points = ((x, above.bottom), (x, icon.cy), (icon.x, icon.cy))
    return Line(f"link:{node.id}", points, width=1.5, role="mark", of=key_of(node))
