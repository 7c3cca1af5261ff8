"""Answers of models too small for a diagram: asked for a list, whose lines are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from drawing.model import Edge, Group, Node, Value
from drawing.source import read_source
from tasks.designers import Request, Source
from tasks.designers.chat.label_reader import MOST, LabelReader
from tasks.designers.forms import TIMES_BEFORE_ANOTHER
from tasks.designers.labels import ANSWER_TOKENS, kind_of_request
from tasks.designers.repair import COPIED, UNREADABLE
from tests.tasks.quirks import answer
from tests.tasks.reading import Outcome, ask

COFFEE = Request("Draw the steps of making coffee")
LIST = "Sure!\n\n1. Boil water\n2. **Grind the beans:** they should be fresh.\n3. Pour (slowly)\n\nEnjoy!"
LABELS = ["Boil water", "Grind the beans", "Pour"]
EXAMPLE = (
    "flowchart TD\ntitle Pull request review\na([Open pull request]) --> b{Tests pass?}\n"
    "b -->|no| c[Fix the code] --> b\nb -->|yes| d([Merge])\n"
)


def read(*recordings: bytes, request: Request = COFFEE, **options: Any) -> Outcome:
    return ask(*recordings, request=request, **{"plan_format": "auto"} | options)


def labels(source: str) -> list[str]:
    drawing = read_source(source).drawing
    assert drawing is not None
    return [part.text for part in drawing.parts.values() if isinstance(part, Node | Group | Value)]


def source_of(parts: Iterable[object]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Source))


def labels_of(text: str, kind: str = "flowchart") -> list[str]:
    reader = LabelReader(kind, "Tea")
    parts = [
        part for piece in (text[i : i + 3] for i in range(0, len(text), 3)) for part in reader.feed(piece)
    ]
    parts += reader.finish()
    source = source_of(parts)
    return labels(source) if source else []


def test_a_copied_example_is_asked_for_again_as_a_list() -> None:
    outcome = read(answer(EXAMPLE), answer(LIST))

    assert (outcome.failure, outcome.notes, outcome.restarts) == (None, [COPIED], 1)
    assert labels(outcome.source) == LABELS
    messages, tokens = outcome.bodies[1]["messages"], outcome.bodies[1]["max_tokens"]
    assert messages[-1] == {"role": "user", "content": COFFEE.instructions}
    assert sum(len(each["content"]) for each in messages) < 200
    assert tokens == ANSWER_TOKENS
    assert "response_format" not in outcome.bodies[1]


def test_a_request_about_the_example_may_look_like_it() -> None:
    outcome = read(
        answer(EXAMPLE), request=Request("How we review a pull request: open, tests pass, fix code, merge")
    )
    assert (outcome.notes, len(outcome.bodies)) == ([], 1)


def test_a_copied_example_of_the_json_form_is_noticed_as_well() -> None:
    plan = (
        '{"title": "Pull request review", "kind": "flowchart", "direction": "down", "items": ['
        '{"kind": "node", "id": "n1", "text": "Open pull request"}, {"kind": "node", "id": "n2", "text": "Merge"},'
        '{"kind": "edge", "source": "n1", "target": "n2"}]}'
    )
    outcome = read(answer("I would draw coffee."), answer("Still no plan."))
    assert outcome.code == "model_bad_answer"
    outcome = read(answer(plan), answer(LIST))
    assert (labels(outcome.source), outcome.notes) == (LABELS, [COPIED])


def test_a_model_that_answers_plans_with_prose_is_asked_for_lists_from_then_on() -> None:
    plan = '{"title": "Tea", "items": [{"kind": "node", "id": "a", "text": "A"}]}'
    served_by_plans = [answer("No diagram."), answer(plan)] * TIMES_BEFORE_ANOTHER
    outcome = read(
        *served_by_plans, answer("I would draw a box."), answer(LIST), times=TIMES_BEFORE_ANOTHER + 1
    )
    assert (outcome.notes, labels(outcome.source)) == ([UNREADABLE], LABELS)
    assert "response_format" in outcome.bodies[-2]


def test_a_model_that_copies_again_and_again_is_asked_for_lists_at_once() -> None:
    outcome = read(
        *[answer(EXAMPLE), answer(LIST)] * TIMES_BEFORE_ANOTHER, answer(LIST), times=TIMES_BEFORE_ANOTHER + 1
    )
    assert len(outcome.bodies) == 2 * TIMES_BEFORE_ANOTHER + 1
    assert labels(outcome.source) == LABELS


def test_an_operator_may_insist_on_lists() -> None:
    outcome = read(answer(LIST), plan_format="labels")
    assert (labels(outcome.source), outcome.notes, len(outcome.bodies)) == (LABELS, [], 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- Boil\n- Pour", ["Boil", "Pour"]),
        ("* **Step 1: Boil** - hot\n* Step 2: Pour", ["Boil", "Pour"]),
        ("1) 1. Boil\n2) 2. Pour", ["Boil", "Pour"]),
        ("1. Boil\n2. boil\n3. Boil\n4. Pour", ["Boil", "Pour"]),
        ("1. 1. 1. 1\n2. 2.2.2\n3. Pour", ["Pour"]),
        ("Boil the water. Then pour it! Is it good?", ["Boil the water", "Then pour it!", "Is it good?"]),
        (
            "\n".join(f"{n}. Step {'x' * n}y" for n in range(1, 30)),
            [f"Step {'x' * n}y" for n in range(1, MOST + 1)],
        ),
        ("- 水を沸かす\n- 注ぐ", ["水を沸かす", "注ぐ"]),
        ('- "end"\n- aa --> bb; c{d}', ["end", "aa --> bb"]),
        ("- " + "word " * 400, ["word word word word word word word word word word word"]),
        ("1. 1. 1. 1. 1", []),
        ("", []),
    ],
)
def test_lists_are_read_as_small_models_write_them(text: str, expected: list[str]) -> None:
    assert labels_of(text) == expected


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Create a flowchart for a user login process", "flowchart"),
        ("how a parcel comes back", "flowchart"),
        ("mind map about tea", "mindmap"),
        ("org chart of a bakery", "orgchart"),
        ("timeline of the space race", "timeline"),
        ("kanban board for us", "board"),
        ("the cycle of water", "cycle"),
        ("a sales funnel", "funnel"),
    ],
)
def test_the_request_says_the_kind(words: str, kind: str) -> None:
    assert kind_of_request(words) == kind
    reader = LabelReader(kind, 'Tea: "green" & #1')
    source = source_of(reader.feed("- One: two\n- Three\n"))
    reading = read_source(source)
    assert reading.notes == ()
    assert reading.drawing is not None
    assert reading.drawing.kind == kind
    assert {"One", "Three"} <= {getattr(part, "text", "") for part in reading.drawing.parts.values()}
    assert len(reading.drawing.all(Edge)) == (1 if kind == "flowchart" else 0)
