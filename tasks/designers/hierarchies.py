"""Read hierarchies: mind maps with their branches, "CEO > CTO, CFO", and indented outlines."""

from __future__ import annotations

import re

from drawing.plan import Kind, Node
from tasks.designers.phrases import (
    BULLET,
    find_kind,
    find_title,
    label,
    split_lead,
    split_list,
    without_command,
)
from tasks.designers.plan_builder import PlanBuilder

# Mind maps: "mind map of X: a, b, c"

_MIND_MAP = re.compile(
    r"\b(?:mind[ -]?map|brainstorm\w*)\b[^:\n]*?(?:\b(?:of|about|for|on)\s+)?([^:\n]*)[:\n](.+)", re.S | re.I
)


def read_mind_map(text: str) -> PlanBuilder | None:
    """Read "mind map of X: a, b, c"; a branch with a list of its own is "a (b, c)"."""
    match = _MIND_MAP.search(text)
    if (
        match is None
        or find_kind(text) != "mindmap"
        or any(_depth(line) for line in match[2].split("\n")[1:])
    ):
        return None
    title = find_title(match[0].split(":")[0].split("\n")[0])
    plan = PlanBuilder("mindmap", title, "The drawing shows the topic and branches that the request names.")
    root = plan.node(title, role="idea")
    for branch in _split_outside_brackets(match[2]):
        name, _, inner = branch.partition("(")
        if label(name):
            parent = plan.node(label(name), role="idea", parent=root)
            for leaf in split_list(inner.rstrip(" .)")):
                plan.node(leaf, role="idea", parent=parent)
    return plan if len(plan.items) > 1 else None


def _split_outside_brackets(text: str) -> list[str]:
    bare = re.sub(r"\([^()]*\)", lambda match: re.sub(r"[,;\n]", "\x1f", match[0]), text)
    parts = re.split(r"[,;\n]|\s(?:and|und|et|y|&)\s(?![^()]*\))", bare)
    return [re.sub(r"^\s*(?:and|[-*•])\s+", "", part.replace("\x1f", ",")) for part in parts]


# Hierarchies: "org chart: CEO > CTO, CFO", and indented outlines


def read_hierarchy(text: str) -> PlanBuilder | None:
    """Read "CEO > CTO, CFO; CTO > Developer": who stands before a > is the parent of those behind it."""
    if text.count(" > ") < (1 if find_kind(text) == "tree" else 2):
        return None
    lead, body = split_lead(text, text.index(" > "))
    plan = PlanBuilder(
        "tree", find_title(lead or text), "The drawing shows the hierarchy that the request spells out."
    )
    known: dict[str, str] = {}
    for statement in re.split(r"[;\n]", body):
        parent: str | None = None
        for level in statement.split(" > "):
            last = parent
            for name in split_list(level):
                if name.casefold() not in known:
                    known[name.casefold()] = plan.node(name, role="step", parent=parent)
                last = known[name.casefold()]
            parent = last
    if not lead and known:
        plan.title = find_title(next(item.text for item in plan.items if isinstance(item, Node)))
    return plan if len(known) > 1 else None


def read_outline(text: str) -> PlanBuilder | None:
    """Read lines whose indentation says what belongs to what."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2 or not any(_depth(line) for line in lines):
        return None
    kind: Kind = "mindmap" if find_kind(text) == "mindmap" else "tree"
    is_intro = lines[0].rstrip().endswith(":") or without_command(lines[0]) != lines[0]
    title = find_title(lines[0])
    plan = PlanBuilder(kind, title, "The drawing shows the outline that the request spells out.")
    open_nodes: list[tuple[int, str]] = [(-1, plan.node(title, role="idea"))]
    for line in lines[1:] if is_intro or not _depth(lines[0]) else lines:
        depth, name = _depth(line), label(BULLET.sub("", line))
        if not name:
            continue
        while len(open_nodes) > 1 and open_nodes[-1][0] >= depth:
            open_nodes.pop()
        open_nodes.append((depth, plan.node(name, role="step", parent=open_nodes[-1][1])))
    return plan if len(plan.items) > 1 else None


def _depth(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())
