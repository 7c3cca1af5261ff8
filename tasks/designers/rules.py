"""A designer without AI: it draws only what the request spells out, and says so."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from core.settings import Provider
from drawing.plan import Kind
from drawing.source import read_source
from drawing.text import clean
from tasks.designers import Note, Request, Said, Source
from tasks.designers.arrows import read_arrows
from tasks.designers.edits import read_edits
from tasks.designers.entries import find_entries
from tasks.designers.hierarchies import read_hierarchy, read_mind_map, read_outline
from tasks.designers.lists import read_board, read_list, read_steps, read_timeline
from tasks.designers.phrases import find_kind, find_title
from tasks.designers.plan_builder import PlanBuilder
from tasks.designers.sequences import read_sequence
from tasks.designers.templates import Template, find_template

# From the most to the least particular form; each returns None where the text is of another one.
READERS: tuple[Callable[[str], PlanBuilder | None], ...] = (
    read_mind_map,
    read_hierarchy,
    read_arrows,
    read_steps,
    read_outline,
    read_timeline,
    read_board,
    read_sequence,
)
# Full-width signs, as keyboards for Chinese and Japanese type them.
_PLAIN = str.maketrans("\uff1a\uff1b\uff0c\u3001\uff08\uff09\uff1e\uff1c\uff0d\uff5c", ":;,,()><-|")
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
    """Reads notation, arrows, lists, outlines, dates, columns and sequence words; what is left gets placeholders."""

    generator: Provider = "rules"
    model = None

    async def close(self) -> None:
        """Do nothing: there is no connection."""

    async def design(self, request: Request) -> AsyncGenerator[Said, None]:
        """Yield the plan or the notation, and a Note that says how it came about."""
        if request.is_change and not _is_new(request):
            number, (statements, notes) = _edits(request)
            yield Source(f"drawing {number}\n{statements}" if len(request.drawings) > 1 else statements)
            for note in notes:
                yield Note(note)
            return
        if holds_notation(request.instructions):
            yield Source(request.instructions)
            yield Note(f"{NO_AI} The drawing shows the notation that the request holds.")
            return
        template = find_template(request.instructions)
        plan = None if template else read_spelled_out(request.instructions)
        template = template or (None if plan else find_template(request.instructions, by_hint=True))
        if template:
            source, is_filled = template.titled(
                find_title(request.instructions.split(":")[0]), find_entries(request.instructions)
            )
            yield Source(source)
            yield Note(f"{NO_AI} {_about(template, is_filled)}")
            return
        plan = plan or read(request.instructions)
        yield plan.header
        for item in plan.items:
            yield item
        yield Note(f"{NO_AI} {plan.how}")


def _is_new(request: Request) -> bool:
    """Say whether a request that may be for a change spells out a drawing of its own."""
    if not request.may_be_new:
        return False
    if holds_notation(request.instructions):
        return True
    statements, _ = _edits(request)[1]
    is_spelled_out = read_spelled_out(request.instructions) or find_template(request.instructions)
    return not statements.strip() and bool(is_spelled_out)


def _edits(request: Request) -> tuple[int, tuple[str, tuple[str, ...]]]:
    """Return which drawing a request names parts of, the newest if there are several, and the statements for it."""
    found = {
        number: read_edits(request.instructions, drawing, request.selection)
        for number, drawing in enumerate(request.drawings, 1)
    }
    number = min(reversed(found), key=lambda each: sum(note != NO_AI for note in found[each][1]))
    return number, found[number]


def holds_notation(text: str) -> bool:
    """Say whether a text holds a drawing as notation, with or without words around it."""
    reader = read_source(text)
    if reader.drawing is None or not reader.drawing.parts:
        return False
    # A common word such as "process:" may begin a sentence: what stands below it must be read for the most part.
    return len(reader.drawing.parts) > 1 and len(reader.notes) <= len(reader.drawing.parts)


def _about(template: Template, is_filled: bool) -> str:
    if is_filled:
        return f"Without it, {template.name} shows what the request lists, and placeholders for what it does not say."
    return (
        f"Without it, {template.name} can be drawn from notation, but not from sentences, so this one has placeholders"
        " to fill in."
    )


def read_spelled_out(instructions: str) -> PlanBuilder | None:
    """Return the drawing whose parts and order the instructions spell out; None where they do not."""
    text = clean(instructions).translate(_PLAIN)
    return next((plan for reader in READERS if (plan := reader(text)) is not None), None)


def read(instructions: str) -> PlanBuilder:
    """Return the drawing that the instructions spell out, else of what they list, else an outline with placeholders."""
    text = clean(instructions).translate(_PLAIN)
    return read_spelled_out(instructions) or read_list(text) or _outline(text)


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
