"""Which webhook deliveries a worker process may try now: places for each user and host, and a circuit for each host.

A receiver that accepts and never responds holds a place for 15 seconds each time; these keep it from holding all.
Pure decisions, told the time; who waits, and what is written down, is left to ``tasks.webhooks``.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field

PLACES = 20  # tries at a time of one worker process, for the addresses of users
USER_PLACES = 4  # of these, for one user
HOST_PLACES = 4  # and for one host, no matter who named it
FAILURES_TO_OPEN = 3  # tries in a row that got no response at all
FIRST_PAUSE, MAX_PAUSE = 30.0, 900.0  # seconds until a host is probed again, doubled after each failed probe
HOLD_SECONDS, MAX_HOLD = (
    1.0,
    60.0,
)  # until a delivery asks again for a place; longer the more of its user's do
MAX_CIRCUITS = 10_000  # remembered at a time


@dataclass(slots=True)
class Circuit:
    """A receiver that did not respond: how often in a row, to whom, and until when it is left alone."""

    failures: int = 0
    users: set[str] = field(default_factory=set)
    open_until: float = 0.0
    is_probed: bool = False

    def note_failure(self, *, user_id: str, now: float) -> None:
        """Count a try that got no response; from the third in a row on, the pause doubles with each."""
        self.failures += 1
        self.is_probed = False
        if len(self.users) < 2:
            self.users.add(user_id)
        if self.failures >= FAILURES_TO_OPEN:
            doublings = min(20, self.failures - FAILURES_TO_OPEN)
            self.open_until = now + min(MAX_PAUSE, FIRST_PAUSE * 2.0**doublings)

    def is_open(self, *, now: float) -> bool:
        """Return whether it is to be left alone; when a probe is due, only the one that makes it is let through."""
        return self.failures >= FAILURES_TO_OPEN and (now < self.open_until or self.is_probed)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to try now. If not: ``is_down`` when the host does not respond, else ``hold_seconds`` until a place."""

    is_admitted: bool
    is_down: bool = False
    hold_seconds: float = 0.0


class DeliveryLimits:
    """The tries under way in this process, and the receivers in trouble. Times are monotonic seconds.

    Two circuits count: one of the user's own for the host, and one of the host for everybody, which opens only when it
    left two users without a response: on a host that many share, one user's dead address says nothing of the others'.
    """

    def __init__(self) -> None:
        self._of_user: Counter[str] = Counter()
        self._of_host: Counter[str] = Counter()
        self._held: Counter[str] = Counter()  # by user: how many were sent back for want of a place
        self._circuits: OrderedDict[tuple[str | None, str], Circuit] = OrderedDict()

    def admit(self, *, user_id: str, host: str, now: float) -> Verdict:
        """Return whether to try; when admitted, ``end`` is due after the try."""
        circuits = self._find(user_id, host)
        if any(circuit.is_open(now=now) for circuit in circuits):
            return Verdict(is_admitted=False, is_down=True)
        if self._of_user[user_id] >= USER_PLACES or self._of_host[host] >= HOST_PLACES:
            self._held[user_id] += 1
            hold = HOLD_SECONDS * (1 + self._held[user_id] / USER_PLACES)
            return Verdict(is_admitted=False, hold_seconds=min(MAX_HOLD, hold))
        for circuit in circuits:
            circuit.is_probed = circuit.failures >= FAILURES_TO_OPEN
        self._of_user[user_id] += 1
        self._of_host[host] += 1
        return Verdict(is_admitted=True)

    def end(self, *, user_id: str, host: str, is_up: bool, now: float) -> None:
        """Note that an admitted try is over; ``is_up``: the host responded, whatever it said."""
        for counter, key in ((self._of_user, user_id), (self._of_host, host), (self._held, user_id)):
            counter[key] -= 1
            if counter[key] <= 0:
                del counter[key]
        for owner in (user_id, None):
            if is_up:
                self._circuits.pop((owner, host), None)
                continue
            circuit = self._circuits.setdefault((owner, host), Circuit())
            self._circuits.move_to_end((owner, host))
            circuit.note_failure(user_id=user_id, now=now)
        while len(self._circuits) > MAX_CIRCUITS:
            self._circuits.popitem(last=False)

    def _find(self, user_id: str, host: str) -> list[Circuit]:
        own, shared = self._circuits.get((user_id, host)), self._circuits.get((None, host))
        found = [own] if own is not None else []
        return found if shared is None or len(shared.users) < 2 else [*found, shared]
