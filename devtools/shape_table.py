"""Writes ``webapp/panel/drawing/shape-table.js`` from the drawing's own tables: ``python -m devtools.shape_table``.

So the panel draws the outlines and line ends that pictures have. A test compares the file with the tables.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drawing.line_ends import ENDS
from drawing.shapes import SHAPES, parsed_path

TARGET = Path(__file__).parents[1] / "webapp" / "panel" / "drawing" / "shape-table.js"
HEAD = """\
/** Outlines and line ends of drawing/shapes.py and line_ends.py. Made by devtools/shape_table.py; do not edit. */

/** Paths of a shape as `[letter, [[x, x of the shorter side, y, y of the shorter side], …]]`, in shares of its box. */
export const SHAPES = {
"""
ENDS_HEAD = """
/** How much of the line an end leaves out, and its outlines as `[fill, [[x, y], …]]`, in lengths of a head. */
export const ENDS = {
"""


def to_javascript() -> str:
    """Return the module, one line for each shape and each end."""
    shapes = {name: [parsed_path(path) for path in paths] for name, paths in SHAPES.items()}
    ends = {name: {"trim": end.trim, "outlines": end.outlines} for name, end in ENDS.items()}
    return f"{HEAD}{_lines(shapes)}}};\n{ENDS_HEAD}{_lines(ends)}}};\n"


def _lines(table: Mapping[Any, Any]) -> str:
    return "".join(
        f"  {name}: {json.dumps(value, separators=(',', ':'))},\n" for name, value in table.items()
    )


if __name__ == "__main__":
    TARGET.write_text(to_javascript(), encoding="utf-8")
