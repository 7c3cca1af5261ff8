"""``python -m migrations``: the release step. Exits 1 with one sentence when the database cannot be brought up."""

from __future__ import annotations

import sys

import psycopg

from core.database import get_direct_dsn, get_dsn, limit_pooled_sessions
from core.settings import SettingsError, load_settings
from migrations import migrate


def main() -> int:
    """Migrate the database of the environment; return the exit code."""
    try:
        settings = load_settings()
        is_present = migrate(get_direct_dsn(settings))
        if settings.is_pooled:
            limit_pooled_sessions(get_dsn(settings))
    except SettingsError as exc:
        print(f"Settings: {exc}", file=sys.stderr)
        return 1
    except psycopg.Error as exc:
        print(f"Database: {exc}", file=sys.stderr)
        return 1
    if is_present:
        print("The database has the present schema.")
    else:
        print(
            "The database has the schema of a later release, on which this one runs too: nothing was changed."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
