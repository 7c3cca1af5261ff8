"""Ask a model's server for ten drawings in each form of answer; print how many are drawn, and what they take.

python -m bench.models http://127.0.0.1:8081/v1 [--model local] [--forms notation json labels auto]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from contextlib import aclosing
from dataclasses import dataclass, field

from rich.console import Console

from core.attempts import Usage
from core.settings import PlanFormat
from drawing.model import Drawing
from drawing.plan import Header
from drawing.plan_collector import PlanCollector
from drawing.source import read_source
from tasks.designers import Note, Request, Restart, Source
from tasks.designers.failures import ModelFailure
from tasks.designers.openai import OpenAIDesigner
from tasks.designers.prompts import EXAMPLE_WORDS
from tasks.designers.review import is_on_topic

REQUESTS = (
    "Create a flowchart for a user login process",
    "Draw the steps of making coffee",
    "Mind map about healthy food",
    "Timeline of the space race",
    "How a customer returns a parcel",
    "Onboarding of a new employee",
    "The cycle of water in nature",
    "Show how we handle an incident in production",
    "Kanban board for a small team",
    "Ablauf einer Bestellung im Online-Shop",
)
FORMS: tuple[PlanFormat, ...] = ("notation", "json", "labels", "auto")


@dataclass
class Tally:
    """What came of the requests in one form."""

    drawn: int = 0
    about_it: int = 0
    seconds: list[float] = field(default_factory=list)
    tokens_in: list[int] = field(default_factory=list)
    tokens_out: list[int] = field(default_factory=list)


async def draw(designer: OpenAIDesigner, words: str, tally: Tally) -> None:
    """Ask for one drawing and count what comes."""
    start, usage, source, plan = time.perf_counter(), Usage(), "", None
    try:
        async with aclosing(designer.design(Request(words))) as said:
            async for part in said:
                if isinstance(part, Usage):
                    usage = part
                elif isinstance(part, Source):
                    source += part.text
                elif isinstance(part, Header):
                    plan = PlanCollector(part)
                elif isinstance(part, Restart):
                    source, plan = "", None
                elif plan is not None and not isinstance(part, Note):
                    plan.take(part)
    except ModelFailure:
        source, plan = "", None
    drawing: Drawing | None = plan.drawing if plan else read_source(source).drawing
    tally.seconds.append(time.perf_counter() - start)
    tally.tokens_in.append(usage.input_tokens)
    tally.tokens_out.append(usage.output_tokens)
    if drawing is not None and len(drawing.parts) > 1:
        tally.drawn += 1
        tally.about_it += is_on_topic(drawing, words=words, example_words=EXAMPLE_WORDS)


async def measure(url: str, model: str, form: PlanFormat) -> Tally:
    """Return what came of all requests in one form."""
    tally = Tally()
    designer = OpenAIDesigner(
        api_key=None,
        base_url=url,
        model=model,
        timeout_seconds=300,
        idle_timeout_seconds=120,
        plan_format=form,
    )
    try:
        for words in REQUESTS:
            await draw(designer, words, tally)
    finally:
        await designer.close()
    return tally


def main() -> None:
    """Print a line for each form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="the server's address, up to /v1")
    parser.add_argument("--model", default="local")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS)
    options = parser.parse_args()
    console = Console()
    for form in options.forms:  # a row at a time: slow models take minutes for each
        tally = asyncio.run(measure(options.url, options.model, form))
        console.print(
            f"{form:9} {tally.drawn:2} of {len(REQUESTS)} drawn, {tally.about_it} about the request;"
            f" {statistics.median(tally.seconds):.1f} s (worst {max(tally.seconds):.1f}),"
            f" {statistics.median(tally.tokens_in):.0f} tokens in, {statistics.median(tally.tokens_out):.0f} out"
        )


if __name__ == "__main__":
    main()
