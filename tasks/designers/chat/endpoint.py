"""Where the model's server is: reads ``OPENAI_BASE_URL`` in the forms that people have it in.

Sending requests is left to ``tasks.designers.chat.transport``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit, urlunsplit

from core.settings import SettingsError

OPENAI_URL = "https://api.openai.com/v1"
CHAT = "/chat/completions"

# Hosts whose chat completions are not under /v1.
_HOMES = {
    "generativelanguage.googleapis.com": "/v1beta/openai",
    "openrouter.ai": "/api/v1",
    "api.groq.com": "/openai/v1",
}
_AZURE = re.compile(r"\.(?:openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com)\Z")
_VERSION = re.compile(r"/v\d+(?:beta\d*|alpha\d*)?(?:/|\Z)")
# Addresses of other calls, as copied from a manual.
_OTHER_CALLS = re.compile(r"/(?:completions|chat|responses|models|generate|tags|embeddings)\Z")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The addresses to post to, the likeliest first, and the headers that carry the key."""

    urls: tuple[str, ...]
    headers: dict[str, str]

    @property
    def host(self) -> str:
        """The server's name."""
        return urlsplit(self.urls[0]).hostname or ""

    @property
    def port(self) -> int:
        """The server's port."""
        parts = urlsplit(self.urls[0])
        return parts.port or (443 if parts.scheme == "https" else 80)


def is_openai(base_url: str | None) -> bool:
    """Return whether this address, None for the default one, is OpenAI's own."""
    host = urlsplit(base_url or OPENAI_URL).hostname or ""
    home = urlsplit(OPENAI_URL).hostname or ""
    return host == home or host.endswith(f".{home}")


def find_endpoint(base_url: str | None, *, api_key: str | None, model: str) -> Endpoint:
    """Return where to post to; raise ``SettingsError`` with the right form when the address cannot work."""
    parts = _split(base_url or OPENAI_URL)
    is_azure = _is_azure(parts)
    paths = _azure_paths(parts, model) if is_azure else _paths(parts)
    urls = tuple(urlunsplit((parts.scheme, parts.netloc, path, parts.query, "")) for path in paths)
    headers = {}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"
        if is_azure:
            headers["api-key"] = api_key
    return Endpoint(urls, headers)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise SettingsError("OPENAI_BASE_URL is no address. Its form is https://host/v1.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError("OPENAI_BASE_URL needs a host. Its form is https://host/v1.")
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    return parts._replace(path=path, fragment="")


def _paths(parts: SplitResult) -> list[str]:
    path = parts.path
    if path.endswith(CHAT):
        return [path]
    path = _OTHER_CALLS.sub("", path)
    home = _HOMES.get(parts.hostname or "")
    if home and not path.endswith(home):
        path = home
    if not path:
        return [f"/v1{CHAT}", CHAT]
    if _VERSION.search(path):
        return [path + CHAT]
    # A gateway's own path may hold the version or not; the server's 404 tells.
    return [path + CHAT, f"{path}/v1{CHAT}", f"/v1{CHAT}"]


def _is_azure(parts: SplitResult) -> bool:
    return bool(_AZURE.search(parts.hostname or "")) or "api-version" in dict(parse_qsl(parts.query))


def _azure_paths(parts: SplitResult, model: str) -> list[str]:
    """Azure has a classic form, with the deployment in the path and ``?api-version=``, and a newer one, under /v1."""
    path = parts.path
    has_version = "api-version" in dict(parse_qsl(parts.query))
    if path.endswith(CHAT):
        path = path.removesuffix(CHAT)
    path = _OTHER_CALLS.sub("", path) if not path.endswith("/models") else path
    if path.endswith("/models") or _VERSION.search(path):
        return [path + CHAT]
    if "/deployments/" in path:
        if not has_version:
            raise SettingsError(
                "OPENAI_BASE_URL with /deployments/ needs ?api-version=, as in"
                " https://NAME.openai.azure.com/openai/deployments/MODEL?api-version=2024-10-21."
            )
        return [path + CHAT]
    if has_version:
        base = path.removesuffix("/openai").removesuffix("/deployments").removesuffix("/openai")
        return [f"{base}/openai/deployments/{quote(model, safe='')}{CHAT}"]
    return [f"{path.removesuffix('/openai')}/openai/v1{CHAT}"]
