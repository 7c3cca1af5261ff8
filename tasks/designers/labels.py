"""The form of answers for models too small to write a diagram: a list, whose lines become the labels of a drawing.

What kind of drawing they are put into is read from the request, not left to the model. Measured with a model of 135
million parameters: it writes a list in its own words, and loses its thread in JSON and after longer instructions.
"""

from __future__ import annotations

import re

from drawing.notation.writing import escaped, quoted
from drawing.plan_drawing import NOTATION_KINDS
from tasks.designers.phrases import find_kind

ANSWER_TOKENS = 300
INSTRUCTIONS = "You answer with a short list of steps or parts, in the language of the question."

# Kinds of notation that are a list of labels, and the words that ask for one.
_LISTS = re.compile(r"\b(cycle|funnel|pyramid)\b", re.IGNORECASE)


def kind_of_request(words: str) -> str:
    """Return the kind of notation that labels for a request are put into."""
    named = _LISTS.search(words)
    return named[1].lower() if named else NOTATION_KINDS[find_kind(words) or "flowchart"]


class LabelWriter:
    """Writes labels as notation of a kind, line by line."""

    def __init__(self, kind: str, title: str) -> None:
        self._kind = kind
        self._title = title
        self._count = 0

    def line(self, text: str) -> str:
        """Return the line of the next label; before the first one stands what begins the drawing."""
        self._count += 1
        return (self._beginning() if self._count == 1 else "") + self._label(text) + "\n"

    def _beginning(self) -> str:
        lines = ["flowchart TD" if self._kind == "flowchart" else self._kind, f"title {escaped(self._title)}"]
        if self._kind in ("mindmap", "orgchart"):
            lines.append(f"  {quoted(self._title)}")
        return "\n".join(lines) + "\n"

    def _label(self, text: str) -> str:
        number, words = self._count, quoted(text)
        match self._kind:
            case "flowchart":
                return f"s1([{words}])" if number == 1 else f"s{number - 1} --> s{number}[{words}]"
            case "mindmap" | "orgchart":
                return f"    {words}"
            case "board":
                return f"## {escaped(text)}"
            case "timeline":
                return escaped(text).replace(":", "#58;")
        return f"- {escaped(text)}"
