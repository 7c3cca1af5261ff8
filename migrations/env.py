"""What Alembic runs for each command: connect, and apply plain SQL in one transaction a migration."""

from __future__ import annotations

import psycopg
from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from core.database import WRITABLE, get_direct_dsn, session_options
from core.settings import load_settings


def run() -> None:
    """Apply the asked migrations to the database that the caller, or else the environment, names."""
    dsn = context.config.attributes.get("dsn") or get_direct_dsn(load_settings())
    options = session_options(statement_timeout=None)
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(dsn, options=options, **WRITABLE),
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        connection.exec_driver_sql("SET lock_timeout = '5s'")
        connection.commit()
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


run()
