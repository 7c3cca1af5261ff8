"""Tokens verified with a configured public key or with a key set behind a URL; and key rotation."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from core.settings import SettingsError, load_settings
from tests.conftest import SECRET, make_settings
from tests.webapp.conftest import Caller, assert_problem, open_app
from tests.webapp.key_server import KeyServer, SigningKey
from tests.webapp.serving import API, serve
from webapp.auth import jwks, tokens
from webapp.auth.jwks import MAX_BYTES, KeySet, parse_keys
from webapp.auth.keys import KeyRing
from webapp.errors import KeysUnavailable

RSA_KEY = SigningKey("rsa-1", "RS256")
EC_KEY = SigningKey("ec-1")
NEW_KEY = SigningKey("ec-2")
STRANGE_KEY = SigningKey("ec-1")  # somebody else's, under the same id
OLD_SECRET = "the secret before the present one, also long enough"


def answers(dsn: str, tokens: list[str], **values: Any) -> list[int]:
    """Return the status that each token gets from an app with these settings."""
    statuses = []
    for app in open_app(make_settings(dsn, **values)):
        statuses = [Caller(app, token).get("/jobs").status_code for token in tokens]
    return statuses


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with KeyServer(EC_KEY) as server:
        yield server


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY], ids=["RS256", "ES256"])
@pytest.mark.parametrize("form", ["as it is", "on one line"])
def test_public_key_lets_its_tokens_in(dsn: str, key: SigningKey, form: str) -> None:
    pem = key.pem if form == "as it is" else key.pem.replace("\n", "\\n")
    tokens = [key.sign(), STRANGE_KEY.sign(), key.sign(exp=1), key.sign(sub=5)]
    assert answers(dsn, tokens, jwt_public_key=pem, jwt_secret_key=None) == [200, 401, 401, 401]


def test_public_key_is_no_secret(dsn: str) -> None:
    """The classic mix-up: an attacker signs HS256 with the public key, which everybody knows."""
    forged = [forge(text) for text in (RSA_KEY.pem, RSA_KEY.pem.strip(), json.dumps(RSA_KEY.jwk))]
    none = jwt.encode({"sub": "owner"}, "", "none")
    given = {"jwt_public_key": RSA_KEY.pem}
    assert answers(dsn, [*forged, none, RSA_KEY.sign()], **given, jwt_secret_key=None) == [401] * 4 + [200]
    assert answers(dsn, [*forged, none], **given, jwt_secret_key=SECRET) == [401] * 4


def forge(secret: str) -> str:
    """Return an HS256 token signed with any text; PyJWT itself refuses to sign with a public key."""
    head, claims = (_base64(part) for part in (b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"owner"}'))
    signature = hmac.digest(secret.encode(), f"{head}.{claims}".encode(), "sha256")
    return f"{head}.{claims}.{_base64(signature)}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_key_in_the_tokens_own_header_counts_for_nothing(dsn: str, server: KeyServer) -> None:
    strange = SigningKey("mine")
    tokens = [
        strange.sign(headers={"jwk": strange.jwk}),
        strange.sign(headers={"jku": server.url}),
        strange.sign(headers={"kid": "../../dev/null"}),
        strange.sign(headers={"kid": EC_KEY.kid, "crit": ["exp"]}),
    ]
    assert answers(dsn, tokens, jwt_public_key=EC_KEY.pem, jwt_secret_key=None) == [401] * 4
    assert server.asked == 0


def test_two_secrets_at_once_while_one_replaces_the_other(dsn: str) -> None:
    claims = {"sub": "owner"}
    tokens = [jwt.encode(claims, secret, "HS256") for secret in (SECRET, OLD_SECRET, "x" * 40)]
    both = {"jwt_secret_key": SECRET, "jwt_secret_key_previous": OLD_SECRET}
    assert answers(dsn, tokens, **both) == [200, 200, 401]
    assert answers(dsn, tokens, jwt_secret_key=SECRET) == [200, 401, 401]
    assert make_settings(dsn, **both).get_jwt_secret() == SECRET


def test_two_public_keys_at_once(dsn: str) -> None:
    tokens = [RSA_KEY.sign(), EC_KEY.sign(), NEW_KEY.sign(), STRANGE_KEY.sign()]
    pem = RSA_KEY.pem + EC_KEY.pem + NEW_KEY.pem
    assert answers(dsn, tokens, jwt_public_key=pem, jwt_secret_key=None) == [200, 200, 200, 401]


def test_secret_and_public_key_at_once_while_signing_moves_elsewhere(dsn: str) -> None:
    tokens = [jwt.encode({"sub": "owner"}, SECRET, "HS256"), EC_KEY.sign(), NEW_KEY.sign()]
    assert answers(dsn, tokens, jwt_public_key=EC_KEY.pem) == [200, 200, 401]


@pytest.mark.parametrize(
    "pem",
    [
        "nonsense",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        SigningKey("short", "RS256", bits=1024).pem,
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    ],
)
def test_unusable_public_key_is_refused_by_name(pem: str) -> None:
    with pytest.raises(SettingsError, match="JWT_PUBLIC_KEY: "):
        load_settings(_env_file=None, jwt_public_key=pem)


def test_key_set_lets_its_tokens_in_and_is_read_once(dsn: str, server: KeyServer) -> None:
    server.keys.append(RSA_KEY)
    tokens = [EC_KEY.sign(), RSA_KEY.sign(), STRANGE_KEY.sign(), EC_KEY.sign(headers={"kid": "rsa-1"})]
    given = {"jwt_jwks_url": server.url, "jwt_secret_key": None}
    assert answers(dsn, [*tokens, forge(EC_KEY.pem)], **given) == [200, 200, 401, 401, 401]
    assert server.asked == 1


def test_issuer_and_audience_hold_for_a_key_set_too(dsn: str, server: KeyServer) -> None:
    mine: dict[str, Any] = {"iss": "https://login.example/mine", "aud": "canvas"}
    tokens = [
        EC_KEY.sign(**mine),
        EC_KEY.sign(),
        EC_KEY.sign(**mine | {"iss": "https://login.example/other"}),
    ]
    given = {"jwt_issuer": mine["iss"], "jwt_audience": mine["aud"], "jwt_secret_key": None}
    assert answers(dsn, tokens, jwt_jwks_url=server.url, **given) == [200, 401, 401]


def test_unknown_key_has_the_set_read_again(server: KeyServer) -> None:
    keys = KeySet(server.url, min_interval_seconds=0)
    assert [key.key_id for key in keys.find("ec-1")] == ["ec-1"]
    server.keys = [NEW_KEY]
    assert [key.key_id for key in keys.find("ec-2")] == ["ec-2"]
    assert keys.find("ec-1") == []


def test_many_unknown_keys_read_the_set_once_in_an_interval(server: KeyServer) -> None:
    keys = KeySet(server.url, min_interval_seconds=3600)
    threads = [threading.Thread(target=keys.find, args=(f"unknown-{n}",)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked == 1
    assert keys.find("ec-1")


def test_outage_of_the_key_server_lets_nobody_out(server: KeyServer) -> None:
    keys = KeySet(server.url, refresh_age_seconds=0, max_age_seconds=0, min_interval_seconds=0)
    assert keys.find("ec-1")
    server.stop()
    for _ in range(3):
        assert keys.find("ec-1")
    assert keys.find("ec-2") == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"no"),
        (302, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"keys": {}}'),
        (200, b'{"keys": []}'),
        (200, b'{"keys": [1, {"kty": "oct", "k": "AAAA"}, {"kty": "RSA"}, {"kty": "EC", "crv": "P-999"}]}'),
        (200, b" " * (MAX_BYTES + 1)),
    ],
)
def test_bad_answer_of_the_key_server_changes_nothing(server: KeyServer, status: int, body: bytes) -> None:
    keys = KeySet(server.url, min_interval_seconds=0)
    assert keys.find("ec-1")
    server.status, server.body = status, body
    assert keys.find("ec-2") == []
    assert keys.find("ec-1")


def test_withdrawn_key_is_refused_at_once_after_an_idle_time(server: KeyServer) -> None:
    keys = KeySet(server.url, refresh_age_seconds=0, max_age_seconds=0, min_interval_seconds=0)
    assert keys.find("ec-1")
    server.keys = [NEW_KEY]
    assert keys.find("ec-1") == []


def test_withdrawn_key_is_refused_within_five_minutes() -> None:
    """A set is used unread up to its age, its read takes a while, and a verified token is remembered."""
    assert jwks.MAX_AGE + jwks.FETCH_TIMEOUT + tokens.REMEMBER_SECONDS <= 300
    assert jwks.REFRESH_AGE < jwks.MAX_AGE


def test_emptied_set_is_believed_at_the_second_look(server: KeyServer) -> None:
    keys = KeySet(server.url, refresh_age_seconds=3600, max_age_seconds=3600, min_interval_seconds=0)
    assert keys.find("ec-1")
    server.body = b'{"keys": []}'
    assert keys.find("unknown") == []
    assert keys.find("ec-1"), "one look may be a mistake of the key server"
    assert keys.find("unknown") == []
    assert keys.find("ec-1") == []
    server.body = None
    assert keys.find("ec-1")


def test_service_without_any_keys_is_unavailable_and_lets_nobody_in(dsn: str, server: KeyServer) -> None:
    url = server.url
    server.stop()
    with pytest.raises(KeysUnavailable):
        KeySet(url).find("ec-1")
    for app in open_app(make_settings(dsn, jwt_jwks_url=url, jwt_secret_key=None)):
        answer = Caller(app, EC_KEY.sign()).get("/jobs")
        assert assert_problem(answer, 503, "keys_unavailable")["retryable"] is True
        assert int(answer.headers["Retry-After"]) >= 1


def test_weak_and_foreign_keys_of_a_set_are_left_out(dsn: str, server: KeyServer) -> None:
    weak = SigningKey("weak", "RS256", bits=1024)
    sealed = {**NEW_KEY.jwk, "use": "enc"}
    body = {"keys": [weak.jwk, sealed, {"kty": "oct", "k": "A" * 60, "kid": "oct"}, EC_KEY.jwk]}
    server.body = json.dumps(body).encode()
    assert [key.key_id for key in parse_keys(server.body)] == ["weak", "ec-1"]
    ring = KeyRing(make_settings(dsn, jwt_jwks_url=server.url, jwt_secret_key=None))
    assert list(ring.candidates({"alg": "RS256", "kid": "weak"})) == []
    assert len(list(ring.candidates({"alg": "ES256"}))) == 1


@pytest.mark.slow
def test_real_process_reads_the_set_and_outlives_its_server(
    dsn: str, server: KeyServer, tmp_path: Path
) -> None:
    env = {"DATABASE_URL": dsn, "JWT_JWKS_URL": server.url, "JWT_ISSUER": "https://login.example"}
    tokens = [EC_KEY.sign(iss=env["JWT_ISSUER"], sub=name) for name in ("anna", "berta")]
    with serve(tmp_path, **env, FLASK_ENV="production") as web:
        assert web.call("GET", f"{API}/jobs", token=tokens[0])[0] == 200
        server.stop()
        # Not the same token: a remembered one needs no key.
        assert web.call("GET", f"{API}/jobs", token=tokens[1])[0] == 200
        assert web.call("GET", f"{API}/jobs", token=NEW_KEY.sign(iss=env["JWT_ISSUER"]))[0] == 401
        assert "key_set_unreadable" not in web.log  # the interval is not over
