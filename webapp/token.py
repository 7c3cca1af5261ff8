"""``python -m webapp.token USER`` prints an access token signed with the environment's secret.

For development and tests. In production the service that signs users in makes the tokens.
"""

from __future__ import annotations

import argparse
import sys

from core.settings import SettingsError, load_settings
from webapp.auth.tokens import TOKEN_SECONDS, make_token


def main() -> int:
    """Print the token; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m webapp.token", description="Print an access token.")
    parser.add_argument("user", help="the user the token is for (its subject)")
    parser.add_argument("--role", help='"admin" may read everybody\'s numbers')
    parser.add_argument("--seconds", type=float, default=TOKEN_SECONDS, help="how long it is valid")
    arguments = parser.parse_args()
    try:
        settings = load_settings()
        token = make_token(settings, arguments.user, role=arguments.role, expires_seconds=arguments.seconds)
    except SettingsError as exc:
        print(f"Settings: {exc}", file=sys.stderr)  # noqa: T201 - output of a command
        return 1
    print(token)  # noqa: T201 - output of a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
