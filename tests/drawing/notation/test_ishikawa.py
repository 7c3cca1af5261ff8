"""Ishikawa diagrams: causes under their categories, and a true fishbone."""

from __future__ import annotations

from itertools import combinations

import pytest

from drawing.figure import Box, Figure, Line, Ruler, Text
from drawing.kinds import KINDS
from drawing.model import Drawing, Node
from drawing.source import read_source
from drawing.theme import get_theme
from tests.drawing.notation.samples import FOLDER

STYLE = get_theme("modern", "default").metrics
TREE = {
    "Late": ["People", "Vans"],
    "People": ["sick leave", "new drivers"],
    "Vans": ["too old"],
    "too old": ["no money"],
}


def drawing_of(text: str) -> Drawing:
    drawing = read_source(text).drawing
    assert drawing is not None
    return drawing


def tree_of(text: str) -> dict[str, list[str]]:
    nodes = drawing_of(text).all(Node)
    names = {node.id: node.text for node in nodes}
    tree: dict[str, list[str]] = {}
    for node in nodes:
        if node.parent:
            tree.setdefault(names[node.parent], []).append(node.text)
    return tree


def figure_of(name: str, font: float = 16.0) -> Figure:
    text = (FOLDER / "ishikawa" / f"{name}.mmd").read_text()
    return KINDS["ishikawa"].place(drawing_of(text), Ruler(STYLE, font))


@pytest.mark.parametrize(
    "text",
    [
        "ishikawa\nLate\n  People\n    sick leave\n    new drivers\n  Vans\n    too old\n      no money",
        "ishikawa-beta\n  Late\n  People\n    sick leave\n    new drivers\n  Vans\n    too old\n      no money",
        "fishbone\neffect: Late\nPeople: sick leave, new drivers\nVans\n    too old\n        no money",
        "Fishbone diagram:\n# Late\n## People\n- sick leave\n- new drivers\n## Vans\n- too old\n  - no money",
        "fishbone\nProblem: Late\n- People\n  - sick leave\n  - new drivers\n- Vans\n  - too old\n    - no money",
        "fishbone\nLate\nPeople\n- sick leave\n- new drivers\nVans\n- too old\n  - no money",
    ],
)
def test_a_fishbone_is_read_however_it_is_written(text: str) -> None:
    assert tree_of(text) == TREE


@pytest.mark.parametrize("name", ["coffee", "colons", "headings", "ids"])
@pytest.mark.parametrize("font", [14.0, 20.0])
def test_words_overlap_neither_each_other_nor_a_bone(name: str, font: float) -> None:
    figure = figure_of(name, font)
    texts = [each for each in figure.elements if isinstance(each, Text)]
    for one, other in combinations(texts, 2):
        assert not one.rect.overlaps(other.rect, -2), (one.lines.text, other.lines.text)
    bones = [
        each for each in figure.elements if isinstance(each, Line) and each.key.endswith((":bone", ":fork"))
    ]
    for bone in bones:
        (ax, ay), (bx, by) = bone.points
        for text in (each for each in texts if each.of and each.of.endswith(":twig")):
            for y in (text.rect.y + 2, text.rect.bottom - 2):
                if min(ay, by) <= y <= max(ay, by):
                    x = ax + (bx - ax) * (y - ay) / (by - ay)
                    assert not text.rect.x + 1 < x < text.rect.right - 1, (bone.key, text.lines.text)


def test_twigs_end_at_their_bone_and_bones_at_the_spine() -> None:
    figure = figure_of("coffee")
    lines = {each.key: each.points for each in figure.elements if isinstance(each, Line)}
    (left, spine), (right, _) = lines["node:effect:spine"]
    for key, (_, (bx, by)) in lines.items():
        if key.endswith(":bone"):
            assert by == pytest.approx(spine)
            assert left < bx < right
    (ax, ay), (bx, by) = lines["node:Beans:bone"]
    for name in ("roasted too dark", "old stock"):
        x, y = lines[f"node:{name}:twig"][1]
        assert x == pytest.approx(ax + (bx - ax) * (y - ay) / (by - ay))
    fork = lines["node:PUMP:fork"]
    assert fork[1][1] == lines["node:PUMP:twig"][1][1]
    assert lines["node:pressure too high:twig"][1] == fork[0]


def test_categories_take_turns_above_and_below_and_the_effect_is_the_head() -> None:
    figure = figure_of("colons")
    boxes = {each.key.removeprefix("node:"): each.rect for each in figure.elements if isinstance(each, Box)}
    head = boxes.pop("effect")
    assert all(box.right < head.x for box in boxes.values())
    assert [boxes[name].bottom < head.cy for name in ("People", "Vehicles", "Process", "Environment")] == [
        True, False, True, False,
    ]  # fmt: skip
    assert boxes["People"].x < boxes["Process"].x < boxes["Data"].x
