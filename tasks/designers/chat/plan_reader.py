"""Turns an answer's text into a plan while it streams in: the seam between what a server sends and what it says.

A ``PlanReader`` reads one notation; which channel the text came through, and how the answer ended, is left to
``tasks.designers.chat.answer``.
"""

from __future__ import annotations

import ast
import html
import json
import re
from typing import Any, Protocol

from drawing.forgiving_json import forgive
from drawing.model import Drawing
from drawing.plan import Header, InvalidItem, Item, parse_item
from drawing.plan_collector import PlanCollector
from drawing.scanner import Found, Mark, PlanScanner
from tasks.designers import Restart, Source

MAX_LITERAL = 200_000  # characters that Python's own parser is asked to read
MAX_UNWRAPPED = 4  # texts within texts


RESTART = Restart.RESTART
Part = Header | Item | Source | Restart


class PlanReader(Protocol):
    """Reads a plan from text that comes in pieces, in time linear in its length."""

    @property
    def is_open(self) -> bool:
        """True while a part that has begun is not complete: an end here is a cut."""
        ...

    @property
    def is_complete(self) -> bool:
        """True when the plan itself says that it has ended."""
        ...

    @property
    def tells_its_end(self) -> bool:
        """True when a cut can be told from an end by the text alone."""
        ...

    @property
    def is_in_string(self) -> bool:
        """True while a text of the plan is open: what looks like a tag belongs to it."""
        ...

    @property
    def items(self) -> int:
        """How many items of the plan that counts were handed out."""
        ...

    @property
    def left_out(self) -> int:
        """How many items of it could not be read."""
        ...

    @property
    def has_plan(self) -> bool:
        """True when there was a plan, even one without any item that can be read."""
        ...

    def feed(self, text: str) -> list[Part]:
        """Return what this piece completes."""
        ...

    def restart(self) -> list[Part]:
        """Forget what was read, unless nothing better follows."""
        ...

    def finish(self) -> list[Part]:
        """Return what is left when the text is over; the last complete plan counts."""
        ...


class JsonPlanReader:
    """Reads plans as JSON (``plan.schema.json``), also wrapped, quoted twice, commented or written in Python."""

    def __init__(self) -> None:
        self._scanner = PlanScanner()
        self._plan: list[Header | Item] = []  # the plan that was handed out last
        self._complete: list[Header | Item] = []  # the last complete one before it
        self._text: list[str] = []
        self._invalid = 0
        self._is_earlier = False  # the plan is a complete one from before a cut or empty one
        self.items = 0

    @property
    def is_open(self) -> bool:
        """True while brackets are open."""
        return self._scanner.is_open

    @property
    def is_complete(self) -> bool:
        """True when all brackets of a plan are closed."""
        return self._is_earlier or self._scanner.is_complete

    @property
    def tells_its_end(self) -> bool:
        """True: brackets close."""
        return True

    @property
    def is_in_string(self) -> bool:
        """True within a string of the plan."""
        return self._scanner.is_in_string

    @property
    def drawing(self) -> Drawing | None:
        """What the plan that was handed out last draws; None when there was none."""
        collector: PlanCollector | None = None
        for each in self._plan:
            if isinstance(each, Header):
                collector = PlanCollector(each)
            elif collector is not None:
                collector.take(each)
        return collector.drawing if collector else None

    @property
    def left_out(self) -> int:
        """How many items could not be read."""
        return self._invalid + self._scanner.items_skipped

    @property
    def has_plan(self) -> bool:
        """True when a list of items was found, even an empty one."""
        return bool(self._scanner.items_seen or self._scanner.items_skipped or self._scanner.is_complete)

    def feed(self, text: str) -> list[Part]:
        """Return what this piece completes."""
        self._text.append(text)
        return self._take(self._scanner.feed(text))

    def restart(self) -> list[Part]:
        """Forget what was read; it comes back in ``finish`` when it was complete and nothing else follows."""
        parts = self._begin_again(was_complete=self._scanner.is_complete)
        self._scanner = PlanScanner()
        self._text = []
        return parts

    def finish(self) -> list[Part]:
        """Return what is left; a plan that was complete replaces a later one that is cut or empty."""
        parts = self._take(self._scanner.close())
        if not self.items and not self._complete:
            parts += self._read_otherwise()
        if self._complete and (not self.items or self.is_open):
            self._scanner = PlanScanner()
            self._invalid = 0
            self._is_earlier = True
            self._plan, self._complete = self._complete, []
            self.items = len(self._plan) - 1
            parts = [RESTART, *self._plan]
        return parts

    def _take(self, found: list[Found]) -> list[Part]:
        parts: list[Part] = []
        for each in found:
            if each is Mark.NEW_PLAN:
                parts += self._begin_again(was_complete=True)
            elif isinstance(each, Header):
                self._plan.append(each)
                parts.append(each)
            elif isinstance(each, dict):
                try:
                    item = parse_item(each)
                except InvalidItem:
                    self._invalid += 1
                    continue
                self.items += 1
                self._plan.append(item)
                parts.append(item)
        return parts

    def _begin_again(self, *, was_complete: bool) -> list[Part]:
        if not self._plan:
            return []
        if was_complete and self.items:
            self._complete = self._plan
        self._plan = []
        self._invalid = self.items = 0
        return [RESTART]

    def _read_otherwise(self) -> list[Part]:
        """Read a plan that is quoted, escaped or written in another language's words."""
        for text in _unwrapped("".join(self._text)):
            scanner = PlanScanner()
            found = [*scanner.feed(text), *scanner.close()]
            if any(isinstance(each, dict) for each in found):
                self._scanner = scanner
                return self._begin_again(was_complete=False) + self._take(found)
        return []


def _unwrapped(text: str) -> list[str]:
    """Return other readings of a text: the texts within it, unescaped, or as a literal of Python."""
    readings: list[str] = []
    body = _body(text)
    value: Any = body
    for _ in range(MAX_UNWRAPPED):
        value = _load(value)
        if not isinstance(value, str):
            break
        readings.append(value)
    readings += _texts_within(value)
    if '{\\"' in body:
        unescaped = _load(f'"{body}"')
        readings += [unescaped] if isinstance(unescaped, str) else []
    if "&quot;" in body or "&#34;" in body:
        readings.append(html.unescape(body))
    literal = _literal(body)
    if literal is not None:
        readings.append(json.dumps(literal, default=str))
    return readings


def _body(text: str) -> str:
    """Return the text without a code fence and what is around it."""
    fence = re.search(r"```[a-zA-Z0-9]{0,12}\n(.*?)(?:```|\Z)", text, re.DOTALL)
    return (fence[1] if fence else text).strip().lstrip("\ufeff")


def _load(text: str) -> Any:
    if not any(first in text for first in '{["'):
        return None
    for each in (text, forgive(text)):
        try:
            return json.loads(each, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _texts_within(value: Any) -> list[str]:
    """Return the members of an object, and of its lists, that are JSON in a string."""
    if not isinstance(value, dict):
        return []
    found: list[str] = []
    for member in value.values():
        if isinstance(member, str) and member.lstrip()[:1] in ("{", "["):
            found.append(member)
        elif isinstance(member, list) and member and all(isinstance(each, str) for each in member):
            items = ",".join(each for each in member if each.lstrip().startswith("{"))
            header = {key: said for key, said in value.items() if isinstance(said, str)}
            found.append(json.dumps(header)[:-1] + f', "items": [{items}]}}' if header else f"[{items}]")
    return found


def _literal(text: str) -> Any:
    """Return a dict or list of Python's; None if the text is none. Nothing of it is run."""
    start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    end = max(text.rfind("}"), text.rfind("]"))
    if start < 0 or not 0 < end - start < MAX_LITERAL or "'" not in text:
        return None
    words = {"null": "None", "true": "True", "false": "False"}
    body = re.sub(
        r"('(?:[^'\\]|\\.?)*+(?:'|\Z))|\b(null|true|false)\b",
        lambda match: match[1] or words[match[2]],
        text[start : end + 1],
    )
    try:
        return ast.literal_eval(body)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
