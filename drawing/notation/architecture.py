"""Architecture diagrams: services with icons in nested groups, connected at their sides."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked, unquoted
from drawing.model import MAX_EDGE_TEXT_LENGTH, Drawing, Edge, Group, Node, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable, without_comment
from drawing.notation.node_mentions import node_id
from drawing.notation.writing import quoted, written_title

HEADER = re.compile(r"architecture(?:-beta|[- ]?diagram)?\s*[:;]?$", re.IGNORECASE)

_PART = re.compile(
    r"(?P<kind>group|service|junction)\s+(?P<id>[^\s(\[{:<\-][^\s(\[{:]*)\s*(?:\(\s*(?P<icon>[^)]*)\)?)?"
    r"\s*(?:\[\s*(?P<label>\"[^\"]*\"|.*?)\s*\]?)?\s*(?:\bin\s+(?P<home>[^\s\[\]]+))?\s*;?$",
    re.IGNORECASE,
)
_EDGE = re.compile(
    r"(?P<a>[^\s:{<\-]+)\s*(?P<group_a>\{group\})?\s*(?::\s*(?P<side_a>[TBLR]))?\s*(?P<tail><)?\s*"
    r"(?P<line>-\[(?P<words>[^\]]*)\]-|--+|-\s*(?P<words2>[^->\[][^>]*?)\s*-|\u2192)\s*(?P<head>>)?\s*"
    r"(?:(?P<side_b>[TBLR])\s*:)?\s*(?P<b>[^\s:{]+)\s*(?P<group_b>\{group\})?\s*(?::\s*(?P<text>.*))?;?$"
)


@dataclass(slots=True)
class ArchitectureReader:
    """Reads ``architecture-beta`` statements."""

    drawing: Drawing
    _repeats: dict[tuple[str, str], int] = field(default_factory=dict)

    def read(self, line: Line) -> None:
        """Take one line."""
        line = without_comment(line)
        body, color = split_class(line)
        part = _PART.match(body.text)
        if part:
            self._declare(body, part)
            found = self.drawing.get(Node, node_id(part["id"])) or self.drawing.get(
                Group, node_id(part["id"])
            )
            if color and found is not None:
                self.drawing.put(replace(found, color=color))
            return
        edge = _EDGE.match(line.text)
        if edge is None or not node_id(edge["a"]) or not node_id(edge["b"]):
            raise Unreadable("it is no group, service, junction or edge")
        self._connect(line, edge)

    def end(self) -> None:
        """Nothing is kept back."""

    def _declare(self, line: Line, match: re.Match[str]) -> None:
        own_id, kind = node_id(match["id"]), match["kind"].lower()
        if not own_id:
            raise Unreadable("it has no name")
        words = (
            label(unmarked(unquoted(line.said(match.start("label"), match.end("label")))))
            if match["label"]
            else ""
        )
        icon = " ".join(re.sub(r"[^\w:.\s-]", "", match["icon"] or "").split())
        details = (("icon", icon),) if icon else ()
        home = node_id(match["home"]) if match["home"] else None
        if home is not None and self.drawing.get(Group, home) is None:
            self.drawing.put(Group(home, home))
        if kind == "group":
            known = self.drawing.get(Group, own_id)
            home = None if home is not None and self._is_inside(home, own_id) else home
            group = Group(own_id, words or (known.text if known else own_id), parent=home, details=details)
            self.drawing.put(group)
            return
        shape = "junction" if kind == "junction" else ""
        self.drawing.put(
            Node(own_id, words or ("" if shape else own_id), shape, parent=home, details=details)
        )

    def _is_inside(self, inner: str | None, outer: str) -> bool:
        while inner is not None:
            if inner == outer:
                return True
            group = self.drawing.get(Group, inner)
            inner = group.parent if group else None
        return False

    def _connect(self, line: Line, match: re.Match[str]) -> None:
        ends = []
        for name in ("a", "b"):
            own_id = node_id(match[name])
            node = self.drawing.get(Node, own_id)
            if node is None and self.drawing.get(Group, own_id) is None:
                self.drawing.put(Node(own_id, own_id))
            is_group = match[f"group_{name}"] and node is not None and node.parent
            ends.append(str(node.parent) if is_group and node else own_id)
        pair = (ends[0], ends[1])
        self._repeats[pair] = count = self._repeats.get(pair, 0) + 1
        group = next((each for each in ("words", "words2", "text") if match[each]), None)
        words = line.said(match.start(group), match.end(group)) if group else ""
        sides = f"{match['side_a'] or ''}{match['side_b'] or ''}"
        has_head = match["head"] or match["line"] == "\u2192"
        self.drawing.put(
            Edge(
                f"{pair[0]}>{pair[1]}" + (f"#{count}" if count > 1 else ""), *pair,
                label(unmarked(unquoted(words)), MAX_EDGE_TEXT_LENGTH), "solid",
                "arrow" if match["tail"] else "none", "arrow" if has_head else "none",
            )
        )  # fmt: skip
        if len(sides) == 2:
            self.drawing.settings[f"side {pair[0]}>{pair[1]}#{count}"] = sides


def write_architecture(drawing: Drawing) -> list[str]:
    """Return the drawing as ``architecture-beta`` lines."""
    lines = ["architecture-beta", *(f"    {title}" for title in written_title(drawing))]
    for part in drawing.parts.values():
        if isinstance(part, Group):
            lines.append(f"    group {_written(part)}")
        elif isinstance(part, Node):
            lines.append(f"    {'junction' if part.shape == 'junction' else 'service'} {_written(part)}")
    return lines + [f"    {_written_edge(edge, drawing)}" for edge in drawing.all(Edge)]


def _written(part: Node | Group) -> str:
    icon = next((f"({value})" for name, value in part.details if name == "icon"), "")
    home = f" in {part.parent}" if part.parent else ""
    words = f"[{quoted(part.text)}]" if part.text else ""
    return f"{part.id}{icon}{words}{home}{color_class(part.color)}"


def _written_edge(edge: Edge, drawing: Drawing) -> str:
    number = edge.id.partition("#")[2] or "1"
    sides = drawing.settings.get(f"side {edge.source}>{edge.target}#{number}", "")
    tail, head = "<" if edge.tail == "arrow" else "", ">" if edge.head == "arrow" else ""
    first, last = (f":{sides[0]}", f"{sides[1]}:") if sides else ("", "")
    line = f"-[{quoted(edge.text).replace(']', '#93;')}]-" if edge.text else "--"
    return f"{edge.source}{first} {tail}{line}{head} {last}{edge.target}"
