"""How answers go over the wire, in the server's own words."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.http.errors import InvalidResponseHeader  # type: ignore[import-untyped]

from webapp.http import SECURITY_FIELDS
from webapp.server import Response, dress_gunicorn


class Wire(list[bytes]):
    """A socket that keeps what is sent, packet by packet; it takes ``room`` bytes at once."""

    room = 1000
    sendall = list.append

    def send(self, data: bytes) -> int:
        self.append(data[: self.room])
        return min(len(data), self.room)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture(autouse=True)
def dressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in gunicorn's own modules is put back afterwards."""
    for owner, name in ((util, "write_error"), (util, "http_date"), (wsgi, "Response")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    dress_gunicorn()


def answer(wire: Wire, *, method: str = "GET") -> Any:
    request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
    return Response(request, wire, Config())


def test_a_short_answer_is_one_packet(wire: Wire) -> None:
    response = answer(wire)
    response.start_response("200 OK", [("Content-Length", "2"), *SECURITY_FIELDS])
    response.write(b"{}")
    response.close()
    (packet,) = wire
    head, _, body = packet.partition(b"\r\n\r\n")
    assert body == b"{}"
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert {f"{name}: {value}" for name, value in SECURITY_FIELDS} <= set(lines)
    assert not any(line.startswith("Server:") for line in lines)
    (date,) = (line for line in lines if line.startswith("Date: "))
    assert abs(parsedate_to_datetime(date[6:]).timestamp() - time.time()) < 10


def test_an_answer_that_the_client_takes_in_parts_is_sent_to_its_end(wire: Wire) -> None:
    wire.room = 10
    response = answer(wire)
    response.start_response("200 OK", [("Content-Length", "5000")])
    response.write(b"x" * 5000)
    assert len(wire[0]) == 10
    assert b"".join(wire).partition(b"\r\n\r\n")[2] == b"x" * 5000


def test_a_stream_goes_out_as_it_comes(wire: Wire) -> None:
    response = answer(wire)
    response.start_response("200 OK", [])
    response.write(b"one")
    assert wire[0].endswith(b"\r\n\r\n3\r\none\r\n")
    response.write(b"two")
    response.close()
    assert wire[1:] == [b"3\r\ntwo\r\n", b"0\r\n\r\n"]


@pytest.mark.parametrize(("method", "status"), [("HEAD", "200 OK"), ("GET", "304 Not Modified")])
def test_an_answer_without_a_body_is_its_head(wire: Wire, method: str, status: str) -> None:
    response = answer(wire, method=method)
    response.start_response(status, [("ETag", '"a"')])
    response.close()
    assert b"".join(wire).endswith(b'ETag: "a"\r\n\r\n')


def test_a_field_that_would_begin_another_line_is_refused(wire: Wire) -> None:
    with pytest.raises(InvalidResponseHeader):
        answer(wire).start_response("200 OK", [*SECURITY_FIELDS, ("ETag", "a\r\nSet-Cookie: b")])
    assert wire == []
