"""Cycles, funnels, pyramids and processes: a stage a line, with a value or a few words behind a colon."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked, unquoted
from drawing.model import Drawing, Value, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.writing import escaped_class, written_title

_BULLET = re.compile(r"(?:[-*+\u2022\u2013\u25b8]|\d{1,3}[.)])\s+(?P<text>\S.*)$")
_ARROWS = re.compile(r"\s*(?:-{1,2}>|=>|\u2192|\u27f6)\s*")
# What a number is written with: currency before it; percent, a unit or k and M behind it.
_VALUE = re.compile(
    r"(?P<before>[$\u20ac\u00a3\u00a5]|[A-Z]{3})?\s?"
    r"(?P<number>-?\d{1,3}(?:[,'\u2019\u202f ]\d{3})+(?:\.\d+)?|-?\d+(?:[.,]\d+)?)"
    r"\s?(?P<scale>[kKM]|[Tt]sd\.?|[Mm]io\.?)?\s?(?P<after>%|[^\W\d]{1,12}|[$\u20ac\u00a3\u00a5])?$"
)
_SIGNS = ":\uff1a|\uff5c=>\uff1e\u2192\u27f6"  # mean something in the words of a stage
_SCALES = {"k": 1e3, "tsd": 1e3, "m": 1e6, "mio": 1e6}
_COLON = re.compile(r"\s*:(?!:)\s*|\s+[|=]\s+")
_GROUPED = re.compile(r"(?<=\d)[,'\u2019\u202f ](?=\d{3}(?!\d))")


@dataclass(slots=True)
class StageReader:
    """Reads the stages of a cycle, funnel, pyramid or process."""

    drawing: Drawing
    _indent: int | None = None
    _last: str | None = None
    _has_bullets: bool = False
    _names: Names = field(default_factory=Names)

    def read(self, line: Line) -> None:
        """Take a stage, several joined by arrows, or a detail below a stage."""
        bullet = _BULLET.match(line.text)
        if (
            self._has_bullets
            and not bullet
            and not _COLON.search(line.text)
            and line.indent <= (self._indent or 0)
        ):
            raise Unreadable("it has no bullet, as the other stages have")
        self._has_bullets = self._has_bullets or bool(bullet and self._last is None)
        body = line.part(bullet.start("text")) if bullet else line
        stages = self._joined(body)
        if stages:
            for stage in stages:
                self._stage(stage)
            return
        if self._indent is None:
            self._indent = line.indent
        last = self.drawing.get(Value, self._last) if self._last else None
        if last and line.indent > self._indent:
            text = label(unmarked(unquoted(body.raw)))
            self.drawing.put(replace(last, text=label(f"{last.text}\n{text}")))
            return
        self._stage(body)

    def end(self) -> None:
        """Nothing stays open."""

    @staticmethod
    def _joined(line: Line) -> list[Line]:
        """Return the parts of "Plan -> Do -> Check"; none for a line without arrows."""
        out, start = [], 0
        for arrow in _ARROWS.finditer(line.text):
            if line.text[start : arrow.start()].strip():
                out.append(line.part(start, arrow.start()))
            start = arrow.end()
        if out and line.text[start:].strip():
            out.append(line.part(start))
        return out if len(out) > 1 else []

    def _stage(self, line: Line) -> None:
        body, color = split_class(line)
        name, value, said, details = body.raw, None, "", ""
        colons = list(_COLON.finditer(body.text))
        if colons:
            last = colons[-1]
            found = _VALUE.match(body.text[last.end() :])
            if found:
                name, said = body.said(0, last.start()), body.said(last.end())
                value = _number(found)
            elif not body.text.startswith('"'):
                name, details = body.said(0, colons[0].start()), body.said(colons[0].end())
        text = label(unmarked(unquoted(name)))
        if not text:
            raise Unreadable("the stage has no name")
        stage_id = self._names.id_of(text.split("\n")[0])
        if details:
            text = label(f"{text}\n{unmarked(unquoted(details))}")
        self._last = stage_id
        known = self.drawing.get(Value, stage_id)
        if known and value is None and not details:
            text, value, said, color = known.text, known.value, known.said, color or known.color
        self.drawing.put(Value(stage_id, text, value, color, said=label(unmarked(said), 40)))


def number_of(text: str) -> float | None:
    """Return the number that a value such as "$ 1,200" or "12.5 %" says; None for anything else."""
    match = _VALUE.match(text.strip())
    return _number(match) if match else None


def _number(match: re.Match[str]) -> float:
    text = _GROUPED.sub("", match["number"]).replace(",", ".")
    return float(text) * _SCALES.get((match["scale"] or "").lower().rstrip("."), 1.0)


def write_stages(drawing: Drawing) -> list[str]:
    """Return the drawing as lines below the name of its kind."""
    lines = [drawing.kind, *written_title(drawing)]
    for value in drawing.all(Value):
        name, *details = value.text.split("\n")
        said = f" : {value.said}" if value.said else ""
        lines.append(f"- {escaped_class(name, _SIGNS)}{said} {color_class(value.color)}".rstrip())
        lines += [f"    - {escaped_class(detail, _SIGNS)}" for detail in details]
    return lines
