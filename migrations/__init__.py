"""Bring a database to the present schema: Procrastinate's tables, ours (Alembic), and what joins the two.

``python -m migrations`` is the release step. It may run twice, and at the same time: an advisory lock makes the second
wait and find nothing to do.
"""

from __future__ import annotations

import hashlib
import re
import time
from importlib import resources
from importlib.metadata import version
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager
from psycopg import sql

from core.database import WRITABLE, session_options

ROOT = Path(__file__).resolve().parent.parent
ADVISORY_LOCK = 0x43414E56  # "CANV": held while the schema changes
TURN_PAUSE = 0.2  # seconds between two tries to get that lock
LOCK_TIMEOUT = (
    "5s"  # a schema change that cannot get its lock gives up instead of queueing up the whole service
)


def migrate(dsn: str, *, revision: str = "head") -> bool:
    """Bring the database at ``dsn`` to the present schema, or to that of an earlier ``revision`` of ours.

    Returns whether it has it now. False means that a later release has been here and this one was rolled back to:
    nothing is changed, for what the later one made is what the earlier one already ran on while it was upgraded.
    Raises ``psycopg.errors.LockNotAvailable`` when a running transaction holds a table for longer than 5 s: run again.
    """
    # Whatever limits its role has: an index on a grown table takes as long as it takes.
    options = session_options(statement_timeout=None)
    with psycopg.connect(dsn, autocommit=True, options=options, **WRITABLE) as guard:
        _take_turn(guard)
        with psycopg.connect(dsn, options=options, **WRITABLE) as conn:
            conn.execute(sql.SQL("SET lock_timeout = {}").format(sql.Literal(LOCK_TIMEOUT)))
            if _is_of_later_release(conn):
                return False
            _migrate_procrastinate(conn)
            conn.commit()
            command.upgrade(_alembic_config(dsn), revision)
            _apply_border(conn)
            return True


def _is_of_later_release(conn: psycopg.Connection) -> bool:
    """Return whether the database has a migration, or a version of Procrastinate, that this release does not know."""
    queue = _read_comment(conn, "procrastinate_jobs")
    if queue and _version_key(queue) > _version_key(version("procrastinate")):
        return True
    if _read_comment(conn, "alembic_version") is None:
        return False
    known = {script.revision for script in ScriptDirectory.from_config(_alembic_config("")).walk_revisions()}
    return any(row[0] not in known for row in conn.execute("SELECT version_num FROM alembic_version"))


def _take_turn(guard: psycopg.Connection) -> None:
    """Wait until no other process migrates.

    By asking again: a statement that waits for the lock would hold a snapshot, and CREATE INDEX CONCURRENTLY in the
    process that has the lock would wait for this one.
    """
    while True:
        row = guard.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK]).fetchone()
        if row is not None and row[0]:
            return
        time.sleep(TURN_PAUSE)


def _migrate_procrastinate(conn: psycopg.Connection) -> None:
    """Create Procrastinate's tables from the installed package, or upgrade them by its own scripts."""
    installed = version("procrastinate")
    present = _read_comment(conn, "procrastinate_jobs")
    if present is None:
        conn.execute(SchemaManager.get_schema().encode())
    else:
        for script in _scripts_since(present.removeprefix("procrastinate ")):
            conn.execute(script.read_bytes())
    _write_comment(conn, "TABLE", "procrastinate_jobs", f"procrastinate {installed}")


def _scripts_since(present: str) -> list[Path]:
    """Return the package's migration scripts that are newer than version ``present``, in order."""
    if not present:
        raise RuntimeError(
            "procrastinate_jobs exists but was not made by this release step. Apply Procrastinate's own migrations, "
            "then: COMMENT ON TABLE procrastinate_jobs IS 'procrastinate <its version>'"
        )
    scripts = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    return [script for script in scripts if _version_key(script.name) > _version_key(present)]


def _version_key(name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", name)[:3])


def _alembic_config(dsn: str) -> Config:
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["dsn"] = dsn
    return config


def read_border() -> bytes:
    """Return what is applied after the tables: the border to the queue, and the functions of the job record."""
    functions = ROOT / "core" / "sql" / "functions.sql"
    return (ROOT / "procrastinate_schema.sql").read_bytes() + functions.read_bytes()


def _apply_border(conn: psycopg.Connection) -> None:
    """Apply ``read_border`` unless the database has this very text already."""
    text = read_border()
    migration_files = sorted(
        resources.files("migrations").joinpath("versions").iterdir(), key=lambda f: f.name
    )
    # The view copies the columns of ai_jobs, so it is made again after each migration too.
    stamp = hashlib.sha256(
        text + b"".join(f.name.encode() for f in migration_files if f.name.endswith(".py"))
    )
    digest = f"procrastinate_schema.sql {stamp.hexdigest()}"
    if _read_comment(conn, "job_view") == digest:
        return
    conn.execute(text)
    _write_comment(conn, "VIEW", "job_view", digest)
    conn.commit()


def _read_comment(conn: psycopg.Connection, name: str) -> str | None:
    """Return the comment on a table or view: None when it does not exist, "" when it has no comment."""
    row = conn.execute(
        "SELECT coalesce(obj_description(oid, 'pg_class'), '') FROM pg_class WHERE oid = to_regclass(%s)",
        [name],
    ).fetchone()
    return row[0] if row else None


def _write_comment(conn: psycopg.Connection, kind: str, name: str, comment: str) -> None:
    statement = sql.SQL("COMMENT ON {} {} IS {}").format(
        sql.SQL(kind), sql.Identifier(name), sql.Literal(comment)
    )
    conn.execute(statement)
