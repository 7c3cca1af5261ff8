"""``python -m demo "a sentence"``: real web and worker processes, one job, its canvas as JSON, SVG and PNG."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import urllib.error
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from core.database import get_dsn
from core.settings import Settings, SettingsError, load_settings
from devtools.client import Client
from devtools.processes import ServiceError, free_port, web_and_worker
from migrations import migrate
from webapp.auth import make_token

API = "/api/ai-agent"
DEFAULT_PROMPT = (
    "User login: open login page -> enter credentials -> valid? "
    "-[yes]-> load profile -> show dashboard; valid? -[no]-> show error -> enter credentials"
)
DEADLINE_SECONDS = 180
NO_MODEL = (
    "[yellow]No OPENAI_API_KEY and no OPENAI_BASE_URL: the built-in rules draw what the sentence spells out; "
    "no AI is asked.[/yellow]"
)

console = Console()


def main() -> int:
    """Run the demo; return the exit code."""
    arguments = _parse()
    # On SIGTERM it unwinds as on Ctrl-C: everything that was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        settings = load_settings()
        return _run(settings, arguments.prompt or DEFAULT_PROMPT, arguments.style, arguments.colors)
    except (SettingsError, ServiceError) as exc:
        return _say_why(str(exc))
    except urllib.error.HTTPError as exc:
        return _say_why(json.load(exc)["message"])
    except psycopg.OperationalError as exc:
        return _say_why(f"Database: {exc}")
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130


def _say_why(reason: str) -> int:
    console.print(reason, style="red", markup=False)
    return 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description="Turn a sentence into a canvas.")
    parser.add_argument("prompt", nargs="?", default="")
    parser.add_argument("--style", default="modern")
    parser.add_argument("--colors", default="default")
    return parser.parse_args()


def _run(settings: Settings, prompt: str, style: str, colors: str) -> int:
    folder = settings.var_dir / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    console.print("Starting PostgreSQL, web and worker …")
    dsn = get_dsn(settings)
    migrate(dsn)
    if settings.provider == "rules":
        console.print(NO_MODEL)
    else:
        console.print(f"The plan comes from [bold]{settings.openai_model}[/bold].")
    # The service waits an hour for a model server that is down; a person at the terminal does not.
    deadline = min(DEADLINE_SECONDS, settings.job_deadline_seconds)
    env = {"DATABASE_URL": dsn, "LOG_FORMAT": "json", "JOB_DEADLINE_SECONDS": str(deadline)}
    with web_and_worker(env, port=free_port(), logs=folder) as url:
        client = Client(url, make_token(settings, "demo"))
        body = {"instructions": prompt, "style": style, "colorScheme": colors}
        job_id = client.call(f"{API}/create-canvas", body=body)["job_id"]
        job = _follow(client, job_id)
        _print_job(job)
        if job["status"] != "completed":
            return 1
        _save(client, job, folder)
    return 0


def _follow(client: Client, job_id: str) -> dict[str, Any]:
    """Show the job's progress until it ends, and return it."""
    description = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), BarColumn(), description, TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("Queued", total=100)
        for event, data in client.follow(f"{API}/job/{job_id}/events"):
            if event == "progress":
                progress.update(bar, completed=data["percent"], description=data["message"])
            elif event == "status" and data.get("error_message"):
                progress.update(bar, description=f"Trying again: {data['error_message']}")
        job: dict[str, Any] = client.call(f"{API}/job/{job_id}/status")["job"]
        progress.update(bar, completed=job["progress"]["percent"], description=job["progress"]["message"])
    return job


def _print_job(job: dict[str, Any]) -> None:
    table = Table(show_header=False, title="Job", title_justify="left")
    for name in (
        "id",
        "status",
        "canvas_id",
        "model",
        "attempts",
        "created_at",
        "completed_at",
        "error_message",
    ):
        if job[name] is not None:
            table.add_row(name, escape(str(job[name])))
    console.print(table)


def _save(client: Client, job: dict[str, Any], folder: Path) -> None:
    result = client.call(f"{API}/job/{job['id']}/result")["result"]
    (folder / "canvas.json").write_text(json.dumps(result, ensure_ascii=False, indent=2), encoding="utf-8")
    for ending in ("svg", "png"):
        with client.open(f"{API}/canvas/{job['canvas_id']}.{ending}") as picture:
            (folder / f"canvas.{ending}").write_bytes(picture.read())
    made_by = f"the model {result['model']}" if result["model"] else "the built-in rules"
    # Square brackets are markup to rich and text to people.
    title, message = escape(result["title"]), escape(result["message"])
    console.print(f"{f'“{title}”' if title else 'A drawing without a title'}, designed by {made_by}.")
    console.print(f"Quality {result['quality']['score']:.0f} of 100. {message}", highlight=False)
    for ending in ("json", "svg", "png"):
        console.print(f"  {folder / f'canvas.{ending}'}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
