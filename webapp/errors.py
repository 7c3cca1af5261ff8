"""Errors of the web process itself. Their HTTP form is left to ``webapp.transport.problems``."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import CanvasJobsError


class InvalidRequest(CanvasJobsError):
    """The request is not valid."""

    code = "invalid_request"

    def __init__(self, details: Mapping[str, list[str]]) -> None:
        sentences = [_sentence(field, text) for field, texts in details.items() for text in texts]
        super().__init__(" ".join(sentences), details=dict(details))


def _sentence(field: str, complaint: str) -> str:
    """Return a complaint as a sentence: our own is one, Pydantic's needs the field's name."""
    return complaint if complaint.endswith(".") else f"{field}: {complaint}."


class Unauthorized(CanvasJobsError):
    """A valid access token is required: Authorization: Bearer <token>."""

    code = "unauthorized"


class KeysUnavailable(CanvasJobsError):
    """The keys that verify tokens cannot be read right now. Try again in a few seconds."""

    code = "keys_unavailable"
    is_retryable = True


class Forbidden(CanvasJobsError):
    """Your token does not allow this."""

    code = "forbidden"


class UnsupportedMediaType(CanvasJobsError):
    """Send the body as application/json in UTF-8, without a content encoding."""

    code = "unsupported_media_type"


class TooManyStreams(CanvasJobsError):
    """You have too many open event streams. Close one and try again."""

    code = "too_many_streams"
    is_retryable = True


class PicturesBusy(CanvasJobsError):
    """Too many pictures are being drawn. Try again in a few seconds."""

    code = "pictures_busy"
    is_retryable = True


class TooManyRequests(CanvasJobsError):
    """You have too many requests under way. Wait for some of them."""

    code = "too_many_requests"
    is_retryable = True


class RequestTimedOut(CanvasJobsError):
    """The request's body took too long to arrive."""

    code = "request_timeout"
    is_retryable = True


class ServerBusy(CanvasJobsError):
    """The service has no free event streams. Try again in a few seconds."""

    code = "server_busy"
    is_retryable = True
