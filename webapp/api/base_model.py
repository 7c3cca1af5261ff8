"""What all models of responses have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Response(BaseModel):
    """An object with exactly these fields today; callers must expect more tomorrow."""

    model_config = ConfigDict(extra="allow")
