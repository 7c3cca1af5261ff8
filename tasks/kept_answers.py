"""A model's whole answer, kept with its job until the job ends: who takes the job over draws it without asking.

Only an answer that came to its end and was accepted is kept. One of another model, server or drawing does not count.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import asdict
from typing import Any, Protocol

import psycopg
import structlog

from core.attempts import Attempt, Usage, keep_answer
from core.pools import AsyncPool
from drawing.plan import Edge, Group, Header, Item, Node, Shape
from tasks.designers import Designer, Note, Request, Restart, Said, Source
from tasks.subjects import Subject

Part = Header | Item | Source | Note

KEEP_PATIENCE = 60.0  # seconds an answer waits for a lost database
KEEP_PAUSE = 0.5  # seconds between two tries
KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Header, Node, Edge, Group, Shape, Source, Note)
}

log = structlog.get_logger()


class Asker(Protocol):
    """Of a worker: its database, and the server that it asks."""

    @property
    def pool(self) -> AsyncPool: ...
    @property
    def model_server(self) -> str | None: ...


class Run(Protocol):
    """Of an attempt that runs: whom it asks, about which drawings, and what that has cost."""

    attempt: Attempt
    designer: Designer

    @property
    def subjects(self) -> Sequence[Subject]: ...

    usage: Usage
    charged: Usage


def has_answer(worker: Asker, run: Run) -> bool:
    """Return whether an earlier attempt got the answer, from the model that would be asked now."""
    kept = run.attempt.answer
    return kept is not None and kept["of"] == [worker.model_server, run.designer.model]


async def design_once(worker: Asker, run: Run, request: Request) -> AsyncGenerator[Said, None]:
    """Yield the kept answer; where there is none, what the designer says, and keep that with what it cost."""
    subject = ",".join(str(each.id) for each in run.subjects) or None
    kept = run.attempt.answer
    if kept is not None and has_answer(worker, run) and kept["subject"] == subject:
        log.info("answer_reused")
        for each in read_parts(kept["parts"]):
            yield each
        return
    said: list[Part] = []
    async with aclosing(run.designer.design(request)) as plan:
        async for part in plan:
            if isinstance(part, Restart):
                said = [note for note in said if isinstance(note, Note)]
            elif not isinstance(part, Usage):
                said.append(part)
            yield part
    if run.designer.model is not None:
        of = [worker.model_server, run.designer.model]
        await _keep(worker, run, {"of": of, "subject": subject, "parts": write_parts(said)})


def write_parts(said: Iterable[Part]) -> list[list[Any]]:
    """Return what was said as JSON; pieces of notation become one."""
    parts: list[list[Any]] = []
    for each in said:
        name, values = type(each).__name__, asdict(each)
        if name == "Source" and parts and parts[-1][0] == name:
            parts[-1][1]["text"] += values["text"]
        else:
            parts.append([name, values])
    return parts


def read_parts(parts: Iterable[list[Any]]) -> list[Part]:
    """Return what ``write_parts`` wrote."""
    return [KINDS[name](**values) for name, values in parts]


async def _keep(worker: Asker, run: Run, answer: dict[str, Any]) -> None:
    """Keep the answer and charge the job for it; a lost database delays it.

    A try whose response was lost is no harm: the same attempt is charged once.
    """
    deadline = time.monotonic() + KEEP_PATIENCE
    while True:
        try:
            async with worker.pool.connection() as conn:
                await keep_answer(conn, run.attempt, answer=answer, usage=run.usage)
        except psycopg.OperationalError as exc:
            if time.monotonic() > deadline:
                raise
            log.warning("answer_delayed", reason=type(exc).__name__)
            await asyncio.sleep(KEEP_PAUSE)
        except psycopg.DataError as exc:
            # PostgreSQL stores no NUL. What cannot be kept can be drawn all the same.
            log.warning("answer_not_kept", reason=type(exc).__name__)
            return
        else:
            run.charged, run.usage = run.usage, Usage()
            return
