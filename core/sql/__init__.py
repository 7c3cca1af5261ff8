"""Named queries: each ``.sql`` file holds queries under ``-- name: the_name``; this reads them once."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


class Queries:
    """The queries of one file, as attributes."""

    def __init__(self, text: str) -> None:
        _, *parts = _NAME.split(text)
        self._queries = dict(zip(parts[::2], (part.strip() for part in parts[1::2]), strict=True))

    def __getattr__(self, name: str) -> LiteralString:
        try:
            # The text ships with the package and holds placeholders only: as safe as a literal.
            return cast(LiteralString, self._queries[name])
        except KeyError:
            raise AttributeError(f"there is no query named {name}") from None


@cache
def load_queries(name: str) -> Queries:
    """Return the queries of ``core/sql/<name>.sql``."""
    return Queries((resources.files(__name__) / f"{name}.sql").read_text(encoding="utf-8"))
