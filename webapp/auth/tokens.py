"""Who is calling: a bearer token becomes a ``Caller``, or the request ends with 401.

Verifying goes through flask-jwt-extended; a token that was verified is remembered until it expires, since checking
its signature costs most of a short request.
"""

from __future__ import annotations

import secrets
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import jwt
from flask import Flask, current_app, g, request
from flask_jwt_extended import JWTManager, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException

from core.settings import Settings
from webapp.auth.keys import ALGORITHMS, SECRET, KeyRing
from webapp.errors import Unauthorized
from webapp.transport.slow_clients import enter

MAX_SUBJECT = 255  # characters
MAX_REMEMBERED = 10_000  # tokens, of about 1 KB each
TOKEN_SECONDS = 24 * 3600.0
REMEMBER_SECONDS = 60.0  # then the token is checked again: its key may have been withdrawn meanwhile
EXTENSION = "canvas_jobs_verifier"


@dataclass(frozen=True, slots=True)
class Caller:
    """The user behind a request; ``is_admin`` by the claim ``"role": "admin"``."""

    user_id: str
    is_admin: bool


class Verifier:
    """Turns tokens into callers, and remembers those of valid tokens for a while."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._known: dict[str, tuple[Caller, float]] = {}

    def verify(self, token: str) -> Caller:
        """Return the caller; raise ``Unauthorized`` when the token is not a valid access token.

        Raises ``KeysUnavailable`` when its key is in a set that cannot be read.
        """
        known = self._known.get(token)
        if known is not None and known[1] > time.time():
            return known[0]
        claims = _decode(token, self._keys)
        caller = _read_caller(claims)
        if len(self._known) >= MAX_REMEMBERED:
            # Dictionaries keep their order: the oldest makes room.
            self._known.pop(next(iter(self._known)), None)
        until = time.time() + REMEMBER_SECONDS
        self._known[token] = (caller, min(claims.get("exp", until), until))
        return caller


def init_auth(app: Flask, settings: Settings) -> None:
    """Prepare ``app`` to verify access tokens."""
    app.config.update(
        JWT_DECODE_ALGORITHMS=list(ALGORITHMS),
        JWT_DECODE_ISSUER=settings.jwt_issuer,
        JWT_DECODE_AUDIENCE=settings.jwt_audience,
    )
    # flask-jwt-extended asks which key to verify with; _decode tries one after another.
    JWTManager(app).decode_key_loader(lambda header, claims: g.token_key)
    # One verifier an app: two apps in one process may have two secrets.
    app.extensions[EXTENSION] = Verifier(KeyRing(settings))


def require_caller() -> None:
    """Find out who calls, before a view runs; raises ``Unauthorized``. A preflight request carries no token."""
    if request.method == "OPTIONS":
        return
    g.caller = current_app.extensions[EXTENSION].verify(_read_bearer())
    enter(g.caller.user_id)


def get_caller() -> Caller:
    """Return the caller of this request."""
    return cast(Caller, g.caller)


def make_token(
    settings: Settings,
    user_id: str,
    *,
    role: str | None = None,
    expires_seconds: float = TOKEN_SECONDS,
) -> str:
    """Return an access token for a user, signed with the secret of ``settings``; for development and tests.

    Raises ``SettingsError`` when they hold no secret.
    """
    now = time.time()
    claims: dict[str, Any] = {
        "sub": user_id,
        "type": "access",
        "iat": int(now),
        "nbf": int(now),
        "exp": int(now + expires_seconds),
        "jti": secrets.token_hex(8),
    }
    optional = {"role": role, "iss": settings.jwt_issuer, "aud": settings.jwt_audience}
    claims |= {name: value for name, value in optional.items() if value is not None}
    return jwt.encode(claims, settings.get_jwt_secret(), SECRET)


def _read_bearer() -> str:
    header: str = request.environ.get("HTTP_AUTHORIZATION", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        # RFC 6750 section 3.1: without credentials, no error code.
        raise Unauthorized(headers={"WWW-Authenticate": "Bearer"})
    return token.strip()


def _decode(token: str, keys: KeyRing) -> dict[str, Any]:
    try:
        return _decode_with(token, keys)
    except jwt.ExpiredSignatureError as exc:
        raise _invalid("The token has expired.") from exc
    # A token is a stranger's text: whatever its parts hold, the response is 401.
    except (
        jwt.PyJWTError,
        JWTExtendedException,
        ValueError,
        TypeError,
        ArithmeticError,
        RecursionError,
    ) as exc:
        raise _invalid("The token is not valid.") from exc


def _decode_with(token: str, keys: KeyRing) -> dict[str, Any]:
    for g.token_key in keys.candidates(jwt.get_unverified_header(token)):
        with suppress(jwt.InvalidSignatureError):
            return decode_token(token)
    raise jwt.InvalidKeyError("no key of ours signed this token")


def _read_caller(claims: dict[str, Any]) -> Caller:
    user_id = claims.get("sub")
    if not isinstance(user_id, str) or not 1 <= len(user_id) <= MAX_SUBJECT or not _is_storable(user_id):
        raise _invalid(f"The token's subject must be a text of 1 to {MAX_SUBJECT} characters.")
    if not isinstance(claims.get("exp", 0), int | float) or abs(claims.get("exp", 0)) > sys.float_info.max:
        raise _invalid("The token's expiry is not a time.")
    if claims.get("type") != "access":
        raise _invalid("The token is not an access token.")
    return Caller(user_id=user_id, is_admin=claims.get("role") == "admin")


def _is_storable(text: str) -> bool:
    """PostgreSQL takes any text but NUL, and UTF-8 has no lone surrogates."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _invalid(message: str) -> Unauthorized:
    header = f'Bearer error="invalid_token", error_description="{message}"'
    return Unauthorized(message, headers={"WWW-Authenticate": header})
