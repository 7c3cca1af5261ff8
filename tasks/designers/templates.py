"""Drawings with placeholders, for kinds whose content no rule can read from sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of drawing: what requests call it, what a note calls it, and its notation with placeholders."""

    pattern: re.Pattern[str]
    name: str
    source: str

    def titled(self, title: str) -> str:
        """Return the notation with a title."""
        header, _, rest = self.source.partition("\n")
        return f"{header}\ntitle {title}\n{rest}"


def _template(words: str, name: str, source: str) -> Template:
    return Template(re.compile(words, re.IGNORECASE), name, source)


TEMPLATES: tuple[Template, ...] = (
    _template(
        r"\bgantt|\u7518\u7279\u56fe",
        "a Gantt chart",
        "gantt\n    dateFormat YYYY-MM-DD\n    Task 1 (name it) : a1, 2026-01-05, 10d\n"
        "    Task 2 (name it) : a2, after a1, 10d\n    Task 3 (name it) : a3, after a2, 5d\n",
    ),
    _template(
        r"\bsequence[ -]?diagram|\bsequenzdiagramm|\bdiagrama de secuencia|\u65f6\u5e8f\u56fe",
        "a sequence diagram",
        "sequenceDiagram\n    participant A as Participant 1 (name it)\n    participant B as Participant 2 (name it)\n"
        "    A->>B: Request (describe it)\n    B-->>A: Response (describe it)\n",
    ),
    _template(
        r"\bswim[ -]?lanes?\b|\bcross-functional",
        "a swimlane diagram",
        'swimlanes\n    subgraph l1["Lane 1 (name it)"]\n        a["Step 1 (describe it)"]\n    end\n'
        '    subgraph l2["Lane 2 (name it)"]\n        b["Step 2 (describe it)"]\n    end\n    a --> b\n',
    ),
    _template(
        r"\ber[ -]?(?:diagram|model)|\berd\b|\bentity[ -]relationship",
        "an ER diagram",
        'erDiagram\n    A["Entity 1 (name it)"] {\n        int id PK\n    }\n    B["Entity 2 (name it)"] {\n'
        '        int id PK\n    }\n    A ||--o{ B : "relates to"\n',
    ),
    _template(
        r"\bclass[ -]?diagram|\bklassendiagramm",
        "a class diagram",
        "classDiagram\n    class Class1\n    class Class2\n    Class1 <|-- Class2\n"
        "    Class1 : attribute\n    Class2 : method()\n",
    ),
    _template(
        r"\bstate[ -]?(?:diagram|machine|chart)|\bzustandsdiagramm",
        "a state diagram",
        "stateDiagram-v2\n    s1: State 1 (name it)\n    s2: State 2 (name it)\n"
        "    [*] --> s1\n    s1 --> s2 : event\n    s2 --> [*]\n",
    ),
    _template(
        r"\bvenn\b",
        "a Venn diagram",
        "venn\nset A[\"Set 1 (name it)\"]\nset B[\"Set 2 (name it)\"]\nA & B : Both (describe it)\n",
    ),
    _template(
        r"\bfish[ -]?bone|\bishikawa|\bcause[ -]and[ -]effect",
        "a fishbone diagram",
        "ishikawa\neffect: Effect (name it)\n"
        "- Category 1 (name it)\n    - cause\n- Category 2 (name it)\n    - cause\n",
    ),
    _template(
        r"\bswot\b",
        "a SWOT analysis",
        "board 2x2\n## Strengths\n- (add one)\n## Weaknesses\n- (add one)\n"
        "## Opportunities\n- (add one)\n## Threats\n- (add one)\n",
    ),
    _template(
        r"\bsales funnel|\bfunnel (?:diagram|chart|of|for)|\bfunnel$",
        "a funnel",
        "funnel\nStage 1 (name it)\nStage 2 (name it)\nStage 3 (name it)\n",
    ),
    _template(
        r"\bpie[ -]?chart|\bkreisdiagramm|\btortendiagramm",
        "a pie chart",
        'pie\n    "Part 1 (name it)" : 50\n    "Part 2 (name it)" : 30\n    "Part 3 (name it)" : 20\n',
    ),
    _template(
        r"\b(?:bar|line|column)[ -]?(?:chart|graph)|\bbalkendiagramm|\bs\u00e4ulendiagramm|\bliniendiagramm",
        "a chart with axes",
        'xychart-beta\n    x-axis ["A (name it)", "B (name it)", "C (name it)"]\n    bar [3, 2, 1]\n',
    ),
    _template(
        r"\bquadrant|\bimpact[ /-]+effort|\beisenhower",
        "a quadrant chart",
        "quadrantChart\n    x-axis Low --> High\n    y-axis Low --> High\n    Item 1 (name it): [0.3, 0.7]\n",
    ),
    _template(
        r"\bcomparison table|\btable (?:comparing|that compares)|\bvergleichstabelle|\bcompare\b.+\bin a table",
        "a table",
        "table\n| | A (name it) | B (name it) |\n|---|---|---|\n| Row 1 (name it) | | |\n| Row 2 (name it) | | |\n",
    ),
)  # fmt: skip


def find_template(text: str) -> Template | None:
    """Return the template of the kind that a request names first, if no rule can read that kind from sentences."""
    found = [(match.start(), i) for i, each in enumerate(TEMPLATES) if (match := each.pattern.search(text))]
    return TEMPLATES[min(found)[1]] if found else None
