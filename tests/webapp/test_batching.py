"""Many callers, one statement: who waits for whom, and who fails with whom."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest
from psycopg import errors

from webapp.batching import AT_ONCE, MAX_BATCH, Batcher

PATIENCE = 10.0  # seconds


class Desk:
    """Answers numbers by their doubles, and remembers the batches; shut, it keeps all who come waiting."""

    def __init__(self, fail: Callable[[Sequence[int]], None] = lambda _: None) -> None:
        self.batches: list[list[int]] = []
        self.open = threading.Event()
        self.open.set()
        self.busy = threading.Semaphore(0)
        self._fail = fail
        self.batcher: Batcher[int, int] = Batcher(self._work)
        self._callers = ThreadPoolExecutor(200)

    def _work(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        self.busy.release()
        assert self.open.wait(PATIENCE)
        self._fail(numbers)
        return [2 * number for number in numbers]

    def ask(self, *numbers: int) -> list[Future[int]]:
        """Ask from as many threads."""
        return [self._callers.submit(self.batcher.ask, number) for number in numbers]

    def take_all_places(self) -> list[Future[int]]:
        """Return the questions that keep every place busy until the desk opens; whoever asks now has to wait."""
        self.open.clear()
        first = []
        for number in range(AT_ONCE):
            first += self.ask(-number)
            assert self.busy.acquire(timeout=PATIENCE)
        return first

    def wait_for(self, count: int) -> None:
        """Return when so many wait for a place."""
        while len(self.batcher._waiting) < count:
            threading.Event().wait(0.001)


def test_a_lone_question_is_asked_at_once() -> None:
    desk = Desk()
    assert desk.batcher.ask(21) == 42
    assert desk.batches == [[21]]


def test_those_who_ask_meanwhile_share_the_next_statement() -> None:
    desk = Desk()
    desk.take_all_places()
    asked = desk.ask(*range(1, 11))
    desk.wait_for(10)
    desk.open.set()
    assert [each.result(PATIENCE) for each in asked] == [2 * number for number in range(1, 11)]
    # The places are free one after the other, and who is first at the next takes all who are there.
    assert len(desk.batches) <= 2 * AT_ONCE


def test_a_statement_takes_no_more_than_so_many() -> None:
    desk = Desk()
    desk.take_all_places()
    asked = desk.ask(*range(1, 2 * MAX_BATCH))
    desk.wait_for(2 * MAX_BATCH - 1)
    desk.open.set()
    assert [each.result(PATIENCE) for each in asked] == [2 * number for number in range(1, 2 * MAX_BATCH)]
    assert max(len(batch) for batch in desk.batches) == MAX_BATCH


@pytest.mark.parametrize("kind", [errors.DataError, errors.DeadlockDetected])
def test_one_that_breaks_the_statement_fails_alone(kind: type[psycopg.Error]) -> None:
    def fail(numbers: Sequence[int]) -> None:
        if 13 in numbers:
            raise kind("13")

    desk = Desk(fail)
    desk.take_all_places()
    asked = desk.ask(11, 12, 13, 14)
    desk.wait_for(4)
    desk.open.set()
    assert [each.result(PATIENCE) for each in (asked[0], asked[1], asked[3])] == [22, 24, 28]
    with pytest.raises(kind):
        asked[2].result(PATIENCE)


@pytest.mark.parametrize("kind", [errors.AdminShutdown, errors.QueryCanceled])
def test_with_the_database_lost_or_slow_all_fail_and_nobody_is_asked_twice(kind: type[psycopg.Error]) -> None:
    def fail(numbers: Sequence[int]) -> None:
        raise kind("terminating connection")

    desk = Desk(fail)
    first = desk.take_all_places()
    asked = desk.ask(11, 12, 13)
    desk.wait_for(3)
    desk.open.set()
    raised = [each.exception(PATIENCE) for each in first + asked]
    assert all(type(each) is kind for each in raised)
    assert sorted(number for batch in desk.batches for number in batch) == [-1, 0, 11, 12, 13]


def test_work_goes_on_after_a_failure() -> None:
    def fail(numbers: Sequence[int]) -> None:
        if {13, 14} & set(numbers):
            raise ZeroDivisionError

    desk = Desk(fail)
    desk.take_all_places()
    asked = desk.ask(13, 14)
    desk.wait_for(2)
    desk.open.set()
    for each in asked:
        with pytest.raises(ZeroDivisionError):
            each.result(PATIENCE)
    for _ in range(AT_ONCE + 1):
        assert desk.batcher.ask(4) == 8


def test_everybody_gets_the_answer_to_the_own_question() -> None:
    desk = Desk()
    asked = desk.ask(*range(2000))
    assert [each.result(PATIENCE) for each in asked] == [2 * number for number in range(2000)]
    assert sorted(number for batch in desk.batches for number in batch) == list(range(2000))
