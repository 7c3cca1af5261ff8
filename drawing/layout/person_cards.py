"""Cards of people as trees of them show them: a name, and a smaller line below it."""

from __future__ import annotations

from dataclasses import dataclass

from drawing.figure import SMALL, Box, Element, Ruler, Text
from drawing.geometry import Rect
from drawing.text import Wrapped
from drawing.theme import Tone

LARGEST_CORNER = 14.0  # canvas units


@dataclass(frozen=True, slots=True)
class PersonLabel:
    """What a card says: the name, and the line below it, which may have no words."""

    name: Wrapped
    detail: Wrapped

    @property
    def width(self) -> float:
        """The width of the wider of both."""
        return max(self.name.width, self.detail.width)

    @property
    def height(self) -> float:
        """The height of both together."""
        return self.name.height + self.detail.height


def person_label(name: str, detail: str, width: float, ruler: Ruler) -> PersonLabel:
    """Return the label of a card whose words may be that wide."""
    return PersonLabel(ruler.wrap(name, width, bold=True), ruler.wrap(detail, width, scale=SMALL))


def person_card(
    key: str, rect: Rect, label: PersonLabel, tone: Tone, ruler: Ruler, *, detail: str, corner: float
) -> list[Element]:
    """Return a card with its words in the middle; ``detail`` is what the line below the name is called."""
    top = rect.cy - label.height / 2
    place = Rect(rect.x, top, rect.w, label.name.height)
    out: list[Element] = [
        Box(key, rect, "rectangle", tone, corner),
        Text(f"{key}:label", place, label.name, ruler.font, tone, is_bold=True, of=key),
    ]
    if label.detail.lines:
        place = Rect(rect.x, top + label.name.height, rect.w, label.detail.height)
        out.append(Text(f"{key}:{detail}", place, label.detail, ruler.size(SMALL), tone, of=key))
    return out
