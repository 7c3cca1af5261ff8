"""A model server with a prompt that kills the process that sends it, as if it made its worker run out of memory."""

from __future__ import annotations

import json
import os
import signal

import psutil

from devtools.model_server import ModelServer, Received, Script

POISON = "poison"  # in a prompt


class PoisonedModelServer(ModelServer):
    """Responds like any other, but to a prompt with ``POISON`` by SIGKILL for its sender."""

    def __init__(self, *scripts: Script, default: Script | None = None) -> None:
        super().__init__(*scripts, default=default)
        self.killed: list[int] = []  # process ids

    def take(self, received: Received) -> Script:
        """Kill the sender of a poisoned prompt, which then reads no response any more."""
        if POISON in json.dumps(received.body["messages"][-1]):
            pid = find_owner(received.port)
            if pid is not None:
                self.killed.append(pid)
                os.kill(pid, signal.SIGKILL)
        return super().take(received)


def find_owner(port: int) -> int | None:
    """Return the process that owns the client's end of a local connection; None when it is gone."""
    for each in psutil.net_connections("tcp4"):
        if each.laddr and each.laddr.port == port and each.pid not in (None, os.getpid()):
            return int(each.pid)
    return None
