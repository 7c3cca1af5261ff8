"""One answer of a model: joins its pieces, keeps thinking apart, has the plan read, and judges it at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from drawing.model import Drawing
from tasks.designers.chat.answer_reader import AnswerReader
from tasks.designers.chat.change_reader import ChangeReader
from tasks.designers.chat.chunks import Chunk
from tasks.designers.chat.endings import Ending
from tasks.designers.chat.label_reader import LabelReader
from tasks.designers.chat.plan_reader import Part
from tasks.designers.chat.thinking import Mark, ThinkingFilter
from tasks.designers.failures import ModelFailure, PermanentFailure, TransientFailure

MAX_LENGTH = 400_000  # characters; ten times the largest plan that is drawn
SUM_START = 40  # characters of the text so far by which a delta is known that repeats all of it
MAX_BLANK = 20_000  # characters of white space in a row: the model writes nothing any more

CUT_BY_LENGTH = "The model's answer was cut at its length limit; what had arrived until then is drawn."
CUT_BY_SERVER = "The model's answer broke off; what had arrived until then is drawn."


Reader = AnswerReader | ChangeReader | LabelReader


@dataclass(slots=True)
class Judgement:
    """What an answer comes to: a failure, or notes for the person."""

    failure: ModelFailure | None = None
    notes: list[str] = field(default_factory=list)


class Answer:
    """Reads the chunks of one answer."""

    def __init__(self, make_reader: Callable[[], Reader] = AnswerReader) -> None:
        self.ending: Ending | None = None
        self.finish_reason: str | None = None
        self.is_done = False  # the stream says that it is over
        self.is_refused = False
        self.is_overlong = False  # more than is read of any answer
        self.has_words = False  # text or thinking that is not blank
        self._make_reader = make_reader
        self._reader = make_reader()
        self._filter = ThinkingFilter(lambda: self._reader.is_open)
        self._thinking: list[str] = []
        self._thinking_length = 0
        self._length = 0
        self._blank = 0
        self._start = ""  # how the text begins
        self._is_repeated = False  # the last delta was the whole text once more
        self._half = ""  # the first half of a character that was cut between two deltas

    @property
    def is_too_long(self) -> bool:
        """True when no plan is that long: the model repeats itself, or writes nothing but white space."""
        length = max(self._length, self._thinking_length)
        return self.is_overlong or length > MAX_LENGTH or self._blank > MAX_BLANK

    @property
    def drawing(self) -> Drawing | None:
        """What the answer draws; None when it cannot be read, or changes a drawing."""
        return self._reader.drawing

    @property
    def is_notation(self) -> bool:
        """True when it was said as notation, whatever was asked for."""
        return isinstance(self._reader, AnswerReader) and not self._reader.tells_its_end

    @property
    def is_readable(self) -> bool:
        """True when there is something to draw."""
        return self._reader.items > 0

    @property
    def is_whole(self) -> bool:
        """True when the plan has ended, whatever the server says."""
        return self._reader.is_complete

    @property
    def is_complete(self) -> bool:
        """True when the plan has ended and the server says so, too: at most the usage is missing."""
        return self.ending is Ending.CLEAN and self._reader.is_complete

    def feed(self, chunk: Chunk) -> list[Part]:
        """Return what a chunk completes."""
        self.ending = chunk.ending or self.ending
        self.finish_reason = chunk.finish_reason or self.finish_reason
        self.is_refused = self.is_refused or chunk.is_refused
        if chunk.thinking:
            self._keep_thinking(chunk.thinking)
        text = chunk.text or chunk.tool_text
        if not text or (chunk.is_message and self._length):
            return []  # A whole message after its deltas says everything once more.
        return self._feed_text(text)

    def finish(self) -> list[Part]:
        """Return what is left when no more chunks come; a plan that is nowhere else is looked for in the thinking."""
        parts = [part for text in self._filter.close() for part in self._hand_on(text)]
        parts += self._reader.finish()
        for thinking in ("".join(self._thinking), self._filter.thinking):
            if self._reader.items or not thinking:
                continue
            reader = self._make_reader()
            found = [*reader.feed(thinking), *reader.finish()]
            if reader.items:
                self._reader = reader
                parts += found
        return parts

    def judge(self, *, draws_cut: bool, is_second: bool) -> Judgement:
        """Return what the answer comes to, once it is finished.

        ``draws_cut`` is True when a cut plan is drawn with a note rather than asked for again, ``is_second`` when the
        answer before this one had no plan either.
        """
        if self.ending is Ending.FILTERED:
            return Judgement(PermanentFailure("content_filtered"))
        if self.is_refused or self.ending is Ending.REFUSED:
            return Judgement(PermanentFailure("model_refused"))
        if not self._reader.items:
            return Judgement(self._failure_without_plan(is_second=is_second))
        notes = _left_out(self._reader.left_out)
        if self._is_cut:
            if self.ending is Ending.LENGTH or self.is_too_long:
                notes.append(CUT_BY_LENGTH)
            elif draws_cut and (self.ending is not None or not self._reader.tells_its_end):
                notes.append(CUT_BY_SERVER)
            else:
                return Judgement(TransientFailure("model_interrupted"))
        return Judgement(notes=notes)

    @property
    def _is_cut(self) -> bool:
        if self._reader.is_complete:
            return False
        if self.is_done and self.ending is None and not self._reader.tells_its_end:
            return False  # A server that names no reasons; it said that this is all.
        # Without brackets around the whole, the finish reason alone says whether it is whole.
        return self._reader.is_open or self.is_too_long or self.ending is not Ending.CLEAN

    def _failure_without_plan(self, *, is_second: bool) -> ModelFailure:
        if self.ending is Ending.LENGTH or self.is_too_long:
            return PermanentFailure("plan_unusable")
        if self.ending in (None, Ending.BROKEN):
            return TransientFailure("model_interrupted")
        if self._reader.has_plan and not self._reader.is_open:
            return PermanentFailure("plan_unusable")
        if self._reader.is_open:
            return TransientFailure("model_interrupted")
        if self.has_words and is_second:
            return PermanentFailure("model_bad_answer")
        return TransientFailure("model_bad_answer")

    def _feed_text(self, text: str) -> list[Part]:
        text = self._new_part(self._join(text))
        if not self._length:
            text = text.lstrip("\ufeff")
        if len(self._start) < SUM_START:
            self._start += text[:SUM_START]
        self._length += len(text)
        if text.isspace():
            self._blank += len(text)
        elif text:
            self._blank = len(text) - len(text.rstrip())
            self.has_words = True
        return [part for each in self._filter.feed(text) for part in self._hand_on(each)]

    def _hand_on(self, text: str | Mark) -> list[Part]:
        return self._reader.restart() if isinstance(text, Mark) else self._reader.feed(text)

    def _keep_thinking(self, text: str) -> None:
        self.has_words = self.has_words or not text.isspace()
        self._thinking_length += len(text)
        self._thinking.append(text)

    def _new_part(self, text: str) -> str:
        """Return what a delta adds: some servers send the whole text so far each time, or once more at the end."""
        if self._length < SUM_START or len(text) < self._length or not text.startswith(self._start):
            return text
        is_repeated = len(text) == self._length
        if is_repeated and self._is_repeated:
            return text  # More than once it is the model that repeats itself.
        self._is_repeated = is_repeated
        return text[self._length :]

    def _join(self, text: str) -> str:
        """Return the text with surrogates as characters; half of one waits for the next delta."""
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        if text.isascii():
            return text
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _left_out(count: int) -> list[str]:
    if not count:
        return []
    what = "1 item of the plan was" if count == 1 else f"{count} items of the plan were"
    return [f"{what} unreadable and left out."]
