"""Operators' sentence and estimated usage of jobs; failing jobs of a model server. The running release survives it."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a default, or with a constant one, no row is written again.
    op.execute("ALTER TABLE ai_jobs ADD COLUMN operator_message text")
    op.execute("ALTER TABLE ai_jobs ADD COLUMN usage_is_estimated boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE ai_breakers ADD COLUMN probed_at timestamptz")
    op.execute("ALTER TABLE ai_breakers ADD COLUMN probe_job_id uuid")
    op.execute("ALTER TABLE ai_breakers ADD COLUMN failed_probes integer NOT NULL DEFAULT 0")
    op.execute(
        """
        CREATE TABLE ai_breaker_failures (
            server text NOT NULL,
            job_id uuid NOT NULL,
            user_id text NOT NULL,
            is_timeout boolean NOT NULL,
            failures integer NOT NULL DEFAULT 1,
            failed_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (server, job_id)
        )
        """
    )
