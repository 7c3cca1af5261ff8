"""One module writes a job's record, and no module runs another's queries: read from the code itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from core import job_record
from migrations import ROOT

WRITE = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE)\s+(?:ONLY\s+)?ai_jobs\b", re.I
)
NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
SQL = ROOT / "core" / "sql"
WRITERS = {SQL / "job_record.sql", SQL / "functions.sql"}


def source_files() -> Iterator[Path]:
    """Yield all that runs in production, and the SQL; a migration may touch any table."""
    yield ROOT / "procrastinate_schema.sql"
    for folder in ("core", "tasks", "webapp"):
        for suffix in ("py", "sql"):
            yield from (ROOT / folder).rglob(f"*.{suffix}")


def used_queries(module: Path) -> set[str]:
    """Return the names that a module reads from its own ``queries``, or passes on to be read from them."""
    tree = ast.parse(module.read_text())
    names = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "queries"
    }
    strings = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return names | (strings & set(NAME.findall((SQL / f"{module.stem}.sql").read_text())))


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE ai_jobs SET x = 1",
        "insert into\n    ai_jobs (id)",
        "DELETE FROM ONLY ai_jobs",
        "TRUNCATE ai_jobs",
    ],
)
def test_a_write_is_recognised(text: str) -> None:
    assert WRITE.search(text)


def test_reads_and_other_tables_are_no_writes() -> None:
    assert not WRITE.search(
        "SELECT * FROM ai_jobs FOR UPDATE; UPDATE ai_jobs_old SET x = 1; UPDATE canvases SET y"
    )


def test_only_the_job_record_writes_ai_jobs() -> None:
    assert {path for path in source_files() if WRITE.search(path.read_text())} == WRITERS


def test_each_change_is_named_and_written_once() -> None:
    named = NAME.findall((SQL / "job_record.sql").read_text())
    assert sorted(named) == sorted(get_args(job_record.Change))


def test_a_job_is_reopened_in_one_place() -> None:
    texts = [path.read_text() for path in source_files()]
    assert sum(text.count("SET outcome = NULL") for text in texts) == 1


def test_each_file_of_queries_belongs_to_the_module_of_its_name() -> None:
    loads = re.compile(r"load_queries\(([^)]*)\)")
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in source_files()
        if path.suffix == ".py" and path != SQL / "__init__.py"
        for name in loads.findall(path.read_text())
    }
    files = {path.stem for path in SQL.glob("*.sql")} - {"functions"}
    assert found == {(f"core/{name}.py", f'"{name}"') for name in files}


def test_no_module_reaches_for_the_queries_of_another() -> None:
    reaching = re.compile(r"\b\w+\.queries\b|import [^\n]*\bqueries\b")
    assert not [path for path in source_files() if path.suffix == ".py" and reaching.search(path.read_text())]


def test_every_query_is_used_by_its_module() -> None:
    for path in SQL.glob("*.sql"):
        named = set(NAME.findall(path.read_text()))
        if named:
            assert used_queries(ROOT / "core" / f"{path.stem}.py") == named, path.name
