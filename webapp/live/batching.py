"""Many callers, one statement: requests that arrive while a statement runs share the next one.

A lone caller waits for nobody. Under load the round trips are shared and, for writes, the commits. No result is older
than its request: a batch is closed before its statement begins.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import psycopg
from psycopg.errors import DeadlockDetected
from psycopg_pool import PoolTimeout

MAX_BATCH = 50  # requests of one statement, so that none takes long
AT_ONCE = 2  # statements of one batcher: a slow one does not hold up everybody
# Together with what a leader waits for (``core.pools``), less than the 10 s within which a request gets its response.
TURN_TIMEOUT = 2.0  # seconds a request waits until it is part of a statement
RESULT_TIMEOUT = 7.5  # seconds it then waits for that statement, which others run

Request = TypeVar("Request")
Result = TypeVar("Result")


class _Pending:
    """One request on its way; its gate opens when it has its result or is to lead the next batch."""

    __slots__ = ("error", "gate", "is_done", "request", "result")

    def __init__(self, request: Any) -> None:
        self.request = request
        self.result: Any = None
        self.error: Exception | None = None
        self.is_done = False
        self.gate = threading.Lock()  # the cheapest thing to wait for, under gevent too


class Batcher(Generic[Request, Result]):
    """Runs ``work``, which takes many requests and returns their results in the same order."""

    def __init__(self, work: Callable[[Sequence[Request]], Sequence[Result]]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._free = AT_ONCE
        self._waiting: deque[_Pending] = deque()

    def run(self, request: Request) -> Result:
        """Return the result; raise what ``work`` raises.

        Where one of many requests breaks their statement, each is run again by itself, so that only the broken one
        fails. Not when the database was lost, since nobody knows then what became of a write, nor when it was slow.
        Raises ``PoolTimeout`` when the statements before it take too long; of a write, what became of it is unknown
        then only if it was part of one.
        """
        pending = _Pending(request)
        with self._lock:
            must_wait = not self._free
            if must_wait:
                pending.gate.acquire()
                self._waiting.append(pending)
            else:
                self._free -= 1
        if must_wait:
            self._wait(pending)
        if not pending.is_done:
            self._lead(pending)
        if pending.error is not None:
            raise pending.error
        result: Result = pending.result
        return result

    def _wait(self, pending: _Pending) -> None:
        """Return when the request is done, or is to lead the next batch."""
        if pending.gate.acquire(timeout=TURN_TIMEOUT):
            return
        with self._lock:
            if pending in self._waiting:
                self._waiting.remove(pending)
                raise PoolTimeout("the statements before took too long")
        if not pending.gate.acquire(timeout=RESULT_TIMEOUT):
            raise PoolTimeout("the statement of this request took too long")

    def _lead(self, first: _Pending) -> None:
        with self._lock:
            batch = [first, *(self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH - 1)))]
        try:
            self._run_batch(batch)
        finally:
            with self._lock:
                next_leader = self._waiting.popleft() if self._waiting else None
                if next_leader is None:
                    self._free += 1
            for pending in batch:
                pending.is_done = True
                if pending is not first:
                    pending.gate.release()
            if next_leader is not None:
                next_leader.gate.release()

    def _run_batch(self, batch: Sequence[_Pending]) -> None:
        try:
            results = self._work([pending.request for pending in batch])
            for pending, result in zip(batch, results, strict=True):
                pending.result = result
        except psycopg.Error as exc:
            if len(batch) > 1 and _is_about_one(exc):
                for pending in batch:
                    self._run_batch([pending])
            else:
                _fail(batch, exc)
        except Exception as exc:
            _fail(batch, exc)


def _is_about_one(exc: psycopg.Error) -> bool:
    """Return whether the database undid the statement for what may be the fault of a single request.

    A statement that took too long is not among them: run one after another, many more could take as long.
    """
    return isinstance(exc, DeadlockDetected) or not isinstance(exc, psycopg.OperationalError)


def _fail(batch: Sequence[_Pending], exc: Exception) -> None:
    for pending in batch:
        pending.error = exc
