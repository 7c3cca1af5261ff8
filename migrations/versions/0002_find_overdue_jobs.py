"""An index for the upkeep's look for overdue jobs, which read every unfinished one. The running release survives it."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # CONCURRENTLY: jobs are accepted and finished while it is built. It cannot run in a transaction, and what a broken
    # off attempt leaves behind is an invalid index that must go first.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ai_jobs_overdue_idx")
        op.execute(
            "CREATE INDEX CONCURRENTLY ai_jobs_overdue_idx ON ai_jobs (accepted_at) WHERE outcome IS NULL"
        )
