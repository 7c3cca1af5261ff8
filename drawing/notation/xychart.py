"""Charts of bars and lines: ``x-axis``, ``y-axis``, ``bar [...]`` and ``line [...]``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from drawing.markup import unmarked, unquoted
from drawing.model import MAX_CELLS, Drawing, Series, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.numbers import NUMBER, read_number, written_number
from drawing.notation.writing import quoted, written_title

MOST_VALUES = 100  # of one series

_AXIS = re.compile(r"(?P<axis>[xy])[- ]?axis\b\s*:?\s*(?P<rest>.*)$", re.IGNORECASE)
_SERIES = re.compile(
    r"(?P<role>bars?|lines?)\b\s*:?\s*(?P<name>[^\[]*?)\s*:?\s*\[(?P<values>[^\]]*)\]?\s*$", re.IGNORECASE
)
_RANGE = re.compile(rf"(?P<name>.*?)\s*(?P<low>{NUMBER})\s*(?:-->|->|\u2192|\.\.)\s*(?P<high>{NUMBER})$")
_NAMES = re.compile(r"(?P<name>[^\[]*?)\s*\[(?P<names>.*?)\]?\s*$")
_ITEM = re.compile(r"\s*(?:\"(?P<quoted>[^\"]*)\"?|(?P<plain>[^,]*))\s*(?:,|$)")


@dataclass(slots=True)
class XYChartReader:
    """Reads ``xychart`` statements."""

    drawing: Drawing
    _names: Names = field(default_factory=Names)

    def read(self, line: Line) -> None:
        """Take an axis or a series."""
        if axis := _AXIS.match(line.text):
            self._axis(axis["axis"].lower(), line.part(axis.start("rest")))
            return
        body, color = split_class(line)
        match = _SERIES.match(body.text)
        if match is None:
            raise Unreadable("it is no axis, bar or line")
        values = _numbers(match["values"])
        if not values:
            raise Unreadable("there are no numbers in it")
        if sum(len(each.values) for each in self.drawing.all(Series)) + len(values[:MOST_VALUES]) > MAX_CELLS:
            raise Unreadable(f"a chart has at most {MAX_CELLS} values")
        role: Literal["bar", "line"] = "bar" if match["role"].lower().startswith("bar") else "line"
        text = label(unmarked(unquoted(body.said(match.start("name"), match.end("name")))))
        series_id = self._names.id_of(text or role)
        self.drawing.put(Series(series_id, text, role, values[:MOST_VALUES], color=color))

    def end(self) -> None:
        """Nothing stays open."""

    def _axis(self, axis: str, line: Line) -> None:
        role: Literal["x", "y"] = "x" if axis == "x" else "y"
        span = _RANGE.match(line.text)
        if span:
            low, high = read_number(span["low"]), read_number(span["high"])
            text = label(unmarked(unquoted(line.said(0, span.end("name")))))
            self.drawing.put(Series(role, text, role, low=low, high=high))
            return
        named = _NAMES.match(line.text) if "[" in line.text else None
        names = _words(line.part(named.start("names"), named.end("names"))) if named else ()
        text = label(unmarked(unquoted(line.said(0, named.end("name")) if named else line.raw)))
        self.drawing.put(Series(role, text, role, names=names[:MOST_VALUES]))


def _numbers(text: str) -> tuple[float, ...]:
    """Return the numbers of a list; with a name before each, as in ``"a": 3``, the last word counts."""
    pieces = re.split(r"[,;\uff0c]", text)
    found = (read_number(piece.split(":")[-1].strip().strip("$%\u20ac\u00a3 ")) for piece in pieces)
    return tuple(value for value in found if value is not None)


def _words(line: Line) -> tuple[str, ...]:
    out: list[str] = []
    for item in _ITEM.finditer(line.text):
        group = "quoted" if item["quoted"] is not None else "plain"
        said = label(unmarked(line.said(item.start(group), item.end(group))))
        if said or (item["quoted"] is not None) or item.end() < len(line.text):
            out.append(said)
    return tuple(out)


def write_xychart(drawing: Drawing) -> list[str]:
    """Return the drawing as ``xychart`` lines."""
    setting = drawing.settings.get("setting", "")
    lines = [f"xychart {setting}".rstrip(), *written_title(drawing)]
    for series in drawing.all(Series):
        name = f" {_quoted(series.text)}" if series.text else ""
        if series.role in ("x", "y"):
            lines.append(f"    {series.role}-axis{name}{_written_span(series)}")
        else:
            values = ", ".join(map(written_number, series.values))
            lines.append(f"    {series.role}{name} [{values}]{color_class(series.color)}")
    return lines


def _written_span(series: Series) -> str:
    if series.low is not None and series.high is not None:
        return f" {written_number(series.low)} --> {written_number(series.high)}"
    return f" [{', '.join(map(_quoted, series.names))}]" if series.names else ""


def _quoted(text: str) -> str:
    return quoted(text, "[]\uff3b\uff3d")
