"""User journeys: ``Task: score: people`` below ``section`` lines; scores run from 1 (bad) to 5 (good)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from drawing.markup import unmarked, unquoted
from drawing.model import Drawing, Group, Task, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.sections import begin_section, written_section
from drawing.notation.writing import escaped, written_title

LOWEST, HIGHEST = 1.0, 5.0

_TASK = re.compile(
    r"(?P<text>.*?)\s*(?:[:|,]|\s[-\u2013\u2014]\s)\s*(?P<score>-?\d+(?:[.,]\d+)?)\s*(?:/\s*5)?\s*(?:[:|]\s*(?P<people>.*))?$"
)
_BULLET = re.compile(r"[-*\u2022]\s+")
# What a task may not begin with as it stands.
_RESERVED = re.compile(r"section|title|acc|journey|[-*\u2022%~`:]", re.IGNORECASE)


@dataclass(slots=True)
class JourneyReader:
    """Reads ``journey`` statements."""

    drawing: Drawing
    _section: str | None = None
    _names: Names = field(default_factory=Names)

    def read(self, line: Line) -> None:
        """Take a section or a task."""
        if section := begin_section(line, self.drawing):
            self._section = section
            return
        bullet = _BULLET.match(line.text)
        body, color = split_class(line.part(bullet.end()) if bullet else line)
        match = _TASK.match(body.text)
        if match is None:
            raise Unreadable("a task needs a score from 1 to 5 behind a colon")
        text = label(unmarked(unquoted(body.said(match.start("text"), match.end("text")))))
        if not text:
            raise Unreadable("the task has no name")
        score = min(max(float(match["score"].replace(",", ".")), 0.0), HIGHEST)
        people = body.said(match.start("people"), match.end("people")) if match["people"] else ""
        names = (label(unmarked(each), 60).replace("\n", " ") for each in re.split(r"[,\uff0c]", people))
        task_id = self._names.id_of(text)
        self.drawing.put(
            Task(task_id, text, parent=self._section, color=color, score=score,
                 people=tuple(dict.fromkeys(name for name in names if name)))
        )  # fmt: skip

    def end(self) -> None:
        """Nothing stays open."""


def write_journey(drawing: Drawing) -> list[str]:
    """Return the drawing as ``journey`` lines."""
    lines = ["journey", *written_title(drawing)]
    section: str | None = None
    for part in drawing.parts.values():
        match part:
            case Group():
                lines.append(written_section(part))
                section = part.id
            case Task():
                group = drawing.get(Group, part.parent or "")
                if group is not None and part.parent != section:
                    lines.append(written_section(group))
                    section = group.id
                lines.append(f"        {_written_task(part)}")
    return lines


def _written_task(task: Task) -> str:
    name = re.sub(r"[:|,]|\s[-\u2013\u2014](?=\s)", _entities, escaped(task.text))
    if _RESERVED.match(name):
        name = f"#{ord(name[0])};{name[1:]}"
    people = ", ".join(escaped(each).replace(":", "#58;") for each in task.people)
    return f"{name}: {task.score:g}{f': {people}' if people else ''}{color_class(task.color)}"


def _entities(match: re.Match[str]) -> str:
    return "".join(f"#{ord(char)};" if not char.isspace() else char for char in match[0])
