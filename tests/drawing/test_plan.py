"""What a plan forgives, and what it refuses."""

from __future__ import annotations

import json
import math
from contextlib import suppress

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import plan
from drawing.plan import Edge, Group, Header, InvalidItem, Node, Shape, parse_header, parse_item

SHAPE = {"kind": "shape", "id": "s", "shape": "star", "x": 1, "y": 2, "w": 3, "h": 4}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)
KEYS = st.sampled_from(
    [
        "kind",
        "id",
        "text",
        "role",
        "parent",
        "when",
        "accent",
        "source",
        "target",
        "label",
        "shape",
        "x",
        "y",
        "w",
    ]
)


def test_every_kind_of_item_is_read():
    assert parse_item({"kind": "node", "id": "a", "text": "Go", "role": "end", "accent": 2}) == Node(
        "a", "Go", "end", accent=2
    )
    assert parse_item({"kind": "edge", "source": "a", "target": "b", "arrow": False}) == Edge(
        "a", "b", None, False
    )
    assert parse_item({"kind": "group", "id": "g", "text": "Later"}) == Group("g", "Later")
    assert parse_item(SHAPE) == Shape("s", "star", 1, 2, 3, 4)


def test_numbers_become_ids_and_texts():
    assert parse_item({"kind": "node", "id": 7, "text": 2024, "parent": 1}) == Node("7", "2024", parent="1")


@pytest.mark.parametrize("value", [True, False, None, "", "  ", [], {}, "\x00\x01", 10**400])
def test_unusable_id_is_refused(value):
    with pytest.raises(InvalidItem, match="no id"):
        parse_item({"kind": "node", "id": value, "text": "x"})


def test_unknown_words_fall_back_to_plain_ones():
    assert parse_item({"kind": "node", "id": "a", "text": "x", "role": "wizard"}) == Node("a", "x")
    assert parse_item({**SHAPE, "shape": "blob"}).shape == "rectangle"
    assert parse_header({"title": " T ", "kind": "poem", "direction": 3}) == Header("T", "flowchart", "down")


def test_role_in_place_of_the_kind_is_understood():
    assert parse_item({"kind": "decision", "id": "a", "text": "Sure?"}) == Node("a", "Sure?", "decision")


def test_missing_kind_is_given_away_by_other_keys():
    assert parse_item({"source": "a", "target": "b"}) == Edge("a", "b")
    assert parse_item({"id": "a", "text": "x"}) == Node("a", "x")


def test_texts_are_cleaned_and_cut():
    node = parse_item({"kind": "node", "id": "a", "text": " x\x00\r\ny" + "z" * 10_000})
    assert isinstance(node, Node)
    assert node.text.startswith("x\nyzz")
    assert len(node.text) == plan.MAX_LABEL_LENGTH
    assert node.text.endswith("…")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "12", None])
def test_coordinate_that_is_no_number_is_refused(value):
    with pytest.raises(InvalidItem, match="no usable x"):
        parse_item({**SHAPE, "x": value})


@pytest.mark.parametrize("value", [1e308, -1e308, 10**400])
def test_huge_coordinate_is_clamped(value):
    assert abs(parse_item({**SHAPE, "x": value}).x) == plan.MAX_COORDINATE


def test_accent_wraps_around_the_palette():
    assert parse_item({**SHAPE, "accent": 7}).accent == 1
    assert parse_item({**SHAPE, "accent": True}).accent is None


@settings(deadline=None)
@given(st.dictionaries(KEYS, ANY_JSON) | ANY_JSON)
def test_anything_is_an_item_or_an_invalid_item(raw):
    with suppress(InvalidItem):
        assert isinstance(parse_item(raw), Node | Edge | Group | Shape)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["title", "kind", "direction"]), ANY_JSON))
def test_anything_makes_a_header(raw):
    assert parse_header(raw).title


def test_schema_describes_what_the_parser_reads():
    answer = {
        "title": "T",
        "kind": "grid",
        "direction": "down",
        "items": [{"kind": "edge", "source": "a", "target": "b", "label": None, "arrow": True}],
    }
    jsonschema.validate(answer, plan.plan_schema())
    assert json.dumps(plan.plan_schema()).count("oneOf") == 1  # Only in the prose that forbids it.
