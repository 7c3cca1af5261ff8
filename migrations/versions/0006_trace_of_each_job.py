"""Each job's traceparent, so that its trace goes on in the worker that runs it. The running release survives it."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a default no row is written again.
    op.execute("ALTER TABLE ai_jobs ADD COLUMN traceparent text")
