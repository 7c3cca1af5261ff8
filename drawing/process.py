"""Draws in a process of its own: ``python -m drawing.process`` reads sessions from a pipe and writes what they draw.

Drawing takes up to a second of processor time and holds the interpreter's lock meanwhile; a process that also serves
others hands it to one of these, which runs at a lower priority.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import struct
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO, Literal

from drawing.own.revision import OwnRevision
from drawing.revision import Revision
from drawing.session import DrawingSession

Method = Literal["finish", "draft"]
Drawable = DrawingSession | Revision | OwnRevision  # what has these methods

NICE = 5  # the process that waits goes first
COMMAND = [sys.executable, "-m", "drawing.process"]
ROOT = Path(__file__).resolve().parents[1]
_LENGTH = struct.Struct(">Q")  # before each message: how many bytes of pickle follow


class ProcessDied(Exception):
    """The drawing process ended before it had drawn: it was killed, or ran out of memory."""


class DrawingProcess:
    """The caller's side; it draws one thing at a time. Both sides unpickle only what the other one has written."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._is_waiting = True  # not while a drawing is under way or was given up

    @classmethod
    async def start(cls) -> DrawingProcess:
        """Start a process; it ends when its standard input does, also when this process is killed."""
        return cls(
            await asyncio.create_subprocess_exec(
                *COMMAND,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=ROOT,
                start_new_session=True,  # Ctrl-C is for the process that was started by hand.
            )
        )

    @property
    def is_usable(self) -> bool:
        """True while it waits for a drawing."""
        return self._is_waiting and self._process.returncode is None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def run(self, method: Method, session: Drawable) -> Any:
        """Return what a method of the session or revision returns there; raise what it raises, or ``ProcessDied``."""
        assert self._process.stdin is not None  # noqa: S101 - it was started with pipes
        assert self._process.stdout is not None  # noqa: S101
        self._is_waiting = False
        try:
            self._process.stdin.write(_packed((method, session)))
            await self._process.stdin.drain()
            (size,) = _LENGTH.unpack(await self._process.stdout.readexactly(_LENGTH.size))
            data = await self._process.stdout.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise ProcessDied from None
        self._is_waiting = True
        return _unpacked(data)

    async def kill(self) -> None:
        """End it, whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def _packed(message: Any) -> bytes:
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


def _unpacked(data: bytes) -> Any:
    """Return the result in a message, without its length; raise it when it is an exception."""
    result = pickle.loads(data)  # noqa: S301 - written by our own process
    if isinstance(result, Exception):
        raise result
    return result


def make_request(method: Method, session: Drawable) -> bytes:
    """Return what a process reads to run a method; for callers that start one for a single drawing."""
    return _packed((method, session))


def read_result(data: bytes) -> Any:
    """Return the result that such a process has written; raise what the method raised, or ``ProcessDied``."""
    if len(data) < _LENGTH.size:
        raise ProcessDied
    return _unpacked(data[_LENGTH.size :])


def serve(requests: BinaryIO, results: BinaryIO) -> None:
    """Draw until there are no more requests."""
    while len(head := requests.read(_LENGTH.size)) == _LENGTH.size:
        results.write(_packed(_result(requests.read(_LENGTH.unpack(head)[0]))))
        results.flush()


def _result(request: bytes) -> Any:
    try:
        method, session = pickle.loads(request)  # noqa: S301 - written by the process that started this one
        return getattr(session, method)()
    except Exception as exc:
        exc.add_note("".join(traceback.format_exception(exc)))
        return exc


def _main() -> None:
    os.nice(NICE)
    results = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(
        sys.stderr.fileno(), sys.stdout.fileno()
    )  # What anything prints must not end up between messages.
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        serve(sys.stdin.buffer, results)


if __name__ == "__main__":
    _main()
