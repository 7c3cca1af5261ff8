"""Pictures of canvases: drawn in processes of their own, few at a time, and kept by their canvas' version."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

import drawing
from drawing.canvas import Canvas
from drawing.own.revision import OwnRevision
from drawing.process import COMMAND as REVISE
from drawing.process import make_request, read_result
from drawing.render import to_job
from drawing.revision import Revised, Revision
from webapp.errors import PicturesBusy

AT_ONCE = 2  # processes that draw, of one web process
PER_USER = 1
WAIT_SECONDS = 5.0  # for a place; then the caller is asked to come back
DRAW_SECONDS = 20.0  # for one picture
CACHE_BYTES = 32 * 1024 * 1024
ROOT = Path(drawing.__file__).parents[1]
COMMAND = [sys.executable, "-m", "drawing.render"]

log = structlog.get_logger()


class Pictures:
    """Draws and remembers pictures; one for each web process."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._drawing: Counter[str] = Counter()
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._kept_bytes = 0

    def png(self, key: Hashable, user_id: str, canvas: Callable[[], Canvas]) -> bytes:
        """Return the picture that is kept under ``key``, else draw ``canvas``.

        Raises ``PicturesBusy`` when the user has one under way, there is no place, or the drawing takes too long.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with self._place(user_id):
            picture = self._run(COMMAND, to_job(canvas()))
        self._keep(key, picture)
        return picture

    def revise(self, user_id: str, revision: Revision | OwnRevision) -> Revised:
        """Draw a drawing after a change.

        Raises ``PicturesBusy`` as ``png`` does, and ``PlanUnusable`` when nothing would be left of it.
        """
        with self._place(user_id):
            done = self._run(REVISE, make_request("finish", revision))
        revised: Revised = read_result(done)
        return revised

    @contextmanager
    def _place(self, user_id: str) -> Iterator[None]:
        with self._lock:
            if self._drawing[user_id] >= PER_USER:
                raise PicturesBusy(retry_after_seconds=2)
            self._drawing[user_id] += 1
        try:
            if not self._places.acquire(timeout=WAIT_SECONDS):
                raise PicturesBusy(retry_after_seconds=5)
            try:
                yield
            finally:
                self._places.release()
        finally:
            with self._lock:
                self._drawing[user_id] -= 1
                if not self._drawing[user_id]:
                    del self._drawing[user_id]

    @staticmethod
    def _run(command: list[str], job: bytes) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 - our own command
                command, input=job, capture_output=True, timeout=DRAW_SECONDS, cwd=ROOT, check=True
            )
        except subprocess.TimeoutExpired:
            log.warning("picture_takes_too_long", bytes=len(job))
            raise PicturesBusy(retry_after_seconds=DRAW_SECONDS) from None
        return done.stdout

    def _keep(self, key: Hashable, picture: bytes) -> None:
        if len(picture) > CACHE_BYTES // 4:
            return
        with self._lock:
            self._kept_bytes += len(picture) - len(self._kept.pop(key, b""))
            self._kept[key] = picture
            while self._kept_bytes > CACHE_BYTES:
                self._kept_bytes -= len(self._kept.popitem(last=False)[1])
