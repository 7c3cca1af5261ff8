"""Packets: rows of 32 bits, each field as wide as its bits, with the numbers of its first and last bit above it."""

from __future__ import annotations

from drawing.figure import Align, Box, Figure, Ruler, Text
from drawing.geometry import Rect
from drawing.model import Color, Drawing, Value, key_of
from drawing.notation.packet import bits_of
from drawing.text import Wrapped
from drawing.theme import Tone

ROW_BITS = 32
BIT = 35.0  # canvas units
SCALES = (0.9, 0.8, 0.7, 0.6)  # of the font size
NUMBERS = 0.75  # of the font size
COLORS: tuple[Color, ...] = ("blue", "teal", "green", "purple")


def place_packet(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the packet in its own coordinates."""
    figure = Figure()
    fields = [(value, *bits_of(value)) for value in drawing.all(Value)]
    pieces = [
        (value, number, max(start, row * ROW_BITS), min(end, row * ROW_BITS + ROW_BITS - 1), row)
        for number, (value, start, end) in enumerate(fields)
        for row in range(start // ROW_BITS, end // ROW_BITS + 1)
    ]
    if not pieces:
        return figure
    used = sorted({row for *_, row in pieces})
    labels = {
        (value.id, row): _label(value.text, (last - first + 1) * BIT - 6, ruler)
        for value, _, first, last, row in pieces
    }
    height = max([ruler.em(2.4), *(lines.height + ruler.em(0.6) for lines, _ in labels.values())])
    step = height + ruler.line(NUMBERS) + ruler.em(0.5)
    for value, number, first, last, row in pieces:
        y = used.index(row) * step + ruler.line(NUMBERS) + ruler.em(0.1)
        rect = Rect((first - row * ROW_BITS) * BIT, y, (last - first + 1) * BIT, height)
        key = f"{key_of(value)}:{row}" if first != bits_of(value)[0] else key_of(value)
        tone: Tone = value.color or COLORS[number % len(COLORS)]
        figure.add(Box(key, rect, tone=tone, stroke_width=min(ruler.style.stroke_width, 1.5)))
        lines, size = labels[value.id, row]
        if lines.lines:
            place = Rect(rect.x + 2, rect.y, rect.w - 4, rect.h)
            figure.add(Text(f"{key}:label", place, lines, size, tone, of=key))
        _numbers(figure, value, key, rect, (first, last), ruler)
    return figure


def _label(text: str, width: float, ruler: Ruler) -> tuple[Wrapped, float]:
    """Return a field's name in lines and its font size: smaller where a single bit is narrow."""
    for scale in SCALES:
        if ruler.longest_word([text], scale=scale) <= width:
            break
    return ruler.wrap(text, width, scale=scale), ruler.size(scale)


def _numbers(figure: Figure, value: Value, key: str, rect: Rect, bits: tuple[int, int], ruler: Ruler) -> None:
    """Write the first and the last bit above a piece; one of them in the middle when it is a single bit."""
    size, height = ruler.size(NUMBERS), ruler.line(NUMBERS)
    first, last = bits
    for name, bit in (("first", first), ("last", last)) if first != last else (("first", first),):
        lines = ruler.wrap(str(bit), rect.w, scale=NUMBERS)
        place = Rect(rect.x, rect.y - height - ruler.em(0.1), rect.w, height)
        if first != last:
            half = max(rect.w / 2 - 4, lines.width + 1)
            place = Rect(rect.x + 4 if name == "first" else rect.right - 4 - half, place.y, half, height)
        align: Align = "center" if first == last else "left" if name == "first" else "right"
        figure.add(
            Text(f"{key}:{name}", place, lines, size, is_quiet=True, align=align, of=key, role="caption")
        )
