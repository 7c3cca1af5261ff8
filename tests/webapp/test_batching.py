"""Many callers, one statement: which requests wait, share a statement, and fail together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest
from psycopg import errors
from psycopg_pool import PoolTimeout

from tests.waiting import PATIENCE
from webapp.live import batching
from webapp.live.batching import AT_ONCE, MAX_BATCH, Batcher


class Doubling:
    """A batcher that doubles numbers and remembers its batches; while it is closed, all requests wait."""

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

    def send(self, *numbers: int) -> list[Future[int]]:
        """Send each from a thread of its own."""
        return [self._callers.submit(self.batcher.run, number) for number in numbers]

    def take_all_places(self) -> list[Future[int]]:
        """Return requests that keep every place busy until it opens; later requests have to wait."""
        self.open.clear()
        first = []
        for number in range(AT_ONCE):
            first += self.send(-number)
            assert self.busy.acquire(timeout=PATIENCE)
        return first

    def leaders(self) -> set[int]:
        """Return the requests that ran a statement, for themselves and others."""
        return {batch[0] for batch in self.batches}

    def wait_for(self, count: int) -> None:
        """Return when so many wait for a place."""
        while len(self.batcher._waiting) < count:
            threading.Event().wait(0.001)


def test_lone_request_runs_at_once() -> None:
    doubling = Doubling()
    assert doubling.batcher.run(21) == 42
    assert doubling.batches == [[21]]


def test_requests_that_wait_share_the_next_statement() -> None:
    doubling = Doubling()
    doubling.take_all_places()
    sent = doubling.send(*range(1, 11))
    doubling.wait_for(10)
    doubling.open.set()
    assert [each.result(PATIENCE) for each in sent] == [2 * number for number in range(1, 11)]
    # Places are freed one after the other, and the first request at the next takes all that are there.
    assert len(doubling.batches) <= 2 * AT_ONCE


def test_batch_is_bounded() -> None:
    doubling = Doubling()
    doubling.take_all_places()
    sent = doubling.send(*range(1, 2 * MAX_BATCH))
    doubling.wait_for(2 * MAX_BATCH - 1)
    doubling.open.set()
    assert [each.result(PATIENCE) for each in sent] == [2 * number for number in range(1, 2 * MAX_BATCH)]
    assert max(len(batch) for batch in doubling.batches) == MAX_BATCH


@pytest.mark.parametrize("kind", [errors.DataError, errors.DeadlockDetected])
def test_request_that_breaks_the_statement_fails_alone(kind: type[psycopg.Error]) -> None:
    def fail(numbers: Sequence[int]) -> None:
        if 13 in numbers:
            raise kind("13")

    doubling = Doubling(fail)
    doubling.take_all_places()
    sent = doubling.send(11, 12, 13, 14)
    doubling.wait_for(4)
    doubling.open.set()
    assert [each.result(PATIENCE) for each in (sent[0], sent[1], sent[3])] == [22, 24, 28]
    with pytest.raises(kind):
        sent[2].result(PATIENCE)


@pytest.mark.parametrize("kind", [errors.AdminShutdown, errors.QueryCanceled])
def test_with_the_database_lost_or_slow_all_fail_and_none_runs_twice(kind: type[psycopg.Error]) -> None:
    def fail(numbers: Sequence[int]) -> None:
        raise kind("terminating connection")

    doubling = Doubling(fail)
    first = doubling.take_all_places()
    sent = doubling.send(11, 12, 13)
    doubling.wait_for(3)
    doubling.open.set()
    raised = [each.exception(PATIENCE) for each in first + sent]
    assert all(type(each) is kind for each in raised)
    assert sorted(number for batch in doubling.batches for number in batch) == [-1, 0, 11, 12, 13]


def test_work_goes_on_after_a_failure() -> None:
    def fail(numbers: Sequence[int]) -> None:
        if {13, 14} & set(numbers):
            raise ZeroDivisionError

    doubling = Doubling(fail)
    doubling.take_all_places()
    sent = doubling.send(13, 14)
    doubling.wait_for(2)
    doubling.open.set()
    for each in sent:
        with pytest.raises(ZeroDivisionError):
            each.result(PATIENCE)
    for _ in range(AT_ONCE + 1):
        assert doubling.batcher.run(4) == 8


def test_each_request_gets_its_own_result() -> None:
    doubling = Doubling()
    sent = doubling.send(*range(2000))
    assert [each.result(PATIENCE) for each in sent] == [2 * number for number in range(2000)]
    assert sorted(number for batch in doubling.batches for number in batch) == list(range(2000))


def test_a_queue_that_does_not_move_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every place is held by a silent database: who is in no statement yet gives up, and nobody does their work."""
    monkeypatch.setattr(batching, "TURN_TIMEOUT", 0.1)
    doubling = Doubling()
    first = doubling.take_all_places()
    for future in doubling.send(1, 2, 3):
        with pytest.raises(PoolTimeout):
            future.result(PATIENCE)
    doubling.open.set()
    assert [future.result(PATIENCE) for future in first] == [-2 * number for number in range(AT_ONCE)]
    assert doubling.batcher.run(21) == 42
    assert {number for batch in doubling.batches for number in batch} == {0, -1, 21}


def test_a_statement_that_does_not_end_holds_only_the_request_that_runs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batching, "RESULT_TIMEOUT", 0.1)
    monkeypatch.setattr(batching, "TURN_TIMEOUT", 0.1)
    is_over = threading.Event()

    def hang(numbers: Sequence[int]) -> None:
        if min(numbers) > 0:
            assert is_over.wait(PATIENCE)

    doubling = Doubling(hang)
    doubling.take_all_places()
    sent = doubling.send(*range(1, 11))
    doubling.wait_for(10)
    doubling.open.set()
    # All give up but those that run a statement each.
    while not {number for number, each in enumerate(sent, 1) if not each.done()} <= doubling.leaders():
        threading.Event().wait(0.001)
    runners = doubling.leaders() - {0, -1}
    assert 1 <= len(runners) <= AT_ONCE
    is_over.set()
    for number, each in enumerate(sent, 1):
        if number in runners:
            assert each.result(PATIENCE) == 2 * number
        else:
            assert type(each.exception(PATIENCE)) is PoolTimeout
