"""In which form a model is asked to answer: notation, a JSON plan for models that cannot write it, or labels alone."""

from __future__ import annotations

from enum import Enum
from time import monotonic

TIMES_BEFORE_ANOTHER = 2  # requests in a row that only another form could serve
REMEMBER_SECONDS = 3600.0  # then notation is tried again: the model behind an address may have changed


class Form(Enum):
    """The form of an answer, by its name in ``PLAN_FORMAT``."""

    NOTATION = "notation"
    JSON = "json"
    LABELS = "labels"


class FormMemory:
    """What the model of a server can write, as far as its answers have shown; shared by all jobs of a process."""

    def __init__(self) -> None:
        self._form = Form.NOTATION
        self._until = 0.0
        self._other: Form | None = None  # the form that had to serve lately
        self._times = 0

    def choose(self) -> Form:
        """Return what to ask for: notation, unless the model lately could write another form only."""
        return self._form if monotonic() < self._until else Form.NOTATION

    def note(self, asked: Form, served: Form) -> None:
        """Remember what was asked for, and the form of the answer that is drawn."""
        if served is asked:
            self._other, self._times = None, 0
            return
        self._times = self._times + 1 if served is self._other else 1
        self._other = served
        if self._times >= TIMES_BEFORE_ANOTHER:
            self._form, self._until = served, monotonic() + REMEMBER_SECONDS
            self._other, self._times = None, 0
