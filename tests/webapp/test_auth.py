"""Which tokens are accepted, and how others are refused."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
import pytest
from flask_openapi3.openapi import OpenAPI

from core.settings import Settings
from tests.conftest import SECRET, make_settings
from tests.webapp.conftest import Caller, assert_problem, open_app
from webapp.auth import make_token, tokens

NOW = int(time.time())
A_DAY = 86_400  # the tokens are made when the tests are collected, which may be long before they run
GOOD = {"sub": "owner", "iat": NOW, "exp": NOW + A_DAY}


def sign(claims: dict[str, Any], *, secret: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


LET_IN = {
    "a plain token": sign(GOOD),
    "an access token": sign(GOOD | {"type": "access"}),
    "one that never expires": sign(without("exp")),
    "one that expires in the far future": sign(GOOD | {"exp": 10**30}),
    "a long subject": sign(GOOD | {"sub": "x" * 255}),
    "an audience, when none is asked for": sign(GOOD | {"aud": "others"}),
    "a subject of any text": sign(GOOD | {"sub": "auth0|üser 🙂"}),
}

REFUSED = {
    "no token": "nonsense",
    "two parts": ".".join(sign(GOOD).split(".")[:2]),
    "another secret": sign(GOOD, secret="y" * 40),
    "another algorithm": sign(GOOD, secret=SECRET * 2, algorithm="HS512"),
    "the same secret, another algorithm": sign(GOOD, secret=SECRET * 2, algorithm="HS384"),
    "no signature": jwt.encode(GOOD, "", "none"),
    "a changed payload": sign(GOOD)[:-8] + "AAAAAAAA",
    "expired": sign(GOOD | {"exp": NOW - 1}),
    "not yet valid": sign(GOOD | {"nbf": NOW + A_DAY}),
    "from the future": sign(GOOD | {"iat": NOW + A_DAY}),
    "no subject": sign(without("sub")),
    "an empty subject": sign(GOOD | {"sub": ""}),
    "an overlong subject": sign(GOOD | {"sub": "x" * 256}),
    "a subject with NUL": sign(GOOD | {"sub": "a\0b"}),
    "half a character as subject": sign(GOOD | {"sub": "\ud800"}),
    "a refresh token": sign(GOOD | {"type": "refresh"}),
    "another type": sign(GOOD | {"type": "reset-password"}),
    "a list as type": sign(GOOD | {"type": ["access"]}),
}


@pytest.mark.parametrize("token", LET_IN.values(), ids=LET_IN.keys())
def test_let_in(app: OpenAPI, token: str) -> None:
    for _ in range(2):
        assert Caller(app, token).get("/jobs").status_code == 200


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED.keys())
def test_refused(app: OpenAPI, token: str) -> None:
    answer = Caller(app, token).get("/jobs")
    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')


@pytest.mark.parametrize(
    "claims", [{"sub": 5}, {"sub": ["owner"]}, {"sub": None}, {"exp": "soon"}, {"exp": 1e400}]
)
def test_claims_of_the_wrong_type_are_refused(app: OpenAPI, claims: dict[str, Any]) -> None:
    token = jwt.PyJWS().encode(json.dumps(GOOD | claims).encode(), SECRET, "HS256")
    assert_problem(Caller(app, token).get("/jobs"), 401, "unauthorized")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dTpw", "Token abc"])
def test_other_credentials_are_none(nobody: Caller, header: str) -> None:
    answer = nobody.get("/jobs", headers={"Authorization": header})
    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_scheme_is_written_in_any_case(nobody: Caller) -> None:
    assert nobody.get("/jobs", headers={"Authorization": f"bearer  {sign(GOOD)}"}).status_code == 200


@pytest.mark.slow
def test_remembered_token_still_expires(app: OpenAPI) -> None:
    assert Caller(app, sign(GOOD)).get("/jobs").status_code == 200  # The first request takes longer.
    caller = Caller(app, sign(GOOD | {"exp": int(time.time()) + 4}))
    assert caller.get("/jobs").status_code == 200
    while (answer := caller.get("/jobs")).status_code == 200:
        time.sleep(0.1)
    assert_problem(answer, 401, "unauthorized")


def test_memory_of_tokens_is_bounded(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MAX_REMEMBERED", 3)
    for number in range(10):
        assert Caller(app, sign(GOOD | {"sub": str(number)})).get("/jobs").status_code == 200
    assert len(app.extensions[tokens.EXTENSION]._known) == 3


def test_issuer_and_audience_are_checked_when_set(dsn: str) -> None:
    settings = make_settings(dsn, jwt_issuer="https://login.example", jwt_audience="canvas")
    for app in open_app(settings):
        assert Caller(app, make_token(settings, "owner")).get("/jobs").status_code == 200
        for claims in (
            {},
            {"iss": "https://login.example"},
            {"iss": "https://evil.example", "aud": "canvas"},
        ):
            assert_problem(Caller(app, sign(GOOD | claims)).get("/jobs"), 401, "unauthorized")


def test_made_token_says_who_and_for_how_long(settings: Settings) -> None:
    token = make_token(settings, "anna", role="admin", expires_seconds=60)
    claims = jwt.decode(token, SECRET, ["HS256"])
    assert (claims["sub"], claims["role"], claims["type"]) == ("anna", "admin", "access")
    assert claims["exp"] - claims["iat"] == 60


@pytest.mark.parametrize("expires", [10**400, -(10**400), "soon", [1], True])
def test_expiry_that_is_no_time_is_a_refused_token(app: OpenAPI, expires: Any) -> None:
    answer = Caller(app, sign(GOOD | {"exp": expires})).get("/jobs")
    assert_problem(answer, 401, "unauthorized")
