"""Indexes for lists by status and by what is undelivered, of large tables. The running release survives it."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEXES = {
    # Serves GET /jobs?status=: of a user with half a million jobs, none of them cancelled, all were read.
    "ai_jobs_ended_of_user_idx": "ai_jobs (user_id, outcome, created_at DESC, id DESC) WHERE outcome IS NOT NULL",
    # Serves the operator's list of everybody's jobs by status.
    "ai_jobs_ended_idx": "ai_jobs (outcome, id DESC) WHERE outcome IS NOT NULL",
    # Serves DELETE of a canvas: the jobs that have drawn on it, or still do.
    "ai_jobs_of_target_idx": "ai_jobs (target_canvas_id) WHERE target_canvas_id IS NOT NULL",
    # Serve the delivery log.
    "ai_deliveries_newest_idx": "ai_deliveries (created_at DESC)",
    "ai_deliveries_undelivered_idx": "ai_deliveries (created_at DESC) WHERE is_delivered IS NOT TRUE",
}


def upgrade() -> None:
    # CONCURRENTLY: jobs are accepted and finished meanwhile. What a broken off attempt leaves behind goes first.
    with op.get_context().autocommit_block():
        for name, definition in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {definition}")
