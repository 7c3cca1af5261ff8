"""Radar charts: ``axis`` and ``curve`` statements, values in the order of the axes or by their names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from drawing.markup import unmarked, unquoted
from drawing.model import MAX_CELLS, Drawing, Series, Value, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable, clean_id
from drawing.notation.numbers import read_number, written_number
from drawing.notation.writing import quoted, written_title

SETTINGS = ("min", "max", "ticks", "graticule", "showLegend")

_STATEMENT = re.compile(r"(?P<word>axis|axes|curve|curves)\b\s*:?\s*(?P<rest>\S.*)$", re.IGNORECASE)
_SETTING = re.compile(rf"(?P<name>{'|'.join(SETTINGS)})\b\s*:?\s*(?P<value>[\w.+-]*)\s*$", re.IGNORECASE)
_ITEM = re.compile(
    r"\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<id>[^\[\]{},\"]+?))?\s*(?:\[\s*\"?(?P<label>[^\]\"]*)\"?\s*\]?)?"
    r"\s*:?\s*(?:\{(?P<values>[^}]*)\}?)?\s*(?:,|$)"
)


@dataclass(slots=True)
class RadarReader:
    """Reads ``radar`` statements."""

    drawing: Drawing

    def read(self, line: Line) -> None:
        """Take axes, curves or a setting."""
        body, color = split_class(line)
        match = _STATEMENT.match(body.text)
        if match is None:
            setting = _SETTING.match(line.text)
            if setting is None:
                raise Unreadable("it is no axis and no curve")
            name = next(each for each in SETTINGS if each.lower() == setting["name"].lower())
            self.drawing.settings[name] = setting["value"].lower()
            return
        is_axis = match["word"].lower().startswith("ax")
        rest = body.part(match.start("rest"))
        items = [item for item in _ITEM.finditer(rest.text) if item[0].strip(" ,")]
        read = [self._item(rest, item, is_axis) for item in items]
        values = sum(
            len(part.values) for part in [*self.drawing.all(Series), *read] if isinstance(part, Series)
        )
        if values > MAX_CELLS:
            raise Unreadable(f"a chart has at most {MAX_CELLS} values")
        if not any(read):
            raise Unreadable("there is nothing in it that could be drawn")
        for part in read:
            if part is not None:
                self.drawing.put(replace(part, color=color) if isinstance(part, Series) else part)

    def end(self) -> None:
        """Nothing stays open."""

    @staticmethod
    def _item(line: Line, item: re.Match[str], is_axis: bool) -> Value | Series | None:
        name = next((line.said(item.start(g), item.end(g)) for g in ("quoted", "id") if item[g]), "")
        said = line.said(item.start("label"), item.end("label")) if item["label"] is not None else name
        text = label(unmarked(unquoted(said)))
        part_id = clean_id(unmarked(name)) or clean_id(text)
        if not part_id:
            return None
        if is_axis:
            return Value(part_id, text)
        if item["values"] is None:
            return None
        pairs = [each.rpartition(":") for each in re.split(r"[,;\uff0c]", item["values"])]
        numbers = [(clean_id(unmarked(unquoted(name))), read_number(number)) for name, _, number in pairs]
        known = [(name, number) for name, number in numbers if number is not None]
        names = tuple(name for name, _ in known) if any(name for name, _ in known) else ()
        return Series(part_id, text, "curve", tuple(number for _, number in known), names)


def write_radar(drawing: Drawing) -> list[str]:
    """Return the drawing as ``radar-beta`` lines."""
    lines = ["radar-beta", *written_title(drawing)]
    lines += [f"    {name} {value}".rstrip() for name, value in drawing.settings.items() if name in SETTINGS]
    for part in drawing.parts.values():
        match part:
            case Value():
                lines.append(f"    axis {quoted(part.id)}[{quoted(part.text, '[]')}]")
            case Series():
                values = [written_number(value) for value in part.values]
                if part.names:
                    values = [f"{name}: {value}" for name, value in zip(part.names, values, strict=True)]
                shown = f"{{{', '.join(values)}}}"
                lines.append(
                    f"    curve {quoted(part.id)}[{quoted(part.text, '[]')}]{shown}{color_class(part.color)}"
                )
    return lines
