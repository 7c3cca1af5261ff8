"""Print how good drawings are: what of each kind of notation arrives, and per kind of plan the score and the times.

python -m bench.quality [--generated 500] [--defects]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.notation import measure_all
from bench.plans import KINDS, generated_plans, written_plans
from drawing.canvas import Canvas
from drawing.plan import Plan
from drawing.session import DrawingSession
from drawing.theme import ColorScheme, Style

NAMESPACE = uuid.UUID("6f4b1c0e-6d0a-4d35-9f0c-2b6b8f6d2c11")
STYLES: tuple[Style, ...] = ("modern", "corporate", "creative", "minimal")
SCHEMES: tuple[ColorScheme, ...] = ("default", "pastel", "vibrant", "monochrome")


@dataclass
class Tally:
    """The numbers of one kind."""

    scores: list[float] = field(default_factory=list)
    clean: int = 0
    item_ms: list[float] = field(default_factory=list)
    final_ms: list[float] = field(default_factory=list)

    def meets(self, clean: float, score: float) -> bool:
        """Say whether at least that share is without defect, and the mean score no lower."""
        count = len(self.scores)
        return not count or (self.clean >= clean * count and statistics.mean(self.scores) >= score)

    def line(self, name: str) -> str:
        """Return the row to print."""
        count = len(self.scores)
        if not count:
            return f"{name:22} {0:5}"
        return (
            f"{name:22} {count:5} {statistics.mean(self.scores):8.1f} {100 * self.clean / count:9.1f} %"
            f" {percentile(self.item_ms, 99):10.1f} {percentile(self.final_ms, 99):10.1f}"
        )


def percentile(values: list[float], share: float) -> float:
    """Return the smallest value that ``share`` per cent of all do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share / 100))] if ranked else 0.0


def draw(plan: Plan, number: int, tally: Tally) -> Canvas:
    """Draw a plan item by item, as it streams in, and note how long that took."""
    session = DrawingSession(
        style=STYLES[number % 4], color_scheme=SCHEMES[number // 4 % 4], namespace=NAMESPACE
    )
    session.begin(plan.header)
    for item in plan.items:
        start = time.perf_counter()
        session.add(item)
        tally.item_ms.append((time.perf_counter() - start) * 1000)
    start = time.perf_counter()
    canvas = session.finish()
    tally.final_ms.append((time.perf_counter() - start) * 1000)
    tally.scores.append(canvas.quality.score)
    tally.clean += not faults_of(canvas)
    return canvas


def faults_of(canvas: Canvas) -> list[str]:
    """Return the defects that are the drawing's own: a long plan is small on a slide, a loose end cannot be drawn."""
    return [
        each
        for each in canvas.quality.defects
        if "small for a slide" not in each and each not in canvas.dropped
    ]


def measure(name: str, plans: Iterable[tuple[str, Plan]], *, shows_defects: bool) -> Tally:
    """Draw all plans, print a table and return the numbers of all kinds together."""
    tallies = {kind: Tally() for kind in KINDS}
    every = Tally()
    print(f"\n{name:22} plans    score  no defect   item p99 ms  last p99 ms")
    for number, (title, plan) in enumerate(plans):
        tally = tallies[plan.header.kind]
        canvas = draw(plan, number, tally)
        if shows_defects:
            for defect in faults_of(canvas):
                print(f"    {title} ({STYLES[number % 4]}): {defect}")
    for kind, tally in tallies.items():
        print(tally.line(kind))
        every.scores += tally.scores
        every.clean += tally.clean
        every.item_ms += tally.item_ms
        every.final_ms += tally.final_ms
    print(every.line("all"))
    return every


def main() -> None:
    """Measure the notation of all kinds, and the written and the generated plans."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generated", type=int, default=500, help="how many random plans")
    parser.add_argument("--max-nodes", type=int, default=30, help="of a random plan")
    parser.add_argument("--defects", action="store_true", help="print every defect")
    options = parser.parse_args()
    is_whole = measure_all(shows_missing=options.defects)
    written = measure("written", written_plans().items(), shows_defects=options.defects)
    generated = generated_plans(options.generated, max_nodes=options.max_nodes)
    random = measure(
        "generated", ((plan.header.title, plan) for plan in generated), shows_defects=options.defects
    )
    if not is_whole:
        sys.exit(
            "Below the aim: 99 % of texts, 98 % of connections, containment and order, 90 % of drawings clean."
        )
    if not (written.meets(1.0, 97.0) and random.meets(0.97, 0.0)):
        sys.exit("Below the aim: written plans all without defect and 97 points, random ones 97 % without.")


if __name__ == "__main__":
    main()
