"""Read arrows: A -> B, A <- B, A <-> B, with -[label]->, -->|label|, --label-->, "A -> B: label"."""

from __future__ import annotations

import re
from typing import Literal

from drawing.plan import MAX_TITLE_LENGTH, Edge, Node
from drawing.text import cut
from tasks.designers.phrases import find_title, label, split_lead
from tasks.designers.plan_builder import PlanBuilder

Way = Literal["forward", "back", "both"]

_ARROW = re.compile(
    r"\s*(?:"
    r"(?P<both><[-=]{1,3}>|[↔⇔⟷]\ufe0f?)"
    r"|-+\[(?P<in>[^\]\n]{1,80})\]-*>"
    r"|(?:--|==)[ ]?(?P<within>[^\s\-=<>|,;\n][^<>|,;\n]{0,78}?)[ ]?(?:-{1,3}|={1,2})>"
    r"|(?:-{1,3}>|-\.{1,2}->|[\u2013\u2014]>|={1,2}>|[→⇒⟶➔➜➡⟹]\ufe0f?)(?:\|(?P<on>[^|\n]{1,80})\|)?"
    r"|(?P<back><-{1,3}(?!-)|<==|[←⇐⟵⬅]\ufe0f?)"
    r")\s*"
)


def read_arrows(text: str) -> PlanBuilder | None:
    """Read "A -> B -> C"; chains end at a line's end or semicolon, and commas list several ends."""
    first = _ARROW.search(text)
    if first is None:
        return None
    lead, body = split_lead(text, first.start())
    plan = PlanBuilder(
        "flowchart", find_title(lead or text), "The drawing shows the arrows that the request spells out."
    )
    for statement in re.split(r"[;\n]", body):
        for chain in _chains(statement):
            _add_chain(plan, chain)
    if not any(isinstance(item, Edge) for item in plan.items):
        return None
    if not lead:
        plan.title = _ends_title(plan)
    return plan


# How a link is joined to the one before it: the arrow, what stands on it, and the names.
Link = tuple[Way, str | None, list[str]]


def _chains(statement: str) -> list[list[Link]]:
    """Return the chains of a statement.

    "A -> B, C" gives one chain that ends in two names, "A -> B, C -> D" two chains.
    """
    chains: list[list[Link]] = []
    waiting: list[str] = []
    for part in statement.split(","):
        links = _links(part)
        if len(links) > 1:
            links[0] = ("forward", None, waiting + links[0][2])
            waiting = []
            chains.append(links)
        elif chains:
            chains[-1][-1][2].extend(links[0][2])
        else:
            waiting += links[0][2]
    return chains


def _links(part: str) -> list[Link]:
    links: list[Link] = []
    way: Way = "forward"
    said, start = None, 0
    for arrow in _ARROW.finditer(part):
        links.append((way, said, [part[start : arrow.start()]]))
        said, start = arrow["in"] or arrow["on"] or arrow["within"], arrow.end()
        way = "both" if arrow["both"] else "back" if arrow["back"] else "forward"
    last = part[start:]
    if len(links) == 1 and not said and ":" in last:
        last, said = last.split(":", 1)
    return [*links, (way, said, [last])]


def _add_chain(plan: PlanBuilder, chain: list[Link]) -> None:
    before: list[str] = []
    for way, said, texts in chain:
        here = [plan.node(name) for text in texts if (name := label(text))]
        for source in before:
            for target in here:
                if way != "back":
                    plan.edge(source, target, said)
                if way != "forward":
                    plan.edge(target, source, said)
        before = here or before


def _ends_title(plan: PlanBuilder) -> str:
    texts = [item.text for item in plan.items if isinstance(item, Node)]
    return cut(f"{texts[0]} → {texts[-1]}", MAX_TITLE_LENGTH)
