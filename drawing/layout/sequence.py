"""Sequence diagrams: a column for each participant, time running down, every message's text on its own line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from drawing.figure import SMALL, Align, Box, Element, Figure, Line, Ruler, Text
from drawing.geometry import Point, Rect
from drawing.layout.sequence_columns import BAR, LOOP, Column, Columns
from drawing.model import Drawing, EdgeEnd, Group, Message, Note, Step, key_of
from drawing.text import Wrapped
from drawing.theme import Tone, tint

DASH = (6.0, 5.0)  # canvas units
FINE_DASH = (3.0, 4.0)

PERSON, SLIM = 2.4, 0.8  # em: the height of a figure, and its width as a share of that


@dataclass(slots=True)
class _Block:
    step: Step
    top: float
    depth: int
    label: Wrapped
    first: int = 10**9  # columns that take part
    last: int = -1
    left: float = 1e9  # what else stands in it
    right: float = -1e9
    branches: list[tuple[str, float, Wrapped]] = field(default_factory=list)
    height_below: int = 0  # how many blocks are nested in it


def place_sequence(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the sequence in its own coordinates, from 0, 0 to the right and down."""
    return _Placement(drawing, ruler).figure()


class _Placement:
    def __init__(self, drawing: Drawing, ruler: Ruler) -> None:
        self._drawing, self._ruler = drawing, ruler
        self._spread = Columns(drawing, ruler)
        self._columns, self._index = self._spread.all, self._spread.index
        self._created = {step.target for step in drawing.all(Step) if step.action == "create"}
        self._pending = set(self._created)  # those whose head stands at the message that creates them
        self._boxes = [
            box for box in drawing.all(Group) if any(c.node.parent == box.id for c in self._columns)
        ]
        self._head_height = max((column.h for column in self._columns), default=0.0)
        self._back: list[Element] = []
        self._lines: list[Element] = []
        self._front: list[Element] = []
        self._blocks: list[_Block] = []
        self._ending: list[Column] = []  # those that the next message destroys
        self._number, self._number_step = 0, 0
        self._y = 0.0

    def figure(self) -> Figure:
        if not self._columns:
            return Figure()
        top = self._ruler.em(2.6 if any(box.text for box in self._boxes) else 0.8 if self._boxes else 0.0)
        self._y = top + self._head_height + self._ruler.em(1.0)
        for column in self._columns:
            column.top = top + self._head_height
            if column.node.id not in self._created:
                self._head(column, top)
        parts = list(self._drawing.parts.values())
        for i, part in enumerate(parts):
            following = parts[i + 1] if i + 1 < len(parts) else None
            if isinstance(part, Message):
                self._message(part, following if isinstance(following, Step) else None)
            elif isinstance(part, Note):
                self._note(part)
            elif isinstance(part, Step):
                self._step(part)
        while self._blocks:
            self._close_block()
        for column in list(self._ending):
            self._destroy(column, self._y)
        self._y += self._ruler.em(0.8)
        for column in self._columns:
            while column.bars:
                self._bar(column, self._y - self._ruler.em(0.4))
        lifelines = [self._lifeline(column) for column in self._columns]
        figure = Figure([*self._box_frames(self._y), *self._back, *lifelines, *self._lines, *self._front])
        bounds = figure.bounds()
        return figure.moved(-bounds.x, -bounds.y)

    # Heads and lifelines

    def _tone(self, column: Column) -> Tone:
        return column.node.color or "blue"

    def _group(self, column: Column) -> str | None:
        return next((key_of(box) for box in self._boxes if box.id == column.node.parent), None)

    def _head(self, column: Column, top: float) -> None:
        ruler = self._ruler
        w, h = column.w, column.h
        # Heads hang on one line; one that is lower than the others stands at its lower end.
        rect = Rect(column.x - w / 2, top + self._head_height - h, w, h)
        name, tone, group = f"{column.key}:label", self._tone(column), self._group(column)
        if column.node.role == "person":
            size = ruler.em(PERSON)
            figure = Rect(column.x - size * SLIM / 2, rect.y, size * SLIM, size)
            self._front.append(Box(column.key, figure, "person", tone, group=group))
            words = Rect(rect.x, figure.bottom, rect.w, rect.bottom - figure.bottom)
            self._front.append(
                Text(name, words, column.label, ruler.font, is_bold=True, of=column.key, role="caption")
            )
        else:
            shape = column.node.shape or "rectangle"
            self._front.append(
                Box(column.key, rect, shape, tone, min(ruler.style.corner, h / 2), group=group)
            )
            self._front.append(Text(name, rect, column.label, ruler.font, tone, is_bold=True, of=column.key))
        column.top = top + self._head_height

    def _lifeline(self, column: Column) -> Line:
        bottom = self._y if column.bottom is None else column.bottom
        head: EdgeEnd = "none" if column.bottom is None else "cross"
        points = ((column.x, column.top), (column.x, max(bottom, column.top)))
        return Line(
            f"{column.key}:lifeline", points, head=head, dash=FINE_DASH, width=1.5, of=column.key, role="lifeline"
        )  # fmt: skip

    def _box_frames(self, bottom: float) -> Iterator[Box | Text]:
        ruler = self._ruler
        for box in self._boxes:
            members = [c for c in self._columns if c.node.parent == box.id]
            pad = ruler.em(0.8)
            left = min(c.x - c.w / 2 for c in members) - pad
            right = max(c.x + c.w / 2 for c in members) + pad
            tone = tint(box.color)
            rect = Rect(left, 0.0, right - left, bottom + pad)
            key = key_of(box)
            yield Box(key, rect, "rectangle", tone, ruler.style.corner, role="frame", stroke_width=1.0)
            if box.text:
                label = ruler.wrap(box.text, rect.w - 2 * pad, bold=True)
                place = Rect(rect.x + pad, rect.y + ruler.em(0.5), rect.w - 2 * pad, label.height)
                yield Text(f"{key}:label", place, label, ruler.font, tone, is_bold=True, of=key)

    # What happens, from top to bottom

    def _message(self, message: Message, following: Step | None) -> None:
        a, b = self._index[message.source], self._index[message.target]
        for i in {a, b}:
            self._take_part(i)
        label = self._spread.message_label(message)
        ruler, key = self._ruler, key_of(message)
        dash = DASH if message.line == "dotted" else ()
        number = self._next_number()
        if a == b:
            self._self_message(message, self._columns[a], label, dash, number)
            return
        source, target = self._columns[a], self._columns[b]
        way = 1 if b > a else -1
        self._y += label.height + ruler.em(0.35) if label.lines else ruler.em(0.6)
        y = self._y
        if message.target in self._pending:
            self._pending.discard(message.target)
            # The message meets the middle of the head, or of the figure that stands for a person.
            if target.node.role == "person":
                self._head(target, y - ruler.em(PERSON / 2) + target.h - self._head_height)
                end = target.x - way * ruler.em(PERSON * SLIM / 2)
            else:
                self._head(target, y + target.h / 2 - self._head_height)
                end = target.x - way * target.w / 2
        else:
            opens = (
                following is not None
                and following.action == "activate"
                and following.target == message.target
            )
            end = target.x - way * self._half_bar(target, opens)
        start = source.x + way * self._half_bar(source)
        if number:
            start += way * self._badge(f"{key}:number", number, (start, y)) / 2
        self._lines.append(
            Line(key, ((start, y), (end, y)), None, message.tail, message.head, dash,
                 source=source.key, target=target.key, text=message.text)
        )  # fmt: skip
        if label.lines:
            left, right = sorted((start, end))
            if message.target in self._created and end != target.x:
                right, left = max(left, right), min(left, right)
            w = label.width + 2
            place = Rect((left + right) / 2 - w / 2, y - label.height - ruler.em(0.25), w, label.height)
            self._text(f"{key}:label", place, label, key)
        self._y += ruler.em(0.7)
        for column in (source, target):
            if column in self._ending:
                self._destroy(column, y)
        if message.target in self._created and target.top > y:
            self._y = max(self._y, target.top)

    def _self_message(
        self, message: Message, column: Column, label: Wrapped, dash: tuple[float, ...], number: str
    ) -> None:
        ruler, key = self._ruler, key_of(message)
        self._y += ruler.em(0.5)
        x = column.x + self._half_bar(column)
        first = x + (self._badge(f"{key}:number", number, (x, self._y)) / 2 if number else 0.0)
        height = max(ruler.em(1.5), label.height)
        reach = x + ruler.em(LOOP)
        points = ((first, self._y), (reach, self._y), (reach, self._y + height), (x, self._y + height))
        self._lines.append(
            Line(key, points, None, message.tail, message.head, dash, source=column.key, target=column.key,
                 bend=ruler.style.bend, text=message.text)
        )  # fmt: skip
        if label.lines:
            place = Rect(
                reach + ruler.em(0.5), self._y + (height - label.height) / 2, label.width + 2, label.height
            )
            self._text(f"{key}:label", place, label, key, align="left")
            self._widen(reach, place.right)
        self._y += height + ruler.em(0.7)

    def _note(self, note: Note) -> None:
        indices = self._spread.of(note)
        label, ruler, key = self._spread.note_label(note), self._ruler, key_of(note)
        if not indices or not label.lines:
            return
        for i in indices:
            self._take_part(i)
        first, last = self._columns[indices[0]], self._columns[indices[-1]]
        pad = ruler.em(0.7)
        w, h = label.width + 2 * pad, label.height + 2 * ruler.em(0.5)
        aside = ruler.em(0.8)
        if note.place == "right":
            x = last.x + aside
        elif note.place == "left":
            x = first.x - aside - w
        else:
            w = max(w, last.x - first.x + ruler.em(3)) if last is not first else w
            x = (first.x + last.x) / 2 - w / 2
        self._y += ruler.em(0.2)
        rect = Rect(x, self._y, w, h)
        self._front.append(Box(key, rect, "note", "note", role="note"))
        self._front.append(Text(f"{key}:label", rect, label, ruler.size(SMALL), "note", of=key))
        self._widen(rect.x, rect.right)
        self._y = rect.bottom + ruler.em(0.7)

    def _step(self, step: Step) -> None:
        column = self._columns[self._index[step.target]] if step.target in self._index else None
        match step.action:
            case "open":
                self._open_block(step)
            case "branch":
                self._branch(step)
            case "close":
                self._close_block()
            case "number":
                self._begin_numbers(step.text)
            case "activate" if column:
                column.bars.append((self._y - self._ruler.em(0.7), step.id))
            case "deactivate" if column and column.bars:
                self._bar(column, self._y - self._ruler.em(0.7))
            case "destroy" if column:
                self._ending.append(column)  # with its next message, or else at once

    def _destroy(self, column: Column, y: float) -> None:
        self._ending.remove(column)
        while column.bars:
            self._bar(column, y)
        column.bottom = y + self._ruler.em(0.8)
        self._y = max(self._y, column.bottom + self._ruler.em(0.2))

    def _half_bar(self, column: Column, opens: bool = False) -> float:
        """Return how far from the lifeline the activation there reaches."""
        count = len(column.bars) + opens
        return self._ruler.em(BAR) * (0.5 + 0.5 * (count - 1)) if count else 0.0

    def _bar(self, column: Column, bottom: float) -> None:
        """Draw the activation that began last."""
        top, step_id = column.bars.pop()
        w = self._ruler.em(BAR)
        x = column.x + (len(column.bars) - 1) * w / 2
        rect = Rect(x, top, w, max(bottom - top, self._ruler.em(0.8)))
        key = f"{column.key}:bar:{step_id}"
        self._lines.insert(0, Box(key, rect, tone=self._tone(column), stroke_width=1.0, role="mark"))

    def _next_number(self) -> str:
        if not self._number_step:
            return ""
        number, self._number = self._number, self._number + self._number_step
        return str(number)

    def _begin_numbers(self, text: str) -> None:
        numbers = [int(each) for each in text.split() if each.isdigit() and len(each) < 7]
        if text.strip() == "off":
            self._number_step = 0
            return
        self._number = numbers[0] if numbers else 1
        self._number_step = numbers[1] if len(numbers) > 1 and numbers[1] else 1

    def _badge(self, key: str, number: str, at: Point) -> float:
        """Put a message's number on its start; return how wide that is."""
        ruler = self._ruler
        label = ruler.wrap(number, ruler.em(4), scale=0.7, bold=True)
        size = max(ruler.em(1.15), label.width + ruler.em(0.5))
        rect = Rect.around(at[0], at[1], size, size)
        self._front.append(Box(key, rect, "circle", "strong", role="mark"))
        self._front.append(Text(f"{key}:label", rect, label, ruler.size(0.7), "strong", is_bold=True, of=key))
        return size

    # Blocks

    def _open_block(self, step: Step) -> None:
        ruler = self._ruler
        self._y += ruler.em(0.5)
        label = ruler.wrap(step.text, ruler.em(22), scale=SMALL, bold=True)
        for block in self._blocks:
            block.height_below = max(block.height_below, len(self._blocks))
        self._blocks.append(_Block(step, self._y, len(self._blocks), label))
        self._y += (
            ruler.em(0.6) if step.block == "rect" else max(ruler.line(SMALL), label.height) + ruler.em(1.0)
        )

    def _branch(self, step: Step) -> None:
        if not self._blocks:
            return
        ruler, block = self._ruler, self._blocks[-1]
        self._y += ruler.em(0.3)
        label = ruler.wrap(step.text, ruler.em(22), scale=SMALL, bold=True)
        block.branches.append((key_of(step), self._y, label))
        self._y += label.height + ruler.em(0.9) if label.lines else ruler.em(0.9)

    def _close_block(self) -> None:
        if not self._blocks:
            return
        ruler, block = self._ruler, self._blocks.pop()
        if block.last < 0:
            block.first, block.last = 0, len(self._columns) - 1
        inner = block.height_below - block.depth if block.height_below else 0
        pad = ruler.em(1.6 + 0.9 * inner)
        tag = ruler.wrap(block.step.block, ruler.em(10), scale=SMALL, bold=True)
        if block.step.block != "rect":
            pad = max(pad, tag.width + ruler.em(1.9))  # The tag stands before the first lifeline.
        left = min(self._columns[block.first].x - pad, block.left - ruler.em(0.6))
        right = max(self._columns[block.last].x + ruler.em(1.6 + 0.9 * inner), block.right + ruler.em(0.6))
        widest = max([block.label, *(label for _, _, label in block.branches)], key=lambda each: each.width)
        if block.step.block != "rect":
            right = max(right, left + tag.width + widest.width + ruler.em(3.4))
        rect = Rect(left, block.top, right - left, self._y - block.top)
        for outer in self._blocks:
            outer.first, outer.last = min(outer.first, block.first), max(outer.last, block.last)
            outer.left, outer.right = min(outer.left, rect.x), max(outer.right, rect.right)
        self._frame(block, rect, tag)
        self._y += ruler.em(0.6)

    def _frame(self, block: _Block, rect: Rect, tag: Wrapped) -> None:
        ruler, key = self._ruler, key_of(block.step)
        if block.step.block == "rect":
            tone = tint(block.step.color)
            self._back.insert(0, Box(key, rect, "rectangle", tone, role="mark", stroke_width=1.0))
            return
        corner = min(ruler.style.corner, 6)
        drawn: list[Element] = [Box(key, rect, "rectangle", "frame", corner, role="mark", stroke_width=1.0)]
        size = ruler.size(SMALL)
        tab = Rect(rect.x, rect.y, tag.width + ruler.em(1.2), ruler.line(SMALL) + ruler.em(0.4))
        place = replace(tab, w=tab.w - ruler.em(0.3))
        self._front.append(Box(f"{key}:tag", tab, "tag", "strong", role="mark", stroke_width=1.0))
        self._front.append(Text(f"{key}:kind", place, tag, size, "strong", is_bold=True, of=f"{key}:tag"))
        first = self._columns[block.first]
        left = max(
            tab.right + ruler.em(0.6), first.x + ruler.em(BAR * 1.5 + 0.4)
        )  # clear of activations there
        self._condition(f"{key}:label", Rect(left, rect.y + ruler.em(0.2), 0, 0), block.label, key)
        for branch_key, y, label in block.branches:
            points = ((rect.x, y), (rect.right, y))
            drawn.append(Line(branch_key, points, "frame", dash=DASH, width=1.0, of=key, role="mark"))
            self._condition(f"{branch_key}:label", Rect(left, y + ruler.em(0.3), 0, 0), label, key)
        self._back = drawn + self._back

    def _condition(self, key: str, at: Rect, label: Wrapped, of: str) -> None:
        if label.lines:
            place = Rect(at.x, at.y, label.width + 2, label.height)
            size = self._ruler.size(SMALL)
            self._front.append(
                Text(key, place, label, size, "frame", is_bold=True, align="left", of=of, has_halo=True)
            )

    def _take_part(self, index: int) -> None:
        for block in self._blocks:
            block.first, block.last = min(block.first, index), max(block.last, index)

    def _widen(self, left: float, right: float) -> None:
        for block in self._blocks:
            block.left, block.right = min(block.left, left), max(block.right, right)

    def _text(self, key: str, place: Rect, label: Wrapped, of: str, align: Align = "center") -> None:
        size = self._ruler.size(SMALL)
        self._front.append(Text(key, place, label, size, is_quiet=True, align=align, of=of, has_halo=True))
