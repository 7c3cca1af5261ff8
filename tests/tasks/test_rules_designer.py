"""Without AI a drawing shows what the request spells out, and nothing that it does not."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings import load_settings
from drawing.plan import Edge, Group, Header, Node
from drawing.source import read_source
from tasks.designers import Note, Request, Source, make_designer
from tasks.designers.openai import OpenAIDesigner
from tasks.designers.phrases import label
from tasks.designers.rules import RulesDesigner, holds_notation, read
from tasks.designers.templates import TEMPLATES


def texts(reading):
    return [item.text for item in reading.items if isinstance(item, Node)]


def arrows(reading):
    """Return "A>B" or "A>B:label" for each edge."""
    names = {item.id: item.text for item in reading.items if isinstance(item, Node)}
    edges = [item for item in reading.items if isinstance(item, Edge)]
    return [
        f"{names[edge.source]}>{names[edge.target]}" + (f":{edge.label}" if edge.label else "")
        for edge in edges
    ]


def family(reading):
    """Return "child^parent" for each node in a node or group."""
    names = {item.id: item.text for item in reading.items if isinstance(item, Node | Group)}
    nodes = [item for item in reading.items if isinstance(item, Node)]
    return [f"{node.text}^{names[node.parent]}" if node.parent else node.text for node in nodes]


# fmt: off
ARROWS = {
    "A -> B -> C": ["A>B", "B>C"],
    "A → B => C --> D": ["A>B", "B>C", "C>D"],
    "A -[yes]-> B": ["A>B:yes"],
    "A -> B: sends": ["A>B:sends"],
    "A -> B, C": ["A>B", "A>C"],
    "A, B -> C": ["A>C", "B>C"],
    "A -> B, C -> D": ["A>B", "C>D"],
    "A -> B; B -> A": ["A>B", "B>A"],
    "A -> B\nb -> C": ["A>B", "B>C"],
    "Draw the login: Start -> Log in": ["Start>Log in"],
    "Service A <-> Service B, Service B <-> Database, Service A <- Cache": [
        "Service A>Service B", "Service B>Service A", "Service B>Database", "Database>Service B", "Cache>Service A",
    ],
    "A ↔ B ← C": ["A>B", "B>A", "C>B"],
    "A <--> B\nB <-- C": ["A>B", "B>A", "C>B"],
    "Frontend --REST over HTTPS--> Backend, Backend --SQL--> Postgres": [
        "Frontend>Backend:REST over HTTPS", "Backend>Postgres:SQL",
    ],
    "A -- reads --> B; B == writes ==> C": ["A>B:reads", "B>C:writes"],
    "画流程图：下单 → 付款；付款 → 发货": ["下单>付款", "付款>发货"],
}


# fmt: on


@pytest.mark.parametrize("text", ARROWS)
def test_arrows_are_drawn_as_written(text):
    reading = read(text)
    assert reading.header.kind == "flowchart"
    assert arrows(reading) == ARROWS[text]


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ('"Sign in".', "Sign in"),
        ("“Sign in”", "Sign in"),
        ('"don\'t"', "don't"),
        ("press 'x'", "press 'x'"),
        ('"a" or "b"', '"a" or "b"'),
        ("the users' cats", "the users' cats"),
        ('say "no', 'say "no'),
        ('no"', "no"),
        ("- «oui» !", "oui"),
    ],
)
def test_quotes_are_left_off_only_around_the_whole(written, drawn):
    assert label(written) == drawn


def test_roles_follow_from_the_words():
    roles = {
        item.text: item.role for item in read("Start -> Ok? -> Work -> End").items if isinstance(item, Node)
    }
    assert roles == {"Start": "start", "Ok?": "decision", "Work": "step", "End": "end"}


FAMILIES = {
    "mind map of sport: ball games (tennis, golf), running and chess": (
        "mindmap",
        "Sport",
        ["Sport", "ball games^Sport", "tennis^ball games", "golf^ball games", "running^Sport", "chess^Sport"],
    ),
    "org chart: CEO > CTO, CFO; CTO > Developer": (
        "tree",
        "Org chart",
        ["CEO", "CTO^CEO", "CFO^CEO", "Developer^CTO"],
    ),
    "Company\n  Sales\n    Europe\n  Research": (
        "tree",
        "Company",
        ["Company", "Sales^Company", "Europe^Sales", "Research^Company"],
    ),
    "Todo: write, test; Doing: review": ("grid", "Board", ["write^Todo", "test^Todo", "review^Doing"]),
    "[Todo] a, b [Doing] c": ("grid", "Board", ["a^Todo", "b^Todo", "c^Doing"]),
    "Kanban board: Todo: a; Done: b": ("grid", "Kanban board", ["a^Todo", "b^Done"]),
    "Show system architecture with a web server, a database and a cache": (
        "mindmap",
        "System architecture",
        [
            "System architecture",
            "web server^System architecture",
            "database^System architecture",
            "cache^System architecture",
        ],
    ),
    "Fruit:\n- apples\n- pears": ("mindmap", "Fruit", ["Fruit", "apples^Fruit", "pears^Fruit"]),
    "Crew: boat (oars, sail) and camp (tent)": (
        "mindmap",
        "Crew",
        ["Crew", "boat (oars, sail)^Crew", "camp (tent)^Crew"],
    ),
    "apples, pears and plums": ("grid", "List", ["apples", "pears", "plums"]),
}


@pytest.mark.parametrize("text", FAMILIES)
def test_hierarchies_boards_and_lists_are_drawn_as_written(text):
    reading = read(text)
    assert (reading.header.kind, reading.header.title, family(reading)) == FAMILIES[text]


@pytest.mark.parametrize("text", ["1. wake up 2. eat 3. work", "Steps:\n1) wake up\n2) eat\n3) work"])
def test_numbered_list_is_a_sequence(text):
    assert arrows(read(text)) == ["wake up>eat", "eat>work"]


TIMELINES = {
    "2024-01 Kickoff\n2024-06-30 Launch": [("2024-01", "Kickoff"), ("2024-06-30", "Launch")],
    "Roadmap: Q1: research, Q2: build": [("Q1", "research"), ("Q2", "build")],
    "January: plan; May 2025: do": [("January", "plan"), ("May 2025", "do")],
    "Week 1: read. Week 2: write": [("Week 1", "read"), ("Week 2", "write")],
    "Plan: 2025 Q4 test, 2026 Q1 ship": [("2025 Q4", "test"), ("2026 Q1", "ship")],
    "History: 1969 landing, 1971 rover": [("1969", "landing"), ("1971", "rover")],
}


@pytest.mark.parametrize("text", TIMELINES)
def test_dated_entries_make_a_timeline(text):
    reading = read(text)
    assert reading.header.kind == "timeline"
    assert [(item.when, item.text) for item in reading.items] == TIMELINES[text]


def test_sequence_words_make_steps():
    reading = read("First wash it, then cut it, after that cook it and finally serve it.")
    assert arrows(reading) == ["wash it>cut it", "cut it>cook it", "cook it>serve it"]


def test_if_and_otherwise_make_a_decision():
    reading = read(
        "Log in: first type a name. If it is known then show home, otherwise show an error. Finally log it."
    )
    assert arrows(reading) == [
        "type a name>It is known?",
        "It is known?>show home:yes",
        "It is known?>show an error:no",
        "show home>log it",
        "show an error>log it",
    ]


def test_german_sequence_words_make_steps_and_decisions():
    reading = read(
        "Zeichne ein Flussdiagramm: Bestellung eingegangen, dann Lager prüfen, wenn vorrätig dann verpacken sonst"
        " nachbestellen, schließlich versenden"
    )
    assert reading.header.title == "Flussdiagramm"
    assert arrows(reading) == [
        "Bestellung eingegangen>Lager prüfen",
        "Lager prüfen>Vorrätig?",
        "Vorrätig?>verpacken:ja",
        "Vorrätig?>nachbestellen:nein",
        "verpacken>versenden",
        "nachbestellen>versenden",
    ]


def test_the_step_before_the_first_sequence_word_is_kept():
    reading = read("Draw shipping: take the order, then pack it, finally send it")
    assert arrows(reading) == ["take the order>pack it", "pack it>send it"]


def test_bullets_below_a_number_belong_to_its_step():
    reading = read("1. Wake up\n2. Brush teeth\n3. Make coffee:\n   - grind beans\n   - heat water\n4. Leave")
    coffee = "Make coffee\n\u2013 grind beans\n\u2013 heat water"
    assert arrows(reading) == ["Wake up>Brush teeth", f"Brush teeth>{coffee}", f"{coffee}>Leave"]


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ("绘制流程图：下单，付款，发货", "flowchart", "流程图"),
        ("Zeichne eine Mindmap über Hunde: Rassen, Futter und Pflege", "mindmap", "Hunde"),
        ("Erstelle eine Zeitleiste", "timeline", "Zeitleiste"),
    ],
)
def test_kinds_and_titles_are_read_in_other_languages_too(text, kind, title):
    reading = read(text)
    assert (reading.header.kind, reading.header.title) == (kind, title)


def said(text):
    async def collect():
        return [each async for each in RulesDesigner().design(Request(text))]

    return asyncio.run(collect())


@pytest.mark.parametrize(
    "text",
    [
        "| Plan | Price | Users |\n|---|---|---|\n| Free | 0 | 1 |\n| Team | 10 | 25 |",
        "sequenceDiagram\n  participant U as User\n  U->>S: Log in\n  S-->>U: Token",
        "Please draw this:\n\n```mermaid\nkanban\n  Todo\n    [Write]\n  Done\n    [Test]\n```\nThank you!",
        "board 2x2\n## Strengths\n- fast\n## Weaknesses\n- small",
        "graph TD\nA[Start] --> B{Ok?}\nB -->|yes| C[Go]",
        "flowchart TB\n  c1-->a2\n  subgraph one\n  a1-->a2\n  end\n  subgraph two\n  b1-->b2\n  end\n  c1-->c2",
    ],
)
def test_notation_anywhere_in_a_request_is_drawn_as_it_is(text):
    source, note = said(text)
    assert source == Source(text)
    assert note == Note("No AI was used. The drawing shows the notation that the request holds.")


@pytest.mark.parametrize(
    "text",
    [
        "Process: we write, then test",
        "Board\nmeeting on Monday, then lunch",
        "a | b",
        "What is a cycle:\nexplain it",
    ],
)
def test_words_that_only_look_like_notation_are_read_as_words(text):
    assert not holds_notation(text)
    assert isinstance(said(text)[0], Header)


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("Gantt chart: Design from 1 March to 15 March, Launch on 2 May", "a Gantt chart", "gantt"),
        ("Sequence diagram: OAuth between browser, app and server", "a sequence diagram", "sequence"),
        (
            "Swimlane diagram of a vacation request",
            "a swimlane diagram",
            "swimlanes",
        ),
        ("ER diagram: Customer has many Orders. Customer: id, name, email.", "an ER diagram", "er"),
        ("Class diagram of a shop", "a class diagram", "class"),
        ("State diagram of a door", "a state diagram", "state"),
        ("SWOT analysis for a coffee shop", "a SWOT analysis", "board"),
        ("Pie chart of our visitors", "a pie chart", "pie"),
        ("Bar chart of monthly revenue: Jan 12, Feb", "a bar chart", "xychart"),
        ("ER diagram: Customer has many Orders, Order has many Items", "an ER diagram", "er"),
        ("Impact/effort matrix for our ideas", "a quadrant chart", "quadrant"),
        ("Venn diagram of what we can do", "a Venn diagram", "venn"),
        ("Draw a fishbone of late deliveries", "a fishbone diagram", "ishikawa"),
        ("Comparison table of three databases", "a table", "table"),
    ],
)
def test_kinds_that_rules_cannot_read_from_words_are_said_and_left_open(text, name, kind):
    source, note = said(text)
    drawing = read_source(source.text).drawing
    assert drawing.kind == kind
    assert drawing.title
    assert "(" in source.text  # placeholders
    assert note == Note(
        f"No AI was used. Without it, {name} can be drawn from notation, but not from sentences, so this one has"
        " placeholders to fill in."
    )


@pytest.mark.parametrize("template", TEMPLATES, ids=[each.name for each in TEMPLATES])
def test_every_template_is_notation_that_is_read_whole(template):
    for entries in (
        [],
        ["Ants 12", "Bees 3"],
        ["Cats", 'Dogs: "tame" | wild'],
        [f"Thing {i}" for i in range(30)],
    ):
        source, is_filled = template.titled("Anything", entries)
        reader = read_source(source)
        assert reader.drawing is not None
        assert reader.drawing.title == "Anything"
        assert reader.notes == ()
        assert not is_filled or entries


def test_open_request_gives_a_titled_outline_with_visible_placeholders():
    reading = read("Create a flowchart for a user login process")
    assert reading.header == Header("User login process", "flowchart", "down")
    assert texts(reading) == [
        "Start",
        "Step 1 (describe it)",
        "Step 2 (describe it)",
        "Step 3 (describe it)",
        "End",
    ]
    assert "placeholders" in reading.how


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("timeline of the moon landing", "timeline"),
        ("mind map about birds", "mindmap"),
        ("kanban board", "grid"),
        ("org chart of a bakery", "tree"),
        ("日本の歴史", "flowchart"),
    ],
)
def test_outline_is_of_the_kind_that_is_named(text, kind):
    assert read(text).header.kind == kind
    assert "placeholders" in read(text).how


def test_person_is_told_that_no_ai_was_used():
    async def said():
        return [each async for each in RulesDesigner().design(Request("A -> B"))]

    plan = asyncio.run(said())
    assert isinstance(plan[0], Header)
    assert plan[-1] == Note("No AI was used. The drawing shows the arrows that the request spells out.")


def check_drawable(reading):
    nodes = [item for item in reading.items if isinstance(item, Node | Group)]
    ids = {node.id for node in nodes}
    assert reading.header.title.strip()
    assert nodes
    assert len(ids) == len(nodes)
    assert all(node.text.strip() for node in nodes)
    assert {node.parent for node in nodes if isinstance(node, Node)} <= ids | {None}
    assert all({item.source, item.target} <= ids for item in reading.items if isinstance(item, Edge))


PIECES = st.sampled_from([
    "->", "→", " > ", "a", "B c", "if ", " then ", " otherwise ", "first", "finally ", ",", ";", ":", "\n", "  - ",
    "1. ", "mind map of x: ", "[Todo]", "Q1", "2024-01 ", "(", ")", "and", ".", "{", "|", "timeline", "A[b]", "\t",
    "-->",
])  # fmt: skip


@settings(deadline=None)
@given(st.text(min_size=1, max_size=1000) | st.lists(PIECES, min_size=1, max_size=60).map("".join))
def test_any_request_gives_a_drawable_plan(text):
    check_drawable(read(text))


@pytest.mark.parametrize(
    "piece",
    ["if a, ", "if ", "a -", "- ", "(", "a, ", "[a", "Q1 ", "then ", "1. ", "mind map ", "May ", "-[", ": "],
)
def test_long_repetitions_are_read_at_once(piece):
    check_drawable(read((piece * 500)[:1000]))
    check_drawable(read("mind map of " + (piece * 500)[:980]))


def test_settings_choose_the_designer():
    assert isinstance(make_designer(load_settings(_env_file=None, ai_provider="rules")), RulesDesigner)
    chosen = make_designer(
        load_settings(_env_file=None, ai_provider="openai", openai_base_url="http://127.0.0.1:1/v1")
    )
    assert isinstance(chosen, OpenAIDesigner)
    assert (chosen.generator, chosen.model) == ("openai", load_settings(_env_file=None).openai_model)
