"""Block diagrams: blocks in a grid of columns, blocks within blocks, spaces, arrows and connectors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.model import Drawing, Edge, Group, Node
from drawing.notation.colors import color_class
from drawing.notation.flowchart import FlowchartReader
from drawing.notation.flowchart_writing import written_arrow, written_node
from drawing.notation.lines import Line, Unreadable, without_comment
from drawing.notation.links import starts_link
from drawing.notation.node_mentions import Mention, label_text, node_id, read_brackets
from drawing.notation.writing import quoted, written_title

HEADER = re.compile(r"block(?:-beta|[- ]?diagram)?\s*[:;]?$", re.IGNORECASE)
MAX_COLUMNS = 24
MAX_BLOCKS = 12  # in one another

_COLUMNS = re.compile(r"columns\s+(?P<count>\d{1,3}|auto)\s*;?\s*", re.IGNORECASE)
_BLOCK = re.compile(
    r"block(?::(?P<id>[^\s:\[\"]+))?(?:\s*\[\s*\"?(?P<label>[^\"\]]*)\"?\s*\])?(?::(?P<span>\d{1,2}))?(?=\s|;|$)\s*;?\s*"
)
_SPACE = re.compile(r"space(?::(?P<span>\d{1,2}))?(?=\s|;|$)\s*;?\s*")
_END = re.compile(r"end(?=\s|;|$)\s*;?\s*")
_ARROW = re.compile(
    r"(?P<id>[\w.-]+)\s*<\s*\[\s*(?P<label>\"[^\"]*\"|[^\]]*)\s*\]\s*>\s*\((?P<way>[^)]*)\)(?::(?P<span>\d{1,2}))?\s*;?\s*"
)
_SUBGRAPH = re.compile(r"subgraph(?=[\s\[\"]|$)", re.IGNORECASE)
_NAME = re.compile(r"[^\s\[\](){}<>|:;\"]+")
_SPAN = re.compile(r":(?P<span>\d{1,2})")
_CLASS = re.compile(r"\s*:::\s*(?P<css>[\w-]+)")


@dataclass(slots=True)
class BlockReader(FlowchartReader):
    """Reads ``block`` statements; connectors and styles are those of flowcharts."""

    _spaces: int = 0
    _levels: list[str | None] = field(default_factory=list)  # ids of the blocks around the next statement

    def _read_all(self, line: Line) -> None:
        line = without_comment(line)
        if _SUBGRAPH.match(line.text):
            raise Unreadable("a block within blocks begins with block:name")
        if self._is_command(line) and not _END.match(line.text):
            self._read(line)
            self.drawing.direction = None  # A grid has none.
            return
        if _has_link(line.text):
            self._open[:] = []
            self._statements(line)
            return
        at = 0
        while at < len(line.text):
            following = self._item(line, at)
            if following is None:
                raise Unreadable("it is no block, column or connector")
            at = following
            while line.text[at : at + 1] in (" ", ";"):
                at += 1

    def _mention(self, mention: Mention) -> str:
        return FlowchartReader._mention(self, replace(mention, id=_free(mention.id)))

    @property
    def _home_id(self) -> str | None:
        return next((each for each in reversed(self._levels) if each is not None), None)

    def _item(self, line: Line, at: int) -> int | None:
        """Read one item at a place of the line; return the place behind it."""
        text = line.text
        for pattern, handle in self._ITEMS:
            match = pattern.match(text, at)
            if match:
                handle(self, match)
                return match.end()
        name = _NAME.match(text, at)
        if name is None:
            return None
        own_id, end = _free(node_id(name[0])), name.end()
        mention = read_brackets(line, end)
        if mention is not None:
            end = mention.end
        span = _SPAN.match(text, end)
        end = span.end() if span else end
        css = _CLASS.match(text, end)
        end = css.end() if css else end
        if not own_id or not re.search(r"\w|[^\x00-\x7f]", name[0]):
            return None
        known = self.drawing.get(Node, own_id)
        shape = "" if mention is None or mention.shape in (None, "rectangle") else mention.shape
        words = (
            mention.text
            if mention is not None and mention.text is not None
            else known.text
            if known
            else own_id
        )
        color = known.color if known else self._classes.default
        if css:
            color = self._classes.assign(css["css"], own_id) or color
        details = (("span", span["span"]),) if span else known.details if known else ()
        parent = known.parent if known and known.parent else self._home_id
        shape = shape or (known.shape if known and mention is None else "")
        self.drawing.put(Node(own_id, words, shape or "", color=color, parent=parent, details=details))
        return end

    def _set_columns(self, match: re.Match[str]) -> None:
        count = match["count"] if match["count"].isdigit() else "0"
        count = str(min(int(count), MAX_COLUMNS))
        group = self.drawing.get(Group, self._home_id or "")
        if group is not None:
            others = tuple(detail for detail in group.details if detail[0] != "columns")
            self.drawing.put(replace(group, details=(*others, ("columns", count))))
        else:
            self.drawing.settings["columns"] = count

    def _begin(self, match: re.Match[str]) -> None:
        if len(self._levels) >= MAX_BLOCKS:
            self._levels.append(None)
            return
        own_id = node_id(match["id"]) if match["id"] else ""
        own_id = own_id or f"block{len(self.drawing.all(Group)) + 1}"
        if own_id in self._levels or self.drawing.get(Group, own_id) is not None:
            own_id = f"{own_id}_{len(self.drawing.all(Group)) + 1}"
        details = (("span", match["span"]),) if match["span"] else ()
        text = label_text(match["label"]) if match["label"] else ""
        is_drawn = self.drawing.put(Group(own_id, text, "block", parent=self._home_id, details=details))
        self._levels.append(own_id if is_drawn else None)

    def _finish(self, match: re.Match[str]) -> None:
        if not self._levels:
            raise Unreadable("there is nothing open that it could end")
        self._levels.pop()

    def _add_space(self, match: re.Match[str]) -> None:
        self._spaces += 1
        details = (("span", match["span"]),) if match["span"] else ()
        self.drawing.put(Node(f"space {self._spaces}", "", "space", parent=self._home_id, details=details))

    def _add_arrow(self, match: re.Match[str]) -> None:
        ways = re.findall(r"right|left|up|down|x|y", match["way"].lower())
        details = [("way", " ".join(ways) or "right")]
        if match["span"]:
            details.append(("span", match["span"]))
        text = " ".join(label_text(match["label"]).split())
        self.drawing.put(
            Node(
                node_id(match["id"]) or "arrow",
                text,
                "block_arrow",
                parent=self._home_id,
                details=tuple(details),
            )
        )

    _ITEMS = (
        (_COLUMNS, _set_columns), (_BLOCK, _begin), (_SPACE, _add_space), (_END, _finish), (_ARROW, _add_arrow),
    )  # fmt: skip


def _free(own_id: str) -> str:
    """Return an id that is no word of this notation."""
    return f"{own_id}_" if own_id.lower() in ("block", "space", "columns", "end") else own_id


def _has_link(text: str) -> bool:
    plain = re.sub(r"\"[^\"]*\"|<\[[^\]]*\]>\([^)]*\)", lambda match: "_" * len(match[0]), text)
    return any(starts_link(plain, match.start()) for match in re.finditer(r"(?<=[\s\])}\w])[-=.<~ox]", plain))


def write_blocks(drawing: Drawing) -> list[str]:
    """Return the drawing as ``block`` lines."""
    lines = ["block-beta", *(f"    {title}" for title in written_title(drawing))]
    if drawing.settings.get("columns"):
        lines.append(f"    columns {drawing.settings['columns']}")
    inside: dict[str | None, list[Node | Group]] = {}
    for part in drawing.parts.values():
        if isinstance(part, Node | Group):
            inside.setdefault(part.parent, []).append(part)
    stack: list[tuple[Node | Group | None, int]] = [(each, 1) for each in reversed(inside.get(None, []))]
    while stack:
        item, depth = stack.pop()
        pad = "    " * depth
        if item is None:
            lines.append(f"{pad}end")
            continue
        span = next((f":{value}" for name, value in item.details if name == "span"), "")
        if isinstance(item, Node):
            lines.append(pad + _written(item, span))
            continue
        words = f"[{quoted(item.text)}]" if item.text else ""
        lines.append(f"{pad}block:{item.id}{words}{span}")
        lines += [f"{pad}    columns {value}" for name, value in item.details if name == "columns"]
        stack.append((None, depth))
        stack += [(each, depth + 1) for each in reversed(inside.get(item.id, []))]
    for edge in drawing.all(Edge):
        text = f"|{quoted(edge.text)}|" if edge.text else ""
        lines.append(f"    {edge.source} {written_arrow(edge)}{text} {edge.target}")
    return lines


def _written(node: Node, span: str) -> str:
    if node.shape == "space":
        return f"space{span}"
    if node.shape == "block_arrow":
        ways = ", ".join(dict(node.details).get("way", "right").split())
        return f"{node.id}<[{quoted(node.text)}]>({ways}){span}"
    return written_node(replace(node, color=None)) + span + color_class(node.color)
