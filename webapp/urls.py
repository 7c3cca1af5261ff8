"""The addresses of the API's resources."""

from __future__ import annotations

import uuid

API_PREFIX = "/api/ai-agent"


def job_links(job_id: uuid.UUID) -> dict[str, str]:
    """Return the addresses of a job, by what is found there."""
    base = f"{API_PREFIX}/job/{job_id}"
    return {
        "self": f"{base}/status",
        "result": f"{base}/result",
        "events": f"{base}/events",
        "cancel": f"{base}/cancel",
        "retry": f"{base}/retry",
    }
