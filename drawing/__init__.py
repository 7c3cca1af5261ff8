"""Plan in, canvas out: a pure drawing engine that knows nothing of jobs, models or the web."""
