"""What a run of the benchmarks found: a table for the terminal and for the docs, JSON, and charts."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table

from bench.plot import Bar, Row, draw, draw_bars

BEGIN, END = "<!-- bench -->", "<!-- /bench -->"  # between them is the table in the docs


@dataclass(frozen=True)
class Figure:
    """One line of the table: a value, its unit, and the goal when it has one (``at_most``: less is better).

    A value that could not be measured is None, and ``note`` says why.
    """

    what: str
    value: float | None
    unit: str = ""
    goal: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def reached(self) -> float | None:
        """How far the goal is reached: 1 is exactly, more is better; None without a goal or a value."""
        if self.goal is None or self.value is None:
            return None
        return self.goal / max(self.value, 1e-9) if self.at_most else self.value / self.goal

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """What, measured, goal, met, more."""
        goal = (
            "" if self.goal is None else f"{'≤' if self.at_most else '≥'} {self.goal:g} {self.unit}".strip()
        )
        met = "" if self.reached is None else "yes" if self.reached >= 1 else "**no**"
        return self.what, _amount(self.value, self.unit), goal, met, self.note


@dataclass(frozen=True)
class Report:
    """All figures of a run; ``pickups`` are the seconds from commit to task by the name of the queue."""

    figures: Sequence[Figure]
    pickups: dict[str, list[float]]
    machine: str

    def table(self) -> Table:
        """Return the table for a terminal."""
        table = Table(title="Canvas Jobs", title_justify="left")
        for heading in ("what", "measured", "goal", "met", "more"):
            table.add_column(heading, justify="left" if heading in ("what", "more") else "right")
        for figure in self.figures:
            table.add_row(*(cell.strip("*") for cell in figure.cells))
        return table

    def markdown(self) -> str:
        """Return the table for the docs, with the machine it was measured on."""
        rows = ["| what | measured | goal | met | more |", "|---|--:|--:|--:|---|"]
        rows += [f"| {' | '.join(figure.cells)} |" for figure in self.figures]
        return f"Measured on {self.machine}.\n\n" + "\n".join(rows)

    def write(self, folder: Path) -> None:
        """Write ``bench.json`` and the charts into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        found = {"machine": self.machine, "figures": [asdict(figure) for figure in self.figures]}
        (folder / "bench.json").write_text(json.dumps(found, indent=2) + "\n")
        (folder / "goals.svg").write_text(self._goals(), encoding="utf-8")
        if self.pickups:
            (folder / "pickup.svg").write_text(self._pickups(), encoding="utf-8")

    def write_docs(self, page: Path) -> None:
        """Put the table into a page, between the marks, and JSON and charts into the folder named like it."""
        self.write(page.with_suffix(""))
        text = page.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        _, mark, after = rest.partition(END)
        if not mark:
            raise ValueError(f"{page} has no {BEGIN} … {END}")
        page.write_text(f"{before}{BEGIN}\n{self.markdown()}\n{END}{after}", encoding="utf-8")

    def _goals(self) -> str:
        rows = [
            Row(figure.what, figure.cells[1], figure.cells[2], figure.reached)
            for figure in self.figures
            if figure.reached is not None
        ]
        return draw("How far each goal is reached (dashed: the goal)", rows)

    def _pickups(self) -> str:
        bars = [
            Bar(name, *(1000 * sorted(seconds)[int(share * (len(seconds) - 1))] for share in (0.5, 0.99)))
            for name, seconds in self.pickups.items()
        ]
        return draw_bars("From a job's commit to the first line of its task: median, and p99 (ms)", bars)


def describe_machine() -> str:
    """Return what the figures are measured on, in a few words, and how busy it is already."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.machine()}"
    cores = f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB"
    load = f"load average {os.getloadavg()[0]:.1f} before it began"
    return f"{cores}, {system}, Python {platform.python_version()}; {load}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.2f} {unit}"
