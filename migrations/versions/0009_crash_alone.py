"""Crashes that a job had alone, and since when maintenance runs unbroken. The running release survives it."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With constant defaults no row is written again.
    op.execute("ALTER TABLE ai_jobs ADD COLUMN lone_crash_count smallint NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE ai_maintenance ADD COLUMN unbroken_since timestamptz NOT NULL DEFAULT now()")
