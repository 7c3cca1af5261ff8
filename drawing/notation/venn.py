"""Venn diagrams: sets, what stands where they overlap, and items in either."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked, unquoted
from drawing.model import Color, Drawing, Group, Node, label
from drawing.notation.colors import color_class, color_of, split_class
from drawing.notation.lines import Line, Unreadable, clean_id
from drawing.notation.names import Names
from drawing.notation.writing import escaped_class, written_title

_SET = re.compile(r"(?:set|circle)\s+(?P<rest>\S.*)$", re.IGNORECASE)
_UNION = re.compile(r"(?:union|intersection|overlap)\s+(?P<rest>\S.*)$", re.IGNORECASE)
_TEXT = re.compile(r"text\s+(?P<rest>\S.*)$", re.IGNORECASE)
_STYLE = re.compile(r"style\s+(?P<who>[^:]+?)\s+(?P<what>[\w-]+\s*:.*)$", re.IGNORECASE)
_FILL = re.compile(r"(?:^|,)\s*(?:fill|background(?:-color)?)\s*:\s*([^,;]+)", re.IGNORECASE)
_BULLET = re.compile(r"[-*+\u2022\u2013]\s+(?P<text>\S.*)$")
_SIGN_JOINT = re.compile(r"\s*[&,+\u2229\u00d7]\s*")
_WORD_JOINT = re.compile(r"\s+(?:and|und|et|y|n)\s+")
_LABEL = re.compile(r"\s*[\[(]\s*(?P<label>.*?)\s*(?:[\])]\s*(?=:)|[\])]?$)")
_VALUE = re.compile(r"\s*:\s*(?P<value>\d{1,12}(?:\.\d{1,6})?)\s*%?$")
_COLON = re.compile(r"\s*:(?!:)\s*")
_NO_NAME = re.compile(r"[^\w '.-]+")
UNION = "&"  # between the ids of the sets of an overlap


@dataclass(slots=True)
class VennReader:
    """Reads ``venn`` statements."""

    drawing: Drawing
    _last: str | None = None  # the set or overlap that items belong to
    _indent: int = 0
    _names: Names = field(default_factory=Names)

    def read(self, line: Line) -> None:
        """Take a set, an overlap, an item or a colour."""
        body, color = split_class(line)
        if style := _STYLE.match(line.text):
            self._color(style)
        elif found := _SET.match(body.text):
            self._set(body.part(found.start("rest")), color)
            self._indent = line.indent
        elif found := _UNION.match(body.text):
            self._union(body.part(found.start("rest")), color)
            self._indent = line.indent
        elif found := _TEXT.match(body.text):
            self._item(body.part(found.start("rest")), color)
        elif found := _BULLET.match(body.text):
            self._bullet(body.part(found.start("text")), color, line.indent)
        elif self._last and line.indent > self._indent:
            self._item(body, color)
        else:
            self._statement(body, color)
            self._indent = line.indent

    def end(self) -> None:
        """Nothing stays open."""

    def _bullet(self, line: Line, color: Color | None, indent: int) -> None:
        """Take a bullet: an item of what stands above it, or a statement where nothing does."""
        if (
            self._last
            and (indent > self._indent or not _COLON.search(line.text))
            and not self._is_union(line)
        ):
            self._item(line, color)
        else:
            self._statement(line, color)

    @staticmethod
    def _is_union(line: Line) -> bool:
        colon = _COLON.search(line.text)
        return bool(colon and len(_joined(line.text[: colon.start()])) > 1)

    def _statement(self, line: Line, color: Color | None) -> None:
        """Take "A", "A : label" or "A & B : label"."""
        colon = _COLON.search(line.text)
        bracket = line.text.find("[")
        end = min(each for each in (colon.start() if colon else -1, bracket, len(line.text)) if each >= 0)
        if len(_joined(line.text[:end])) > 1:
            self._union(line, color)
            return
        self._set(line, color)

    def _parts(self, line: Line) -> tuple[str, str, str, Line]:
        """Return the names, the label, the value of a statement, and what stands behind its colon otherwise."""
        value = _VALUE.search(line.text)
        rest = line.part(len(line.text))
        if value:
            line = line.part(0, value.start())
        elif (colon := _COLON.search(line.text)) and '"' not in line.text[: colon.start()]:
            line, rest = line.part(0, colon.start()), line.part(colon.end())
        names, text = line.raw, ""
        bracket = _LABEL.search(line.text)
        if bracket:
            names, text = (
                line.said(0, bracket.start()),
                line.said(bracket.start("label"), bracket.end("label")),
            )
        return names, label(unmarked(unquoted(text))), value["value"] if value else "", rest

    def _set(self, line: Line, color: Color | None) -> None:
        names, text, value, rest = self._parts(line)
        set_id = _name(names) or _name(text)
        if not set_id:
            raise Unreadable("the set has no name")
        known = self.drawing.get(Group, self._known(set_id))
        set_id = known.id if known else set_id
        text = text or (known.text if known else label(unmarked(unquoted(names))))
        details = (("value", value),) if value else known.details if known else ()
        self.drawing.put(
            Group(set_id, text, "set", color or (known.color if known else None), details=details)
        )
        self._last = set_id
        if rest.text:
            self._item(rest, None)

    def _union(self, line: Line, color: Color | None) -> None:
        names, text, value, rest = self._parts(line)
        parts = [name for name in (_name(each) for each in _joined(names)) if name]
        ids = list(dict.fromkeys(self._known(name) for name in parts))
        if len(ids) < 2:
            raise Unreadable("an overlap names at least two sets")
        for name in ids:
            if self.drawing.get(Group, name) is None:
                self.drawing.put(Group(name, name, "set"))
        order = [group.id for group in self.drawing.all(Group) if group.role == "set"]
        union_id = UNION.join(sorted(ids, key=order.index))
        text = text or label(unmarked(unquoted(rest.raw)))
        known = self.drawing.get(Group, union_id)
        details = (("value", value),) if value else known.details if known else ()
        self.drawing.put(
            Group(union_id, text or (known.text if known else ""), "union", color, details=details)
        )
        self._last = union_id

    def _item(self, line: Line, color: Color | None) -> None:
        if self._last is None:
            raise Unreadable("there is no set that it could belong to")
        bracket = _LABEL.search(line.text) if line.text.endswith("]") else None
        text = line.said(bracket.start("label"), bracket.end("label")) if bracket else line.raw
        text = label(unmarked(unquoted(text)))
        if not text:
            raise Unreadable("the item is empty")
        name = _name(line.said(0, bracket.start())) if bracket else ""
        self.drawing.put(Node(self._names.id_of(name or text), text, "", "item", color, self._last))

    def _color(self, match: re.Match[str]) -> None:
        fill = _FILL.search(match["what"])
        color = color_of(fill[1]) if fill else None
        names = [self._known(_name(each)) for each in match["who"].split(",")]
        group = self.drawing.get(Group, names[0]) if len(names) == 1 else None
        if group and color:
            self.drawing.put(replace(group, color=color))

    def _known(self, name: str) -> str:
        """Return the id of the set that is called so, by its id or its label."""
        sets = [group for group in self.drawing.all(Group) if group.role == "set"]
        for group in sets:
            if group.id == name:
                return name
        lower = name.casefold()
        return next(
            (group.id for group in sets if lower in (group.id.casefold(), group.text.casefold())), name
        )


def _joined(names: str) -> list[str]:
    """Return the sets that "A & B", "A, B" or "A and B" names."""
    joint = _SIGN_JOINT if _SIGN_JOINT.search(names) else _WORD_JOINT
    return joint.split(names)


def _name(text: str) -> str:
    return clean_id(_NO_NAME.sub(" ", unmarked(unquoted(text)))).rstrip("\u2026")


def write_venn(drawing: Drawing) -> list[str]:
    """Return the drawing as ``venn`` lines."""
    lines = ["venn", *written_title(drawing)]
    items = drawing.all(Node)
    groups = drawing.all(Group)
    for group in [
        *(each for each in groups if each.role == "set"),
        *(each for each in groups if each.role != "set"),
    ]:
        names = group.id if group.role == "set" else group.id.replace(UNION, ", ")
        text = f'["{escaped_class(group.text, _SIGNS)}"]' if group.text and group.text != group.id else ""
        value = f" : {dict(group.details)['value']}" if group.details else ""
        lines.append(f"{group.role} {names}{text}{value} {color_class(group.color)}".rstrip())
        lines += [_written_item(item) for item in items if item.parent == group.id]
    return lines


def _written_item(item: Node) -> str:
    name = "" if item.id == clean_id(item.text) else item.id
    text = f'["{escaped_class(item.text, _SIGNS)}"]'
    return f"    text {name}{text} {color_class(item.color)}".rstrip()


_SIGNS = "[]():"
