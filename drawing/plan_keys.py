"""The keys of a plan's items under the names that models use instead: those of React Flow, Cytoscape, Mermaid …

What the values mean is left to ``drawing.plan``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_IDS = ("id", "key", "node_id", "nodeId", "uid")
_TEXTS = ("text", "label", "name", "title", "content", "caption", "value")
_SOURCES = ("source", "from", "src", "source_id", "sourceId", "from_id", "fromId", "fromNode", "start")
_TARGETS = ("target", "to", "dst", "dest", "target_id", "targetId", "to_id", "toId", "toNode", "end")
_EDGE_TEXTS = ("label", "text", "name", "title", "condition", "caption")
_PARENTS = ("parent", "parentId", "parent_id", "parentNode", "group", "groupId", "group_id", "column")
_WHENS = ("when", "date", "time", "period")
_DIRECTIONS = {
    "down": ("tb", "td", "top-down", "top_down", "top-bottom", "vertical", "bt", "ttb"),
    "right": ("lr", "rl", "left-right", "left_right", "left-to-right", "horizontal", "ltr"),
}


def plan_keys(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the item with the keys of ``plan.schema.json``; keys that are there win."""
    holders = [raw]
    if isinstance(raw.get("data"), Mapping):  # React Flow and Cytoscape have most of it in there.
        holders.append(raw["data"])
    found = dict(raw)
    kind = raw.get("kind")
    source, target = _first(holders, _SOURCES), _first(holders, _TARGETS)
    if kind == "edge" or (
        kind in (None, "arrow", "link", "connection") and _is_name(source) and _is_name(target)
    ):
        found["kind"] = "edge"
        _put(found, "source", source)
        _put(found, "target", target)
        _put(found, "label", _first(holders, _EDGE_TEXTS))
        return found
    _put(found, "id", _first(holders, _IDS))
    _put(found, "text", _first(holders, _TEXTS))
    _put(found, "parent", _first(holders, _PARENTS))
    _put(found, "when", _first(holders, _WHENS))
    _put(found, "w", _first(holders, ("w", "width")))
    _put(found, "h", _first(holders, ("h", "height")))
    _put(found, "role", _first(holders, ("role", "type")))
    if "type" in raw and raw["type"] in ("node", "group", "shape", "edge"):
        _put(found, "kind", raw["type"])
    return found


def direction(value: object) -> object:
    """Return a direction in the plan's words, where it is one in others'."""
    said = value.strip().lower() if isinstance(value, str) else ""
    return next((name for name, words in _DIRECTIONS.items() if said in words), value)


def _first(holders: list[Mapping[str, Any]], names: tuple[str, ...]) -> Any:
    return next((holder[name] for name in names for holder in holders if holder.get(name) is not None), None)


def _is_name(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _put(found: dict[str, Any], key: str, value: Any) -> None:
    if found.get(key) is None and value is not None:
        found[key] = value
