"""Changes that a request spells out, as statements of notation: what can be understood without a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import get_args

from drawing.markup import unquoted
from drawing.model import Color, Drawing, Edge, Group, Node, Part, PlacedShape
from drawing.source import read_source

NO_AI = "No AI was used."
UNREAD = (
    "Without it, changes are understood that say what to do with which part, such as “rename A to B”, “remove A”,"
    " “make A green”, “add C after A”, “connect A to B”, or are written as notation."
)
COLORS = {name: name for name in get_args(Color)} | {"grey": "gray", "orange": "amber", "yellow": "amber"}
_COLOR = "|".join(COLORS)
_MARKED = re.compile(
    r"(?:it|this|these|them|that|those|the selection|the selected (?:ones?|shapes?))", re.IGNORECASE
)
_KIND = re.compile(
    r"^(?:the|a|an)\s+|^(?:box|step|node|shape|group|lane|card)\s+|\s+(?:box|step|node|shape)$",
    re.IGNORECASE,
)
_BETWEEN_SENTENCES = re.compile(r"\s*(?:[;\n]+|[.!](?:\s+|$)|,?\s+and\s+then\s+|,?\s+then\s+)\s*")
_AND = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+|\s*&\s*", re.IGNORECASE)


class _Unknown(Exception):
    """Nothing in the drawing is called that."""


class _Editor:
    """Reads sentences about one drawing."""

    def __init__(self, drawing: Drawing, selection: tuple[str, ...]) -> None:
        self._drawing = drawing
        self._selection = selection
        self._count = 0

    def remove(self, match: re.Match[str]) -> Iterator[str]:
        yield from (f"remove {name}" for name in self._names(match["what"]))

    def rename(self, match: re.Match[str]) -> Iterator[str]:
        words = _said(match["words"])
        if re.fullmatch(r"(?:the\s+)?(?:title|heading)", match["what"], re.IGNORECASE):
            yield f"title {words}"
            return
        for name in self._names(match["what"]):
            yield self._relabelled(name, words) if self._is_connector(name) else self._labelled(name, words)

    def color(self, match: re.Match[str]) -> Iterator[str]:
        color = COLORS[match["color"].lower()]
        for name in self._names(match["what"]):
            if not self._is_connector(name):
                yield f"{name}:::{color}"

    def add_between(self, match: re.Match[str]) -> Iterator[str]:
        [first], [second] = self._names(match["first"]), self._names(match["second"])
        yield f"remove {first} --> {second}"
        yield f'{first} --> {self._new_id()}["{_words(match)}"] --> {second}'

    def add_after(self, match: re.Match[str]) -> Iterator[str]:
        [before] = self._names(match["what"])
        new = self._new_id()
        following = [edge for edge in self._drawing.all(Edge) if edge.source == before]
        if len(following) == 1 and not following[0].text:
            yield f"remove {before} --> {following[0].target}"
            yield f'{before} --> {new}["{_words(match)}"] --> {following[0].target}'
        else:
            yield f'{before} --> {new}["{_words(match)}"]'

    def add_before(self, match: re.Match[str]) -> Iterator[str]:
        [after] = self._names(match["what"])
        new = self._new_id()
        leading = [edge for edge in self._drawing.all(Edge) if edge.target == after]
        if len(leading) == 1 and not leading[0].text:
            yield f"remove {leading[0].source} --> {after}"
            yield f'{leading[0].source} --> {new}["{_words(match)}"] --> {after}'
        else:
            yield f'{new}["{_words(match)}"] --> {after}'

    def connect(self, match: re.Match[str]) -> Iterator[str]:
        words = f'|"{_said(match["words"])}"|' if match["words"] else ""
        for target in self._names(match["second"]):
            for source in self._names(match["first"]):
                yield f"{source} -->{words} {target}"

    def _names(self, said: str) -> list[str]:
        """Return the ids that are meant: of all that is named, or of what is marked."""
        if _MARKED.fullmatch(said.strip()) and self._selection:
            return list(self._selection)
        whole = self._find(said)
        if whole is not None:
            return [whole]
        names = [self._find(each) for each in _AND.split(said)]
        for each, name in zip(_AND.split(said), names, strict=True):
            if name is None:
                raise _Unknown(_said(each))
        return [name for name in names if name is not None]

    def _find(self, said: str) -> str | None:
        parts = [
            part for part in self._drawing.parts.values() if isinstance(part, Node | Group | PlacedShape)
        ]
        for wanted in (_said(said), _KIND.sub("", _KIND.sub("", _said(said)))):
            for matches in (_is_id, _is_text, _begins_text):
                found = [part.id for part in parts if matches(part, wanted.casefold())]
                if len(found) == 1 or (found and matches is not _begins_text):
                    return found[0]
        return None

    def _is_connector(self, name: str) -> bool:
        return "-->" in name

    def _relabelled(self, name: str, words: str) -> str:
        """Return what gives a connector other words; a message is another one then, in the same place."""
        source, _, target = name.partition(": ")[0].partition(" --> ")
        if self._drawing.kind == "sequence":
            return f"after {name}\n{source}->>{target}: {words}\nremove {name}"
        return f'{source} -->|"{words}"| {target}'

    def _labelled(self, name: str, words: str) -> str:
        part = self._drawing.get(Group, name)
        return f'subgraph {name} ["{words}"]\nend' if part is not None else f'{name}["{words}"]'

    def _new_id(self) -> str:
        while True:
            self._count += 1
            name = f"new{self._count}"
            if self._drawing.get(Node, name) is None and self._drawing.get(Group, name) is None:
                return name


def _is_id(part: Part, wanted: str) -> bool:
    return part.id.casefold() == wanted


def _is_text(part: Part, wanted: str) -> bool:
    return " ".join(str(getattr(part, "text", "")).split()).casefold() == wanted


def _begins_text(part: Part, wanted: str) -> bool:
    return len(wanted) > 2 and " ".join(str(getattr(part, "text", "")).split()).casefold().startswith(wanted)


def _words(match: re.Match[str]) -> str:
    """Return what a new part says: “a Logout step” is Logout."""
    said = _said(match["words"])
    return said if said != match["words"].strip() else _KIND.sub("", _KIND.sub("", said)) or said


def _said(text: str) -> str:
    return unquoted(text.strip().strip("“”\"'‘’").strip()).replace('"', "'")


_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[_Editor, re.Match[str]], Iterator[str]]], ...] = tuple(
    (re.compile(rf"(?:please\s+)?(?:{pattern})", re.IGNORECASE), handle)
    for pattern, handle in (
        (r"(?:remove|delete|drop|take away|get rid of)\s+(?P<what>.+)", _Editor.remove),
        (rf"(?:make|colou?r|paint|turn)\s+(?P<what>.+?)\s+(?:in\s+)?(?P<color>{_COLOR})", _Editor.color),
        (
            r"(?:rename|relabel|retitle|reword)\s+(?P<what>.+?)\s+(?:to|as|into)\s+(?P<words>.+)",
            _Editor.rename,
        ),
        (r"(?:change|set)\s+(?P<what>.+?)\s+to\s+(?P<words>.+)", _Editor.rename),
        (r"call\s+(?P<what>\S+|“.+?”|\".+?\")\s+(?P<words>.+)", _Editor.rename),
        (
            r"(?:add|insert|put)\s+(?P<words>.+?)\s+between\s+(?P<first>.+?)\s+and\s+(?P<second>.+)",
            _Editor.add_between,
        ),
        (
            r"(?:add|insert|put)\s+(?P<words>.+?)\s+(?:after|behind|below|under)\s+(?P<what>.+)",
            _Editor.add_after,
        ),
        (r"(?:add|insert|put)\s+(?P<words>.+?)\s+(?:before|above)\s+(?P<what>.+)", _Editor.add_before),
        (
            r"(?:connect|link)\s+(?P<first>.+?)\s+(?:to|with)\s+(?P<second>.+?)"
            r"(?:\s+(?:labell?ed|with the label|saying)\s+(?P<words>.+))?",
            _Editor.connect,
        ),
    )
)


def read_edits(instructions: str, source: str, selection: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the statements that a request spells out, and what the person should know.

    Statements of notation within the request stay as they are; what is not understood is said.
    """
    drawing = read_source(source).drawing
    assert drawing is not None  # noqa: S101 - it was written from a drawing
    editor = _Editor(drawing, selection)
    statements: list[str] = []
    unknown: list[str] = []
    is_unread = False
    for sentence in filter(None, _BETWEEN_SENTENCES.split(instructions.strip())):
        for pattern, handle in _SENTENCES:
            match = pattern.fullmatch(sentence)
            if match is None:
                continue
            try:
                statements += handle(editor, match)
            except _Unknown as exc:
                unknown.append(str(exc))
            except ValueError:
                unknown.append(sentence)  # One part was meant, and several were named.
            break
        else:
            if _looks_like_notation(sentence):
                statements.append(sentence)
            else:
                is_unread = True
    notes = [f"Nothing in the drawing is called “{name}”." for name in unknown]
    notes += [f"{NO_AI} {UNREAD}"] if is_unread else [NO_AI] if statements else []
    return "\n".join(statements) + "\n", tuple(notes)


def _looks_like_notation(sentence: str) -> bool:
    return bool(re.search(r"--+>|==+>|-\.+->|->>|:::|\[.*\]|\{.*\}|^(?:title|subgraph|end)\b", sentence))
