"""Which drawings of a canvas a change may be about, and which of them an answer is for."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from core.canvases import StoredObject
from core.versions import StoredDrawing
from drawing.changes import apply_change
from drawing.own.drawing import OwnDrawing, own_drawing
from drawing.revision import object_names
from drawing.source import read_source
from tasks.designers.failures import PermanentFailure

NOTHING_THERE = "The canvas has nothing on it that could be changed; draw something on it first."
MAX_LENGTH = 40_000  # characters of notation that a model is given of all drawings together

Subject = StoredDrawing | OwnDrawing

_CHOICE = re.compile(r"\s*(?:```\w*\s*\n\s*)?(?:%%\s*)?drawing\s+(\d{1,3})\b[^\n]*(?:\n|$)", re.IGNORECASE)


def all_subjects(
    canvas_id: uuid.UUID,
    drawings: Sequence[StoredDrawing],
    present: Sequence[StoredObject],
    marked: Sequence[str] = (),
) -> list[Subject]:
    """Return what can be changed on a canvas, the oldest first: what an app has there, then our drawings."""
    own = own_drawing(canvas_id, present, marked)
    return [*([own] if own else []), *drawings]


def find_subjects(
    asked: Mapping[str, Any],
    canvas_id: uuid.UUID,
    drawings: Sequence[StoredDrawing],
    present: Sequence[StoredObject],
) -> tuple[Subject, ...]:
    """Return the drawings that a request may be about, the oldest first: the one with the most that is marked, or all.

    None when there is none and the request may be for something new; else raises ``PermanentFailure``.
    """
    marked = [str(each) for each in asked.get("selection", ())]
    subjects = [
        each
        for each in all_subjects(canvas_id, drawings, present, marked)
        if read_source(each.source).drawing is not None
    ]
    if not subjects:
        if asked["mode"] == "edit":
            raise PermanentFailure("nothing_to_edit", NOTHING_THERE)
        return ()
    homes = [item.job_id for item in present if str(item.id) in marked]
    counts = {each.id: homes.count(each.id) for each in subjects}
    if any(counts.values()):
        return (max(reversed(subjects), key=lambda each: counts[each.id]),)
    length = 0
    kept: list[Subject] = []
    for subject in reversed(subjects):
        length += len(subject.source)
        if kept and length > MAX_LENGTH:
            break
        kept.append(subject)
    return tuple(reversed(kept))


def choose_subject(text: str, subjects: Sequence[Subject]) -> tuple[Subject, str]:
    """Return the drawing that an answer changes, and the answer without the line that names it.

    An answer that names none is about the newest drawing in which all that it says can be read.
    """
    match = _CHOICE.match(text)
    if match is not None:
        number, rest = int(match[1]), text[match.end() :]
        if 1 <= number <= len(subjects):
            return subjects[number - 1], rest
        text = rest
    newest_first = list(reversed(subjects))
    if len(newest_first) == 1:
        return newest_first[0], text
    return min(newest_first, key=lambda subject: _misses(subject, text)), text


def _misses(subject: Subject, text: str) -> int:
    """Return how many lines of an answer say nothing in a drawing."""
    drawing = read_source(subject.source).drawing
    return len(apply_change(drawing, text).notes) if drawing is not None else len(text)


def names_of(selection: Sequence[str], subject: Subject) -> tuple[str, ...]:
    """Return what statements call the marked objects that belong to the drawing."""
    if isinstance(subject, OwnDrawing):
        names = subject.names
    else:
        drawing = read_source(subject.source).drawing
        names = object_names(drawing, subject.id) if drawing is not None else {}
    return tuple(dict.fromkeys(names[each] for each in selection if each in names))
