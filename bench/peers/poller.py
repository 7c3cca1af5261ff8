"""What many services write before they take a queue: a table, and a thread that looks into it every few seconds.

``python -m bench.peers.poller --interval 5``; done as well as that can be done in twenty lines: jobs survive a crash,
several pollers do not take the same one, and a look that finds something takes all there is.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Callable

import psycopg

from bench.peers.marks import mark

TABLE = """
CREATE TABLE IF NOT EXISTS bench_polled (
    key bigint PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    is_done boolean NOT NULL DEFAULT false
)
"""
TAKE = """
SELECT key
FROM bench_polled
WHERE NOT is_done
ORDER BY created_at
FOR UPDATE SKIP LOCKED
LIMIT 1
"""


class Poller(threading.Thread):
    """Runs ``work`` for each row, then sleeps for ``interval`` seconds, for as long as the process lives."""

    def __init__(self, dsn: str, work: Callable[[int], None], *, interval: float) -> None:
        super().__init__(daemon=True)
        self._dsn, self._work, self._interval = dsn, work, interval

    def run(self) -> None:
        """Look, and look again."""
        with psycopg.connect(self._dsn, autocommit=True) as conn:
            conn.execute(TABLE)
            while True:
                while self._run_one(conn):
                    pass
                time.sleep(self._interval)

    def _run_one(self, conn: psycopg.Connection) -> bool:
        with conn.transaction():
            row = conn.execute(TAKE).fetchone()
            if row is None:
                return False
            self._work(row[0])
            conn.execute("UPDATE bench_polled SET is_done = true WHERE key = %s", [row[0]])
        return True


def main() -> None:
    """Poll until killed."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers.poller")
    parser.add_argument("--interval", type=float, default=5.0, help="seconds between two looks")
    given = parser.parse_args()
    poller = Poller(os.environ["DATABASE_URL"], mark, interval=given.interval)
    poller.start()
    poller.join()


if __name__ == "__main__":
    main()
