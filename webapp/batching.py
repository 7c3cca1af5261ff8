"""Many callers, one statement: whoever asks while a statement runs is served, with all others, by the next one.

A lone caller waits for nobody. Under load the round trips are shared and, for writes, the commits. No answer is older
than its question: a batch is closed before its statement begins.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import psycopg
from psycopg.errors import DeadlockDetected

MAX_BATCH = 50  # questions of one statement, so that none takes long
AT_ONCE = 2  # statements of one batcher: a slow one does not hold up everybody

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class _Asked:
    """One question on its way; its gate opens when it has its answer or is to lead the next batch."""

    __slots__ = ("answer", "error", "gate", "is_done", "question")

    def __init__(self, question: Any) -> None:
        self.question = question
        self.answer: Any = None
        self.error: Exception | None = None
        self.is_done = False
        self.gate = threading.Lock()  # the cheapest thing to wait for, under gevent too


class Batcher(Generic[Question, Answer]):
    """Answers questions by ``work``, which takes many and returns their answers in the same order."""

    def __init__(self, work: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._free = AT_ONCE
        self._waiting: deque[_Asked] = deque()

    def ask(self, question: Question) -> Answer:
        """Return the answer; raise what ``work`` raises.

        Where one of many questions breaks their statement, each is asked again by itself, so that only the broken one
        fails. Not when the database was lost, for nobody knows then what became of a write, nor when it was slow.
        """
        asked = _Asked(question)
        with self._lock:
            must_wait = not self._free
            if must_wait:
                asked.gate.acquire()
                self._waiting.append(asked)
            else:
                self._free -= 1
        if must_wait:
            asked.gate.acquire()
        if not asked.is_done:
            self._lead(asked)
        if asked.error is not None:
            raise asked.error
        answer: Answer = asked.answer
        return answer

    def _lead(self, first: _Asked) -> None:
        with self._lock:
            batch = [first, *(self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH - 1)))]
        try:
            self._answer(batch)
        finally:
            with self._lock:
                heir = self._waiting.popleft() if self._waiting else None
                if heir is None:
                    self._free += 1
            for asked in batch:
                asked.is_done = True
                if asked is not first:
                    asked.gate.release()
            if heir is not None:
                heir.gate.release()

    def _answer(self, batch: Sequence[_Asked]) -> None:
        try:
            answers = self._work([asked.question for asked in batch])
            for asked, answer in zip(batch, answers, strict=True):
                asked.answer = answer
        except psycopg.Error as exc:
            if len(batch) > 1 and _is_about_one(exc):
                for asked in batch:
                    self._answer([asked])
            else:
                _tell(batch, exc)
        except Exception as exc:
            _tell(batch, exc)


def _is_about_one(exc: psycopg.Error) -> bool:
    """Return whether the database refused the statement and undid it, for what may be the fault of a single question.

    One that took too long is not among them: asked one after another, many more could take as long.
    """
    return isinstance(exc, DeadlockDetected) or not isinstance(exc, psycopg.OperationalError)


def _tell(batch: Sequence[_Asked], exc: Exception) -> None:
    for asked in batch:
        asked.error = exc
