"""What the commands share: a connection whose errors are one line, and the option ``--json``."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
import psycopg

from core.database import Connection
from core.errors import CanvasJobsError
from webapp.services import get_services


@contextmanager
def connection() -> Iterator[Connection]:
    """Give a connection of the app's; an error becomes one line and exit code 1."""
    services = get_services()
    try:
        with services.pool.connection() as conn:
            yield conn
    except CanvasJobsError as exc:
        raise click.ClickException(exc.message) from exc
    except psycopg.OperationalError as exc:
        raise click.ClickException("The database cannot be reached. Check DATABASE_URL.") from exc
    finally:
        services.close()


def with_json(command: Callable[..., tuple[Any, list[str]]]) -> Callable[..., None]:
    """Give a command the option ``--json``: it prints its data then, and its lines otherwise."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
    @functools.wraps(command)
    def run(*, as_json: bool, **values: Any) -> None:
        data, lines = command(**values)
        if as_json:
            lines = [json.dumps(data, default=str, ensure_ascii=False, indent=2)]
        for line in lines:
            click.echo(line)

    return run
