"""Reads an answer in whichever form it comes: notation, line by line as it streams, or a JSON plan."""

from __future__ import annotations

from drawing.model import Drawing
from drawing.source import SourceReader
from tasks.designers import Source
from tasks.designers.chat.plan_reader import RESTART, JsonPlanReader, Part, PlanReader


class AnswerReader(PlanReader):
    """Reads both forms until one of them is recognised: notation by its header, a JSON plan by what it hands out."""

    def __init__(self) -> None:
        self._plan: JsonPlanReader | None = JsonPlanReader()
        self._source: SourceReader | None = SourceReader()
        self._held: list[str] = []  # what was read while either could be meant

    @property
    def drawing(self) -> Drawing | None:
        """What is said so far; None before the header of either form."""
        if self._plan is not None and self._plan.items:
            return self._plan.drawing
        return self._source.drawing if self._source else None

    @property
    def tells_its_end(self) -> bool:
        """True for a JSON plan, whose brackets close; notation may go on after any line."""
        return self._plan is not None

    @property
    def is_open(self) -> bool:
        """True while brackets are open."""
        return self._plan is not None and self._plan.is_open

    @property
    def is_complete(self) -> bool:
        """True when all brackets of a plan are closed."""
        return self._plan is not None and self._plan.is_complete

    @property
    def is_in_string(self) -> bool:
        """True within a string of a plan."""
        return self._plan is not None and self._plan.is_in_string

    @property
    def items(self) -> int:
        """How many items of a plan, or parts of a drawing, there are."""
        if self._plan is not None:
            return self._plan.items
        return len(self.drawing.parts) if self.drawing else 0

    @property
    def left_out(self) -> int:
        """How many items of a plan could not be read; the drawing itself says which lines of notation."""
        return self._plan.left_out if self._plan is not None else 0

    @property
    def has_plan(self) -> bool:
        """True when there was a plan, or a header, even with nothing that can be drawn."""
        return self._plan.has_plan if self._plan is not None else self.drawing is not None

    def feed(self, text: str) -> list[Part]:
        """Return what this piece completes."""
        if self._source is not None:
            self._source.feed(text)
        if self._plan is None:
            return [Source(text)]
        if self._source is not None:
            self._held.append(text)
        return self._recognised(self._plan, self._plan.feed(text))

    def restart(self) -> list[Part]:
        """Forget what was read, unless nothing better follows."""
        if self._plan is not None:
            self._source, self._held = SourceReader(), []
            return self._plan.restart()
        self.__init__()  # type: ignore[misc]  # as new
        return [RESTART]

    def finish(self) -> list[Part]:
        """Return what is left when the text is over."""
        if self._source is not None:
            self._source.close()
        if self._plan is None:
            return []
        if self._source is not None and self._source.drawing is not None:
            return self._recognised(self._plan, [])
        return self._recognised(self._plan, self._plan.finish())

    def _recognised(self, plan: JsonPlanReader, parts: list[Part]) -> list[Part]:
        if plan.items:
            self._source, self._held = None, []  # Whatever looks like notation is inside the plan.
        elif self._source is not None and self._source.drawing is not None:
            text, self._plan, self._held = "".join(self._held), None, []
            return [*([RESTART] if parts else []), Source(text)]
        return parts
