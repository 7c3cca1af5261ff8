"""``python -m demo.run``: database, web and worker for development until Ctrl-C; prints the URL and a token."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from rich.console import Console

from core.database import get_dsn
from core.embedded_postgres import restart_embedded_postgres
from core.settings import Settings, SettingsError, load_settings
from devtools.processes import WEB, WORKER, ServiceError, is_free, running, wait_until_healthy
from drawing.scripts import ADVICE, find_undrawable
from migrations import migrate
from webapp.auth import make_token

COMMANDS = {"worker": WORKER, "web": WEB}
SHORT_LIFE = 5.0  # seconds

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
    with contextlib.ExitStack() as stack:

        def start(name: str) -> subprocess.Popen[bytes]:
            command = running(COMMANDS[name], env={"DATABASE_URL": dsn}, log=logs / f"{name}.log")
            return stack.enter_context(command)

        processes = {name: start(name) for name in COMMANDS}
        url = f"http://127.0.0.1:{settings.port}"
        wait_until_healthy(url, processes, logs=logs)
        console.print(f"Canvas Jobs   {url}")
        console.print(f"API docs      {url}/docs")
        console.print(f"Operator      {url}/admin")
        console.print(f"Designer      {settings.provider}")
        console.print(f"Logs          {logs}/web.log, {logs}/worker.log", highlight=False)
        if names := find_undrawable():
            console.print(f"No fonts      PNG pictures cannot show {', '.join(names)}; on Debian:")
            console.print(f"              apt-get install {ADVICE}")
        console.print("Token of the user “demo”:")
        # Not through rich, which would wrap it.
        print(make_token(settings, "demo"))  # noqa: T201
        console.print("Ctrl-C stops everything.")
        _keep_up(settings, processes, start, logs)


def _keep_up(
    settings: Settings,
    processes: dict[str, subprocess.Popen[bytes]],
    start: Callable[[str], subprocess.Popen[bytes]],
    logs: Path,
) -> None:
    """Replace a process that has ended, as a platform does, unless the new one ends at once; the database, too."""
    started = dict.fromkeys(processes, 0.0)
    while True:
        time.sleep(0.5)
        _keep_database_up(settings)
        for name, process in processes.items():
            if process.poll() is None:
                continue
            if time.monotonic() - started[name] < SHORT_LIFE:
                raise ServiceError(f"The {name} process ends as soon as it is started; see {logs / name}.log")
            console.print(f"The {name} process ended ({process.returncode}); another one is started.")
            started[name] = time.monotonic()
            processes[name] = start(name)


def _keep_database_up(settings: Settings) -> None:
    if settings.database_url is not None:
        return
    try:
        was_gone = restart_embedded_postgres(settings)
    except subprocess.SubprocessError as exc:
        log = settings.var_dir / "postgres" / "log"
        raise ServiceError(f"The database process ended and does not start again; see {log}") from exc
    if was_gone:
        console.print("The database process ended; it was started again.")


if __name__ == "__main__":
    sys.exit(main())
