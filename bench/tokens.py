"""How many tokens drawings take as notation and as JSON plans, counted with OpenAI's vocabulary (o200k).

python -m bench.tokens        needs Node and the npm package gpt-tokenizer, which ships the vocabulary
"""

from __future__ import annotations

import json
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.plans import WRITTEN, load
from drawing.plan_collector import PlanCollector
from drawing.source import write_source

FOLDER = Path(__file__).parent.parent / "var" / "bench-tokens"
MOST = 0.4  # of the JSON plan's tokens: the goal
TOKENS_A_SECOND = 40.0  # of a model that streams at a usual pace

_COUNT = """
const { encode } = require("gpt-tokenizer/cjs/encoding/o200k_base");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => encode(text).length)));
"""


@dataclass(frozen=True)
class Drawing:
    """One drawing in both forms; ``items`` are its nodes, groups and connectors."""

    name: str
    items: int
    plan: str
    notation: str


def flowcharts() -> list[Drawing]:
    """Return the written flowcharts in both forms, as a model streams them: JSON compact, keys in order."""
    out = []
    for path in sorted(WRITTEN.glob("flow_*.json")):
        said = PlanCollector((plan := load(path)).header)
        for item in plan.items:
            said.take(item)
        compact = json.dumps(json.loads(path.read_text()), ensure_ascii=False, separators=(",", ":"))
        out.append(Drawing(path.stem, len(plan.items), compact, write_source(said.drawing)))
    return out


def count(texts: list[str]) -> list[int]:
    """Return the tokens of each text."""
    done = subprocess.run(
        ["node", "-e", _COUNT],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        cwd=FOLDER,
        check=True,
    )
    counts: list[int] = json.loads(done.stdout)
    return counts


def main() -> None:
    """Print a row a drawing, and the sums."""
    drawings = flowcharts()
    plans, notations = count([each.plan for each in drawings]), count([each.notation for each in drawings])
    print(
        f"{'drawing':24} {'items':>5} {'JSON':>6} {'notation':>8} {'share':>6} {'JSON s':>7} {'notation s':>10}"
    )
    for each, plan, notation in zip(drawings, plans, notations, strict=True):
        counts = f"{plan:6} {notation:8} {notation / plan:6.2f}"
        seconds = f"{plan / TOKENS_A_SECOND:7.1f} {notation / TOKENS_A_SECOND:10.1f}"
        print(f"{each.name:24} {each.items:5} {counts} {seconds}")
    items = sum(each.items for each in drawings)
    share = sum(notations) / sum(plans)
    median = statistics.median(notation / plan for plan, notation in zip(plans, notations, strict=True))
    print(f"\nan item: {sum(plans) / items:.1f} tokens as JSON, {sum(notations) / items:.1f} as notation")
    print(
        f"share {share:.2f}, median {median:.2f}, goal at most {MOST}: {'met' if share <= MOST else 'missed'}"
    )
    times = f"{_mean(plans):.1f} s and {_mean(notations):.1f} s"
    print(f"first to last token at {TOKENS_A_SECOND:.0f} a second, mean: {times}")


def _mean(counts: list[int]) -> float:
    return statistics.mean(counts) / TOKENS_A_SECOND


if __name__ == "__main__":
    main()
