"""A server that accepts every connection and never says anything."""

from __future__ import annotations

import contextlib
import socket
import threading


class Tarpit:
    """Accepts in a thread of its own between ``with`` and its end."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=500)
        self._open: list[socket.socket] = []
        # Another host than that of the receivers, by its name.
        self.url = f"http://localhost:{self._listener.getsockname()[1]}/"

    def __enter__(self) -> Tarpit:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._open.append(self._listener.accept()[0])

    @property
    def count(self) -> int:
        """How many connections have come in."""
        return len(self._open)
