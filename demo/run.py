"""``python -m demo.run``: database, web and worker for development until Ctrl-C; prints the URL and a token."""

from __future__ import annotations

import signal
import sys
import time

import psycopg
from rich.console import Console

from core.database import get_dsn
from core.settings import SettingsError, load_settings
from demo.services import WEB, WORKER, ServiceError, is_free, running, wait_until_healthy
from migrations import migrate
from webapp.auth import make_token

console = Console()


def main() -> int:
    """Serve until interrupted; return the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _serve()
    except (SettingsError, ServiceError) as exc:
        console.print(str(exc), style="red", markup=False)
        return 1
    except psycopg.OperationalError as exc:
        console.print(f"Database: {exc}", style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("Stopped.")
    return 0


def _serve() -> None:
    settings = load_settings()
    if not is_free(settings.port):
        raise ServiceError(f"Port {settings.port} is taken; choose another: PORT=8001 make run")
    dsn = get_dsn(settings)
    migrate(dsn)
    logs = settings.var_dir / "run"
    env = {"DATABASE_URL": dsn}
    with (
        running(WORKER, env=env, log=logs / "worker.log") as worker,
        running(WEB, env=env, log=logs / "web.log") as web,
    ):
        url = f"http://127.0.0.1:{settings.port}"
        processes = {"web": web, "worker": worker}
        wait_until_healthy(url, processes, logs=logs)
        console.print(f"Canvas Jobs   {url}")
        console.print(f"API docs      {url}/docs")
        console.print(f"Designer      {settings.provider}")
        console.print(f"Logs          {logs}/web.log, {logs}/worker.log", highlight=False)
        console.print("Token of the user “demo”:")
        # Not through rich, which would wrap it.
        print(make_token(settings, "demo"))  # noqa: T201
        console.print("Ctrl-C stops everything.")
        while all(process.poll() is None for process in processes.values()):
            time.sleep(0.5)
    raise ServiceError(f"A process ended by itself; see {logs}")


if __name__ == "__main__":
    sys.exit(main())
