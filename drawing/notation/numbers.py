"""Numbers as people write them in charts, and as charts write them for people."""

from __future__ import annotations

import re

MAX_VALUE = 1e15  # what is larger is no value of a chart
NUMBER = (
    r"[-+\u2212]?(?:\d{1,18}(?:[.,' \u00a0\u202f]\d{1,18}){0,8}|\.\d{1,18})(?:e[-+]?\d{1,2})?"  # a pattern
)

_GROUPED = re.compile(r"[-+]?\d{1,3}(?:([,.' ])\d{3})(?:\1\d{3})*(?:([.,])\d+)?$")


def read_number(text: str) -> float | None:
    """Return the number that a text says: "1,234.5", "1.234,5", "12,5" and "1 234" too; None if it says none."""
    plain = text.strip().replace("\u2212", "-").replace("\u00a0", " ").replace("\u202f", " ").replace("_", "")
    if (grouped := _GROUPED.match(plain)) and (grouped[1] != "." or plain.count(".") > 1 or grouped[2]):
        plain = plain.replace(grouped[1], "").replace(",", ".")
    elif plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        value = float(plain.replace(" ", "").replace("'", ""))
    except ValueError:
        return None
    return value if abs(value) <= MAX_VALUE else None


def written_number(value: float) -> str:
    """Return a number that reads as the same again, without superfluous digits."""
    return str(int(value)) if value == int(value) else repr(value)


def shown_number(value: float) -> str:
    """Return a number for people: four digits that count, thousands apart, "1,234,567" and "0.00125"."""
    if value == int(value) and abs(value) < 1e12:
        return f"{int(value):,}"
    text = f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
