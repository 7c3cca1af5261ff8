"""The rows of the table: what was counted on all graphs, an engine a column, and whether ours reaches the goal."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.layout.engines import Run
from bench.layout.graphs import Graph
from bench.layout.measures import Measure, slide_text

ENGINES = ("ours", "ELK", "dagre", "dot")
READABLE = 10.0  # points


@dataclass
class Column:
    """One engine's figures for one graph; None where it drew nothing."""

    measure: Measure | None
    hard: list[str]
    foreign: list[str]
    crossings: int
    text: float
    seconds: float


def measure_all(graphs: Sequence[Graph], runs: Sequence[Run], *, knows_outlines: bool) -> list[Column]:
    """Return the figures of an engine; outlines are boxes for those that know nothing else."""
    columns = []
    for graph, run in zip(graphs, runs, strict=True):
        if run.drawing is None:
            columns.append(Column(None, [run.error or "no drawing"], [], 0, 0.0, run.seconds))
            continue
        measure = Measure(graph, run.drawing, knows_outlines=knows_outlines)
        columns.append(
            Column(
                measure,
                measure.hard(),
                measure.foreign_frames(),
                measure.crossings(),
                slide_text(run.drawing),
                run.seconds,
            )
        )
    return columns


@dataclass
class Row:
    """A line of the table: a value for each engine, and the goal in words, None where there is none."""

    name: str
    values: dict[str, str]
    goal: str = ""
    is_met: bool | None = None


def rows(graphs: Sequence[Graph], columns: dict[str, list[Column]]) -> list[Row]:
    """Return the table."""
    have = {name: found for name, found in columns.items() if found}
    grouped = [i for i, graph in enumerate(graphs) if graph.groups]
    return [
        _hard(have), _crossings(have), _labels(have), _foreign(have), _sides(have), _jogs(have),
        _stretched(graphs, have), _text(have), _small(have), _group_text(have, grouped), _balance(have),
        _shape(have), _time(have),
    ]  # fmt: skip


def _each(columns: dict[str, list[Column]], value: Callable[[list[Column]], str]) -> dict[str, str]:
    return {name: value(found) for name, found in columns.items()}


def _measures(found: list[Column]) -> list[Measure]:
    return [column.measure for column in found if column.measure is not None]


def _hard(have: dict[str, list[Column]]) -> Row:
    def value(found: list[Column]) -> str:
        through = sum("through a box" in fault for column in found for fault in column.hard)
        return f"{sum(len(column.hard) for column in found)}; {through}"

    values = _each(have, value)
    return Row("hard faults; line through a box", values, "0; 0", values["ours"] == "0; 0")


def _crossings(have: dict[str, list[Column]]) -> Row:
    values = _each(have, lambda found: f"{sum(column.crossings for column in found):,}")
    rivals = [have[name] for name in ("ELK", "dot") if name in have]
    if not rivals:
        return Row("crossings", values)
    ours = [column.crossings for column in have["ours"]]
    sums = [sum(column.crossings for column in found) for found in rivals]
    share = sum(
        mine
        <= min(found[i].crossings for found in rivals if found[i].measure is not None or len(rivals) == 1)
        for i, mine in enumerate(ours)
    ) / len(ours)
    values["ours"] += f" ({share:.0%} of graphs ≤ both)"
    return Row(
        "crossings", values, "≤ ELK and dot, on 90 % of graphs", sum(ours) <= min(sums) and share >= 0.9
    )


def _labels(have: dict[str, list[Column]]) -> Row:
    def value(found: list[Column]) -> str:
        counts = [measure.label_owners() for measure in _measures(found)]
        return f"{sum(a for a, _ in counts)} / {sum(b for _, b in counts)}"

    values = _each(have, value)
    return Row("label nearer to another line / far from its own", values, "0 / 0", values["ours"] == "0 / 0")


def _foreign(have: dict[str, list[Column]]) -> Row:
    values = _each(have, lambda found: str(sum(len(column.foreign) for column in found)))
    return Row("line through a foreign frame", values, "0", values["ours"] == "0")


def _sides(have: dict[str, list[Column]]) -> Row:
    def share(found: list[Column]) -> tuple[int, int]:
        counts = [measure.side_entries() for measure in _measures(found)]
        return sum(a for a, _ in counts), sum(b for _, b in counts)

    values = _each(have, lambda found: f"{share(found)[0]} of {share(found)[1]:,}")
    entered, total = share(have["ours"])
    if "dot" in values:
        values["dot"] = "–"
    return Row("forward line that enters a side", values, "< 1 %", entered < 0.01 * max(1, total))


def _jogs(have: dict[str, list[Column]]) -> Row:
    def value(found: list[Column]) -> str:
        measures = _measures(found)
        return f"{sum(m.kinks() for m in measures)} / {sum(m.short_heads() for m in measures)}"

    values = _each(have, value)
    if "dot" in values:
        values["dot"] = "–"
    return Row("jogs under 16 units / last piece under a head", values, "0 / 0", values["ours"] == "0 / 0")


def _stretched(graphs: Sequence[Graph], have: dict[str, list[Column]]) -> Row:
    def value(found: list[Column]) -> str:
        count = 0
        for graph, column in zip(graphs, found, strict=True):
            if column.measure is not None:
                rects = column.measure.drawing.rects
                count += sum(
                    abs(rects[b.key].w - b.w) > 1 or abs(rects[b.key].h - b.h) > 1 for b in graph.boxes
                )
        return str(count)

    values = _each(have, value)
    return Row("boxes stretched", values, "0", values["ours"] == "0")


def _text(have: dict[str, list[Column]]) -> Row:
    medians = {name: _median([c.text for c in found if c.measure]) for name, found in have.items()}
    values = {name: f"{value:.1f} pt" for name, value in medians.items()}
    met = medians["ours"] >= 1.1 * medians["dot"] if "dot" in medians else None
    return Row("text on a 13.3-inch slide, median", values, "dot's + 10 %", met)


def _small(have: dict[str, list[Column]]) -> Row:
    counts = {name: sum(c.text < READABLE for c in found) for name, found in have.items()}
    met = counts["ours"] < counts["dot"] if "dot" in counts else None
    values = {name: str(count) for name, count in counts.items()}
    return Row(f"graphs under {READABLE:.0f} pt", values, "fewer than dot", met)


def _group_text(have: dict[str, list[Column]], grouped: Sequence[int]) -> Row:
    medians = {
        name: _median([found[i].text for i in grouped if found[i].measure]) for name, found in have.items()
    }
    values = {name: f"{value:.1f} pt" for name, value in medians.items()}
    met = medians["ours"] >= medians["dot"] if "dot" in medians else None
    return Row(f"the same, {len(grouped)} graphs with groups", values, "dot's", met)


def _balance(have: dict[str, list[Column]]) -> Row:
    medians = {name: _mean([m.balance() for m in _measures(found)]) for name, found in have.items()}
    values = {name: f"{value:.2f}" for name, value in medians.items()}
    met = medians["ours"] <= medians["dot"] if "dot" in medians else None
    return Row("parent off the middle of its children", values, "dot's", met)


def _shape(have: dict[str, list[Column]]) -> Row:
    def value(found: list[Column]) -> str:
        measures = _measures(found)
        lines = sum(len(m.drawing.routes) for m in measures)
        return f"{sum(m.bends() for m in measures) / max(1, lines):.2f}; {_mean([m.detour() for m in measures]):.2f}"

    values = _each(have, value)
    if "dot" in values:
        values["dot"] = f"–; {_mean([m.detour() for m in _measures(have['dot'])]):.2f}"
    return Row("bends a line; detour factor", values)


def _time(have: dict[str, list[Column]]) -> Row:
    times = {name: sorted(column.seconds * 1000 for column in found) for name, found in have.items()}
    pairs = {name: (_median(found), found[int(len(found) * 0.95)]) for name, found in times.items()}
    values = {name: f"{pair[0]:.0f} / {pair[1]:.0f} ms" for name, pair in pairs.items()}
    met = all(a <= b for a, b in zip(pairs["ours"], pairs["ELK"], strict=True)) if "ELK" in pairs else None
    return Row("processor time, median / p95", values, "≤ ELK", met)


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


def _mean(values: Sequence[float]) -> float:
    return statistics.mean(values) if values else 0.0


def markdown(table: Sequence[Row], engines: Sequence[str]) -> str:
    """Return the table in Markdown."""
    lines = [f"| | {' | '.join(engines)} | goal | met |", f"|---|{'--:|' * len(engines)}---|---|"]
    for row in table:
        met = "" if row.is_met is None else "yes" if row.is_met else "**no**"
        cells = [row.values.get(engine, "") for engine in engines]
        lines.append(f"| {row.name} | {' | '.join(cells)} | {row.goal} | {met} |")
    return "\n".join(lines)
