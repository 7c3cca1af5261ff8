"""Git histories: ``commit``, ``branch``, ``checkout``, ``merge`` and ``cherry-pick``, in the order of time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from drawing.markup import unmarked, unquoted
from drawing.model import Drawing, Edge, Group, Node, label
from drawing.notation.lines import Line, Unreadable, clean_id
from drawing.notation.writing import quoted, written_title

MAIN = "main"
TYPES = ("REVERSE", "HIGHLIGHT")
APOSTROPHE = "'"

_COMMIT = re.compile(r"(?:git\s+)?commit\b\s*:?\s*(?P<rest>.*)$", re.IGNORECASE)
_BRANCH = re.compile(r"(?:git\s+)?branch\s+(?P<rest>\S.*)$", re.IGNORECASE)
_CHECKOUT = re.compile(
    r"(?:git\s+)?(?:checkout|switch)\s+(?P<new>-b\s+|-c\s+)?(?P<rest>\S.*)$", re.IGNORECASE
)
_MERGE = re.compile(r"(?:git\s+)?merge\s+(?P<rest>\S.*)$", re.IGNORECASE)
_CHERRY = re.compile(r"(?:git\s+)?cherry-?pick\s+(?P<rest>\S.*)$", re.IGNORECASE)
_FACT = re.compile(
    r"(?P<name>id|tag|type|msg|order|parent)\s*:\s*(?:\"(?P<a>[^\"]*)\"|'(?P<b>[^']*)'|(?P<c>[^\s\"']+))",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?:-m\s+)?[\"'](?P<text>[^\"']*)[\"']")


@dataclass(slots=True)
class GitGraphReader:
    """Reads ``gitGraph`` statements."""

    drawing: Drawing
    _branch: str = ""
    _heads: dict[str, str] = field(default_factory=dict)  # the last commit of each branch
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for node in self.drawing.all(Node):
            if node.parent:
                self._branch, self._heads[node.parent] = node.parent, node.id

    def read(self, line: Line) -> None:
        """Take one statement."""
        found = next(
            ((match, handle) for pattern, handle in self._HANDLERS if (match := pattern.match(line.text))),
            None,
        )
        if found is None:
            raise Unreadable("it is no commit, branch, checkout, merge or cherry-pick")
        match, handle = found
        main, is_first = Group(MAIN, MAIN, "branch"), not self._branch
        if is_first:
            self._branch = MAIN
            self.drawing.put(main)
        try:
            handle(self, line.part(match.start("rest"), match.end("rest")), match)
        except Unreadable:
            if is_first:
                self._branch = ""
                self.drawing.remove(main)
            raise

    def end(self) -> None:
        """Nothing stays open."""

    def _commit(self, line: Line, match: re.Match[str]) -> None:
        facts = _facts(line)
        if "msg" not in facts and (quoted := _QUOTED.match(line.text)):
            facts["msg"] = [line.said(quoted.start("text"), quoted.end("text"))]
        self._put(facts, "commit", [self._heads.get(self._branch)])

    def _put(
        self, facts: dict[str, list[str]], role: str, parents: list[str | None], source: str = ""
    ) -> None:
        name, message = (label(unmarked(facts.get(each, [""])[0])) for each in ("id", "msg"))
        text = "\n".join(each for each in (name, message) if each)
        commit_id = clean_id(name)
        known = self.drawing.get(Node, commit_id) if commit_id else None
        is_new = known is None or commit_id in self._seen
        if not commit_id or (known is not None and is_new):
            commit_id = self._free_id()
        self._seen.add(commit_id)
        shape = facts.get("type", [""])[0].upper()
        said = [(fact, value) for fact, value in (("id", name), ("msg", message)) if value]
        details = [("tag", label(unmarked(tag), 80)) for tag in facts.get("tag", []) if tag]
        details += [(role, source)] if source else []
        branch = self._branch if is_new or known is None else known.parent
        self.drawing.put(
            Node(
                commit_id,
                text,
                shape if shape in TYPES else "",
                role,
                None,
                branch,
                details=(*said, *details),
            )
        )
        if not is_new:
            return
        for parent in dict.fromkeys(parents):
            if parent is not None and self.drawing.get(Node, commit_id):
                self.drawing.put(Edge(f"{parent}->{commit_id}", parent, commit_id, head="none"))
        if self.drawing.get(Node, commit_id):
            self._heads[self._branch] = commit_id

    def _free_id(self) -> str:
        number = len(self.drawing.all(Node)) + 1
        name = f"c{number}"
        while self.drawing.get(Node, name):
            name += "+"
        return name

    def _begin_branch(self, line: Line, match: re.Match[str]) -> None:
        facts = _facts(line)
        name = self._name(line)
        if self.drawing.get(Group, name) is None:
            order = facts.get("order", [""])[0]
            details = (("from", self._branch), *((("order", order),) if order.isdigit() else ()))
            self.drawing.put(Group(name, name, "branch", details=details))
            if self._branch in self._heads:
                self._heads[name] = self._heads[self._branch]
        self._branch = name

    def _checkout(self, line: Line, match: re.Match[str]) -> None:
        name = self._name(line)
        if match["new"] or name == MAIN:
            self._begin_branch(line, match)
            return
        if self.drawing.get(Group, name) is None:
            raise Unreadable(f"there is no branch “{name}”")
        self._branch = name

    def _merge(self, line: Line, match: re.Match[str]) -> None:
        name, facts = self._name(line), _facts(line)
        if self.drawing.get(Group, name) is None:
            raise Unreadable(f"there is no branch “{name}”")
        if name == self._branch or name not in self._heads:
            raise Unreadable("there is nothing to merge")
        self._put(facts, "merge", [self._heads.get(self._branch), self._heads[name]], name)

    def _cherry_pick(self, line: Line, match: re.Match[str]) -> None:
        facts = _facts(line)
        picked = clean_id(unmarked(facts.pop("id", [unquoted(line.raw)])[0]))
        if self.drawing.get(Node, picked) is None:
            raise Unreadable(f"there is no commit “{picked}”")
        facts.pop("parent", None)
        facts.setdefault("tag", [f"cherry-pick: {picked}"])
        self._put(facts, "cherry-pick", [self._heads.get(self._branch)], picked)

    @staticmethod
    def _name(line: Line) -> str:
        text = _FACT.sub("", line.text).strip()
        name = clean_id(unquoted(text))
        if not name:
            raise Unreadable("the branch has no name")
        return name

    _HANDLERS = (
        (_COMMIT, _commit), (_BRANCH, _begin_branch), (_CHECKOUT, _checkout), (_MERGE, _merge), (_CHERRY, _cherry_pick),
    )  # fmt: skip


def _facts(line: Line) -> dict[str, list[str]]:
    """Return what is said behind ``id:``, ``tag:`` and so on; tags may be several."""
    out: dict[str, list[str]] = {}
    for match in _FACT.finditer(line.text):
        group = next(each for each in "abc" if match[each] is not None)
        out.setdefault(match["name"].lower(), []).append(line.said(match.start(group), match.end(group)))
    return out


_DIRECTIONS = {"right": " LR", "down": " TB", "up": " BT", "left": " RL"}


def write_gitgraph(drawing: Drawing) -> list[str]:
    """Return the drawing as ``gitGraph`` lines."""
    lines = [f"gitGraph{_DIRECTIONS.get(drawing.direction or '', '')}:", *written_title(drawing)]
    current = MAIN
    if len(drawing.parts) == 1:
        lines.append(f"    checkout {MAIN}")
    for part in drawing.parts.values():
        match part:
            case Group() if part.id != MAIN:
                details = dict(part.details)
                if details.get("from", current) != current:
                    lines.append(f'    checkout "{details["from"]}"')
                order = f" order: {details['order']}" if "order" in details else ""
                lines.append(f'    branch "{part.id}"{order}')
                current = part.id
            case Node():
                if part.parent != current:
                    lines.append(f'    checkout "{part.parent}"')
                    current = part.parent or MAIN
                lines.append(f"    {_written_commit(part)}")
    return lines


def _written_commit(node: Node) -> str:
    details = dict(node.details)
    words = {"merge": f'merge "{details.get("merge", "")}"', "commit": "commit"}
    out = words.get(node.role, f'cherry-pick id: "{details.get("cherry-pick", "")}"')
    facts = ("tag",) if node.role == "cherry-pick" else ("id", "msg", "tag")
    out += "".join(f" {fact}: {quoted(text, APOSTROPHE)}" for fact, text in node.details if fact in facts)
    return out + (f" type: {node.shape}" if node.shape else "")
