"""A designer without AI: it draws only what the request spells out, and says so."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from core.settings import Provider
from drawing.plan import Kind
from drawing.text import clean
from tasks.designers import Note, Request, Said
from tasks.designers.arrows import read_arrows
from tasks.designers.hierarchies import read_hierarchy, read_mind_map, read_outline
from tasks.designers.lists import read_board, read_list, read_timeline
from tasks.designers.phrases import find_kind, find_title
from tasks.designers.plan_builder import PlanBuilder
from tasks.designers.sequences import read_sequence

# From the most to the least particular form; each returns None where the text is of another one.
READERS: tuple[Callable[[str], PlanBuilder | None], ...] = (
    read_mind_map,
    read_hierarchy,
    read_arrows,
    read_outline,
    read_timeline,
    read_board,
    read_sequence,
    read_list,
)
NO_AI = "No AI was used."
# What an outline has where the request leaves it open: a word to count, and how many.
_PLACEHOLDERS: dict[Kind, tuple[str, int]] = {
    "flowchart": ("Step {} (describe it)", 3),
    "mindmap": ("Branch {} (name it)", 4),
    "tree": ("Part {} (name it)", 3),
    "timeline": ("Event {} (name it)", 4),
    "grid": ("Column {} (name it)", 3),
}


class RulesDesigner:
    """Reads arrows, lists, outlines, dates, columns and sequence words; anything else becomes placeholders."""

    generator: Provider = "rules"
    model = None

    async def close(self) -> None:
        """Do nothing: there is no connection."""

    async def design(self, request: Request) -> AsyncGenerator[Said, None]:
        """Yield the plan, and a Note that says how it came about."""
        plan = read(request.instructions)
        yield plan.header
        for item in plan.items:
            yield item
        yield Note(f"{NO_AI} {plan.how}")


def read(instructions: str) -> PlanBuilder:
    """Return the drawing that the instructions spell out, else an outline with placeholders."""
    text = clean(instructions)
    for reader in READERS:
        plan = reader(text)
        if plan is not None:
            return plan
    return _outline(text)


def _outline(text: str) -> PlanBuilder:
    kind = find_kind(text) or "flowchart"
    plan = PlanBuilder(
        kind,
        find_title(text),
        "The request spells out no steps or parts, so this is an outline with placeholders to fill in.",
    )
    word, count = _PLACEHOLDERS[kind]
    labels = [word.format(number) for number in range(1, count + 1)]
    if kind == "flowchart":
        plan.chain(["Start", *labels, "End"])
    elif kind == "timeline":
        for number, text_ in enumerate(labels, 1):
            plan.node(text_, role="event", when=f"Date {number}")
    elif kind == "grid":
        for text_ in labels:
            plan.column(text_, ["Card (describe it)"])
    else:
        plan.branches(plan.header.title, labels)
    return plan
