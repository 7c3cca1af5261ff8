"""The figures in the guides match the code: each sentence is there, word for word."""

from __future__ import annotations

import tomllib

import pytest

from core import breaker, maintenance, pools, version, webhook_rules
from core.connections import STATEMENT_LIMIT
from core.database import CONNECT_TIMEOUT
from core.settings import Settings
from devtools.processes import ROOT
from tasks import delivery_limits, progress, public_http
from tasks.maintenance import RESCUE_INTERVAL
from webapp.api.request_models import MAX_INSTRUCTIONS

WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
DEFAULTS = {name: field.default for name, field in Settings.model_fields.items()}


def word(number: float) -> str:
    assert number == int(number)
    return WORDS[int(number)]


def schedule() -> str:
    """Return the pauses between the tries of a webhook, as people write them."""
    first, *rest = webhook_rules.SCHEDULE
    minutes = " and ".join(f"{pause // 60}" for pause in rest if pause < 3600)
    hours = [f"{pause // 3600}" for pause in rest if pause >= 3600]
    return f"{first} seconds, {minutes} minutes, {', '.join(hours[:-1])} and {hours[-1]} hours"


SENTENCES = [
    ("docs/models.md", f"After {word(breaker.FAILURES_TO_OPEN)} failures in a row"),
    ("docs/api.md", f"a text of up to {MAX_INSTRUCTIONS:,} characters"),
    ("docs/api.md", f"with 2xx within {public_http.RESPONSE_SECONDS:.0f} seconds"),
    ("docs/operate.md", f"with 2xx within {public_http.RESPONSE_SECONDS:.0f} seconds"),
    ("docs/operate.md", schedule()),
    ("docs/architecture.md", f"every {word(RESCUE_INTERVAL)} seconds one of the workers"),
    ("docs/architecture.md", f"at most {word(1 / progress.FLUSH_INTERVAL)} times a second"),
    ("docs/scaling.md", f"`WORKER_TIMEOUT_SECONDS`, {DEFAULTS['worker_timeout_seconds']:.0f}"),
    ("docs/scaling.md", f"`JOB_CLEANUP_DAYS` ({DEFAULTS['job_cleanup_days']:.0f})"),
    ("docs/scaling.md", f"in batches of {maintenance.PURGE_BATCH:,}"),
    (
        "docs/scaling.md",
        f"{pools.WEB_STATEMENT_LIMIT} seconds in a web process and {STATEMENT_LIMIT:.0f} in a worker",
    ),
    ("docs/scaling.md", f"costs {CONNECT_TIMEOUT} seconds each time"),
    (
        "docs/operate.md",
        f"{delivery_limits.PLACES} places for users' addresses one user has {delivery_limits.USER_PLACES} "
        f"and one host {delivery_limits.HOST_PLACES}",
    ),
    (
        "docs/operate.md",
        f"after {word(delivery_limits.FAILURES_TO_OPEN)} tries in a row without any response a host is left alone "
        f"for {delivery_limits.FIRST_PAUSE:.0f} seconds, doubled up to {delivery_limits.MAX_PAUSE / 60:.0f} minutes",
    ),
    ("docs/deploy.md", f"gives its jobs {DEFAULTS['shutdown_grace_seconds']:.0f} seconds"),
    ("SECURITY.md", f"{public_http.RESPONSE_SECONDS:.0f} seconds for all of it"),
]


@pytest.mark.parametrize(("document", "sentence"), SENTENCES)
def test_a_guide_says_what_the_code_does(document: str, sentence: str) -> None:
    assert sentence in " ".join((ROOT / document).read_text().split())


def test_the_version_has_one_place() -> None:
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version.read_version() == said
    assert f"## [{said}]" in (ROOT / "CHANGELOG.md").read_text()
    assert f'version="{said}"' not in (ROOT / "webapp" / "__init__.py").read_text()
