"""The designer of those who need none: the request is the notation."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from tasks.designers import Request, Said, Source


class NotationDesigner:
    """Hands the notation on as it was given; no model is asked."""

    generator = "source"
    model = None

    async def design(self, request: Request) -> AsyncGenerator[Said, None]:
        """Yield the whole notation."""
        yield Source(request.instructions)

    async def close(self) -> None:
        """Do nothing: there is no connection."""
