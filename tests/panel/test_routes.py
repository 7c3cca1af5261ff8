"""How the page and its files are served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from core.settings import Settings
from tests.conftest import make_settings
from webapp import create_app
from webapp.services import EXTENSION


def client_of(settings: Settings) -> Iterator[FlaskClient]:
    app = create_app(settings)
    yield app.test_client()
    app.extensions[EXTENSION].close()


@pytest.fixture
def client(settings: Settings) -> Iterator[FlaskClient]:
    yield from client_of(settings)


@pytest.fixture
def production(dsn: str, tmp_path: Path) -> Iterator[FlaskClient]:
    yield from client_of(make_settings(dsn, var_dir=tmp_path, flask_env="production"))


def test_page_forbids_scripts_and_styles_that_are_not_ours(client: FlaskClient) -> None:
    answer = client.get("/", buffered=True)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert b"<style" not in answer.data
    assert b"style=" not in answer.data


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("client.js", "text/javascript; charset=utf-8"),
        ("client.d.ts", "text/plain; charset=utf-8"),
        ("common/theme.css", "text/css; charset=utf-8"),
        ("page/icon.svg", "image/svg+xml"),
        ("fonts/CanvasJobsSans-Bold.ttf", "font/ttf"),
    ],
)
def test_any_site_may_embed_the_files(client: FlaskClient, path: str, content_type: str) -> None:
    answer = client.get(f"/panel/{path}", buffered=True)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    again = client.get(f"/panel/{path}", buffered=True, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["__init__.py", "page/index.html", "../auth.py", "..%2fauth.py", "none.js", "page"]
)
def test_nothing_else_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(f"/panel/{path}", buffered=True).status_code == 404


def test_demo_user_is_signed_in_and_no_other_site_can_read_it(client: FlaskClient) -> None:
    answer = client.post("/panel/demo-token", headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    token = answer.get_json()["token"]
    jobs = client.get("/api/ai-agent/jobs", headers={"Authorization": f"Bearer {token}"})
    assert jobs.status_code == 200


def test_production_explains_how_to_embed_and_signs_nobody_in(production: FlaskClient) -> None:
    answer = production.get("/", buffered=True)
    assert b"Put the panel into your app" in answer.data
    assert b"<script type" not in answer.data
    assert production.post("/panel/demo-token").status_code in (404, 405)
