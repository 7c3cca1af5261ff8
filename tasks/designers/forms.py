"""In which form a model is asked to answer: notation, or a JSON plan for models that cannot write it."""

from __future__ import annotations

from enum import Enum
from time import monotonic

UNREADABLE_BEFORE_JSON = 2  # answers in notation in a row that only the JSON form could replace
REMEMBER_SECONDS = 3600.0  # then notation is tried again: the model behind an address may have changed


class Form(Enum):
    """The form of an answer, by its name in ``PLAN_FORMAT``."""

    NOTATION = "notation"
    JSON = "json"


class FormMemory:
    """What the model of a server can write, as far as its answers have shown; shared by all jobs of a process."""

    def __init__(self) -> None:
        self._unreadable = 0
        self._json_until = 0.0

    def choose(self) -> Form:
        """Return what to ask for: notation, unless the model lately could write JSON plans only."""
        return Form.JSON if monotonic() < self._json_until else Form.NOTATION

    def note(self, *, is_readable: bool) -> None:
        """Remember how an answer in notation came out: readable, or replaced by a JSON plan that was."""
        self._unreadable = 0 if is_readable else self._unreadable + 1
        if self._unreadable >= UNREADABLE_BEFORE_JSON:
            self._unreadable = 0
            self._json_until = monotonic() + REMEMBER_SECONDS
