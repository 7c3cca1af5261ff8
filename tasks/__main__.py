"""``python -m tasks``: a supervised worker. Exits 1 with one sentence when the settings make no sense.

``python -m tasks alone`` runs one job that may have brought a worker down, and ends; workers start it (``isolation``).
"""

from __future__ import annotations

import asyncio
import os
import sys

from core import tracing
from core.log import configure_logging
from core.settings import SettingsError, load_settings
from tasks.isolation import ALONE, offer_to_the_kernel
from tasks.supervisor import CannotWork, Supervisor


def main(arguments: list[str]) -> int:
    """Run a worker on the settings of the environment; return the exit code."""
    is_isolated = arguments == [ALONE]
    if is_isolated:
        offer_to_the_kernel(os.getpid())
    try:
        settings = load_settings()
        configure_logging(settings)
        tracing.start(settings, service="canvas-jobs-worker")
        supervisor = Supervisor(settings, is_isolated=is_isolated)
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
    sys.exit(main(sys.argv[1:]))
