"""The worker's pools: no needless check, and no connection that died while idle."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from core.database import Connection
from core.pools import IDLE_SECONDS, make_async_pool
from tasks.app import make_connector


async def kill_after_a_rest(conn: Connection, backend: int) -> None:
    conn.execute("SELECT pg_terminate_backend(%s)", [backend])
    await asyncio.sleep(IDLE_SECONDS * 1.1)


async def backend_of(pool: Any) -> int:
    async with pool.connection() as conn:
        assert conn.autocommit  # each statement is a transaction: no round trips for BEGIN and COMMIT
        return int(conn.info.backend_pid)


@pytest.mark.parametrize("whose", ["ours", "the queue's"])
def test_a_connection_that_died_while_idle_is_replaced(dsn: str, conn: Connection, whose: str) -> None:
    async def story(pool: Any) -> None:
        backend = await backend_of(pool)
        assert await backend_of(pool) == backend
        await kill_after_a_rest(conn, backend)
        async with pool.connection() as fresh:
            await fresh.execute("SELECT 1")
            assert fresh.info.backend_pid != backend

    async def run() -> None:
        if whose == "ours":
            async with make_async_pool(dsn, size=1, application_name="test") as pool:
                await story(pool)
        else:
            connector = make_connector(dsn)
            await connector.open_async()
            try:
                await story(connector.pool)
            finally:
                await connector.close_async()

    asyncio.run(run())


def test_a_transaction_left_open_ends_with_the_loan(dsn: str) -> None:
    async def story() -> None:
        async with make_async_pool(dsn, size=1, application_name="test") as pool:
            async with pool.connection() as conn:
                await conn.execute("BEGIN")
            async with pool.connection() as conn:
                assert conn.info.transaction_status is psycopg.pq.TransactionStatus.IDLE

    asyncio.run(story())
