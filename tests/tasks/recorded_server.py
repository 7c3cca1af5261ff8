"""A model's server that answers byte for byte as recorded, with its silences and broken connections."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Self

SECOND = 0.1  # of a recorded silence, in seconds of the test; the idle timeout is scaled alike
SILENCE = re.compile(rb"\n*<<([\d.]+) s of silence>>\n")
RESET = re.compile(rb"\n*<<connection reset here>>\n?\Z")
HANG = re.compile(rb"\n*<<silence>>\n?\Z")


class RecordedServer:
    """Answers requests with recordings in order, then with the default; a recording may be made of the request."""

    def __init__(
        self, *recordings: bytes | Callable[[dict[str, Any]], bytes], default: bytes | None = None
    ) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.heads: list[str] = []
        self._recordings = deque(recordings)
        self._default = default
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._is_stopping = threading.Event()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def base_url(self) -> str:
        """The value for ``OPENAI_BASE_URL``."""
        return f"{self.origin}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopping.set()
        self._socket.shutdown(socket.SHUT_RDWR)  # Else accept() goes on.
        self._socket.close()

    def _serve(self) -> None:
        while not self._is_stopping.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        # The client may be gone.
        with connection, contextlib.suppress(OSError, ValueError):
            self._play(connection, self._take(*_read_request(connection)))

    def _take(self, head: str, body: dict[str, Any]) -> bytes:
        self.heads.append(head)
        self.paths.append(head.split(" ")[1])
        self.bodies.append(body)
        recording = self._recordings.popleft() if self._recordings else self._default
        assert recording is not None, "one request more than there are recordings"
        return recording(body) if callable(recording) else recording

    def _play(self, connection: socket.socket, recording: bytes) -> None:
        is_reset, hangs = bool(RESET.search(recording)), bool(HANG.search(recording))
        recording = HANG.sub(b"\n\n", RESET.sub(b"\n\n", recording))
        place = 0
        for silence in SILENCE.finditer(recording):
            connection.sendall(recording[place : silence.start()] + b"\n\n")
            self._is_stopping.wait(float(silence[1]) * SECOND)
            place = silence.end()
        connection.sendall(recording[place:])
        if hangs:
            self._is_stopping.wait(30)
        if is_reset:
            time.sleep(0.05)  # What was sent shall arrive before the reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _read_request(connection: socket.socket) -> tuple[str, dict[str, Any]]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: *(\d+)", head, re.I)[1])  # type: ignore[index]
    while len(body) < length:
        body += _receive(connection)
    return head.decode("latin-1"), json.loads(body)


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise ConnectionError
    return data
