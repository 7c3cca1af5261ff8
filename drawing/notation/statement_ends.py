"""Where one statement of a line ends and the next one begins."""

from __future__ import annotations

import re

_SEMICOLON = re.compile(r"(?<!#\d\d)(?<!#\d\d\d)(?<!#\d\d\d\d)(?<!#quot)(?<!&lt)(?<!&gt)(?<!&amp)(?<!&quot);")
_CSS = re.compile(r"\s*[a-z][\w-]*\s*:(?!:)")
_QUOTED = re.compile(r"\"[^\"]*\"")


def statement_end(text: str) -> int:
    """Return where a statement that is no connector ends: at a semicolon behind which no more of its style comes."""
    for match in _SEMICOLON.finditer(_QUOTED.sub(lambda quoted: "_" * len(quoted[0]), text)):
        if not _CSS.match(text, match.end()):
            return match.start()
    return len(text)


def next_statement(text: str, at: int) -> int:
    """Return where the next statement begins, past something that says nothing."""
    found = text.find(";", at)
    return len(text) if found < 0 else found


def skipped(text: str, at: int) -> int:
    """Return the next place that holds no blank."""
    while text[at : at + 1] == " ":
        at += 1
    return at
