"""Sequence diagrams: participants, messages in the order of time, blocks, notes and activations."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from drawing.markup import unmarked, unquoted
from drawing.model import (
    MAX_EDGE_TEXT_LENGTH,
    Drawing,
    EdgeEnd,
    Group,
    Message,
    Node,
    Note,
    Step,
    label,
)
from drawing.notation.colors import color_class, color_of, split_class
from drawing.notation.lines import Line, Unreadable, clean_id
from drawing.notation.writing import escaped

_DECLARATION = re.compile(
    r"(?P<create>create\s+)?(?P<kind>participant|actor)\s+(?P<rest>\S.*)$", re.IGNORECASE
)
_KIND = re.compile(r"@\{(?P<facts>[^}]*)\}?")
_ALIAS = re.compile(r"\s+as\s+", re.IGNORECASE)
_ARROW = re.compile(
    r"(?P<tail><<|<)?\s*(?P<dash>--?|\u2192|\u27f6)(?P<head>>>|>|x(?![a-z])|\)|\|[\\/]|\\\\|//|(?<=[\u2192\u27f6]))"
)
_NOTE = re.compile(
    r"note\s+(?:(?P<side>left|right)(?:\s+of)?|over|on)\s+(?P<who>[^:]+?)\s*:\s*(?P<text>.*)$", re.IGNORECASE
)
_BLOCK = re.compile(
    r"(?P<block>loop|alt|opt|par|par_over|critical|break|rect)\b\s*:?\s*(?P<text>.*)$", re.IGNORECASE
)
_BRANCH = re.compile(r"(?:else|and|option)\b\s*:?\s*(?P<text>.*)$", re.IGNORECASE)
_BOX = re.compile(r"box\b\s*(?P<text>.*)$", re.IGNORECASE)
_ACTIVATION = re.compile(r"(?P<action>activate|deactivate|destroy)\s+(?P<who>\S.*)$", re.IGNORECASE)
_NUMBER = re.compile(r"autonumber\b\s*(?P<text>.*)$", re.IGNORECASE)
_IGNORED = re.compile(r"(?:links?|properties|details)\s+[^:]+:\s*", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"(?<!#\d\d)(?<!#\d\d\d)(?<!#quot)(?<!#amp)(?<!&[a-z]{2})(?<!&[a-z]{3})(?<!&[a-z]{4});"
)
# What a statement behind a semicolon begins like; else the semicolon is one of a text.
_BEGINS = re.compile(
    r"\s*(?:$|end\s*$|[^:;]{1,80}?(?:--?>>?|-x|--x|-\)|--\))[^:;]+|(?:create\s+)?(?:participant|actor)\s|note\s"
    r"|(?:activate|deactivate|destroy|loop|alt|opt|par|critical|break|rect|else|and|option|autonumber)\b)",
    re.IGNORECASE,
)
_CSS_COLOR = re.compile(r"(?:(?:rgba?|hsla?)\([^)]*\)|#[0-9a-f]{3,8}\b|transparent\b)\s*", re.IGNORECASE)
_NAMED_COLOR = re.compile(r"(?:(?:light|dark|pale|medium)?[a-z]+)\b", re.IGNORECASE)

_HEADS: dict[str, EdgeEnd] = {">>": "arrow", ">": "none", "x": "cross", ")": "open_arrow", "": "arrow"}
_PLACES: dict[str, Literal["left", "right", "over"]] = {"left": "left", "right": "right", "over": "over"}
_PERSON = ("actor", "person")
_SHAPES = {
    "database": "cylinder",
    "queue": "queue",
    "boundary": "",
    "control": "",
    "entity": "",
    "collections": "stack",
}


@dataclass(slots=True)
class SequenceReader:
    """Reads ``sequenceDiagram`` statements."""

    drawing: Drawing
    _open: list[str] = field(default_factory=list)  # what an ``end`` would close, the innermost last
    _box: str | None = None
    _counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._counts["box"] = len(self.drawing.all(Group))

    def read(self, line: Line) -> None:
        """Take one line, which may hold several statements."""
        start = 0
        for separator in _SEPARATOR.finditer(line.text):
            if not _BEGINS.match(line.text[separator.end() :]):
                continue  # A semicolon inside a text.
            if line.text[start : separator.start()].strip():
                self._read(line.part(start, separator.start()))
            start = separator.end()
        if line.text[start:].strip(" ;"):
            self._read(line.part(start))

    def end(self) -> None:
        """Close what is open."""
        while self._open:
            self._close()

    def _read(self, line: Line) -> None:
        for pattern, handle in self._HANDLERS:
            match = pattern.match(line.text)
            if match:
                handle(self, line, match)
                return
        if self._message(line):
            return
        if line.text.lower() in ("end", "end;"):
            if not self._open:
                raise Unreadable("there is nothing open that it could end")
            self._close()
            return
        for pattern, handle in self._LATE_HANDLERS:
            match = pattern.match(line.text)
            if match:
                handle(self, line, match)
                return
        raise Unreadable("it is no message, participant, note or block")

    def _declare(self, line: Line, match: re.Match[str]) -> None:
        rest = line.part(match.start("rest"))
        shape, role = "", "person" if match["kind"].lower() == "actor" else "step"
        facts = _KIND.search(rest.text)
        if facts:
            kind = re.search(r"type[\"']?\s*:\s*[\"']?(\w+)", facts["facts"])
            role = "person" if kind and kind[1].lower() in _PERSON else role
            shape = _SHAPES.get(kind[1].lower(), "") if kind else ""
            name = re.search(r"(?:alias|label)[\"']?\s*:\s*\"([^\"]*)\"", facts["facts"])
            tail = rest.said(facts.end())
            before = rest.said(0, facts.start())
            text = f"{before}{' ' if tail else ''}{tail}"
            if name is not None and not _ALIAS.search(f" {tail}"):  # else what is said behind it counts
                text = f"{before} as {name[1]}"
            rest = replace(rest, text=text, raw=text)
        body, color = split_class(rest)
        parts = _ALIAS.split(body.raw, maxsplit=1)
        node_id = _name(parts[0])
        if not node_id or "->" in parts[0]:
            raise Unreadable("it names nobody")
        known = self.drawing.get(Node, node_id)
        text = (
            label(unmarked(unquoted(parts[1])))
            if len(parts) > 1
            else known.text
            if known
            else label(unmarked(node_id))
        )
        self.drawing.put(
            Node(node_id, text or node_id, shape, role, color or (known.color if known else None),
                 self._box or (known.parent if known else None))
        )  # fmt: skip
        if match["create"]:
            self._step(Step("", "create", target=node_id))

    def _message(self, line: Line) -> bool:
        colon = line.text.find(":")
        arrow = self._arrow(line.text if colon < 0 else line.text[:colon], line.text)
        if arrow is None:
            return False
        rest = line.text[arrow.end() :]
        colon = rest.find(":")
        target = (rest if colon < 0 else rest[:colon]).strip()
        text = "" if colon < 0 else line.said(arrow.end() + colon + 1)
        source = line.said(0, arrow.start())
        sign = target[:1] if target[:1] in "+-" else ""
        target = line.raw[arrow.end() :].strip() if colon < 0 else line.said(arrow.end(), arrow.end() + colon)
        target = target.lstrip("+-").strip()
        target, source = _without_centre(target), _without_centre(source)
        if not source or not target:
            return False
        source_id, target_id = self._someone(source), self._someone(target)
        head = _HEADS.get(arrow["head"], "half_arrow")
        words = label(unmarked(text), MAX_EDGE_TEXT_LENGTH)
        self.drawing.put(
            Message(
                self._id(Message, f"{source_id}>{target_id}:{words}"), source_id, target_id, words,
                "dotted" if arrow["dash"] == "--" else "solid",
                "arrow" if arrow["tail"] else "none", head,
            )
        )  # fmt: skip
        if sign == "+":
            self._step(Step("", "activate", target=target_id))
        elif sign == "-":
            self._step(Step("", "deactivate", target=source_id))
        return True

    @staticmethod
    def _arrow(before_colon: str, whole: str) -> re.Match[str] | None:
        """Return the arrow of a message: a sure one (``->>``, ``->``) before one that could be part of a name."""
        arrows = list(_ARROW.finditer(before_colon)) or list(_ARROW.finditer(whole))
        sure = [arrow for arrow in arrows if ">" in arrow["head"] or arrow["dash"] not in ("-", "--")]
        return next(iter(sure or arrows), None)

    def _someone(self, name: str) -> str:
        """Return the id of a participant, who may come up here for the first time."""
        name = _name(name)
        if not name:
            raise Unreadable("it names nobody")
        if self.drawing.get(Node, name) is None:
            by_label = [node.id for node in self.drawing.all(Node) if node.text == name]
            if by_label:
                return by_label[0]
            self.drawing.put(Node(name, label(unmarked(name)) or name))
        return name

    def _note(self, line: Line, match: re.Match[str]) -> None:
        who = [
            each.strip()
            for each in line.said(match.start("who"), match.end("who")).split(",")
            if each.strip()
        ]
        words = label(unmarked(line.said(match.start("text"))))
        targets = tuple(self._someone(each) for each in who)
        own_id = self._id(Note, f"{','.join(targets)}:{words}")
        self.drawing.put(Note(own_id, words, targets, _PLACES[(match["side"] or "over").lower()]))

    def _block(self, line: Line, match: re.Match[str]) -> None:
        block = match["block"].lower().split("_")[0]
        text = line.said(match.start("text"))
        color = None
        if block == "rect":
            color, text = color_of(text) or "gray", ""
        self._open.append(block)
        self._step(Step("", "open", block=block, text=label(unmarked(unquoted(text))), color=color))

    def _branch(self, line: Line, match: re.Match[str]) -> None:
        if not any(each != "box" for each in self._open):
            raise Unreadable("there is no block that it could go on with")
        self._step(
            Step(
                "",
                "branch",
                block=self._open[-1],
                text=label(unmarked(unquoted(line.said(match.start("text"))))),
            )
        )

    def _begin_box(self, line: Line, match: re.Match[str]) -> None:
        text, color = line.said(match.start("text")), None
        css = _CSS_COLOR.match(text) or _NAMED_COLOR.match(text)
        if css and (css.re is _CSS_COLOR or color_of(css[0], only_names=True)):
            color, text = color_of(css[0]), text[css.end() :]
        self._counts["box"] += 1
        self._box = f"box{self._counts['box']}"
        self._open.append("box")
        self.drawing.put(Group(self._box, label(unmarked(unquoted(text))), "box", color))

    def _close(self) -> None:
        if self._open.pop() == "box":
            self._box = None
        else:
            self._step(Step("", "close"))

    def _activate(self, line: Line, match: re.Match[str]) -> None:
        action = match["action"].lower()
        who = self._someone(line.said(match.start("who")))
        self._step(
            Step(
                "",
                "activate" if action == "activate" else "destroy" if action == "destroy" else "deactivate",
                who,
            )
        )

    def _number(self, line: Line, match: re.Match[str]) -> None:
        self._step(Step("", "number", text=" ".join(match["text"].lower().split())))

    def _ignore(self, line: Line, match: re.Match[str]) -> None:
        """Links and the like are for pages that can be clicked."""

    def _step(self, step: Step) -> None:
        self.drawing.put(replace(step, id=self._id(Step, _words_of(step))))

    def _id(self, kind: type[Message | Note | Step], words: str) -> str:
        """Return the id of what has these words: it stays the same whatever comes or goes before it."""
        count = self._counts.get(words, 0) + 1
        while self.drawing.get(kind, _numbered(words, count)) is not None:
            count += 1  # What is said again in a change is one more, as in time it comes again.
        self._counts[words] = count
        return _numbered(words, count)

    # Blocks and branches could be words of a participant's name: they are tried when a line is no message.
    _HANDLERS = ((_DECLARATION, _declare), (_NOTE, _note))
    _LATE_HANDLERS = (
        (_BLOCK, _block), (_BRANCH, _branch), (_BOX, _begin_box), (_ACTIVATION, _activate), (_NUMBER, _number),
        (_IGNORED, _ignore),
    )  # fmt: skip


def _numbered(words: str, count: int) -> str:
    return words if count == 1 else f"{words}~{count}"


def _words_of(step: Step) -> str:
    return " ".join(filter(None, (step.action, step.block, step.target, step.text)))


def _name(text: str) -> str:
    """Return a participant's id."""
    return _ALIAS.sub(" ", clean_id(unquoted(text)))


def _without_centre(name: str) -> str:
    """Return a name without the ``()`` of a message that meets its lifeline's centre."""
    return name.removeprefix("()").removesuffix("()").strip()


_ARROWS: dict[EdgeEnd, str] = {
    "arrow": ">>",
    "none": ">",
    "cross": "x",
    "open_arrow": ")",
    "half_arrow": "|\\",
}


def write_sequence(drawing: Drawing) -> list[str]:
    """Return the drawing as ``sequenceDiagram`` lines."""
    lines = ["sequenceDiagram"]
    if drawing.title:
        lines.append(f"    title {escaped(drawing.title)}")
    lines += _written_participants(drawing)
    depth = 1
    for part in drawing.parts.values():
        match part:
            case Message():
                lines.append("    " * depth + _written_message(part))
            case Note():
                place = "over" if part.place == "over" else f"{part.place} of"
                lines.append(f"{'    ' * depth}Note {place} {','.join(part.targets)}: {escaped(part.text)}")
            case Step():
                depth -= part.action in ("branch", "close")
                lines.append("    " * max(1, depth) + _written_step(part, drawing))
                depth += part.action in ("open", "branch")
    return lines


def _written_participants(drawing: Drawing) -> list[str]:
    """Participants inside their boxes; where that would change the order of columns, they are declared before them."""
    nodes, boxes = drawing.all(Node), drawing.all(Group)
    members = {box.id: [node for node in nodes if node.parent == box.id] for box in boxes}
    boxed: list[str] = []
    order: list[Node] = []
    seen: set[str] = set()
    for node in nodes:
        if node.parent not in members:
            boxed.append(f"    {_written_participant(node)}")
            order.append(node)
        elif node.parent not in seen:
            seen.add(node.parent)
            order += members[node.parent]
            boxed += _written_box(next(box for box in boxes if box.id == node.parent), members[node.parent])
    if order == nodes and [box.id for box in boxes] == list(
        dict.fromkeys(node.parent for node in nodes if node.parent)
    ):
        return boxed
    declared = [f"    {_written_participant(node)}" for node in nodes]
    return declared + [line for box in boxes for line in _written_box(box, members[box.id])]


def _written_box(box: Group, members: list[Node]) -> list[str]:
    heading = f"    box {box.color or 'transparent'} {escaped(box.text)}".rstrip()
    return [heading, *(f"        {_written_participant(node)}" for node in members), "    end"]


def _written_participant(node: Node) -> str:
    word = "actor" if node.role == "person" else "participant"
    shape = next((name for name, shape in _SHAPES.items() if shape and shape == node.shape), "")
    facts = f'@{{ "type": "{shape}" }}' if shape else ""
    alias = f" as {escaped(node.text)}" if node.text != node.id else ""
    return f"{word} {node.id}{facts}{alias}{color_class(node.color)}"


def _written_message(message: Message) -> str:
    arrow = ("<<" if message.tail == "arrow" else "") + ("--" if message.line == "dotted" else "-")
    text = f": {escaped(message.text)}" if message.text else ""
    return f"{message.source}{arrow}{_ARROWS[message.head]}{message.target}{text}"


def _written_step(step: Step, drawing: Drawing) -> str:
    match step.action:
        case "open" if step.block == "rect":
            return f"rect {step.color or 'gray'}"
        case "open":
            return f"{step.block} {escaped(step.text)}".rstrip()
        case "branch":
            word = {"par": "and", "critical": "option"}.get(step.block, "else")
            return f"{word} {escaped(step.text)}".rstrip()
        case "close":
            return "end"
        case "number":
            return f"autonumber {step.text}".rstrip()
        case "create":
            node = drawing.get(Node, step.target)
            return f"create {'actor' if node and node.role == 'person' else 'participant'} {step.target}"
    return f"{step.action} {step.target}"
