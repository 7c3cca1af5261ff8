"""The public keys that somebody else's server publishes (a JWKS, RFC 7517), read when needed and kept for outages.

Which of them may sign what is decided in ``webapp.auth.keys``.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

import jwt
import structlog

from webapp.errors import KeysUnavailable

# A key that was withdrawn is refused after at most five minutes: the age at which a set is read before it is used, the
# read, and the minute for which a verified token is remembered (``tokens.REMEMBER_SECONDS``).
REFRESH_AGE = 120.0  # seconds; then the set is read again, beside the requests
MAX_AGE = 180.0  # seconds; then it is read before it is used, as after an idle hour
MIN_INTERVAL = 10.0  # seconds between two reads, whatever tokens ask for
FETCH_TIMEOUT = 5.0  # seconds a read may take in all
MAX_BYTES = 256 * 1024
MAX_KEYS = 64
CHUNK = 16 * 1024  # bytes

log = structlog.get_logger()


class KeySet:
    """The keys at a URL. The last good set is kept until there is a better one: an outage signs nobody out.

    A set that has become empty is believed when it is still empty at the next read.
    """

    def __init__(
        self,
        url: str,
        *,
        refresh_age_seconds: float = REFRESH_AGE,
        max_age_seconds: float = MAX_AGE,
        min_interval_seconds: float = MIN_INTERVAL,
    ) -> None:
        self._url = url
        self._refresh_age_seconds = refresh_age_seconds
        self._max_age_seconds = max_age_seconds
        self._min_interval_seconds = min_interval_seconds
        self._lock = threading.Lock()
        self._keys: tuple[jwt.PyJWK, ...] = ()
        self._is_known = False  # what the set holds, be it nothing
        self._was_empty = False  # at the last read
        self._is_failing = False  # the last read brought nothing to use
        self._read_at = self._tried_at = float("-inf")

    def find(self, kid: str | None) -> Sequence[jwt.PyJWK]:
        """Return the keys with that id, or all of them for a token without one; empty if none.

        An unknown id has the set read again, at most once in ``min_interval_seconds``. Raises ``KeysUnavailable``
        while the set could never be read.
        """
        found = self._having(kid)
        if not found or (not self._is_failing and self._is_due(self._read_at + self._max_age_seconds)):
            self._refresh()
            found = self._having(kid)
        elif self._is_due(self._read_at + self._refresh_age_seconds):
            # Beside the request: a slow key server delays nobody whose key is known.
            threading.Thread(target=self._refresh, name="key-set", daemon=True).start()
        if not self._is_known:
            raise KeysUnavailable(retry_after_seconds=self._min_interval_seconds)
        return found

    def _having(self, kid: str | None) -> list[jwt.PyJWK]:
        return [key for key in self._keys if kid is None or key.key_id == kid]

    def _is_due(self, at: float) -> bool:
        now = time.monotonic()
        return now >= at and now >= self._tried_at + self._min_interval_seconds

    def _refresh(self) -> None:
        # Who comes while another reads waits for what that one finds, and does not read again.
        with self._lock:
            if not self._is_due(float("-inf")):
                return
            try:
                self._take(parse_keys(fetch(self._url)))
            except (OSError, ValueError, jwt.PyJWTError) as exc:
                self._is_failing = True
                log.warning("key_set_unreadable", error=type(exc).__name__)
            finally:
                self._tried_at = time.monotonic()

    def _take(self, keys: tuple[jwt.PyJWK, ...]) -> None:
        is_believed = bool(keys) or self._was_empty
        self._was_empty, self._is_failing = not keys, not is_believed
        if not is_believed:
            log.warning("key_set_is_empty")
            return
        self._keys, self._is_known = keys, True
        self._read_at = time.monotonic()


def parse_keys(body: bytes) -> tuple[jwt.PyJWK, ...]:
    """Return the keys that are for signatures and public; raise ``ValueError`` for what is no key set
    and for one whose keys are all of no use. An empty set has none.

    A secret (``kty: oct``) in a public set is nobody's secret and is left out.
    """
    document = json.loads(body)
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("this is no key set")
    kept = tuple(key for each in listed[:MAX_KEYS] if (key := _parse_key(each)) is not None)
    if listed and not kept:
        raise ValueError("the key set holds no key that can be used")
    return kept


def _parse_key(data: Any) -> jwt.PyJWK | None:
    if not isinstance(data, dict) or data.get("kty") not in ("RSA", "EC") or data.get("use", "sig") != "sig":
        return None
    try:
        return jwt.PyJWK(data)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        return None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Keys come from the address that was configured, and from no other."""


_opener = urllib.request.build_opener(_NoRedirects)


def fetch(url: str) -> bytes:
    """Return what is at the URL; raise ``OSError`` or ``ValueError`` when it is not there, too slow or too large."""
    ends_at = time.monotonic() + FETCH_TIMEOUT
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 - settings allow http(s) only
    body = b""
    with _opener.open(request, timeout=FETCH_TIMEOUT) as response:
        while chunk := response.read1(CHUNK):
            body += chunk
            if len(body) > MAX_BYTES:
                raise ValueError("the key set is too large")
            if time.monotonic() > ends_at:
                raise TimeoutError("the key set comes too slowly")
    return body
