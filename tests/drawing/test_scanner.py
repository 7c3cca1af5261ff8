"""A plan is found in whatever a model writes around it, wherever the stream is cut."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drawing.plan import Header
from drawing.scanner import MAX_ITEM_LENGTH, PlanScanner

A = {"kind": "node", "id": "a", "text": 'braces { } [ ] \\ "quotes" 😀 {"x": "kind'}
B = {"kind": "node", "id": "b", "text": "B", "more": {"deep": [1, {"x": []}]}}
AB = {"kind": "edge", "source": "a", "target": "b", "label": None, "arrow": True}
PLAN = {"title": 'A "title" é😀', "kind": "tree", "direction": "right", "items": [A, B, AB]}
HEADER = Header('A "title" é😀', "tree", "right")
DEFAULTS = Header("Untitled drawing", "flowchart", "down")


def scan(*chunks: str):
    scanner = PlanScanner()
    found = [thing for chunk in chunks for thing in scanner.feed(chunk)]
    return found + scanner.close(), scanner


ANSWERS = {
    "plain": json.dumps(PLAN),
    "indented": json.dumps(PLAN, indent=2, ensure_ascii=False),
    "fenced": f"```json\n{json.dumps(PLAN)}\n```\n",
    "prose around": f'Sure [ok] {{it}} "here\'s: {json.dumps(PLAN)} Hope {{"this"}} helps [1].',
    "trailing commas": json.dumps(PLAN).replace("}]}", "},],}").replace('"arrow": true', '"arrow": true,'),
    "wrapped": json.dumps({"plan": PLAN, "notes": ["x", {"title": "no"}]}),
    "nested list": json.dumps({**PLAN, "items": [[A], [[B, AB]]]}),
    "list a kind": json.dumps(
        {"title": PLAN["title"], "kind": "tree", "direction": "right", "nodes": [A, B], "edges": [AB]}
    ),
    "one a line": "\n".join(json.dumps(x) for x in ({k: PLAN[k] for k in PLAN if k != "items"}, A, B, AB)),
    "header last": json.dumps(
        {"items": [A, B, AB], "title": PLAN["title"], "kind": "tree", "direction": "right"}
    ),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_whole_plan_is_found(answer):
    found, scanner = scan(answer)
    assert found == [HEADER, A, B, AB]
    assert (scanner.items_seen, scanner.items_skipped) == (3, 0)


def test_header_and_items_come_the_moment_they_are_complete():
    scanner = PlanScanner()
    assert scanner.feed('{"title": "T", "kind": "grid", "direction": "down') == []
    assert scanner.feed('"') == [Header("T", "grid", "down")]
    assert scanner.feed(', "items": [{"kind": "node", "id": "a"') == []
    assert scanner.feed("}") == [{"kind": "node", "id": "a"}]
    assert not scanner.is_complete
    assert scanner.feed("]}") == []
    assert scanner.is_complete


def test_missing_direction_does_not_hold_items_back():
    scanner = PlanScanner()
    assert scanner.feed('{"title": "T", "kind": "grid", "items": [{"id": 1}') == [
        Header("T", "grid"),
        {"id": 1},
    ]


def test_bare_list_is_drawn_at_once_with_a_default_header():
    scanner = PlanScanner()
    assert scanner.feed('[{"id": 1}') == [DEFAULTS, {"id": 1}]
    assert scanner.feed(', {"id": 2}]') == [{"id": 2}]
    assert scanner.is_complete


def test_items_without_any_header_are_given_at_the_end():
    assert scan('{"items": [{"id": 1}]}')[0] == [DEFAULTS, {"id": 1}]


BAD_ITEMS = {
    "bare word": '{"kind": "node", "id": oops}',
    "missing brace": '{"kind": "node", "id": "x", ',
    "unescaped quote": '{"kind": "node", "id": "x", "text": "a 5" screen"}',
    "nested item": '{"kind": "group", "id": "x", "children": {"kind": "oops"',
    "string": '"{not an item"',
    "too long": '{"id": "' + "x" * MAX_ITEM_LENGTH + '"}',
    "too deep": '{"id": ' + "[" * 50 + "]" * 50 + "}",
    "huge number": '{"id": ' + "9" * 5000 + "}",
}


@pytest.mark.parametrize("bad", BAD_ITEMS.values(), ids=BAD_ITEMS.keys())
def test_bad_item_is_skipped_and_counted(bad):
    header = '"title": "T", "kind": "tree", "direction": "down"'
    answer = f'{{{header}, "items": [{json.dumps(B)}, {bad}, {json.dumps(AB)}]}}'
    found, scanner = scan(answer)
    assert found == [Header("T", "tree", "down"), B, AB]
    assert scanner.items_skipped == 1


def test_broken_title_loses_no_item():
    found, _ = scan(json.dumps(PLAN).replace('A \\"title\\"', 'A 5" title'))
    assert found[1:] == [A, B, AB]


@pytest.mark.parametrize(
    "text", ["", "Sorry, I cannot.", "<html>{a: [1]}</html>", "[[[[", "{" * 100_000, '{"a":' * 5_000]
)
def test_text_without_a_plan_gives_nothing(text):
    assert scan(text)[0] == []


@pytest.mark.parametrize("name", ["plain", "fenced"])
def test_cut_answer_keeps_its_complete_items(name):
    found, scanner = scan(ANSWERS[name][:-40])
    assert found == [HEADER, A, B]
    assert not scanner.is_complete


SNIPPETS = st.sampled_from(
    [
        *ANSWERS.values(),
        *list(BAD_ITEMS.values())[:5],
        *'{}[]",:\\',
        '{"kind": "node"',
        '"items": [',
        "\\ud83d\\ude00",
    ]
)


@settings(deadline=None)
@given(st.lists(SNIPPETS | st.text(max_size=5), max_size=8).map("".join), st.lists(st.integers(0, 2000)))
@example(ANSWERS["plain"], list(range(2000)))
def test_result_does_not_depend_on_where_the_stream_is_cut(answer, cuts):
    edges = sorted({0, len(answer), *(cut for cut in cuts if cut < len(answer))})
    chunks = [answer[start:end] for start, end in pairwise(edges)]
    (whole, one), (parts, many) = scan(answer), scan(*chunks)
    assert whole == parts
    assert (one.items_seen, one.items_skipped, one.is_complete) == (
        many.items_seen,
        many.items_skipped,
        many.is_complete,
    )


@settings(deadline=None)
@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.text() | st.none() | st.integers(), max_size=4), max_size=6
    )
)
def test_any_items_survive_the_stream_one_character_at_a_time(items):
    answer = json.dumps({"title": "T", "kind": "tree", "direction": "down", "items": items})
    assert scan(*answer)[0] == [Header("T", "tree"), *items]
