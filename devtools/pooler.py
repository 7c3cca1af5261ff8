"""A real pgbouncer, configured as docs/scaling.md says, which can be stopped, killed and started."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import psycopg

from devtools.processes import ROOT, free_port

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
PATIENCE = 60.0  # seconds


class Pooler:
    """pgbouncer on a port of its own before the database at ``dsn``, with ``pool_size`` connections to it.

    It runs as the server's own system user.
    """

    def __init__(self, dsn: str, *, system_user: str, folder: Path, pool_size: int) -> None:
        self._folder = folder
        self._port = free_port()
        self._system_user = system_user
        self._process: subprocess.Popen[bytes] | None = None
        database = psycopg.conninfo.conninfo_to_dict(dsn)
        self._user, self._name = str(database["user"]), str(database["dbname"])
        (folder / "users").write_text(f'"{self._user}" ""\n')
        config = _read_documented()
        config["databases"] = {
            self._name: f"host={database['host']} port={database.get('port', 5432)} dbname={self._name}"
        }
        config["pgbouncer"].update(
            {
                "listen_addr": "127.0.0.1",
                "listen_port": str(self._port),
                "unix_socket_dir": "",
                "auth_type": "trust",
                "auth_file": f"{folder}/users",
                "admin_users": self._user,
                "default_pool_size": str(pool_size),
                "server_login_retry": "1",
                "logfile": f"{folder}/log",
            }
        )
        with (folder / "pgbouncer.ini").open("w") as file:
            config.write(file)
        if os.geteuid() == 0:  # It refuses to run as root.
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, system_user)

    @property
    def dsn(self) -> str:
        """What ``DATABASE_URL`` is set to."""
        return self._to(self._name)

    def start(self) -> None:
        """Start it and return once it takes connections."""
        assert PGBOUNCER is not None
        command = [PGBOUNCER, "-q", "-u", self._system_user, str(self._folder / "pgbouncer.ini")]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError((self._folder / "log").read_text())

    def stop(self) -> None:
        """SIGTERM; newer ones wait for their clients then, and are not given that time."""
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, as a crash does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def show(self, what: str) -> list[dict[str, object]]:
        """Return what its own console says: ``SHOW POOLS`` and the like."""
        with psycopg.connect(
            self._to("pgbouncer"),
            autocommit=True,
            cursor_factory=psycopg.ClientCursor,  # the console knows no other protocol
            row_factory=psycopg.rows.dict_row,
        ) as console:
            return console.execute(f"SHOW {what}".encode()).fetchall()

    def _to(self, name: str) -> str:
        return psycopg.conninfo.make_conninfo(host="127.0.0.1", port=self._port, user=self._user, dbname=name)


def _read_documented() -> configparser.ConfigParser:
    text = (ROOT / "docs/scaling.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```ini\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    config = configparser.ConfigParser()
    config.read_string(block)
    return config
