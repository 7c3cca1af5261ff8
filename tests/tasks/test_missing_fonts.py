"""A result says when its pictures cannot show its texts on this machine."""

from __future__ import annotations

import asyncio

import pytest

from core.database import Connection
from core.settings import Settings
from drawing import scripts
from tests.tasks.workshop import post, until_final, working


@pytest.mark.parametrize(
    ("instructions", "said"), [("订单 -> 检查库存", True), ("Order -> check stock", False)]
)
def test_result_notes_a_script_without_a_font(
    conn: Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch, instructions: str, said: bool
) -> None:
    monkeypatch.setattr(scripts, "USES_SYSTEM_FONTS", False)
    scripts.can_draw.cache_clear()

    async def story() -> None:
        async with working(settings):
            job = await until_final(conn, post(conn, instructions).id)
        assert job.status == "completed"
        assert job.result is not None
        sentence = "PNG pictures show boxes instead of Chinese text: the service has no font for it."
        assert (sentence in job.result["notes"]) == said
        assert (sentence in job.result["message"]) == said

    try:
        asyncio.run(story())
    finally:
        scripts.can_draw.cache_clear()
