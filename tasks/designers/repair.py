"""One more request when an answer cannot be used as it is; the better of both answers is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

from drawing.model import Drawing
from drawing.source import write_source
from tasks.designers import Request
from tasks.designers.chat.exchange import Exchange
from tasks.designers.failures import ModelFailure
from tasks.designers.forms import Form
from tasks.designers.prompts import EXAMPLE_WORDS, Message
from tasks.designers.review import review

UNREADABLE = "The model's first answer was no diagram, so it was asked once more."
COPIED = (
    "The model's first answer was the example that it was given, so it was asked once more, for labels only."
)
REVIEWED = "The model was asked once more because of its first drawing: {}"


@dataclass(frozen=True, slots=True)
class Repair:
    """What to ask once more for, and what the person is told about it."""

    form: Form
    note: str
    messages: list[Message] = field(default_factory=list)
    faults: int = 0  # of the first answer; 0 when it could not be read

    @classmethod
    def of_form(cls, form: Form) -> Repair:
        """Ask in a simpler form: small models follow a schema better."""
        return cls(form, UNREADABLE)

    @classmethod
    def of_copy(cls) -> Repair:
        """Ask for labels only: a model that copies the example follows no correction either."""
        return cls(Form.LABELS, COPIED)

    @classmethod
    def of_content(cls, form: Form, drawing: Drawing, complaints: list[str]) -> Repair:
        """Ask for the same drawing without its faults."""
        text = "Correct this and answer with the whole diagram again:\n" + "\n".join(
            f"- {each}" for each in complaints
        )
        messages: list[Message] = [
            {"role": "assistant", "content": write_source(drawing)},
            {"role": "user", "content": text},
        ]
        return cls(form, REVIEWED.format(" ".join(complaints)), messages, len(complaints))

    def is_better(self, first: Exchange, second: Exchange, request: Request) -> bool:
        """Say whether the second answer is the one to draw."""
        failure, _ = find_outcome(second, request)
        if failure is not None:
            return False
        if not self.faults:
            return True
        drawing = second.answer.drawing
        if drawing is None or first.answer.drawing is None:
            return False
        rest = review(drawing, words=request.instructions, example_words=EXAMPLE_WORDS)
        # An answer that only left things out is no correction.
        return len(rest) < self.faults and 2 * len(drawing.parts) >= len(first.answer.drawing.parts)


def find_outcome(exchange: Exchange, request: Request) -> tuple[ModelFailure | None, list[str]]:
    """Return the failure that an exchange came to, or the notes that its answer needs."""
    if exchange.failure is not None:
        return exchange.failure, []
    judgement = exchange.answer.judge(
        draws_cut=request.draws_cut, is_second=request.earlier_failure == "model_bad_answer"
    )
    return judgement.failure, judgement.notes
