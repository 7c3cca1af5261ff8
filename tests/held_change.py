"""Hold another session's change in mid-statement until it is released: a chance to freeze or cut off its process."""

from __future__ import annotations

from typing import LiteralString

from psycopg import sql

from core.database import Connection

LOCK = 20_261  # any number that nothing else locks


def hold_first(conn: Connection, when: LiteralString) -> None:
    """Hold the first such change (``BEFORE UPDATE ON canvases``) until ``release``, or until ``conn`` is closed."""
    conn.execute(
        sql.SQL(
            """
            CREATE SEQUENCE changes;
            CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN IF nextval(''changes'') = 1 THEN PERFORM pg_advisory_xact_lock({}); END IF; RETURN NEW; END';
            CREATE TRIGGER hold {} FOR EACH ROW EXECUTE FUNCTION hold();
            SELECT pg_advisory_lock({});
            """
        ).format(sql.Literal(LOCK), sql.SQL(when), sql.Literal(LOCK))
    )


def is_held(conn: Connection) -> bool:
    """Return whether a session waits in its change."""
    waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
    return conn.execute(waiting, [LOCK]).fetchone() is not None


def release(conn: Connection) -> None:
    """Let the change go on."""
    conn.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
