"""Drawings on dark paper. The running release survives it: what it draws or restores is for white paper."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null as well where the running release restores a version that does not say it.
    op.execute("ALTER TABLE canvas_drawings ADD COLUMN is_dark boolean DEFAULT false")
