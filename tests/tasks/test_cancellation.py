"""Tasks that are cancelled, and what they are given time for."""

from __future__ import annotations

import asyncio

from tasks.cancellation import cancel_and_wait, end_undisturbed


def test_what_a_cancelled_task_has_to_clean_up_is_not_cut_short() -> None:
    async def story() -> None:
        is_cleaning, may_end, ended = asyncio.Event(), asyncio.Event(), []

        async def work() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                is_cleaning.set()
                await may_end.wait()
                ended.append("cleaned up")

        async def own() -> None:
            task = asyncio.create_task(work())
            try:
                await asyncio.sleep(3600)
            finally:
                await end_undisturbed(task)

        owner = asyncio.create_task(own())
        await asyncio.sleep(0)
        cancelling = asyncio.create_task(cancel_and_wait(owner))
        await is_cleaning.wait()
        for _ in range(3):
            owner.cancel()  # as cancel_and_wait does again and again
            await asyncio.sleep(0)
        assert not owner.done()
        may_end.set()
        await cancelling
        assert ended == ["cleaned up"]

    asyncio.run(story())
