"""What tests, bench and demo share: real processes, an HTTP client, PostgreSQL, pgbouncer, a model server."""
