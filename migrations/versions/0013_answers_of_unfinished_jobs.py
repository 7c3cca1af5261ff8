"""The model's answer to an unfinished job, so that it is paid for once. The running release survives it unnoticed."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE ai_jobs ADD COLUMN answer jsonb")
