"""Webhooks: which addresses are allowed, whose secret signs, and when to try again. Pure decisions."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import ipaddress
import socket
from urllib.parse import urlsplit

MAX_URL = 2000  # characters
PREFIX = "whsec_"
# Seconds before the second try, the third, and so on: three days in all, as Standard Webhooks suggests.
SCHEDULE = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
HIDING = (
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("2002::/16"),
)  # IPv6 that leads to any IPv4
INTERNAL = (  # what Python takes for public and clouds and old networks use inside
    ipaddress.ip_network("168.63.129.16/32"),  # Azure's own services, on every machine
    ipaddress.ip_network(
        "192.0.0.0/24"
    ),  # IETF protocol assignments (RFC 6890); Oracle's services are at 192.0.0.192
    ipaddress.ip_network("fec0::/10"),  # site-local (RFC 3879)
)


def check_url(url: str, *, allow_private: bool = False) -> None:
    """Raise ``ValueError`` with a sentence unless messages may be sent there; names are looked up when it is sent."""
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"Use at most {MAX_URL} printable ASCII characters.")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("This is not an address.") from None
    if parts.scheme not in (("https", "http") if allow_private else ("https",)) or not host:
        raise ValueError("Use an https:// address.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("Leave user names and passwords out.")
    address = _read_address(host)
    if address is not None and not allow_private and not is_public(address):
        raise ValueError("Use a public address.")


def _read_address(host: str) -> str | None:
    """Return the IP address that this is, in any form that a resolver takes for one (0x7f.1, 2130706433); else None."""
    with contextlib.suppress(OSError):
        return socket.inet_ntoa(socket.inet_aton(host))
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host))
    return None


def is_public(address: str) -> bool:
    """Return whether an IP address is on the public internet: not private, link-local, loopback, multicast…"""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        elif any(parsed in network for network in HIDING):
            return False
    if any(parsed in network for network in INTERNAL):
        return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def secret_bytes(secret: str) -> bytes:
    """Return the key of a Standard Webhooks secret, ``whsec_`` and base64 of 24 to 64 bytes; else ``ValueError``."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("must be whsec_ and the base64 of 24 to 64 bytes")
    return key


def secret_of_user(secret: str, user_id: str) -> str:
    """Return the secret that signs what goes to a user's own addresses: nobody can sign as the service for another."""
    key = hmac.digest(secret_bytes(secret), b"user:" + user_id.encode(), hashlib.sha256)
    return PREFIX + base64.b64encode(key).decode()


def pause_seconds(tries: int, *, spread: float) -> float | None:
    """Return how long to wait after so many tries, None to give up. ``spread`` (-1 to 1) moves it by up to a tenth."""
    if tries > len(SCHEDULE):
        return None
    return SCHEDULE[tries - 1] * (1 + 0.1 * spread)
