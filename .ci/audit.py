"""Ask the vulnerability service about every locked package; fail only for a vulnerability that was found.

What could not be checked, because the service is out of reach or does not know a package, is said and does not fail:
``make lint`` must work offline.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = (
    "requirements.txt",
    "requirements-tracing.txt",
    "requirements-dev.txt",
    "requirements-bench.txt",
    "requirements-model.txt",
)
SERVICE_TIMEOUT = 5  # seconds for one request to the service
TIMEOUT = 60.0  # seconds for one lock file


def main() -> int:
    """Check the lock files given, or else all of them; return the exit code."""
    locks = [Path(each) for each in sys.argv[1:]] or [ROOT / name for name in LOCKS]
    codes = []
    report: dict[str, Any] | None = {}
    for lock in locks:
        # A service out of reach for one file is out of reach for the next: one time-out is enough.
        report = None if report is None else read_report(lock)
        code, message = judge(report)
        print(f"pip-audit, {lock.name}: {message}")
        codes.append(code)
    return max(codes)


def read_report(lock: Path) -> dict[str, Any] | None:
    """Return what pip-audit found out about a lock file; None when it could not ask."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes"]
        # The lock is complete: nothing is resolved, nothing is installed.
        command += ["--disable-pip", "--progress-spinner", "off", "--timeout", str(SERVICE_TIMEOUT)]
        try:
            subprocess.run(  # noqa: S603 - our own command
                [*command, "--format", "json", "--output", str(report)],
                capture_output=True,
                check=False,
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            return None
        return json.loads(report.read_text(encoding="utf-8")) if report.exists() else None


def judge(report: dict[str, Any] | None) -> tuple[int, str]:
    """Return the exit code and a sentence for a report."""
    if report is None:
        return 0, "NOT CHECKED, the vulnerability service cannot be reached."
    packages = report["dependencies"]
    # pip-audit itself calls this "no known vulnerabilities".
    unknown = [each["name"] for each in packages if "skip_reason" in each]
    found = [
        f"{each['name']} {each['version']}: {', '.join(item['id'] for item in each['vulns'])}"
        for each in packages
        if each.get("vulns")
    ]
    if found:
        return 1, "\n  ".join(["KNOWN VULNERABILITIES", *found])
    if unknown and len(unknown) == len(packages):
        return 0, "NOT CHECKED, the vulnerability service knows none of the packages."
    if unknown:
        return 0, f"nothing found; not checked, as the service does not know them: {', '.join(unknown)}."
    return 0, f"nothing found in {len(packages)} packages."


if __name__ == "__main__":
    sys.exit(main())
