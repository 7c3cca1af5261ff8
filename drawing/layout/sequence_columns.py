"""The columns of a sequence diagram: one a participant, as far apart as what is written between them needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from drawing.figure import SMALL, Ruler
from drawing.model import Drawing, Message, Node, Note, key_of
from drawing.text import Wrapped

BAR = 0.65  # em: the width of an activation
LOOP = 2.4  # em: how far a message to oneself reaches out
MESSAGE_WIDTH = 15.0  # em: messages wider than that are broken where they need not span more
MESSAGE_PAD = 1.6  # em: what is free beside a message, in all
HEAD_WIDTH = 11.0  # em


@dataclass(slots=True)
class Column:
    """A participant's head, and its lifeline below."""

    node: Node
    label: Wrapped
    w: float  # of the head
    h: float
    x: float = 0.0  # of the lifeline
    top: float = 0.0  # where the lifeline begins
    bottom: float | None = None  # where it was destroyed
    bars: list[tuple[float, str]] = field(
        default_factory=list
    )  # where open activations began, and their step

    @property
    def key(self) -> str:
        """The key of the participant."""
        return key_of(self.node)


class Columns:
    """All columns in the order of their participants, each in its place."""

    def __init__(self, drawing: Drawing, ruler: Ruler) -> None:
        self._drawing, self._ruler = drawing, ruler
        self.all = [self._column(node) for node in drawing.all(Node)]
        self.index = {column.node.id: i for i, column in enumerate(self.all)}
        self._spread()

    def message_label(self, message: Message) -> Wrapped:
        """Return a message's text in lines: wider where columns stand that far apart anyway."""
        ruler = self._ruler
        a, b = (self.all[self.index[each]].x for each in (message.source, message.target))
        room = abs(b - a) - ruler.em(MESSAGE_PAD + BAR)
        width = max(ruler.em(MESSAGE_WIDTH), ruler.longest_word([message.text], scale=SMALL), room)
        return ruler.wrap(message.text, width, scale=SMALL)

    def note_label(self, note: Note) -> Wrapped:
        """Return a note's text in lines: wider where it lies over several columns."""
        ruler = self._ruler
        width = ruler.em(MESSAGE_WIDTH * (1.4 if len(self.of(note)) > 1 else 1.0))
        return ruler.wrap(note.text, max(width, ruler.longest_word([note.text], scale=SMALL)), scale=SMALL)

    def of(self, note: Note) -> list[int]:
        """Return the places of the columns that a note speaks of, from left to right."""
        return sorted(self.index[each] for each in note.targets if each in self.index)

    def _column(self, node: Node) -> Column:
        ruler = self._ruler
        width = max(ruler.em(HEAD_WIDTH), ruler.longest_word([node.text], bold=True))
        label = ruler.wrap(node.text, width, bold=True)
        w = max(label.width + 2 * ruler.em(ruler.style.pad_x), ruler.em(6))
        height = max(label.height, ruler.line()) + 2 * ruler.em(ruler.style.pad_y)
        return Column(node, label, w, height + (ruler.em(2.2) if node.role == "person" else 0.0))

    def _spread(self) -> None:
        """Give every column its place: as near to its neighbour as heads, messages and notes allow."""
        ruler, columns = self._ruler, self.all
        gaps = [
            (left.w + right.w) / 2 + ruler.em(1.6 if left.node.parent == right.node.parent else 3.2)
            for left, right in pairwise(columns)
        ]
        needs = sorted(self._needs(), key=lambda need: need[1] - need[0])
        for first, last, width in needs:
            have = sum(gaps[first:last])
            if have < width and last > first:
                share = (width - have) / (last - first)
                for i in range(first, last):
                    gaps[i] += share
        for (left, right), gap in zip(pairwise(columns), gaps, strict=True):
            right.x = left.x + gap

    def _needs(self) -> Iterator[tuple[int, int, float]]:
        """Yield how far apart columns must be, for what is written between them."""
        ruler, last = self._ruler, len(self.all) - 1
        pad = ruler.em(MESSAGE_PAD)
        for message in self._drawing.all(Message):
            a, b = sorted((self.index[message.source], self.index[message.target]))
            width = self.message_label(message).width + pad
            if a != b:
                yield a, b, width + ruler.em(BAR)
            elif a < last:
                yield a, a + 1, width + ruler.em(LOOP)
        for note in self._drawing.all(Note):
            indices = self.of(note)
            if not indices:
                continue
            width = self.note_label(note).width + 2 * pad
            if note.place == "right" and indices[-1] < last:
                yield indices[-1], indices[-1] + 1, width + pad
            elif note.place == "left" and indices[0] > 0:
                yield indices[0] - 1, indices[0], width + pad
            elif note.place == "over" and len(indices) == 1:
                if indices[0] < last:
                    yield indices[0], indices[0] + 1, width / 2 + pad
                if indices[0] > 0:
                    yield indices[0] - 1, indices[0], width / 2 + pad
