"""Drawings as notation, and versions: what it takes to change canvases. The running release survives it."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE canvases ADD COLUMN version integer NOT NULL DEFAULT 1")
    op.execute(
        """
        CREATE TABLE canvas_drawings (
            canvas_id uuid NOT NULL REFERENCES canvases (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            title text NOT NULL,
            source text NOT NULL,
            style text NOT NULL,
            color_scheme text NOT NULL,
            square_diamonds boolean NOT NULL,
            connectors text NOT NULL,
            pins jsonb NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (canvas_id, id)
        )
        """
    )
    # What a canvas was. The newest version is what the canvas is: its objects and drawings are not repeated here.
    op.execute(
        """
        CREATE TABLE canvas_versions (
            canvas_id uuid NOT NULL REFERENCES canvases (id) ON DELETE CASCADE,
            number integer NOT NULL,
            author text NOT NULL,
            job_id uuid,
            message text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            title text,
            objects jsonb,
            drawings jsonb,
            PRIMARY KEY (canvas_id, number)
        )
        """
    )
