"""The panel's modules in Node: the client, and the shapes, which must match the server's pictures."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import uuid
import xml.etree.ElementTree as ET
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from devtools import shape_table
from drawing.canvas import Canvas, CanvasObject, Quality
from drawing.line_ends import ENDS
from drawing.plan import Plan, parse_header, parse_item
from drawing.session import draw_plan
from drawing.shapes import SHAPES
from drawing.svg import to_svg
from tests.drawing.test_pictures import PLACED
from tests.waiting import PATIENCE

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PLANS = ROOT / "tests" / "drawing" / "plans"
NODE = shutil.which("node")
SVG = "{http://www.w3.org/2000/svg}"
DEFAULTS = {"font-weight": "normal", "text-anchor": "start", "rx": "0"}
NUMBER = re.compile(r"-?\d*\.?\d+")

pytestmark = pytest.mark.skipif(NODE is None, reason="no Node on this machine")

Part = tuple[str, dict[str, str], str]


@pytest.mark.parametrize("script", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.name)
def test_script(script: Path) -> None:
    done = run("--test", str(script))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "name", ["flow_groups_down", "flow_arabic", "tree_company", "mind_emoji", "time_project"]
)
def test_a_drawing_looks_the_same_in_the_panel_as_in_its_picture(name: str) -> None:
    raw = json.loads((PLANS / f"{name}.json").read_text(encoding="utf-8"))
    plan = Plan(parse_header(raw), tuple(map(parse_item, raw["items"])))
    canvas = draw_plan(plan, style="creative", namespace=uuid.UUID(int=1))
    assert_same_parts(canvas)


def test_objects_of_every_type_and_strange_properties_look_the_same() -> None:
    strange: list[dict[str, Any]] = [
        {},
        {"fill": '"><script>', "stroke": "red", "strokeWidth": "2"},
        {"x": True, "y": None, "width": -5, "radius": 1e12, "height": 1e300},
        {"fill": "none", "cornerRadius": 8, "dash": [4, 2], "align": "center", "fontWeight": "bold"},
        {"points": [0, 0, 0, 0], "dash": [0, 0]},
        {"points": [0, 0, 40, 0, 40, 60, 90, 60, 5], "cornerRadius": 12},
        {"points": "none", "text": 5, "dash": [-1, 4]},
        {"shape": "__proto__", "head": "toString", "tail": 5, "closed": 1, "halo": "red", "align": "middle"},
        {"closed": True, "points": [0, 0, 40, 0, 40, 60], "halo": "#EEEEEE", "align": "right"},
        {"text": " indented\n\n<b>bold</b>\nمرحبا.\n123 שלום!", "fontSize": 0.5},
    ]
    objects = [
        CanvasObject(f"{kind}{i}", kind, {**placed, **more}, 0)  # type: ignore[arg-type]
        for kind, placed in PLACED.items()
        for i, more in enumerate([{}, *strange])
    ]
    assert_same_parts(Canvas("All", tuple(objects), 100, 100, Quality(100)))


@pytest.mark.parametrize(("width", "height"), [(120, 50), (40, 90)])
def test_every_shape_looks_the_same(width: int, height: int) -> None:
    box = {**PLACED["rectangle"], "width": width, "height": height}
    objects = [CanvasObject(shape, "rectangle", {**box, "shape": shape}, i) for i, shape in enumerate(SHAPES)]
    assert_same_parts(Canvas("Shapes", tuple(objects), 100, 100, Quality(100)))


@pytest.mark.parametrize("points", [[0, 0, 50, 0, 50, 40], [0, 0, 3, 4], [0, 0, 0, 0, 90, -10, 90, -10]])
def test_every_line_end_looks_the_same(points: list[float]) -> None:
    line = {**PLACED["line"], "points": points}
    objects = [
        CanvasObject(f"{kind}{end}", kind, {**line, "head": end, "tail": end}, i)  # type: ignore[arg-type]
        for i, (kind, end) in enumerate(product(("arrow", "line"), ENDS))
    ]
    assert_same_parts(Canvas("Ends", tuple(objects), 100, 100, Quality(100)))


def test_table_of_the_panel_is_that_of_the_drawing() -> None:
    assert shape_table.TARGET.read_text(encoding="utf-8") == shape_table.to_javascript(), (
        "python -m devtools.shape_table"
    )


def assert_same_parts(canvas: Canvas) -> None:
    ordered = sorted(canvas.objects, key=lambda each: each.z_index)
    objects = [{"object_type": each.object_type, "properties": each.properties} for each in ordered]
    done = run(str(HERE / "parts.mjs"), text=json.dumps(objects))
    assert done.returncode == 0, done.stderr
    ours = [comparable(*part) for parts in json.loads(done.stdout) for part in map(from_json, parts)]
    theirs = [comparable(*part) for part in from_svg(to_svg(canvas))]
    assert [words for words, _ in ours] == [words for words, _ in theirs]
    for (words, mine), (_, wanted) in zip(ours, theirs, strict=True):
        assert mine == pytest.approx(wanted, abs=0.02), words


def from_json(part: dict[str, Any]) -> Part:
    attributes = {name: str(value) for name, value in part["attributes"].items() if value is not None}
    return part["tag"], attributes, part["text"] or ""


def from_svg(document: str) -> list[Part]:
    """Return the elements of a picture after its title and background; each line of a text by itself."""
    found: list[Part] = []
    for element in list(ET.fromstring(document))[2:]:
        tag = element.tag.removeprefix(SVG)
        attributes = {name: value for name, value in element.items() if not name.startswith("{")}
        if tag == "text":
            found += [(tag, attributes | dict(line.items()), line.text or "") for line in element]
        else:
            found.append((tag, attributes, ""))
    return found


def comparable(tag: str, attributes: dict[str, str], text: str) -> tuple[list[str], list[float]]:
    """Return words and numbers apart, defaults left out: a picture rounds its numbers to two decimals."""
    words, values = [tag, text], []
    for name, value in sorted(attributes.items()):
        if value == DEFAULTS.get(name):
            continue
        is_color = value.startswith("#")
        words += [name, value if is_color else NUMBER.sub("", value).replace(" ", "")]
        values += [] if is_color else [float(number) for number in NUMBER.findall(value)]
    return words, values


def run(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    assert NODE is not None
    return subprocess.run(
        [NODE, *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=PATIENCE,
    )
