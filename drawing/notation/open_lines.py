"""Statements over several lines: a quoted label or facts in braces that are not closed where they began."""

from __future__ import annotations

import re

from drawing.notation.lines import Line

_QUOTED = re.compile(r"\"[^\"]*\"")
_OPENS = re.compile(r"(?:[\[({|]|label\s*:\s*)[\\/(\[{]*\"[^\"]*$")
_OPENS_FACTS = re.compile(r"@\{[^}]*$")
_CLOSING = {"[": "]", "(": ")", "{": "}", "|": "|"}
_BLOCK = re.compile(r":\s*[|>][-+]?\s*$")


def is_open(text: str) -> bool:
    """Say whether a statement goes on in the next line: a quoted label or facts are not closed in this one."""
    if _OPENS_FACTS.search(_QUOTED.sub('""', text)):
        return True
    match = _OPENS.search(text) if text.count('"') % 2 else None
    return match is not None and _CLOSING.get(match[0][0], "}") not in text[text.rindex('"') :]


def one_line(lines: list[Line]) -> Line:
    """Return several lines as one: inside quotes a break stays a break, between facts it is a comma."""
    text, raw, block = lines[0].text, lines[0].raw, False
    for number, line in enumerate(lines[1:], start=1):
        if block and not line.text.startswith("}") and line.indent > lines[number - 1].indent - 1:
            glue = "" if text.endswith('"') and text.count('"') % 2 else "<br>"
        elif block:
            text, raw, block, glue = f'{text}"', f'{raw}"', False, ", "
        else:
            glue = ", " if text.count('"') % 2 == 0 else "<br>"
        if text.rstrip().endswith(("{", ",")) or line.text.startswith("}"):
            glue = " "
        text, raw = text + glue + line.text, raw + glue + line.raw
        if _BLOCK.search(text):  # YAML's block text: the lines below, as far as they are indented
            text, raw, block = _BLOCK.sub(': "', text), _BLOCK.sub(': "', raw), True
    return Line(lines[0].number, text, raw, lines[0].indent)
