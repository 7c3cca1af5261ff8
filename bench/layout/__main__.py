"""Lay out graphs with ours, ELK, dagre and Graphviz' dot, and print what each does well.

python -m bench.layout [--graphs 120] [--files FOLDER] [--modules var/bench-layout] [--docs docs/layout.md] [--faults]

Engines that are not installed are left out, and the table says so.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from bench.layout.engines import Run, run_dot, run_npm, run_ours
from bench.layout.graphs import Graph, generated
from bench.layout.picture import side_by_side
from bench.layout.reading import read_folder
from bench.layout.stability import markdown as stable_markdown
from bench.layout.stability import measure_changes
from bench.layout.table import ENGINES, Column, markdown, measure_all, rows

PICTURES = 8  # in the documentation
KNOW_OUTLINES = ("ours", "dot")  # the others are told boxes alone, and judged by those
STABLE = 60  # graphs that are changed a little


def run_all(graphs: Sequence[Graph], modules: Path) -> dict[str, list[Run]]:
    """Return each engine's drawings; nothing for an engine that is not there."""
    runs = {"ours": run_ours(graphs)}
    if shutil.which("node") and (modules / "node_modules" / "elkjs").is_dir():
        runs["ELK"] = run_npm("elk", graphs, modules)
        runs["dagre"] = run_npm("dagre", graphs, modules)
    if shutil.which("dot"):
        runs["dot"] = run_dot(graphs)
    return runs


def renew(page: Path, name: str, table: str) -> None:
    """Put a table between the two marks of that name."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    head, rest = page.read_text(encoding="utf-8").split(begin)
    page.write_text(f"{head}{begin}\n{table}\n{end}{rest.split(end)[1]}", encoding="utf-8")


def write_docs(page: Path, table: str, graphs: Sequence[Graph], runs: dict[str, list[Run]]) -> None:
    """Renew the table of a page and the pictures beside it."""
    renew(page, "bench-layout", table)
    folder = page.parent / page.stem
    folder.mkdir(exist_ok=True)
    columns = {
        name: measure_all(graphs, found, knows_outlines=name in KNOW_OUTLINES) for name, found in runs.items()
    }
    for i in range(min(PICTURES, len(graphs))):
        drawings = {name: run.drawing for name, found in runs.items() if (run := found[i]).drawing}
        notes = {name: _note(columns[name][i]) for name in drawings}
        picture = side_by_side(graphs[i], {name: d for name, d in drawings.items() if d}, notes)
        (folder / f"{graphs[i].name.replace(' ', '-')}.svg").write_text(picture, encoding="utf-8")


def _note(column: Column) -> str:
    return f"{len(column.hard)} faults, {column.crossings} crossings, {column.text:.1f} pt"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--graphs", type=int, default=120, help="how many generated graphs")
    parser.add_argument(
        "--files", type=Path, help="a folder of .mmd, .gv and .dot files, instead of generated ones"
    )
    parser.add_argument(
        "--modules", type=Path, default=Path("var/bench-layout"), help="where npm put ELK and dagre"
    )
    parser.add_argument("--docs", type=Path, help="the page whose table and pictures to renew")
    parser.add_argument("--faults", action="store_true", help="print every fault of ours")
    options = parser.parse_args()
    graphs = list(read_folder(options.files)) if options.files else generated(options.graphs)
    runs = run_all(graphs, options.modules)
    columns = {
        name: measure_all(graphs, found, knows_outlines=name in KNOW_OUTLINES) for name, found in runs.items()
    }
    engines = [name for name in ENGINES if name in runs]
    boxes, lines = sum(len(g.boxes) for g in graphs), sum(len(g.lines) for g in graphs)
    table = f"{len(graphs)} graphs, {boxes:,} boxes, {lines:,} lines.\n\n{markdown(rows(graphs, columns), engines)}"
    print(table)
    stability = stable_markdown(measure_changes(graphs[:STABLE]))
    print(f"\nThe same with the drawing before as a hint ({min(STABLE, len(graphs))} graphs):\n\n{stability}")
    missing = [name for name in ENGINES if name not in runs]
    if missing:
        print(f"\nNot installed, so not measured: {', '.join(missing)}.")
    if options.faults:
        for graph, column in zip(graphs, columns["ours"], strict=True):
            for fault in [*column.hard, *column.foreign]:
                print(f"{graph.name}: {fault}")
    if options.docs:
        write_docs(options.docs, table, graphs, runs)
        renew(options.docs, "stability", stability)


if __name__ == "__main__":
    main()
