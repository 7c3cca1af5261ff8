"""Clean, measure and wrap text without a font engine; drawing it is left to ``drawing.svg``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from drawing import advances

LINE_HEIGHT = 1.25  # of the font size
FONT_STACK = "Canvas Jobs Sans, Inter, Arial, Liberation Sans, Helvetica, sans-serif"
ELLIPSIS = "…"

WIDE_EM = 1.0  # CJK and full-width forms
EMOJI_EM = 1.25  # Noto Color Emoji; other emoji fonts are narrower
LETTER_EM = 0.8  # letters of scripts without a table
OTHER_EM = 0.7
FLAG_LETTER_EM = 0.65  # two of them make one flag

_ZERO_WIDTH_JOINER = "\u200d"
# Format characters that shape text: joiners, direction marks and isolates. All others are dropped.
_KEPT_FORMATS = frozenset("\u200c\u200d\u200e\u200f\u061c\u2066\u2067\u2068\u2069")
_NEW_LINES = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_NO_BREAK_BEFORE = frozenset(
    "、。，．・：；？！」』）】〉》〕］｝ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ…"
)
_BREAK_AFTER = frozenset("-/\\_.,:;&?=+|‐–—…")
_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Wrapped:
    """Text in lines; ``width`` is the widest line's, ``is_cut`` says that not all of the text is there."""

    lines: tuple[str, ...]
    width: float
    height: float
    is_cut: bool = False

    @property
    def text(self) -> str:
        """The lines, joined by newlines."""
        return "\n".join(self.lines)


def clean(text: str) -> str:
    """Return the text without control characters and outer blanks, in NFC; newlines stay, a tab is a space.

    Direction overrides, lone surrogates, private-use and non-characters go too: no font draws them.
    """
    if text.isascii() and text.isprintable():
        return text.strip()  # as most labels are
    text = _NEW_LINES.sub("\n", text).replace("\t", " ")
    return "".join(filter(_is_drawable, unicodedata.normalize("NFC", text))).strip()


def measure(text: str, font_size: float, *, bold: bool = False) -> float:
    """Return the width of one line of text, never more than 5 % short in Arial or Inter.

    "Hello" in 10 units is 24.8 wide; kerning is ignored, as it only brings letters closer.
    """
    table = _BOLD if bold else _REGULAR
    return sum(map(table.__getitem__, text)) * font_size


def wrap(
    text: str, font_size: float, max_width: float, *, max_lines: int | None = None, bold: bool = False
) -> Wrapped:
    """Return the text in lines at most ``max_width`` wide; no lines at all if it is blank.

    Breaks at spaces and between CJK characters; a word that is wider than a line breaks after punctuation or
    else anywhere between two graphemes, without a hyphen. Only a single grapheme may stick out. Newlines are
    kept. More than ``max_lines`` are cut, and the last one ends in "…".
    """
    cleaned = clean(text)
    if not cleaned:
        return Wrapped((), 0.0, 0.0)
    em_width = max_width / font_size + _SLACK
    table = _BOLD if bold else _REGULAR
    lines: list[str] = []
    limit = len(cleaned) if max_lines is None else max(1, max_lines)
    for line in _lines(cleaned, em_width, table):
        lines.append(line)
        if len(lines) > limit:
            break
    is_cut = len(lines) > limit
    if is_cut:
        lines = lines[:limit]
        lines[-1] = _with_ellipsis(lines[-1], em_width, table)
    width = max(_em(line, table) for line in lines) * font_size
    return Wrapped(tuple(lines), width, len(lines) * font_size * LINE_HEIGHT, is_cut)


def graphemes(text: str) -> Iterator[str]:
    """Yield what people see as one character: base and marks, emoji sequences, flags, Hangul syllables.

    A working subset of UAX 29 with the conjuncts of Indic scripts (rule GB9c).
    """
    cluster = ""
    for char in text:
        if cluster and not _joins(cluster, char):
            yield cluster
            cluster = char
        else:
            cluster += char
    if cluster:
        yield cluster


def cut(text: str, max_length: int) -> str:
    """Return the text, shortened to ``max_length`` code points with a final "…" where it is longer."""
    if len(text) <= max_length:
        return text
    kept = ""
    for cluster in graphemes(text[:max_length]):
        if len(kept) + len(cluster) >= max_length:
            break
        kept += cluster
    return (kept or text[: max_length - 1]).rstrip() + ELLIPSIS


class _Advances(dict[str, float]):
    """Advance widths in em by character; those not in the table are worked out once and kept."""

    def __missing__(self, char: str) -> float:
        width = _fallback_advance(char, self)
        if len(self) < 20_000:  # A bound, as callers choose the characters.
            self[char] = width
        return width


def _table(widths: dict[int, str]) -> _Advances:
    return _Advances({char: hundredths / 100 for hundredths, chars in widths.items() for char in chars})


def _fallback_advance(char: str, table: _Advances) -> float:
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf", "Cc") or "\U0001f3fb" <= char <= "\U0001f3ff":
        return 0.0
    if "\U0001f1e6" <= char <= "\U0001f1ff":
        return FLAG_LETTER_EM
    base = unicodedata.normalize("NFD", char)[0]
    if base != char and base in table:
        return table[base]
    if unicodedata.east_asian_width(char) in "WF":
        return EMOJI_EM if category == "So" else WIDE_EM
    if category[0] == "S":
        return EMOJI_EM
    return LETTER_EM if category[0] == "L" else OTHER_EM


_REGULAR = _table(advances.REGULAR)
_BOLD = _table(advances.BOLD)


def _em(line: str, table: _Advances) -> float:
    return sum(map(table.__getitem__, line))


@lru_cache(maxsize=4096)
def _is_drawable(char: str) -> bool:
    if char == "\n" or char in _KEPT_FORMATS or "\U000e0020" <= char <= "\U000e007f":
        return True
    # Unassigned ones stay, as fonts may know a newer Unicode than Python; non-characters go.
    is_noncharacter = ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef"
    return not is_noncharacter and unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co")


def _joins(cluster: str, char: str) -> bool:
    """Tell whether ``char`` belongs to the cluster before it."""
    last = cluster[-1]
    if char < "\u0300" or cluster == "\n":
        return False
    if _extends(char):
        return True
    if last == _ZERO_WIDTH_JOINER:
        return unicodedata.category(char) == "So"
    if _is_flag_letter(char):
        return len(cluster) == 1 and _is_flag_letter(cluster)
    if _is_hangul_part(char):
        return _joins_hangul(last, char)
    # A virama binds the next consonant.
    return unicodedata.combining(last) == 9 and unicodedata.category(char) == "Lo"


@lru_cache(maxsize=4096)
def _extends(char: str) -> bool:
    is_emoji_part = "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f"
    is_joiner = char in "\u200c\u200d"
    return is_emoji_part or is_joiner or unicodedata.category(char) in ("Mn", "Me", "Mc")


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _is_hangul_part(char: str) -> bool:
    return "\u1100" <= char <= "\u11ff" or "\uac00" <= char <= "\ud7a3"


def _joins_hangul(last: str, char: str) -> bool:
    if "\u1100" <= last <= "\u115f":
        return not "\u11a8" <= char <= "\u11ff"
    if "\uac00" <= last <= "\ud7a3" or "\u1160" <= last <= "\u11a7":
        return "\u1160" <= char <= "\u11ff"
    return "\u11a8" <= last <= "\u11ff" and "\u11a8" <= char <= "\u11ff"


def _lines(text: str, em_width: float, table: _Advances) -> Iterator[str]:
    for paragraph in text.split("\n"):
        line, used = "", 0.0
        for word in _pieces(paragraph, em_width, table):
            width = _em(word, table)
            # Spaces that hang over the edge do not count: they are stripped.
            if line and used + _em(word.rstrip(), table) > em_width:
                yield line.strip()
                line, used = "", 0.0
                word = word.lstrip()
            line += word
            used += width
        yield line.strip()


def _pieces(paragraph: str, em_width: float, table: _Advances) -> Iterator[str]:
    """Yield the paragraph in unbreakable pieces, each with the spaces that follow it."""
    for word in _words(paragraph):
        if _em(word.rstrip(), table) <= em_width:
            yield word
        else:
            yield from _broken(word, em_width, table)


def _words(paragraph: str) -> Iterator[str]:
    word = ""
    for cluster in graphemes(paragraph):
        if word and _may_break(word[-1], cluster[0]):
            yield word
            word = ""
        word += cluster
    if word:
        yield word


def _may_break(before: str, after: str) -> bool:
    if before == " ":
        return after != " "
    if after in _NO_BREAK_BEFORE or after == " ":
        return False
    return _is_wide(after) or _is_wide(before)


@lru_cache(maxsize=4096)
def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" and not _is_hangul_part(char)


def _broken(word: str, em_width: float, table: _Advances) -> Iterator[str]:
    """Yield a long word in parts that fit, preferably ending after punctuation."""
    part: list[str] = []
    used = 0.0
    for cluster in graphemes(word):
        width = _em(cluster, table)
        if part and used + width > em_width and cluster != " ":
            end = _last_break(part)
            yield "".join(part[:end])
            part = part[end:]
            used = sum(_em(kept, table) for kept in part)
        part.append(cluster)
        used += width
    yield "".join(part)


def _last_break(part: list[str]) -> int:
    """Return how many clusters to put on the line: up to punctuation in its second half, else all."""
    for end in range(len(part), len(part) // 2, -1):
        if part[end - 1][0] in _BREAK_AFTER:
            return end
    return len(part)


def _with_ellipsis(line: str, em_width: float, table: _Advances) -> str:
    clusters = list(graphemes(line))
    em_left = em_width - table[ELLIPSIS]
    used = sum(_em(cluster, table) for cluster in clusters)
    while clusters and used > em_left:
        used -= _em(clusters.pop(), table)
    return "".join(clusters).rstrip(" .,;:" + ELLIPSIS) + ELLIPSIS
