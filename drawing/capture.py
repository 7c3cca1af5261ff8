"""A stretch of a text that arrives in chunks, kept from where it begins to where it ends, up to a limit."""

from __future__ import annotations


class Capture:
    """Keeps what belongs to the stretch of chunks that have gone; places are those in the current text."""

    def __init__(self, *, limit: int, look_back: int) -> None:
        self._limit = limit  # characters that are kept
        self._look_back = look_back  # characters of a chunk that begin the next text
        self._at: int | None = None  # where the stretch begins, or goes on; None outside of one
        self._kept: list[str] = []
        self._length = 0

    @property
    def is_too_long(self) -> bool:
        """True when not all of it is kept."""
        return self._length > self._limit

    def begin(self, at: int) -> None:
        """Begin a stretch, and forget the one before."""
        self._at = at
        self._kept = []
        self._length = 0

    def give_up(self) -> None:
        """Count it as too long."""
        self._length = self._limit + 1

    def keep(self, text: str) -> None:
        """Put aside what belongs to the stretch, as the text moves on."""
        if self._at is None:
            return
        if self._length <= self._limit:
            self._kept.append(text[self._at :])
            self._length += len(self._kept[-1])
        self._at = min(len(text), self._look_back)

    def end(self, text: str, end: int, *, max_length: int) -> str | None:
        """Return the stretch up to ``end``; None if it is too long."""
        length = self._length + end - (self._at or 0)
        self._kept.append(text[self._at : end])
        self._at = None
        return "".join(self._kept) if length <= max_length else None

    def so_far(self, text: str, end: int) -> str:
        """Return the stretch up to ``end``, which goes on."""
        return "".join(self._kept) + text[self._at : end]
