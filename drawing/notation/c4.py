"""C4 diagrams: people, systems, containers, components and nodes in boundaries, and what they use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked
from drawing.model import MAX_EDGE_TEXT_LENGTH, Color, Drawing, Edge, Group, Node, label
from drawing.notation.colors import color_class, color_of, split_class
from drawing.notation.lines import Line, Unreadable, without_comment
from drawing.notation.node_mentions import node_id
from drawing.notation.writing import quoted, written_title

HEADER = re.compile(
    r"C4[ -]?(?P<setting>Context|Container|Component|Dynamic|Deployment)(?:[ -]?diagram)?\s*[:;]?$",
    re.IGNORECASE,
)
MAX_DEPTH = 12

_CALL = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*\((?P<arguments>.*)\)?\s*(?P<open>\{)?\s*$")
_ARGUMENT = re.compile(
    r"\s*(?:\$(?P<name>\w+)\s*=\s*)?(?:\"(?P<quoted>[^\"]*)\"|(?P<plain>[^,\"]*))\s*(?:,|$)"
)
_ELEMENT = re.compile(
    r"(?P<kind>Person|System|Container|Component)(?P<form>Db|Queue)?(?P<outside>_Ext)?$", re.IGNORECASE
)
_BOUNDARY = re.compile(
    r"(?:(?P<kind>Enterprise|System|Container)_)?Boundary$|(?P<node>(?:Deployment_)?Node(?:_[LR])?)$",
    re.IGNORECASE,
)
_RELATION = re.compile(
    r"(?P<both>Bi)?Rel(?P<index>Index)?(?:_(?P<way>Back(?:_Neighbor)?|Neighbor|Up|Down|Left|Right|U|D|L|R))?$",
    re.IGNORECASE,
)
_IGNORED = re.compile(
    r"(?:Update\w+|Add\w+Tag|LAYOUT_\w+|SHOW_\w+|HIDE_\w+|SetIndex|increment|Lay_\w+)\b", re.IGNORECASE
)
_ELEMENT_STYLE = re.compile(r"UpdateElementStyle$", re.IGNORECASE)
_FORMS = {"db": "cylinder", "queue": "queue"}
_WITH_TECHNOLOGY = ("container", "component")


@dataclass(slots=True)
class C4Reader:
    """Reads the calls of ``C4Context`` and its kin."""

    drawing: Drawing
    _open: list[str | None] = field(default_factory=list)
    _repeats: dict[tuple[str, str], int] = field(default_factory=dict)

    def read(self, line: Line) -> None:
        """Take one line."""
        line = without_comment(line)
        if line.text.startswith("}"):
            while line.text.startswith("}"):
                if not self._open:
                    raise Unreadable("there is nothing open that it could end")
                self._open.pop()
                line = line.part(1)
            if not line.text:
                return
        body, color = split_class(line)
        call = _CALL.match(body.text)
        if call is None:
            raise Unreadable('it is no call such as System(id, "name")')
        opens = call["open"] or body.text.rstrip().endswith("{")
        arguments = _arguments(_inside(body, call))
        name = call["name"]
        if _ELEMENT_STYLE.match(name):
            self._paint(arguments)
        elif _IGNORED.match(name):
            return
        elif relation := _RELATION.match(name):
            self._relate(relation, arguments)
        elif boundary := _BOUNDARY.match(name):
            self._begin(boundary, arguments, bool(opens))
            self._color(arguments, color)
        elif element := _ELEMENT.match(name):
            self._declare(element, arguments)
            self._color(arguments, color)
        else:
            raise Unreadable("it is no element, boundary or relation")

    def end(self) -> None:
        """Nothing is kept back."""

    @property
    def _home(self) -> str | None:
        return next((each for each in reversed(self._open) if each is not None), None)

    def _declare(self, match: re.Match[str], arguments: dict[str, str]) -> None:
        own_id = _id(arguments)
        kind = match["kind"].lower()
        texts = [arguments.get(name, "") for name in ("1", "2", "3")]
        has_technology = kind in _WITH_TECHNOLOGY
        technology = arguments.get("techn", texts[1] if has_technology else "")
        description = arguments.get("descr", texts[2] if has_technology else texts[1])
        details = [("kind", kind), ("technology", _said(technology)), ("description", _said(description))]
        if match["outside"]:
            details.append(("outside", "yes"))
        self.drawing.put(
            Node(own_id, _said(texts[0]) or own_id, _FORMS.get((match["form"] or "").lower(), ""),
                 "person" if kind == "person" else "step", None, self._home,
                 details=tuple(detail for detail in details if detail[1]))
        )  # fmt: skip

    def _begin(self, match: re.Match[str], arguments: dict[str, str], opens: bool) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise Unreadable(f"boundaries are nested in one another at most {MAX_DEPTH} deep")
        own_id = _id(arguments)
        if own_id in self._open:
            raise Unreadable("a boundary cannot stand in itself")
        kind = (match["kind"] or ("node" if match["node"] else "")).lower()
        kind = _said(arguments.get("type", arguments.get("2", "") or kind))
        details = tuple(
            each
            for each in (
                ("kind", kind),
                ("description", _said(arguments.get("descr", arguments.get("3", "")))),
            )
            if each[1]
        )
        is_drawn = self.drawing.put(
            Group(
                own_id,
                _said(arguments.get("1", "")) or own_id,
                "boundary",
                parent=self._home,
                details=details,
            )
        )
        if opens:
            self._open.append(own_id if is_drawn else None)

    def _relate(self, match: re.Match[str], arguments: dict[str, str]) -> None:
        if match["index"]:
            arguments = {
                str(int(key) - 1) if key.isdigit() else key: value for key, value in arguments.items()
            }
        source, target = node_id(arguments.get("0", "")), node_id(arguments.get("1", ""))
        if not source or not target:
            raise Unreadable("a relation needs two ends")
        if (match["way"] or "").lower().startswith("back"):
            source, target = target, source
        for end in (source, target):
            if self.drawing.get(Node, end) is None and self.drawing.get(Group, end) is None:
                self.drawing.put(Node(end, end, details=(("kind", "system"),)))
        self._repeats[source, target] = count = self._repeats.get((source, target), 0) + 1
        words = _said(arguments.get("label", arguments.get("2", "")))
        technology = _said(arguments.get("techn", arguments.get("3", "")))
        text = label(f"{words}\n[{technology}]" if technology else words, MAX_EDGE_TEXT_LENGTH)
        edge_id = f"{source}>{target}" + (f"#{count}" if count > 1 else "")
        self.drawing.put(Edge(edge_id, source, target, text, tail="arrow" if match["both"] else "none"))

    def _color(self, arguments: dict[str, str], color: Color | None) -> None:
        own_id = node_id(arguments.get("0", ""))
        node, group = self.drawing.get(Node, own_id), self.drawing.get(Group, own_id)
        if color and node is not None:
            self.drawing.put(replace(node, color=color))
        elif color and group is not None:
            self.drawing.put(replace(group, color=color))

    def _paint(self, arguments: dict[str, str]) -> None:
        self._color(
            arguments, color_of(arguments.get("bgColor", "")) or color_of(arguments.get("borderColor", ""))
        )


def _inside(line: Line, call: re.Match[str]) -> str:
    """Return what stands between the brackets of a call, as it was written, with plain quotes around texts."""
    text = line.text[call.start("arguments") :]
    end = text.rfind(")")
    return text[:end] if end >= 0 else text.rstrip("{ ")


def _arguments(text: str) -> dict[str, str]:
    """Return arguments by name, and by number those without one."""
    out: dict[str, str] = {}
    at = number = 0
    while at < len(text) and (match := _ARGUMENT.match(text, at)):
        value = (match["quoted"] if match["quoted"] is not None else match["plain"] or "").strip()
        out[match["name"] or str(number)] = value
        number += match["name"] is None
        if match.end() == at:
            break
        at = match.end()
    return out


def _id(arguments: dict[str, str]) -> str:
    own_id = node_id(arguments.get("0", ""))
    if not own_id:
        raise Unreadable("it has no name")
    return own_id


def _said(text: str) -> str:
    return label(unmarked(text))


def write_c4(drawing: Drawing) -> list[str]:
    """Return the drawing as C4 calls."""
    level = drawing.settings.get("setting", "context").capitalize()
    lines = [f"C4{level}", *(f"    {title}" for title in written_title(drawing))]
    inside: dict[str | None, list[Node | Group]] = {}
    for part in drawing.parts.values():
        if isinstance(part, Node | Group):
            inside.setdefault(part.parent, []).append(part)
    stack: list[tuple[Node | Group | None, int]] = [(each, 1) for each in reversed(inside.get(None, []))]
    while stack:
        item, depth = stack.pop()
        pad = "    " * depth
        if item is None:
            lines.append(f"{pad}}}")
        elif isinstance(item, Node):
            lines.append(pad + _written_element(item))
        else:
            facts = dict(item.details)
            more = [quoted(facts.get("kind", "")), quoted(facts.get("description", ""))]
            lines.append(
                f"{pad}Boundary({item.id}, {quoted(item.text)}, {', '.join(more)}){color_class(item.color)} {{"
            )
            stack.append((None, depth))
            stack += [(each, depth + 1) for each in reversed(inside.get(item.id, []))]
    return lines + [f"    {_written_relation(edge)}" for edge in drawing.all(Edge)]


def _written_element(node: Node) -> str:
    facts = dict(node.details)
    form = {"cylinder": "Db", "queue": "Queue"}.get(node.shape, "")
    kind = facts.get("kind", "system")
    texts = [node.text]
    if kind in _WITH_TECHNOLOGY:
        texts.append(facts.get("technology", ""))
    texts.append(facts.get("description", ""))
    name = f"{kind.capitalize()}{form}{'_Ext' if 'outside' in facts else ''}"
    return f"{name}({node.id}, {', '.join(map(quoted, texts))}){color_class(node.color)}"


def _written_relation(edge: Edge) -> str:
    return f"{'BiRel' if edge.tail == 'arrow' else 'Rel'}({edge.source}, {edge.target}, {quoted(edge.text)})"
