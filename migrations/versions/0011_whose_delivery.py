"""Whose each webhook delivery is, so that they are sent in fair turn. The running release survives it unnoticed."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE ai_deliveries ADD COLUMN user_id text")
    # Serves the count of a user's pending deliveries, by which a new one gets its place. What an interrupted attempt
    # leaves behind goes first.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ai_deliveries_pending_of_user_idx")
        op.execute(
            "CREATE INDEX CONCURRENTLY ai_deliveries_pending_of_user_idx ON ai_deliveries (user_id) "
            "WHERE ended_at IS NULL"
        )
