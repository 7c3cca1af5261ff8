"""What gunicorn sends in our name, and the parts of its insides that this relies on."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import gunicorn  # type: ignore[import-untyped]
import pytest
from gunicorn import glogging, util
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.http.errors import InvalidResponseHeader  # type: ignore[import-untyped]
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]

from webapp.gunicorn_worker import Response, patch_gunicorn
from webapp.transport.envelope import SECURITY_HEADERS

# Everything of gunicorn that webapp/gunicorn_worker.py overrides, replaces or calls, with its parameters.
PARTS = {
    (util, "write_error"): ["sock", "status_int", "reason", "mesg"],
    (util, "write_nonblock"): ["sock", "data", "chunked"],
    (wsgi, "Response"): ["req", "sock", "cfg"],
    (wsgi.Response, "default_headers"): ["self"],
    (glogging.Logger, "setup"): ["self", "cfg"],
    (GeventWorker, "handle"): ["self", "listener", "client", "addr"],
    (GeventWorker, "handle_request"): ["self", "listener_name", "req", "sock", "addr"],
    (GeventWorker, "timeout_ctx"): ["self"],
    (GeventWorker, "handle_exit"): ["self", "sig", "frame"],
}
ATTRIBUTES = {  # set by gunicorn's own code, read by ours
    GeventWorker: ["self.wsgi", "self.cfg"],
    glogging.Logger: ["self.error_log"],
}


class Wire(list[bytes]):
    """A socket that keeps what is sent."""

    sendall = list.append


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    """gunicorn with our parts, which are taken out again afterwards."""
    for owner, name in ((util, "write_error"), (wsgi, "Response")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    patch_gunicorn()


def respond(wire: Wire) -> Any:
    request = SimpleNamespace(method="GET", version=(1, 1), should_close=lambda: False)
    return Response(request, wire, Config())


def test_gunicorn_is_the_version_that_was_looked_at() -> None:
    assert gunicorn.__version__ == "27.0.1", "look at PARTS and ATTRIBUTES again, then at this number"


@pytest.mark.parametrize(("owner", "name"), PARTS, ids=lambda each: getattr(each, "__name__", each))
def test_gunicorn_still_has_the_part(owner: Any, name: str) -> None:
    part = getattr(owner, name, None)
    assert part is not None, f"gunicorn no longer has {owner.__name__}.{name}"
    assert list(inspect.signature(part).parameters) == PARTS[owner, name]


@pytest.mark.parametrize("owner", ATTRIBUTES, ids=lambda each: each.__name__)
def test_gunicorn_still_sets_the_attributes(owner: type) -> None:
    code = "".join(inspect.getsource(kind) for kind in owner.__mro__ if kind is not object)
    assert [name for name in ATTRIBUTES[owner] if f"{name} = " not in code] == []


def test_errors_of_gunicorn_are_looked_up_where_we_replace_them() -> None:
    from gunicorn.workers import base, base_async  # type: ignore[import-untyped]

    assert "util.write_error(" in inspect.getsource(base.Worker.handle_error)
    assert "wsgi.create(" in inspect.getsource(base_async.AsyncWorker.handle_request)
    assert "response_class = Response" in inspect.getsource(wsgi.create)


@pytest.mark.usefixtures("patched")
def test_response_names_no_software(wire: Wire) -> None:
    response = respond(wire)
    response.start_response("200 OK", [("Content-Length", "2"), *SECURITY_HEADERS])
    response.write(b"{}")
    response.close()
    head, _, body = b"".join(wire).partition(b"\r\n\r\n")
    assert body == b"{}"
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert {f"{name}: {value}" for name, value in SECURITY_HEADERS} <= set(lines)
    assert not any(line.lower().startswith("server:") for line in lines)


@pytest.mark.usefixtures("patched")
def test_stream_is_sent_chunk_by_chunk(wire: Wire) -> None:
    response = respond(wire)
    response.start_response("200 OK", [])
    response.write(b"one")
    assert b"".join(wire).endswith(b"\r\n\r\n3\r\none\r\n")
    response.write(b"two")
    response.close()
    assert wire[-2:] == [b"3\r\ntwo\r\n", b"0\r\n\r\n"]


@pytest.mark.usefixtures("patched")
def test_header_that_would_begin_another_line_is_refused(wire: Wire) -> None:
    with pytest.raises(InvalidResponseHeader):
        respond(wire).start_response("200 OK", [*SECURITY_HEADERS, ("ETag", "a\r\nSet-Cookie: b")])
    assert wire == []
