"""Where the model's server is."""

from __future__ import annotations

from urllib.parse import urlsplit

OPENAI_URL = "https://api.openai.com/v1"


def is_openai(base_url: str | None) -> bool:
    """Return whether this address, None for the default one, is OpenAI's own."""
    host = urlsplit(base_url or OPENAI_URL).hostname or ""
    home = urlsplit(OPENAI_URL).hostname or ""
    return host == home or host.endswith(f".{home}")
