"""What the worker uses of Procrastinate's private members: an upgrade that changes one fails here, by its name."""

from __future__ import annotations

import ast
import inspect
from importlib.metadata import version
from pathlib import Path

import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector
from procrastinate.worker import Worker

ROOT = Path(__file__).resolve().parents[2]
PINNED = "3.10.0"
# Each private member of procrastinate.worker.Worker in use, with its signature; None for an attribute.
MEMBERS = {
    "_fetch_and_process_jobs": "(self)",
    "_handle_notification": "(self, *, channel: 'str', notification: 'jobs.Notification')",
    "_new_job_event": None,
    "_persist_job_status": "(self, job: 'jobs.Job', status: 'jobs.Status', retry_decision:"
    " 'retry.RetryDecision | None', context: 'job_context.JobContext', job_result: 'job_context.JobResult | None')",
    "_poll_jobs_to_abort": "(self)",
    "_process_job": "(self, context: 'job_context.JobContext')",
    "_running_jobs": None,
    "_start_side_tasks": "(self) -> 'list[asyncio.Task[Any]]'",
    "_stop_event": None,
}


def test_procrastinate_is_the_version_whose_members_were_looked_at() -> None:
    assert version("procrastinate") == PINNED


@pytest.mark.parametrize("name", MEMBERS)
def test_private_member_of_procrastinates_worker_is_as_expected(name: str) -> None:
    member = getattr(Worker(App(connector=InMemoryConnector())), name, None)
    assert member is not None, (
        f"procrastinate {version('procrastinate')} has no Worker.{name}: see tasks/worker.py"
    )
    if MEMBERS[name] is not None:
        assert str(inspect.signature(getattr(Worker, name))) == MEMBERS[name]


def test_one_module_uses_private_members_and_all_are_listed_here() -> None:
    used = {path.name: found for path in (ROOT / "tasks").rglob("*.py") if (found := _private_names(path))}
    assert set(used) == {"worker.py"}
    assert used["worker.py"] == set(MEMBERS)


def _private_names(path: Path) -> set[str]:
    """Return the names that a module uses or overrides of ``Worker``'s private members."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    of_worker = {name for name in vars(Worker(App(connector=InMemoryConnector()))) if name.startswith("_")}
    of_worker |= {name for name in vars(Worker) if name.startswith("_") and not name.startswith("__")}
    mentioned = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    mentioned |= {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return mentioned & of_worker
