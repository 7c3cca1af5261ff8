"""``python -m tasks``: a supervised worker. Exits 1 with one sentence when the settings make no sense."""

from __future__ import annotations

import asyncio
import sys

from core import tracing
from core.log import configure_logging
from core.settings import SettingsError, load_settings
from tasks.supervisor import CannotWork, Supervisor


def main() -> int:
    """Run a worker on the settings of the environment; return the exit code."""
    try:
        settings = load_settings()
        configure_logging(settings)
        tracing.start(settings, service="canvas-jobs-worker")
        supervisor = Supervisor(settings)
    except SettingsError as exc:
        sys.stderr.write(f"Settings: {exc}\n")
        return 1
    try:
        asyncio.run(supervisor.run())
    except CannotWork:
        return 1
    finally:
        tracing.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
