"""Find the header and the items of a plan in a stream of text, each the moment it is complete.

Checking what an item says is left to ``drawing.plan``. A JSON parser is no use here: it gives nothing until the end,
and gives up at the first code fence, stray word or trailing comma, all of which models write.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, get_args

from drawing.capture import Capture
from drawing.forgiving_json import load_json
from drawing.plan import Header, Kind, parse_header

MAX_ITEM_LENGTH = 20_000  # characters; a longer item is skipped
MAX_ITEM_DEPTH = 16  # nested containers in an item
MAX_HEADER_VALUE_LENGTH = 2_000  # characters

_HEADER_KEYS = ("title", "kind", "direction")
# Models without the schema also write one list a kind; its items need not repeat the kind.
_LIST_KINDS = {"items": None, "nodes": "node", "edges": "edge", "groups": "group", "shapes": "shape"}
_ITEM_START = re.compile(r'\{\s{0,20}"kind"\s{0,5}:\s{0,5}"(?:node|edge|group|shape)"\Z')
_LIST_OPENS = re.compile(r'"(?:items|nodes)"\s*:\s*\[\s*\Z')
_ITEM_START_ENDINGS = ('node"', 'edge"', 'group"', 'shape"')
_LOOK_BACK = 80  # characters; more than the pattern above can span


class Mark(Enum):
    """What the scanner hands out besides headers and items."""

    NEW_PLAN = "another plan begins: a correction of the one before"


Found = Header | dict[str, Any] | Mark


class _Where(Enum):
    """Where in the answer the scanner is; the value finds the next character that matters there."""

    PROSE = re.compile(r"[{\[]")
    OPENED = re.compile(r"\S")  # Right behind a bracket: does JSON follow?
    OUTSIDE = re.compile(r'["{}\[\]:,/#]')  # In the plan, but not in a list of items
    LIST = re.compile(r'["{\[\]/#]')
    ITEM = re.compile(r'["{}\[\]/#]')


_IN_STRING = re.compile(r'["\\]')


class PlanScanner:
    """Turns chunks of a model's answer into one Header and raw items, in linear time.

    ``feed`` returns what a chunk completes: the Header as soon as title, kind and direction are known, or with
    defaults when the first item is complete; then each item as a dict, at its closing brace. If items come before
    both title and kind, they are held until the header is known; ``close`` returns them at the latest.

    Text around the JSON, code fences, wrapping objects, trailing commas, comments, several lists, a bare list and
    one item a line are all understood. A second plan is announced by ``Mark.NEW_PLAN``; its header and items
    follow. An item that is not JSON, or too long or deep, is skipped and counted; the next ``{"kind": "node"``
    (edge, group, shape) begins an item whatever went wrong before. The result does not depend on where the chunks
    are cut.
    """

    def __init__(self) -> None:
        self.items_seen = 0  # handed out or held
        self.items_skipped = 0
        self._header: dict[str, str] = {}
        self._next_header: dict[str, str] | None = None  # of an object that may be another plan
        self._has_edges = False
        self._comment = ""  # how the comment that is being read began: "/", "//", "/*"
        self._is_header_out = False
        self._held: list[dict[str, Any]] = []
        self._found: list[Found] = []
        self._where = _Where.PROSE
        self._return_to = _Where.PROSE  # after an item
        self._depth = 0  # containers open outside the lists
        self._list_depth = 0
        self._list_kind: str | None = None
        self._item_depth = 0
        self._has_list_ended = False
        self._in_string = False
        self._is_escaped = False
        self._opener = ""
        self._item_at = 0  # its place in the whole answer
        self._word: str | None = None  # the last string outside the lists
        self._key: str | None = None  # the key whose value comes next
        self._text = ""  # the look-back and the chunk
        self._text_at = 0  # its place in the whole answer
        self._capture = Capture(
            limit=MAX_ITEM_LENGTH, look_back=_LOOK_BACK
        )  # of the string or item being read

    @property
    def is_open(self) -> bool:
        """True while brackets of the plan are open."""
        return self._where not in (_Where.PROSE, _Where.OPENED)

    @property
    def is_in_string(self) -> bool:
        """True while a string of the plan is open."""
        return self.is_open and self._in_string

    @property
    def is_complete(self) -> bool:
        """True once a list of items has ended and every bracket around it is closed."""
        return self._has_list_ended and self._where is _Where.PROSE

    def feed(self, chunk: str) -> list[Found]:
        """Return what this chunk of text completes, in order; often nothing."""
        kept = self._text[-_LOOK_BACK:]
        self._text_at += len(self._text) - len(kept)
        self._text = kept + chunk
        self._scan(len(kept))
        self._capture.keep(self._text)
        return self._take()

    def close(self) -> list[Found]:
        """Return what was held back for a header that never came; call it when the answer ends."""
        if self._header or self._held:
            self._give_header()
        return self._take()

    def _take(self) -> list[Found]:
        found, self._found = self._found, []
        return found

    def _scan(self, position: int) -> None:
        end = len(self._text)
        while position < end:
            if self._is_escaped:
                self._is_escaped = False
                position += 1
                continue
            if self._comment:
                position = self._skip_comment(position)
                continue
            pattern = _IN_STRING if self._in_string else self._where.value
            match = pattern.search(self._text, position)
            if match is None:
                return
            position = match.end()
            self._handle(match.group(), match.start())

    def _skip_comment(self, position: int) -> int:
        """Return where the comment ends, or the text's end while it goes on."""
        if self._comment == "/":
            opener = "/" + self._text[position]
            self._comment = opener if opener in ("//", "/*") else ""
            return position + 1 if self._comment else position
        end = "\n" if self._comment == "//" else "*/"
        at = self._text.find(end, position if len(end) == 1 else position - 1)
        if at < 0:
            return len(self._text)
        self._comment = ""
        return at + len(end)

    def _handle(self, char: str, at: int) -> None:
        if char in "/#" and not self._in_string:
            self._comment = "/" if char == "/" else "//"
        elif char == "\\" and self._in_string:
            self._is_escaped = True
        elif char == '"' and self._starts_item(at):
            pass
        elif self._in_string:
            self._in_string = False
            self._end_string(at)
        else:
            _HANDLERS[self._where](self, char, at)

    # Strings

    def _begin_string(self, at: int) -> None:
        self._in_string = True
        if self._where is _Where.OUTSIDE:
            self._capture.begin(at)

    def _end_string(self, at: int) -> None:
        if self._where is not _Where.OUTSIDE:
            return
        literal = self._capture.end(self._text, at + 1, max_length=MAX_HEADER_VALUE_LENGTH)
        self._word = load_json(literal) if literal else None
        if self._key in _HEADER_KEYS and isinstance(self._word, str):
            header = self._header if self._next_header is None else self._next_header
            header.setdefault(self._key, self._word)
            if self._next_header is None and len(header) == len(_HEADER_KEYS):
                self._give_header()

    # Places

    def _in_prose(self, char: str, at: int) -> None:
        self._opener = char
        self._where = _Where.OPENED

    def _in_opened(self, char: str, at: int) -> None:
        if self._opener == "{" and char in '"}':
            self._where = _Where.OUTSIDE
            self._depth, self._key, self._word = 1, None, None
            self._begin_object()
            self._in_outside(char, at)
        elif self._opener == "[" and char == "{":
            self._depth = 0
            self._begin_object()
            self._enter_list(None)
            self._in_list(char, at)
        else:
            self._where = _Where.PROSE
            if char in "{[":
                self._in_prose(char, at)

    def _in_outside(self, char: str, at: int) -> None:
        if char == '"':
            self._begin_string(at)
        elif char == ":":
            self._key, self._word = self._word, None
        elif char == "[" and self._key in _LIST_KINDS:
            self._enter_list(_LIST_KINDS[self._key])
        else:
            self._key = None
            if char in "{[":
                self._depth += 1
            elif char in "}]":
                self._leave_container()

    def _leave_container(self) -> None:
        self._depth -= 1
        if self._depth <= 0:
            self._where = _Where.PROSE
            if self._next_header and self._next_header.get("kind") in get_args(Kind):
                self._begin_new_plan()  # A header on a line of its own, once more.
            self._next_header = None
            if self._held and self._header:
                self._give_header()

    def _enter_list(self, kind: str | None) -> None:
        self._where = _Where.LIST
        self._list_depth = 1
        self._list_kind = kind
        self._key = None

    def _in_list(self, char: str, at: int) -> None:
        if char == "{":
            self._begin_item(at, _Where.LIST)
        elif char == "[":
            self._list_depth += 1
        elif char == "]":
            self._list_depth -= 1
            if self._list_depth == 0:
                self._has_list_ended = True
                self._where = _Where.OUTSIDE if self._depth else _Where.PROSE
                if not self._depth:
                    self._next_header = None
        else:
            self.items_skipped += 1
            self._begin_string(at)

    def _in_item(self, char: str, at: int) -> None:
        if char == '"':
            self._begin_string(at)
        elif char in "{[":
            self._item_depth += 1
            if self._item_depth > MAX_ITEM_DEPTH:
                self._capture.give_up()
        else:
            self._item_depth -= 1
            if self._item_depth == 0:
                self._end_item(at)

    # Items

    def _starts_item(self, at: int) -> bool:
        """Begin an item at ``{"kind": "node"`` where none was expected: sound JSON has that in no string."""
        if not self._text.endswith(_ITEM_START_ENDINGS, 0, at + 1) or self._where is _Where.LIST:
            return False
        match = _ITEM_START.search(self._text, max(0, at + 1 - _LOOK_BACK), at + 1)
        if match is None:
            return False
        if self._where is _Where.ITEM:
            if match.start() + self._text_at == self._item_at:
                return False
            if not self._begins_plan(match.start(), at):
                self.items_skipped += 1
            self._begin_item(match.start(), self._return_to)
        else:
            if self._in_string:
                self._depth = max(0, self._depth - 1)  # The item's own brace was counted.
            self._key = None
            self._next_header = None
            self._begin_item(match.start(), _Where.OUTSIDE if self._depth else _Where.PROSE)
        self._in_string = False
        return True

    def _begin_item(self, at: int, return_to: _Where) -> None:
        self._where = _Where.ITEM
        self._return_to = return_to
        self._item_depth = 1
        self._item_at = at + self._text_at
        self._capture.begin(at)

    def _end_item(self, at: int) -> None:
        literal = self._capture.end(self._text, at + 1, max_length=MAX_ITEM_LENGTH)
        item = load_json(literal) if literal else None
        self._where = self._return_to
        if not isinstance(item, dict):
            self.items_skipped += 1
            return
        if _holds_plan(item):
            # The model broke off within a list and wrote the plan once more.
            self._begin_new_plan(item)
            return
        if self._list_kind and self._where is _Where.LIST:
            item.setdefault("kind", self._list_kind)
        is_edge = item.get("kind") == "edge" or ("source" in item and "target" in item)
        if self._next_header is not None:
            # Nodes and edges may come as two objects; all else that has items is another plan.
            if not is_edge or self._has_edges:
                self._begin_new_plan()
            self._next_header = None
        self._has_edges = self._has_edges or is_edge
        self.items_seen += 1
        self._give_item(item)

    # Several plans

    def _begin_object(self) -> None:
        """Note that an object or list begins on the outside: after items it may be another plan."""
        self._next_header = {} if self.items_seen else None

    def _begins_plan(self, start: int, at: int) -> bool:
        """Begin another plan if its list of items opens right before ``start``: the model broke off within an item."""
        if self._capture.is_too_long:
            return False
        captured = self._capture.so_far(self._text, at)[: start - at]
        if not _LIST_OPENS.search(captured):
            return False
        head = captured[captured.rfind("{") :]
        said = {
            key: match[1] for key in _HEADER_KEYS if (match := re.search(rf'"{key}"\s*:\s*("[^"]*")', head))
        }
        self._next_header = {
            key: value for key, text in said.items() if isinstance(value := load_json(text), str)
        }
        self._begin_new_plan()
        self._depth = self._list_depth = 1
        self._list_kind = None
        self._return_to = _Where.LIST
        return True

    def _begin_new_plan(self, plan: dict[str, Any] | None = None) -> None:
        """Announce another plan; ``plan`` is one that was read as a whole."""
        self._header = dict(self._next_header or {})
        self._next_header = None
        self._is_header_out = self._has_edges = self._has_list_ended = False
        self._held = []
        self.items_seen = self.items_skipped = 0
        self._found.append(Mark.NEW_PLAN)
        if plan is None:
            return
        self._header = {key: value for key in _HEADER_KEYS if isinstance(value := plan.get(key), str)}
        self._give_header()
        self._has_list_ended = True
        self._where, self._depth = _Where.PROSE, 0  # Whatever is around it was given up.
        for name, kind in _LIST_KINDS.items():
            for item in plan.get(name) or () if isinstance(plan.get(name), list) else ():
                if isinstance(item, dict):
                    self.items_seen += 1
                    self._found.append({"kind": kind, **item} if kind else item)
                else:
                    self.items_skipped += 1

    def _give_item(self, item: dict[str, Any]) -> None:
        if self._is_header_out:
            self._found.append(item)
            return
        self._held.append(item)
        # Nothing but a list surrounds these items: no header can follow.
        is_bare = self._where is _Where.LIST and not self._depth
        if is_bare or "title" in self._header or "kind" in self._header:
            self._give_header()

    def _give_header(self) -> None:
        if self._is_header_out:
            return
        self._is_header_out = True
        self._found += [parse_header(self._header), *self._held]
        self._held = []


_HANDLERS = {
    _Where.PROSE: PlanScanner._in_prose,
    _Where.OPENED: PlanScanner._in_opened,
    _Where.OUTSIDE: PlanScanner._in_outside,
    _Where.LIST: PlanScanner._in_list,
    _Where.ITEM: PlanScanner._in_item,
}


def _holds_plan(item: dict[str, Any]) -> bool:
    return any(isinstance(item.get(name), list) and item[name] for name in ("items", "nodes"))
