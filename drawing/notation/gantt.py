"""Gantt charts: ``Name : tags, id, start, end`` below ``section`` lines, and what is said about the whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from drawing.dates import add_duration, read_date
from drawing.markup import unmarked, unquoted
from drawing.model import Drawing, Group, Task, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable, clean_id
from drawing.notation.names import Names
from drawing.notation.sections import begin_section, written_section
from drawing.notation.writing import escaped, written_title

TAGS = ("active", "done", "crit", "milestone", "vert")
SETTINGS = (
    "dateFormat", "axisFormat", "tickInterval", "excludes", "includes", "inclusiveEndDates", "todayMarker", "weekday",
    "weekend", "topAxis", "displayMode", "today",
)  # fmt: skip

_SETTING = re.compile(rf"({'|'.join(SETTINGS)})\b\s*:?\s*(.*)$", re.IGNORECASE)
_IGNORED = re.compile(r"(?:click|style|classDef|class)\s", re.IGNORECASE)
_BULLET = re.compile(r"[-*\u2022]\s+")
_TAGS = {
    "active": "active", "done": "done", "crit": "crit", "critical": "crit", "milestone": "milestone", "vert": "vert",
    "complete": "done", "completed": "done", "in progress": "active",
}  # fmt: skip
# What a task may not begin with as it stands.
_RESERVED = re.compile(
    rf"(?:{'|'.join(SETTINGS)}|section|title|click|style|class|acc|gantt|subgraph|[-*\u2022%~`|&])",
    re.IGNORECASE,
)
_RELATION = re.compile(r"(?:after|until)\s+\S", re.IGNORECASE)
_ID = re.compile(r"[^\W\d][\w.-]*$")
_RANGE = re.compile(r"(\S.*?)\s+(?:-|\u2013|\u2014|to|->|-->|bis)\s+(\S.*)$")
_COLON = re.compile(r":(?!//)")


@dataclass(slots=True)
class GanttReader:
    """Reads ``gantt`` statements."""

    drawing: Drawing
    _section: str | None = None
    _names: Names = field(default_factory=Names)
    _texts: dict[str, str] = field(default_factory=dict)  # of the tasks read so far, by id

    def read(self, line: Line) -> None:
        """Take a setting, a section or a task."""
        if _IGNORED.match(line.text):
            return
        if setting := _SETTING.match(line.text):
            name = next(each for each in SETTINGS if each.lower() == setting[1].lower())
            if ":" not in line.text[: setting.start(2)] or not read_date(setting[2]):
                self._set(name, line.said(setting.start(2)))
                return
        if section := begin_section(line, self.drawing):
            self._section = section
            return
        bullet = _BULLET.match(line.text)
        self._task(line.part(bullet.end()) if bullet else line)

    def end(self) -> None:
        """Nothing stays open."""

    def _set(self, name: str, value: str) -> None:
        value = label(value, 200).replace("\n", " ")
        if name == "excludes" and self.drawing.settings.get(name):
            value = f"{self.drawing.settings[name]} {value}"
        self.drawing.settings[name] = value or "true"

    def _task(self, line: Line) -> None:
        body, color = split_class(line)
        colons = list(_COLON.finditer(body.text))
        if not colons:
            raise Unreadable("a task needs a colon and its dates behind it")
        colon = self._dividing(body, [match.start() for match in colons])
        text = label(unmarked(unquoted(body.said(0, colon))))
        if not text:
            raise Unreadable("the task has no name")
        tags, items = self._items(body.said(colon + 1))
        name, start, end = self._meaning(items)
        own = self._names.id_of(text)
        task_id = clean_id(name) or own
        while self._texts.get(task_id, text) != text:  # An id that is copied with its line is no id.
            task_id = own if task_id != own else f"{own}~"
        self._texts[task_id] = text
        self.drawing.put(Task(task_id, text, start, end, tags, self._section, color))

    def _dividing(self, line: Line, colons: list[int]) -> int:
        """Return the colon behind the name: the first one with nothing behind it but ids and times."""
        for colon in colons:
            _, items = self._items(line.said(colon + 1))
            if all(_ID.match(item) or self._is_time(item) for item in items):
                return colon
        return colons[0]

    @staticmethod
    def _items(text: str) -> tuple[tuple[str, ...], list[str]]:
        items = [label(item, 200).replace("\n", " ") for item in text.replace("\uff0c", ",").split(",")]
        tags = [_TAGS[item.lower()] for item in items if item.lower() in _TAGS]
        rest = [item for item in items if item and item.lower() not in _TAGS]
        return tuple(tag for tag in TAGS if tag in tags), rest

    def _is_time(self, text: str) -> bool:
        date_format = self.drawing.settings.get("dateFormat", "YYYY-MM-DD")
        if _RELATION.match(text) or read_date(text, date_format):
            return True
        return add_duration(datetime(2000, 1, 1), text) is not None  # noqa: DTZ001 - any day does

    def _meaning(self, items: list[str]) -> tuple[str, str, str]:
        """Return id, start and end; what is no time and could be an id is one, wherever it stands."""
        if len(items) == 1 and not self._is_time(items[0]) and (span := _RANGE.match(items[0])):
            items = [span[1], span[2]]
        if len(items) >= 3:
            return items[0], items[1], items[2]
        names = [item for item in items if _ID.match(item) and not self._is_time(item)]
        times = [item for item in items if item not in names[:1]]
        name = names[0] if names else ""
        if len(times) == 2:
            return name, times[0], times[1]
        if not times:
            return name, "", ""
        # One item is an end, but a date alone behind an id, or of a milestone, is where it begins.
        is_start = bool(_RELATION.match(times[0])) and times[0].lower().startswith("after")
        return (name, times[0], "") if is_start else (name, "", times[0])


def write_gantt(drawing: Drawing) -> list[str]:
    """Return the drawing as ``gantt`` lines."""
    lines = ["gantt", *written_title(drawing)]
    lines += [f"    {name} {value}" for name, value in drawing.settings.items() if name in SETTINGS]
    section: str | None = None
    names = Names()
    for part in drawing.parts.values():
        match part:
            case Group():
                lines.append(written_section(part))
                section = part.id
            case Task():
                if part.parent != section and part.parent is not None:
                    group = drawing.get(Group, part.parent)
                    if group:
                        lines.append(written_section(group))
                    section = part.parent
                lines.append(_written_task(part, names))
    return lines


def _written_task(task: Task, names: Names) -> str:
    own = names.id_of(task.text)
    items = list(task.tags)
    if task.id != own or _ID.match(task.start):  # What looks like an id would be taken for one.
        items.append(task.id)
    items += [item for item in (task.start, task.end) if item]
    name = escaped(task.text).replace(":", "#58;")
    if _RESERVED.match(name):
        name = f"#{ord(name[0])};{name[1:]}"
    return f"        {name} : {', '.join(items)}{color_class(task.color)}".rstrip()
