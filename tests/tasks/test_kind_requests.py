"""Which kind of drawing a request gets without AI, where it names one or only says what it is for."""

from __future__ import annotations

import asyncio

import pytest

from drawing.model import Series, Value
from drawing.plan import Header
from drawing.source import read_source
from tasks.designers import Note, Request, Source
from tasks.designers.rules import RulesDesigner
from tests.tasks.kind_requests import KIND_REQUESTS

# How the kinds of a plan are called in notation.
PLAN_KINDS = {"grid": {"board", "kanban"}, "tree": {"orgchart"}}


async def design(text: str) -> tuple[set[str], str, str]:
    """Return the kinds that the drawing may be called, its notation, and what is said about it."""
    kinds: set[str] = set()
    source = said = ""
    async for part in RulesDesigner().design(Request(instructions=text)):
        if isinstance(part, Source):
            source = part.text
            drawing = read_source(source).drawing
            kinds = {drawing.kind} if drawing else set()
        elif isinstance(part, Header):
            kinds = PLAN_KINDS.get(part.kind, {part.kind})
        elif isinstance(part, Note):
            said = part.text
    return kinds, source, said


@pytest.mark.parametrize(("text", "kind"), KIND_REQUESTS, ids=[text[:30] for text, _ in KIND_REQUESTS])
def test_a_request_gets_the_kind_that_people_expect(text: str, kind: str) -> None:
    kinds, _, said = asyncio.run(design(text))
    assert kind in kinds
    assert said.startswith("No AI was used.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Venn diagram of desirability, feasibility and viability",
            ["desirability", "feasibility", "viability"],
        ),
        ("PDCA cycle: plan, do, check, act", ["plan", "do", "check", "act"]),
        ("sales funnel with visitors, leads and customers", ["visitors", "leads", "customers"]),
        ("project plan from January to June: research, design, launch", ["research", "design", "launch"]),
        ("who does what at a sale: customer, shop, bank", ["customer", "shop", "bank"]),
        ("UML classes for shapes: circle, square", ["circle", "square"]),
        ("compare PostgreSQL, MySQL and MongoDB", ["PostgreSQL", "MySQL", "MongoDB"]),
        ("database schema of a blog with users, posts and tags", ["users", "posts", "tags"]),
        (
            "sprint retrospective: went well, could be better, actions",
            ["went well", "could be better", "actions"],
        ),
    ],
)
def test_what_a_request_lists_is_on_the_drawing(text: str, words: list[str]) -> None:
    _, source, said = asyncio.run(design(text))
    assert all(word in source for word in words)
    assert "shows what the request lists" in said


def test_values_are_those_of_the_request() -> None:
    _, source, _ = asyncio.run(design("pie chart of our budget: rent 40, food 30, rest 30.5"))
    drawing = read_source(source).drawing
    assert drawing is not None
    assert [(each.text, each.value) for each in drawing.all(Value)] == [
        ("rent", 40),
        ("food", 30),
        ("rest", 30.5),
    ]
    _, source, _ = asyncio.run(design("Bar chart of monthly revenue: Jan 12, Feb 15, Mar 9"))
    drawing = read_source(source).drawing
    assert drawing is not None
    assert next(each.values for each in drawing.all(Series) if each.role == "bar") == (12, 15, 9)


def test_a_chart_without_all_values_invents_none() -> None:
    _, source, said = asyncio.run(design("pie chart: rent 40, food, rest 30"))
    assert "name it" in source
    assert "placeholders to fill in" in said


@pytest.mark.parametrize(
    "text",
    [
        "compare: Start -> Read -> Choose",
        "states of an order: Paid -> Packed -> Sent",
        "life cycle: Egg -> Chick",
    ],
)
def test_what_is_spelled_out_comes_before_what_is_hinted_at(text: str) -> None:
    kinds, source, _ = asyncio.run(design(text))
    assert (kinds, source) == ({"flowchart"}, "")


@pytest.mark.parametrize(
    "text", ["user interface", "compare", "states of", "with, and, of", "history of: ,,,"]
)
def test_hints_without_content_are_drawn(text: str) -> None:
    kinds, _, said = asyncio.run(design(text))
    assert kinds
    assert said
