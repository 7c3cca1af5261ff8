"""What the designer makes of recorded answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from core.attempts import Usage
from drawing.plan import Edge, Group, Header, Item, Node, Shape
from tasks.designers import Note, Request, Restart, Source
from tasks.designers.failures import ModelFailure, PermanentFailure, TransientFailure
from tasks.designers.openai import OpenAIDesigner
from tests.tasks.recorded_server import SECOND, RecordedServer

IDLE = 5.0  # seconds of the recordings
ORDER = ["Receive order", "Pack parcel", "Send parcel"]
EDGES = [("n1", "n2", None), ("n2", "n3", "ready")]
Recording = bytes | Callable[[dict[str, Any]], bytes]


@dataclass
class Outcome:
    """What an answer came to: a plan with its notes, or a failure."""

    header: Header | None = None
    items: list[Item] = field(default_factory=list)
    source: str = ""  # of an answer in notation
    notes: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    restarts: int = 0
    failure: ModelFailure | None = None
    bodies: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    @property
    def code(self) -> str | None:
        """The failure's code."""
        return self.failure.code if self.failure else None

    @property
    def is_final(self) -> bool:
        """True for a failure that is not tried again."""
        return isinstance(self.failure, PermanentFailure)

    @property
    def retry_after_seconds(self) -> float | None:
        """The wait that the server asked for."""
        return self.failure.retry_after_seconds if isinstance(self.failure, TransientFailure) else None

    @property
    def operator_message(self) -> str:
        """The failure's sentence for the operator."""
        return self.failure.operator_message if self.failure else ""

    @property
    def texts(self) -> list[str]:
        """The texts of nodes, groups and shapes."""
        return [item.text or "" for item in self.items if isinstance(item, Node | Group | Shape)]

    @property
    def arrows(self) -> list[tuple[str, str, str | None]]:
        """Source, target and label of the edges."""
        return [(item.source, item.target, item.label) for item in self.items if isinstance(item, Edge)]


def ask(
    *recordings: Recording,
    request: Request | None = None,
    times: int = 1,
    path: str = "/v1",
    total: float = 60.0,
    **options: Any,
) -> Outcome:
    """Return what comes of asking a server that answers like this; of the last time, when asked several times."""
    # Only where a recording is silent its seconds are shortened: a busy machine is slow as well.
    second = SECOND if any(b"silence>>" in each for each in recordings if isinstance(each, bytes)) else 1.0
    limits = {"timeout_seconds": total * second, "idle_timeout_seconds": IDLE * second, "plan_format": "json"}
    with RecordedServer(*recordings) as server:
        return asyncio.run(_ask(server, request or Request("An order"), times, path, limits | options))


async def _ask(
    server: RecordedServer, request: Request, times: int, path: str, options: dict[str, Any]
) -> Outcome:
    address = {"api_key": "sk-test", "base_url": server.origin + path, "model": "quirk-1"}
    designer = OpenAIDesigner(**address | options)
    try:
        for _ in range(times):
            outcome = await read(designer, request)
    finally:
        await designer.close()
    outcome.bodies, outcome.paths, outcome.heads = server.bodies, server.paths, server.heads
    return outcome


async def read(designer: OpenAIDesigner, request: Request) -> Outcome:
    """Return what a designer says to a request."""
    outcome = Outcome()
    try:
        async with aclosing(designer.design(request)) as said:
            async for each in said:
                _take(outcome, each)
    except ModelFailure as failure:
        outcome.failure = failure
    return outcome


def _take(outcome: Outcome, said: Any) -> None:
    if isinstance(said, Usage):
        outcome.usage = said
    elif isinstance(said, Note):
        outcome.notes.append(said.text)
    elif isinstance(said, Header):
        assert outcome.header is None, "a header without a restart"
        outcome.header = said
    elif isinstance(said, Restart):
        outcome.header, outcome.items, outcome.source = None, [], ""
        outcome.restarts += 1
    elif isinstance(said, Source):
        outcome.source += said.text
    else:
        outcome.items.append(said)


def check_drawn(outcome: Outcome, *, requests: int = 1, notes: int = 0) -> None:
    """Check that the order flow is drawn whole."""
    assert outcome.failure is None, outcome.failure
    assert outcome.header is not None
    assert (outcome.header.title, outcome.texts, outcome.arrows) == ("Order", ORDER, EDGES)
    assert (len(outcome.bodies), len(outcome.notes)) == (requests, notes)


def check_failed(outcome: Outcome, code: str, *, is_final: bool, requests: int = 1) -> None:
    """Check that it fails with this code, and says nothing of settings to the person."""
    assert (outcome.code, outcome.is_final) == (code, is_final)
    assert len(outcome.bodies) == requests
    assert outcome.failure is not None
    assert "OPENAI" not in outcome.failure.message
