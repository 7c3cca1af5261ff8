"""The table of maintenance by that name. The running release survives it: the old name stays as a view for a while."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A view of one table is written through. To be dropped one release later.
    op.execute("ALTER TABLE ai_upkeep RENAME TO ai_maintenance")
    op.execute("CREATE VIEW ai_upkeep AS SELECT chore, next_at FROM ai_maintenance")
