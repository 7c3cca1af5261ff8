"""Designers turn a person's sentence into a plan, item by item; drawing the plan is left to ``drawing``."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from core.attempts import Usage
from core.settings import Settings
from drawing.plan import Header, Item


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for, in the words and with the names of the HTTP contract."""

    instructions: str  # or the notation itself, where that was given
    style: str = "modern"
    color_scheme: str = "default"
    earlier_failure: str | None = None  # the code of the failure that the attempt before this one ended with
    draws_cut: bool = False  # a plan that was cut is drawn with a note: it was asked for again already
    drawings: tuple[
        str, ...
    ] = ()  # notations of which one is to be changed, the newest last; none for a new drawing
    selection: tuple[str, ...] = ()  # what the person has marked in the only one, as statements name it
    may_be_new: bool = False  # the request may be for another drawing after all

    @property
    def is_change(self) -> bool:
        """True when something is to be changed."""
        return bool(self.drawings)


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that the person should read next to the drawing."""

    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """The next piece of a drawing written as notation, cut anywhere."""

    text: str


class Restart(Enum):
    """Said when what was said before does not count any more: the plan begins again."""

    RESTART = "the plan begins again"


Said = Header | Item | Source | Restart | Note | Usage


class Designer(Protocol):
    """Turns requests into plans.

    For a change, ``design`` yields the statements that change a drawing, as Sources, or that drawing whole; of several
    drawings, a first line such as "drawing 2" says which. A plan is a new drawing, where the request allows one.
    Else it yields a plan (one Header, then Items as they are complete) or notation (Sources, in pieces); after a
    Restart all of it once more. Notes and Usages may come anywhere; each Usage is all that was spent so far. It
    raises ``tasks.designers.failures.ModelFailure`` and nothing else; what it yielded before stays valid. Wrap it in
    ``contextlib.aclosing``: closing it, or cancelling the task, closes the connection to the model.
    """

    @property
    def generator(self) -> str:
        """What ``result.generator`` says: the name in ``AI_PROVIDER``, or "source" when no words were given."""
        ...

    @property
    def model(self) -> str | None:
        """The model's name; None when no model is asked."""
        ...

    def design(self, request: Request) -> AsyncGenerator[Said, None]:
        """Yield the plan for a request."""
        ...

    async def close(self) -> None:
        """Close idle connections."""
        ...


def make_designer(settings: Settings) -> Designer:
    """Return the designer that the settings ask for; raises ``SettingsError`` if they leave none."""
    # Imported here, as a worker without a model need not load the client (0.7 s).
    if settings.provider == "rules":
        from tasks.designers.rules import RulesDesigner

        return RulesDesigner()
    from tasks.designers.openai import OpenAIDesigner

    return OpenAIDesigner(
        api_key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else None,
        base_url=settings.openai_base_url,
        model=settings.openai_model,
        timeout_seconds=settings.ai_timeout_seconds,
        idle_timeout_seconds=settings.ai_idle_timeout_seconds,
        max_streams=settings.max_concurrent_jobs,
        plan_format=settings.plan_format,
    )
