"""Reads sequences in sentences: "First … then … finally …" and "if … then … otherwise …"."""

from __future__ import annotations

import re

from drawing.plan import Role
from tasks.designers.phrases import find_kind, find_title, label
from tasks.designers.plan_builder import PlanBuilder

_NEXT = (
    r"first(?:ly)?|second(?:ly)?|third(?:ly)?|then|after(?:wards| that)|next|finally|lastly"
    r"|zuerst|zun\u00e4chst|dann|danach|anschlie\u00dfend|schlie\u00dflich|zuletzt|am ende"
)
_IF = re.compile(
    r"\b(?:if|wenn|falls)\s+(?P<ask>[^,.;\n]{1,120}?)(?:\s*,\s*(?:(?:then|dann)\s+)?|\s+(?:then|dann)\s+)"
    r"(?P<yes>[^.;\n]{1,160}?)"
    r"(?:[\s,;.]+(?:otherwise|else|if not|sonst|andernfalls|ansonsten|wenn nicht)\b,?\s*(?P<no>[^.;\n]{1,160}?))?"
    rf"(?=\s*(?:[.;\n]|$)|\s*,?\s*(?:(?:and|und)\s+)?\b(?:{_NEXT})\b)",
    re.IGNORECASE,
)
_GERMAN = re.compile(r"\b(?:wenn|falls|sonst|dann|danach|und|oder|nicht)\b", re.IGNORECASE)
_MARKER = re.compile(
    rf"(?:[,.;]|\s|^)\s*(?:(?:and|und)\s+)?\b(?:{_NEXT})\b\s*,?",
    re.IGNORECASE,
)


def read_sequence(text: str) -> PlanBuilder | None:
    """Read steps between sequence words; "if a then b otherwise c" is a decision with two ways."""
    decisions = list(_IF.finditer(text))
    plain = _IF.sub("\n", text)
    if len(_MARKER.findall(plain)) + 2 * len(decisions) < 2:
        return None
    first = _MARKER.search(text) or decisions[0]
    lead = text[: first.start()]
    if ":" in lead:
        lead = lead[
            : lead.rindex(":") + 1
        ]  # "Shipping: take the order, then …": the first step has no such word.
    elif ":" not in text[: first.start() + 1] and not find_kind(lead):
        lead = ""  # The first step begins before the first sequence word.
    title = find_title(lead) if label(lead) else "Steps"
    plan = PlanBuilder("flowchart", title, "The drawing shows the steps that the request puts in order.")
    open_ends: list[tuple[str, str | None]] = []
    place = len(lead)
    for decision in [*decisions, None]:
        between = text[place : decision.start() if decision else len(text)]
        for step in _steps(between):
            open_ends = _join(plan, open_ends, step)
        if decision:
            open_ends = _add_decision(plan, open_ends, decision)
            place = decision.end()
    return plan if len(plan.items) > 1 else None


def _steps(text: str) -> list[str]:
    parts = re.split(r"[.;\n]", _MARKER.sub("\n", text.lstrip(" :")))
    return [name for part in parts if (name := label(re.sub(r"^\s*(?:and|but|und|aber)\s+", "", part)))]


def _join(
    plan: PlanBuilder, open_ends: list[tuple[str, str | None]], text: str, role: Role | None = None
) -> list[tuple[str, str | None]]:
    here = plan.node(text, role=role)
    for end, said in open_ends:
        if end != here:
            plan.edge(end, here, said)
    return [(here, None)]


def _add_decision(
    plan: PlanBuilder, open_ends: list[tuple[str, str | None]], match: re.Match[str]
) -> list[tuple[str, str | None]]:
    question = label(match["ask"])
    if not question or not label(match["yes"]):
        return open_ends
    [(ask, _)] = _join(plan, open_ends, question[0].upper() + question[1:].rstrip("?") + "?", "decision")
    yes, no = ("ja", "nein") if _GERMAN.search(match[0]) else ("yes", "no")
    ends = _join(plan, [(ask, yes)], label(match["yes"]))
    if match["no"] and label(match["no"]):
        return ends + _join(plan, [(ask, no)], label(match["no"]))
    return [*ends, (ask, no)]
