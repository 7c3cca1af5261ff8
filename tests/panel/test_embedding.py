"""The panel in another app, as in docs/embedding.md, under that app's strict Content-Security-Policy."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import make_settings
from tests.panel.conftest import Stack, watch
from tests.panel.visitor import Visitor
from webapp.auth import make_token

pytestmark = pytest.mark.browser

DOCS = Path(__file__).parents[2] / "docs" / "embedding.md"
PLACEHOLDER = "https://draw.example.com"


@pytest.fixture
def app_url(stack: Stack, user_id: str, tmp_path: Path) -> Iterator[str]:
    """An app of another origin, made of the two blocks of code that the documentation begins with."""
    blocks = dict(re.findall(r"```(html|js)\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)[:2])
    token = make_token(make_settings(stack.dsn, var_dir=tmp_path), user_id)
    page = f"<!doctype html><html lang='en'><title>An app</title>{blocks['html']}"
    script = f"const getAccessToken = async () => '{token}';\n{blocks['js']}"
    files = {
        "/": ("text/html", page.replace(PLACEHOLDER, stack.url)),
        "/drawing.js": ("text/javascript", script.replace(PLACEHOLDER, stack.url)),
        "/favicon.ico": ("image/x-icon", ""),
    }
    policy = (
        f"default-src 'none'; script-src 'self' {stack.url}; connect-src {stack.url}; font-src {stack.url}"
    )

    class App(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content_type, text = files[self.path]
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", stack.embedder_port), App) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{stack.embedder_port}/"
        server.shutdown()


def test_another_site_embeds_the_panel_as_documented(chromium: Browser, app_url: str) -> None:
    complaints: list[str] = []
    with chromium.new_context() as context:
        page = context.new_page()
        watch(page, complaints)
        page.goto(app_url)
        visitor = Visitor(page)
        expect(visitor.field).to_be_focused()
        visitor.describe("A drawing in another app")
        visitor.expect_status("A drawing in another app", "completed")
        visitor.expect_phase("done")
        assert visitor.shapes.count() > 30
        assert page.evaluate("document.fonts.check('16px \"Canvas Jobs Sans\"')")
    assert complaints == []
