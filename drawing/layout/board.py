"""Boards: parts in a grid, each with its heading and with notes that look like notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drawing.figure import SMALL, Box, Figure, Ruler, Text
from drawing.geometry import Rect
from drawing.layout.board_grid import Place, grid_of
from drawing.layout.cross_links import link_up
from drawing.model import Color, Drawing, Edge, Group, Node, key_of
from drawing.text import Wrapped
from drawing.theme import Tone, tint

PAGE_WIDTH = 1200.0  # canvas units
WIDEST = 26.0  # em: a part of one column
NARROWEST = 10.0
NOTE_WIDTH = 9.0  # em: as many notes stand beside each other as are at least that wide
PAD = 0.8  # em, around the notes of a part
GAP = 0.6  # em, between notes
LINKED_GAP = 1.8  # em, between notes with connectors
NOTE_PAD = 0.65
BOTTOM = 0.35  # em between a note's words and what is said about it
EVEN = 0.7  # rows whose heights differ by less are made equal
LEAST_NOTE = 3.2  # em: the height of a note


@dataclass(frozen=True, slots=True)
class _Part:
    group: Group
    place: Place
    notes: tuple[Node, ...]
    tone: Tone
    note_tone: Tone


def place_board(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the board in its own coordinates."""
    return link_up(_Placement(drawing, ruler).figure(), drawing, ruler)


class _Placement:
    def __init__(self, drawing: Drawing, ruler: Ruler) -> None:
        self._ruler = ruler
        groups, notes = drawing.all(Group), drawing.all(Node)
        known = {group.id for group in groups}
        if any(note.parent not in known for note in notes):
            groups = [Group("", "", "cell"), *groups]
        self._grid = grid_of(groups, drawing.settings.get("setting", ""))
        self._parts = [
            self._part(
                group,
                i,
                [note for note in notes if (note.parent if note.parent in known else "") == group.id],
            )
            for i, group in enumerate(groups)
        ]
        is_linked = bool(drawing.all(Edge))
        self._gap = ruler.gap(1.6 if is_linked else 0.7)
        self._note_gap = ruler.em(LINKED_GAP if is_linked else GAP)

    def _part(self, group: Group, number: int, notes: Sequence[Node]) -> _Part:
        colors, place = self._grid.colors, self._grid.places[group.id]
        number = (
            place.row * self._grid.columns + place.column if len(colors) > 1 and self._is_small() else number
        )
        color: Color = group.color or colors[number % len(colors)]
        is_neutral = color == "gray" and group.color is None
        return _Part(
            group,
            place,
            tuple(notes),
            "frame" if is_neutral else tint(color),
            "note" if is_neutral else color,
        )

    def _is_small(self) -> bool:
        """Say whether colours may follow the places instead of the order: a 2x2 has them where people expect them."""
        return self._grid.columns == 2 and self._grid.rows == 2

    def figure(self) -> Figure:
        figure = Figure()
        if not self._parts:
            return figure
        column, heights = self._column_width(), self._heights()
        tops = [sum(heights[:i]) + i * self._gap for i in range(len(heights))]
        for part in self._parts:
            place = part.place
            x = place.column * (column + self._gap)
            width = place.width * (column + self._gap) - self._gap
            last = place.row + place.height - 1
            rect = Rect(x, tops[place.row], width, tops[last] + heights[last] - tops[place.row])
            self._draw(figure, part, rect)
        return figure

    def _column_width(self) -> float:
        """Return the width of one column of the grid."""
        ruler, columns = self._ruler, self._grid.columns
        widest = min(place.width for place in self._grid.places.values())
        words = max(
            ruler.longest_word([part.group.text], bold=True) / part.place.width for part in self._parts
        )
        fair = (PAGE_WIDTH - (columns - 1) * self._gap) / columns
        least = (max(words, ruler.em(NARROWEST)) + 2 * ruler.em(PAD)) / widest
        return max(min(fair, ruler.em(WIDEST) / widest), least)

    def _heights(self) -> list[float]:
        """Return the heights of the grid's rows: equal, unless one would be mostly empty."""
        column = self._column_width()
        heights = [0.0] * self._grid.rows
        for part in sorted(self._parts, key=lambda each: each.place.height):
            width = part.place.width * (column + self._gap) - self._gap
            rows = range(part.place.row, part.place.row + part.place.height)
            need = self._height(part, width) - (part.place.height - 1) * self._gap
            missing = (need - sum(heights[row] for row in rows)) / len(rows)
            for row in rows:
                heights[row] = max(heights[row], heights[row] + missing)
        even = max(heights)
        is_even = min(heights) > EVEN * even
        return [even if is_even else height for height in heights]

    # One part

    def _heading(self, part: _Part, width: float) -> Wrapped:
        return self._ruler.wrap(part.group.text, width - 2 * self._ruler.em(PAD), bold=True)

    def _head_height(self, part: _Part, width: float) -> float:
        heading = self._heading(part, width)
        return heading.height + self._ruler.em(1.1) if heading.lines else self._ruler.em(PAD)

    def _height(self, part: _Part, width: float) -> float:
        rows = self._rows(part, width)
        notes = sum(height for _, height in rows) + max(0, len(rows) - 1) * self._note_gap
        return self._head_height(part, width) + max(notes, self._ruler.em(LEAST_NOTE)) + self._ruler.em(PAD)

    def _rows(self, part: _Part, width: float) -> list[tuple[Sequence[Node], float]]:
        """Return the notes in rows, and how high each row is."""
        beside = self._beside(part, width)
        note_width = self._note_width(part, width)
        rows = [part.notes[i : i + beside] for i in range(0, len(part.notes), beside)]
        return [(row, max(self._note_height(note, note_width) for note in row)) for row in rows]

    def _beside(self, part: _Part, width: float) -> int:
        """Return how many notes stand beside each other: the last row should not be nearly empty."""
        ruler = self._ruler
        inner = width - 2 * ruler.em(PAD)
        most = max(1, int((inner + self._note_gap) / (ruler.em(NOTE_WIDTH) + self._note_gap)))
        count = max(1, len(part.notes))
        rows = -(-count // most)
        return max(-(-count // rows), 2 if most > 1 else 1)

    def _note_width(self, part: _Part, width: float) -> float:
        inner, beside = width - 2 * self._ruler.em(PAD), self._beside(part, width)
        return (inner - (beside - 1) * self._note_gap) / beside

    def _note_label(self, note: Node, width: float) -> Wrapped:
        return self._ruler.wrap(note.text, width - 2 * self._ruler.em(NOTE_PAD), scale=0.95)

    def _note_height(self, note: Node, width: float) -> float:
        ruler = self._ruler
        below = ruler.line(SMALL) + ruler.em(BOTTOM) if note.details else 0.0
        return max(
            self._note_label(note, width).height + below + 2 * ruler.em(NOTE_PAD), ruler.em(LEAST_NOTE)
        )

    def _draw(self, figure: Figure, part: _Part, rect: Rect) -> None:
        ruler, key, pad = self._ruler, key_of(part.group), self._ruler.em(PAD)
        corner = ruler.style.corner
        figure.add(Box(key, rect, tone=part.tone, corner=corner, role="frame", stroke_width=1.0))
        heading = self._heading(part, rect.w)
        if heading.lines:
            place = Rect(rect.x + pad, rect.y + ruler.em(0.55), rect.w - 2 * pad, heading.height)
            figure.add(
                Text(
                    f"{key}:label", place, heading, ruler.font, part.tone, is_bold=True, align="left", of=key
                )
            )
        y = rect.y + self._head_height(part, rect.w)
        width = self._note_width(part, rect.w)
        for row, height in self._rows(part, rect.w):
            for i, note in enumerate(row):
                x = rect.x + pad + i * (width + self._note_gap)
                self._note(figure, note, Rect(x, y, width, height), part, key)
            y += height + self._note_gap

    def _note(self, figure: Figure, note: Node, rect: Rect, part: _Part, group: str) -> None:
        ruler, key, pad = self._ruler, key_of(note), self._ruler.em(NOTE_PAD)
        tone: Tone = note.color or part.note_tone
        figure.add(
            Box(key, rect, "sticky", tone, group=group, stroke_width=min(ruler.style.stroke_width, 2.0))
        )
        inner = Rect(rect.x + pad, rect.y + pad, rect.w - 2 * pad, rect.h - 2 * pad)
        facts = dict(note.details)
        below = ruler.line(SMALL)
        if facts:
            inner = Rect(inner.x, inner.y, inner.w, inner.h - below - ruler.em(BOTTOM))
        size = ruler.size(0.95)
        figure.add(
            Text(f"{key}:label", inner, self._note_label(note, rect.w), size, tone, align="left", of=key)
        )
        foot = Rect(rect.x + pad, rect.bottom - pad - below, rect.w - 2 * pad, below)
        if "assigned" in facts:
            self._owner(figure, key, facts["assigned"], foot, tone, ruler)
        if "votes" in facts:
            self._votes(figure, key, facts["votes"], foot, ruler)

    @staticmethod
    def _owner(figure: Figure, key: str, name: str, foot: Rect, tone: Tone, ruler: Ruler) -> None:
        icon = Rect(foot.x, foot.cy - ruler.em(0.42), ruler.em(0.75), ruler.em(0.84))
        figure.add(Box(f"{key}:person", icon, "person", "plain", stroke_width=1.0, role="mark"))
        place = Rect(icon.right + ruler.em(0.35), foot.y, foot.right - icon.right - ruler.em(3.0), foot.h)
        lines = ruler.wrap(name, max(place.w, ruler.longest_word([name], scale=SMALL)), scale=SMALL)
        figure.add(
            Text(f"{key}:owner", place, lines, ruler.size(SMALL), tone, align="left", of=key, role="detail")
        )

    @staticmethod
    def _votes(figure: Figure, key: str, votes: str, foot: Rect, ruler: Ruler) -> None:
        lines = ruler.wrap(f"+{votes}", ruler.em(4), scale=0.8, bold=True)
        width = lines.width + ruler.em(0.8)
        # Left of the folded corner.
        place = Rect(foot.right - width - ruler.em(0.1), foot.y, width, foot.h)
        figure.add(Box(f"{key}:badge", place, tone="strong", corner=foot.h / 2, stroke_width=1.0, group=key))
        figure.add(
            Text(
                f"{key}:votes",
                place,
                lines,
                ruler.size(0.8),
                "strong",
                is_bold=True,
                of=f"{key}:badge",
                role="detail",
            )
        )
