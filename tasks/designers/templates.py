"""Drawings of kinds that no rule can read from sentences: what a request lists is on them, the rest is placeholders."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tasks.designers.entries import (
    Entries,
    chart_of,
    fill_board,
    fill_classes,
    fill_entities,
    fill_lanes,
    fill_pie,
    fill_plan,
    fill_table,
    fill_treemap,
    fill_venn,
    lines_of,
    valued,
)

MOST_ENTRIES = 12


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of drawing: what a note calls it, its notation with placeholders, and what requests call it.

    A ``hint`` says what is wanted without naming the kind, so that it counts where the request spells out nothing else.
    ``fill`` makes the notation of entries that a request lists; None of those that it cannot use.
    """

    name: str
    source: str
    words: re.Pattern[str] | None = None
    hint: re.Pattern[str] | None = None
    fill: Callable[[Entries], str | None] | None = None

    def titled(self, title: str, entries: Entries = ()) -> tuple[str, bool]:
        """Return the notation with a title, and whether it shows the entries."""
        filled = self.fill(entries[:MOST_ENTRIES]) if self.fill and len(entries) > 1 else None
        header, _, rest = (filled or self.source).partition("\n")
        return f"{header}\ntitle {title}\n{rest}", filled is not None


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


TEMPLATES: tuple[Template, ...] = (
    Template(
        "a Gantt chart",
        (
            "gantt\n"
            "    dateFormat YYYY-MM-DD\n"
            "    Task 1 (name it) : a1, 2026-01-05, 10d\n"
            "    Task 2 (name it) : a2, after a1, 10d\n"
            "    Task 3 (name it) : a3, after a2, 5d\n"
        ),
        words=_words(r"\bgantt|\u7518\u7279\u56fe"),
        hint=_words(r"\bproject plan\b|\bprojektplan\b|\bfrom january\b|\bvon januar\b"),
        fill=fill_plan,
    ),
    Template(
        "a sequence diagram",
        (
            "sequenceDiagram\n"
            "    participant A as Participant 1 (name it)\n"
            "    participant B as Participant 2 (name it)\n"
            "    A->>B: Request (describe it)\n"
            "    B-->>A: Response (describe it)\n"
        ),
        words=_words(r"\bsequence[ -]?diagram|\bsequenzdiagramm|\bdiagrama de secuencia|\u65f6\u5e8f\u56fe"),
        hint=_words(r"\bmessages between\b|\b(?:api|http) calls between\b"),
    ),
    Template(
        "a swimlane diagram",
        (
            "swimlanes\n"
            '    subgraph l1["Lane 1 (name it)"]\n'
            '        a["Step 1 (describe it)"]\n'
            "    end\n"
            '    subgraph l2["Lane 2 (name it)"]\n'
            '        b["Step 2 (describe it)"]\n'
            "    end\n"
            "    a --> b\n"
        ),
        words=_words(r"\bswim[ -]?lanes?\b|\bcross-functional"),
        hint=_words(r"\bwho (?:does|is responsible for) what\b|\bwer macht was\b"),
        fill=fill_lanes,
    ),
    Template(
        "an ER diagram",
        (
            "erDiagram\n"
            '    A["Entity 1 (name it)"] {\n'
            "        int id PK\n"
            "    }\n"
            '    B["Entity 2 (name it)"] {\n'
            "        int id PK\n"
            "    }\n"
            '    A ||--o{ B : "relates to"\n'
        ),
        words=_words(r"\ber[ -]?(?:diagram|model)|\berd\b|\bentity[ -]relationship"),
        hint=_words(
            r"\bdata(?:base|[ -]?model)? (?:schema|model|tables|structure)|\bdatenbank(?:schema|modell)"
        ),
        fill=fill_entities,
    ),
    Template(
        "a class diagram",
        (
            "classDiagram\n"
            "    class Class1\n"
            "    class Class2\n"
            "    Class1 <|-- Class2\n"
            "    Class1 : attribute\n"
            "    Class2 : method()\n"
        ),
        words=_words(r"\bclass[ -]?diagram|\bklassendiagramm"),
        hint=_words(r"\buml\b|\bclasses (?:for|of)\b"),
        fill=fill_classes,
    ),
    Template(
        "a state diagram",
        (
            "stateDiagram-v2\n"
            "    s1: State 1 (name it)\n"
            "    s2: State 2 (name it)\n"
            "    [*] --> s1\n"
            "    s1 --> s2 : event\n"
            "    s2 --> [*]\n"
        ),
        words=_words(r"\bstate[ -]?(?:diagram|machine|chart)|\bzustandsdiagramm"),
        hint=_words(r"\bstates of\b|\bzust\u00e4nde\b"),
    ),
    Template(
        "a Venn diagram",
        ('venn\nset A["Set 1 (name it)"]\nset B["Set 2 (name it)"]\nA & B : Both (describe it)\n'),
        words=_words(r"\bvenn\b"),
        hint=_words(r"\boverlapping (?:circles|sets)|\bin common\b"),
        fill=fill_venn,
    ),
    Template(
        "a fishbone diagram",
        (
            "ishikawa\n"
            "effect: Effect (name it)\n"
            "- Category 1 (name it)\n"
            "    - cause\n"
            "- Category 2 (name it)\n"
            "    - cause\n"
        ),
        words=_words(r"\bfish[ -]?bone|\bishikawa|\bcause[ -]and[ -]effect"),
        hint=_words(r"\broot causes?\b|\bcauses of\b|\bursachen\b"),
    ),
    Template(
        "a SWOT analysis",
        (
            "board 2x2\n"
            "## Strengths\n"
            "- (add one)\n"
            "## Weaknesses\n"
            "- (add one)\n"
            "## Opportunities\n"
            "- (add one)\n"
            "## Threats\n"
            "- (add one)\n"
        ),
        words=_words(r"\bswot\b"),
    ),
    Template(
        "a funnel",
        ("funnel\nStage 1 (name it)\nStage 2 (name it)\nStage 3 (name it)\n"),
        words=_words(r"\bsales funnel|\bfunnel (?:diagram|chart|of|for)|\bfunnel$"),
        fill=lines_of("funnel"),
    ),
    Template(
        "a pie chart",
        ('pie\n    "Part 1 (name it)" : 50\n    "Part 2 (name it)" : 30\n    "Part 3 (name it)" : 20\n'),
        words=_words(r"\bpie[ -]?chart|\bkreisdiagramm|\btortendiagramm"),
        fill=valued(fill_pie),
    ),
    Template(
        "a line chart",
        ('xychart-beta\n    x-axis ["A (name it)", "B (name it)", "C (name it)"]\n    line [3, 2, 1]\n'),
        words=_words(r"\b(?:line)[ -]?(?:chart|graph)|\bliniendiagramm"),
        fill=valued(chart_of("line")),
    ),
    Template(
        "a bar chart",
        ('xychart-beta\n    x-axis ["A (name it)", "B (name it)", "C (name it)"]\n    bar [3, 2, 1]\n'),
        words=_words(r"\b(?:bar|column)[ -]?(?:chart|graph)|\bbalkendiagramm|\bs\u00e4ulendiagramm"),
        fill=valued(chart_of("bar")),
    ),
    Template(
        "a quadrant chart",
        (
            "quadrantChart\n"
            "    x-axis Low --> High\n"
            "    y-axis Low --> High\n"
            "    Item 1 (name it): [0.3, 0.7]\n"
        ),
        words=_words(r"\bquadrant|\bimpact[ /-]+effort|\beisenhower"),
    ),
    Template(
        "a table",
        (
            "table\n"
            "| | A (name it) | B (name it) |\n"
            "|---|---|---|\n"
            "| Row 1 (name it) | | |\n"
            "| Row 2 (name it) | | |\n"
        ),
        words=_words(
            r"\bcomparison table|\btable (?:comparing|that compares)|\bvergleichstabelle"
            r"|\bcompare\b.+\bin a table"
        ),
        hint=_words(r"\bcompar(?:e|ing|ison)\b|\bvergleich(?:e|en)?\b|\bversus\b|\bvs\.? "),
        fill=fill_table,
    ),
    Template(
        "a radar chart",
        (
            "radar-beta\n"
            '    axis a["Criterion 1 (name it)"], b["Criterion 2 (name it)"], c["Criterion 3 (name it)"]\n'
            '    curve x["A (name it)"]{3, 4, 2}\n'
            '    curve y["B (name it)"]{4, 2, 3}\n'
            "    max 5\n"
        ),
        words=_words(r"\bradar|\bspider[ -]?(?:chart|graph|diagram)|\bnetzdiagramm"),
    ),
    Template(
        "a Sankey diagram",
        ("sankey\nSource 1 (name it),Target (name it),3\nSource 2 (name it),Target (name it),2\n"),
        words=_words(r"\bsankey|\benergy flow diagram"),
    ),
    Template(
        "a treemap",
        ('treemap-beta\n"Part 1 (name it)": 50\n"Part 2 (name it)": 30\n"Part 3 (name it)": 20\n'),
        words=_words(r"\btree[ -]?map\b"),
        fill=valued(fill_treemap),
    ),
    Template(
        "a use case diagram",
        (
            "usecase\n"
            '    actor a as "Actor (name it)"\n'
            '    usecase u1 as "Use case 1 (name it)"\n'
            '    usecase u2 as "Use case 2 (name it)"\n'
            "    a --> u1\n"
            "    a --> u2\n"
        ),
        words=_words(r"\buse[ -]?case|\banwendungsfall"),
    ),
    Template(
        "a Git graph",
        (
            "gitGraph\n"
            '    commit id: "start"\n'
            "    branch feature\n"
            '    commit id: "change"\n'
            "    checkout main\n"
            "    merge feature\n"
        ),
        words=_words(r"\bgit[ -]?(?:graph|branch\w*|flow|history)"),
    ),
    Template(
        "an architecture diagram",
        (
            "architecture-beta\n"
            "    service a(server)[Service 1]\n"
            "    service b(database)[Service 2]\n"
            "    a:R --> L:b\n"
        ),
        hint=_words(
            r"\b(?:system|cloud|aws|azure|gcp|software|infrastructure|deployment)[ -]+(?:architecture|diagram)"
            r"|\barchitecture (?:diagram|of)|\bsystemarchitektur"
        ),
    ),
    Template(
        "a wireframe",
        (
            "sketch\n"
            'rounded page 0,0 375x700 ""\n'
            'text title 40,50 295x36 "Title (name it)"\n'
            'rounded field 32,120 311x52 "Field (name it)"\n'
            'button go 32,200 311x52 "Button (name it)" :::blue\n'
        ),
        words=_words(r"\bwire[ -]?frame|\bmock[ -]?up"),
    ),
    Template(
        "a plan of places",
        (
            "sketch\n"
            'rectangle room 0,0 800x500 ""\n'
            'circle t1 120,180 120x120 "Table 1"\n'
            'circle t2 340,180 120x120 "Table 2"\n'
            'circle t3 560,180 120x120 "Table 3"\n'
        ),
        words=_words(r"\bseating (?:plan|chart)|\bsitzplan|\bfloor ?plan"),
    ),
    Template(
        "a picture",
        (
            "sketch\n"
            'rectangle one 100,250 250x200 "" :::gray\n'
            'triangle two 70,100 310x150 "" :::red\n'
            'circle three 520,100 110x110 "" :::amber\n'
            'text name 100,470 400x40 "(a picture, to be drawn)"\n'
        ),
        words=_words(
            r"\b(?:draw|sketch|picture of) (?:me )?an? (?:simple )?"
            r"(?:house|tree|sun|face|cat|dog|car|boat|flower|robot|heart|star)\b"
        ),
    ),
    Template(
        "a pyramid",
        ("pyramid\nTop (name it)\nMiddle (name it)\nBase (name it)\n"),
        words=_words(r"\bpyramid|\bmaslow"),
        fill=lines_of("pyramid"),
    ),
    Template(
        "a cycle",
        ("cycle\nStage 1 (name it)\nStage 2 (name it)\nStage 3 (name it)\nStage 4 (name it)\n"),
        hint=_words(r"\bpdca\b|\blife ?cycle|\bcycle (?:diagram|of)|\bkreislauf"),
        fill=lines_of("cycle"),
    ),
    Template(
        "a row of stages",
        ("process\nStage 1 (name it)\nStage 2 (name it)\nStage 3 (name it)\n"),
        words=_words(r"\bchevrons?\b|\bprocess arrows?\b"),
        fill=lines_of("process"),
    ),
    Template(
        "a retrospective",
        ("board 3\n## Went well\n- (add one)\n## Could be better\n- (add one)\n## Actions\n- (add one)\n"),
        hint=_words(r"\bretro(?:spective)?\b|\bretrospektive"),
        fill=fill_board,
    ),
    Template(
        "a canvas",
        (
            "business model canvas\n"
            "## Key partners\n"
            "- (add one)\n"
            "## Key activities\n"
            "- (add one)\n"
            "## Value\n"
            "- (add one)\n"
            "## Channels\n"
            "- (add one)\n"
            "## Customers\n"
            "- (add one)\n"
            "## Costs\n"
            "- (add one)\n"
            "## Revenue\n"
            "- (add one)\n"
        ),
        words=_words(r"\b(?:business model|lean) canvas"),
    ),
    Template(
        "a board of two columns",
        ("board 2\n## Pros :::green\n- (add one)\n## Cons :::red\n- (add one)\n"),
        hint=_words(r"\bpros and cons|\bpro[ -](?:und|and)[ -]contra|\badvantages and disadvantages"),
    ),
    Template(
        "a journey map",
        (
            "table\n"
            "| | Stage 1 (name it) | Stage 2 (name it) | Stage 3 (name it) |\n"
            "|---|---|---|---|\n"
            "| Actions | | | |\n"
            "| Thoughts | | | |\n"
            "| Feelings | | | |\n"
            "| Pain points | | | |\n"
        ),
        words=_words(r"\b(?:customer|user|patient|employee)[ -]journey|\bjourney[ -]?map|\bstory[ -]?map"),
    ),
    Template(
        "a timeline",
        ("timeline\nDate 1 : Event 1 (name it)\nDate 2 : Event 2 (name it)\nDate 3 : Event 3 (name it)\n"),
        hint=_words(r"\bhistory of\b|\bin (?:\w+ )?dates\b|\bgeschichte (?:de[rs]|von)\b"),
    ),
    Template(
        "an org chart",
        ("orgchart\n    Head (name it)\n        Person 1 (name it)\n        Person 2 (name it)\n"),
        hint=_words(r"\bwho reports to whom\b|\breporting lines\b"),
    ),
    Template(
        "a family tree",
        (
            "familytree\n"
            "    Grandmother (name her) & Grandfather (name him)\n"
            "        Parent (name them) & Parent (name them)\n"
            "            Child 1 (name it)\n"
            "            Child 2 (name it)\n"
        ),
        hint=_words(r"\bfamily[ -]?tree|\bstammbaum|\bgenealogy"),
    ),
    Template(
        "a tree of folders",
        (
            "treeView-beta\n"
            '    "project"\n'
            '        "folder (name it)"\n'
            '            "file (name it)"\n'
            '        "file (name it)"\n'
        ),
        hint=_words(r"\b(?:folder|directory|file) (?:structure|tree|layout)\b|\bordnerstruktur\b"),
    ),
)


def find_template(text: str, *, by_hint: bool = False) -> Template | None:
    """Return the template of the kind that a request names first, or, ``by_hint``, of the one that it seems to want."""
    found = []
    for i, each in enumerate(TEMPLATES):
        pattern = each.hint if by_hint else each.words
        if pattern is not None and (match := pattern.search(text)):
            found.append((match.start(), i))
    return TEMPLATES[min(found)[1]] if found else None
