"""Runs the checks that need Node: TypeScript over the panel, Redocly and Spectral over the OpenAPI document.

``python -m devtools.lint_node``, part of ``make lint``. The tools are pinned in ``devtools/node`` and installed there
when they are missing. Without npm the checks are skipped and say so; where ``CI`` is set, that is an error.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from core.settings import load_settings
from webapp import create_app
from webapp.docs.document import complete

NODE = Path(__file__).parent / "node"
INSTALLED = NODE / "node_modules" / ".package-lock.json"  # npm's own note of what it installed
MIN_NODE = 20
SECRET = "only to read the OpenAPI document"


def main() -> int:
    """Run all checks; return 0 when each of them passes."""
    if (reason := missing()) is not None:
        print(f"Skipped TypeScript, Redocly and Spectral: {reason}.")
        return 1 if os.environ.get("CI") else 0
    install()
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "openapi.json"
        document.write_text(json.dumps(read_document()), encoding="utf-8")
        checks = [
            ["tsc", "--project", str(NODE)],
            ["redocly", "lint", "--config", str(NODE / "redocly.yaml"), "--format", "stylish", str(document)],
            ["spectral", "lint", "--quiet", "--ruleset", str(NODE / "spectral.yaml"), str(document)],
        ]
        return max(run(check) for check in checks)


def missing() -> str | None:
    """Return what is missing on this machine, or None."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return "no npm on this machine"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return (
        None if int(version[1:].partition(".")[0]) >= MIN_NODE else f"Node {version} is older than {MIN_NODE}"
    )


def install() -> None:
    """Install what ``package-lock.json`` says, unless it is there."""
    lock = NODE / "package-lock.json"
    if INSTALLED.exists() and INSTALLED.stat().st_mtime >= lock.stat().st_mtime:
        return
    print("Installing TypeScript, Redocly and Spectral …")
    subprocess.run(["npm", "ci", "--silent"], cwd=NODE, check=True)


def read_document() -> dict[str, object]:
    """Return the OpenAPI document, without a database."""
    logging.getLogger("psycopg.pool").setLevel(
        logging.CRITICAL
    )  # that it finds no database is as it should be
    settings = load_settings(jwt_secret_key=SECRET, database_url="postgresql://nowhere.invalid/canvas")
    app = create_app(settings)
    document = complete(app.api_doc)
    app.extensions["canvas_jobs"].close()
    return document


def run(check: list[str]) -> int:
    """Run one tool; print what it says only when it complains."""
    tool, *arguments = check
    environment = os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    done = subprocess.run(
        [NODE / "node_modules" / ".bin" / tool, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"{tool}:\n{done.stdout}{done.stderr}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
