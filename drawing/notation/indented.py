"""Trees written by indentation: mind maps, org charts, folders; also as Markdown lists and headings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked, unquoted
from drawing.model import Drawing, Node, label
from drawing.notation.colors import color_class, color_of, split_class
from drawing.notation.cross_links import CrossLinks, written_links
from drawing.notation.lines import Line, Unreadable, without_comment
from drawing.notation.node_mentions import label_text, node_id, read_node
from drawing.notation.open_lines import is_open, one_line
from drawing.notation.shape_names import brackets_of
from drawing.notation.writing import escaped, quoted, written_title

MINDMAP = re.compile(r"mind-?\s?map\s*[:;]?$", re.IGNORECASE)
ORGCHART = re.compile(r"org(?:ani[sz]ation(?:al)?)?[- ]?chart\s*[:;]?$", re.IGNORECASE)
FAMILY = re.compile(r"(?:family[- ]?tree|stammbaum|genealogy)\s*[:;]?$", re.IGNORECASE)
TREEVIEW = re.compile(r"tree-?\s?view(?:-beta)?\s*[:;]?$", re.IGNORECASE)

OPEN_LINES = 20
HEADING = 10_000  # columns that a Markdown heading stands before any list
_BULLET = re.compile(r"(?:[-*+\u2022]|\d{1,3}[.)])\s+(?=\S)")
_HEADING = re.compile(r"(#{1,6})\s+(?=\S)")
_ICON = re.compile(r"::\s*icon\s*\(\s*(?P<icon>[^)]*)\)?\s*$")
_CLASS_LINE = re.compile(r":::\s*(?P<css>[\w-]+.*)$")
_BURST = re.compile(r"(?P<id>[^\s()\[\]{}\"]*)\)\)(?P<text>.+)\(\($")
_CLOUD = re.compile(r"(?P<id>[^\s()\[\]{}\"]*)\)(?P<text>[^(].*)\($")
_SHAPED = re.compile(r"[^\s()\[\]{}\"<>]*(?:\(|\[|\{)")
_BRANCH = re.compile(r"^(?:[\u2502|]?\s*)*(?:[\u251c\u2514`|+][\u2500-]{1,3}\s*)")

_COUPLE = re.compile(r"\s+(?:[&+\u221e\u26ad]|and|und|oo)\s+", re.IGNORECASE)
_YEARS = re.compile(r"\s*\((?P<years>[^()]*\d[^()]*)\)$")
_QUOTED = re.compile(r"\"[^\"]*\"")

_SIGNS = frozenset(":;.,|-_=`")  # what consists of these alone names nothing
_RISKY = re.compile(r"^(?:[-*+#:|\u2022\u2502\u251c\u2514`]|\d+[.)]|title\b|%%)|^\W", re.IGNORECASE)


@dataclass(slots=True)
class IndentedReader:
    """Reads lines whose indentation says what they belong to; ``read_words`` reads a line without it.

    The node that it returns has no id where the line says none: then its words name it.
    """

    drawing: Drawing
    read_words: Callable[[Line], Node]
    has_one_root: bool = False
    links: CrossLinks | None = None  # where a line may be a connector
    _stack: list[tuple[int, str]] = field(default_factory=list)  # indents and ids, outermost first
    _seen: dict[str, int] = field(default_factory=dict)
    _last: str | None = None
    _held: list[Line] = field(default_factory=list)
    _given: set[str] = field(default_factory=set)  # ids of the nodes of a drawing that is being changed

    def __post_init__(self) -> None:
        self._given = {node.id for node in self.drawing.all(Node)}

    def read(self, line: Line) -> None:
        """Take one line."""
        self._held.append(line)
        if len(self._held) < OPEN_LINES and is_open(one_line(self._held).text):
            return
        first, line = self._held[0], one_line(self._held)
        self._held = []
        self._take(without_comment(replace(line, indent=first.indent)))

    def end(self) -> None:
        """Take a label whose end never came."""
        held, self._held = self._held, []
        for line in held:
            self._take(line)

    def _take(self, line: Line) -> None:
        decoration = _ICON.match(line.text) or _CLASS_LINE.match(line.text)
        if decoration:
            self._decorate(line, decoration)
            return
        if self.links is not None and self.links.read(line):
            return
        indent, line = _depth(line)
        node = self.read_words(line)
        if not node.shape and not set(node.text) - _SIGNS:
            raise Unreadable("it has no words")
        base = node.id or node_id(node.text) or "item"
        self._seen[base] = count = self._seen.get(base, 0) + 1
        own_id = base if count == 1 else f"{base}#{count}"
        while self._stack and self._stack[-1][0] >= indent:
            self._stack.pop()
        parent = self._stack[-1][1] if self._stack else None
        known = self.drawing.get(Node, own_id) if own_id in self._given else None
        if known is not None:  # What is not said again stays, its place among it.
            parent = parent or known.parent
            node = replace(node, color=node.color or known.color, details=node.details or known.details)
        elif parent is None and self.has_one_root:
            parent = next(
                (each.id for each in self.drawing.all(Node) if each.parent is None and each.id != own_id),
                None,
            )
        if self.drawing.put(replace(node, id=own_id, parent=parent)):
            self._stack.append((indent, own_id))
            self._last = own_id

    def _decorate(self, line: Line, match: re.Match[str]) -> None:
        node = self.drawing.get(Node, self._last or "")
        if node is None:
            raise Unreadable("there is nothing that it could belong to")
        if match.re is _ICON:
            icon = " ".join(re.sub(r"[^\w:.\s-]", "", match["icon"]).split())
            self.drawing.put(replace(node, details=(*_others(node, "icon"), ("icon", icon))))
            return
        color = next(
            (each for word in match["css"].split() if (each := color_of(word, only_names=True))), None
        )
        self.drawing.put(replace(node, color=color or node.color))


def _others(node: Node, name: str) -> tuple[tuple[str, str], ...]:
    return tuple(detail for detail in node.details if detail[0] != name)


def _depth(line: Line) -> tuple[int, Line]:
    """Return how far a line is indented, and the line without its bullet, hashes or branches."""
    heading = _HEADING.match(line.text)
    if heading:
        return len(heading[1]) - HEADING, line.part(heading.end())
    branch = _BRANCH.match(line.text)
    if branch and branch.end() < len(line.text):
        return line.indent + branch.end(), line.part(branch.end())
    bullet = _BULLET.match(line.text)
    return line.indent, line.part(bullet.end()) if bullet else line


def read_mindmap(drawing: Drawing) -> IndentedReader:
    """Return a reader of ``mindmap`` lines."""
    return IndentedReader(drawing, _mind_words, has_one_root=True, links=CrossLinks(drawing))


def read_orgchart(drawing: Drawing) -> IndentedReader:
    """Return a reader of ``orgchart`` lines: ``Name | title :::colour``."""
    return IndentedReader(drawing, _position, links=CrossLinks(drawing))


def read_family(drawing: Drawing) -> IndentedReader:
    """Return a reader of ``familytree`` lines: ``Name | years & Name | years :::colour``, children below."""
    return IndentedReader(drawing, _couple)


def read_treeview(drawing: Drawing) -> IndentedReader:
    """Return a reader of ``treeView`` lines."""
    return IndentedReader(drawing, _plain_words)


def _mind_words(line: Line) -> Node:
    line, color = split_class(line)
    for pattern, shape in ((_BURST, "burst"), (_CLOUD, "cloud")):
        match = pattern.match(line.text)
        if match:
            words = label_text(line.said(match.start("text"), match.end("text")))
            return Node(node_id(match["id"]), words, shape, color=color)
    mention = read_node(line, 0) if _SHAPED.match(line.text) else None
    if mention is not None and mention.text is not None and mention.end >= len(line.text.rstrip()):
        is_named = not line.text.startswith(("(", "[", "{"))
        return Node(mention.id if is_named else "", mention.text, mention.shape or "", color=color)
    return Node("", label_text(line.raw), color=color)


def _position(line: Line) -> Node:
    line, color = split_class(line)
    at = line.text.find("|")
    name, title = (line.said(0, at), line.said(at + 1)) if at >= 0 else (line.said(0), "")
    details = (("title", label(unmarked(unquoted(title)))),) if title else ()
    words = label(unmarked(unquoted(name))) or label(unmarked(title))
    return Node("", words, color=color, details=details)


def _couple(line: Line) -> Node:
    line, color = split_class(line)
    between = _COUPLE.search(_without_quoted(line.text))
    people = [line.text[: between.start()], line.text[between.end() :]] if between else [line.text]
    (name, years), *others = [person for each in people if (person := _person(each))[0]] or [("", "")]
    details = [("years", years)]
    for partner, partner_years in others:
        details += [("partner", partner), ("partner years", partner_years)]
    return Node("", name, color=color, details=tuple(detail for detail in details if detail[1]))


def _person(text: str) -> tuple[str, str]:
    """Return a name and what is said of when: ``Ann | 1901-1980`` or ``Ann (1901-1980)``."""
    text = text.strip()
    bare = _without_quoted(text)
    at = bare.find("|")
    name, years = (text[:at], text[at + 1 :]) if at >= 0 else (text, "")
    match = _YEARS.search(bare) if at < 0 else None
    if match:
        name, years = text[: match.start()], match["years"]
    return label(unmarked(unquoted(name))), label(unmarked(unquoted(years)))


def _without_quoted(text: str) -> str:
    """Return the text, as long as it is, without what stands between quotes: there no sign means anything."""
    return _QUOTED.sub(lambda match: '"' * len(match[0]), text)


def _plain_words(line: Line) -> Node:
    line, color = split_class(line)
    return Node("", label(unmarked(unquoted(line.raw))), color=color)


def write_mindmap(drawing: Drawing) -> list[str]:
    """Return the drawing as ``mindmap`` lines."""
    return ["mindmap", *_written(drawing, _written_thought), *written_links(drawing, "    ")]


def write_orgchart(drawing: Drawing) -> list[str]:
    """Return the drawing as ``orgchart`` lines."""
    return ["orgchart", *_written(drawing, _written_position), *written_links(drawing, "    ")]


def write_family(drawing: Drawing) -> list[str]:
    """Return the drawing as ``familytree`` lines."""
    return ["familytree", *_written(drawing, _written_couple)]


def write_treeview(drawing: Drawing) -> list[str]:
    """Return the drawing as ``treeView`` lines."""
    return ["treeView-beta", *_written(drawing, lambda node: [quoted(node.text) + color_class(node.color)])]


def _written(drawing: Drawing, write: Callable[[Node], list[str]]) -> list[str]:
    lines = [f"    {title}" for title in written_title(drawing)]
    for node, depth in walk(drawing):
        lines += ["    " * (depth + 1) + line for line in write(node)]
    return lines


def walk(drawing: Drawing) -> list[tuple[Node, int]]:
    """Return the nodes of a tree with their depth, each before its children, siblings in their order."""
    children: dict[str | None, list[Node]] = {}
    known = {node.id for node in drawing.all(Node)}
    for node in drawing.all(Node):
        children.setdefault(node.parent if node.parent in known else None, []).append(node)
    out: list[tuple[Node, int]] = []
    stack = [(node, 0) for node in reversed(children.get(None, []))]
    while stack:
        node, depth = stack.pop()
        out.append((node, depth))
        stack += [(child, depth + 1) for child in reversed(children.get(node.id, []))]
    return out


def children_of(order: Sequence[tuple[Node, int]]) -> dict[str, list[str]]:
    """Return the ids of the children of each node that ``walk`` has found and that has any."""
    children: dict[str, list[str]] = {}
    for node, depth in order:
        if depth and node.parent is not None:
            children.setdefault(node.parent, []).append(node.id)
    return children


def _written_thought(node: Node) -> list[str]:
    base, words = node.id.partition("#")[0], quoted(node.text)
    signs = {"burst": ("))", "(("), "cloud": (")", "("), "rectangle": ("[", "]")}
    brackets = signs.get(node.shape) or brackets_of(node.shape)
    line = f"{base}{brackets[0]}{words}{brackets[1]}" if node.shape and brackets else words
    icon = [f"::icon({value})" for name, value in node.details if name == "icon"]
    return [line + color_class(node.color), *icon]


def _written_position(node: Node) -> list[str]:
    title = next((value for name, value in node.details if name == "title"), "")
    words = [_plain(text) for text in (node.text, title) if text]
    return [" | ".join(words) + color_class(node.color)]


def _written_couple(node: Node) -> list[str]:
    facts = dict(node.details)
    people = [(node.text, facts.get("years", "")), (facts.get("partner", ""), facts.get("partner years", ""))]
    written = [" | ".join(quoted(each) for each in person if each) for person in people if person[0]]
    return [" & ".join(written) + color_class(node.color)]


def _plain(text: str) -> str:
    """Return a text as it is, or between quotes where it would be read as something else."""
    line = escaped(text, "|")
    return quoted(text).replace("|", "#124;") if _RISKY.search(line) or ":::" in line else line
