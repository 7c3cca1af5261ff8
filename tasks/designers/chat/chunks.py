"""What one piece of an answer says, wherever servers put it: text, thinking, how it ended, an error."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.designers.chat.endings import Ending, read_ending

_THINKING_KEYS = (
    "reasoning_content",
    "reasoning",
    "thinking",
    "thought",
    "reasoning_text",
    "thinking_content",
)
MAX_FINISH_REASON = 40  # characters
_THINKING_TYPES = ("thinking", "reasoning", "reasoning_text", "thought", "redacted_thinking", "summary_text")


@dataclass(slots=True)
class Chunk:
    """A piece of an answer; ``error`` is the error's body, when there is one."""

    text: str = ""
    tool_text: str = (
        ""  # the arguments of a tool call: some servers answer with one where a format is asked for
    )
    thinking: str = ""
    ending: Ending | None = None
    finish_reason: str | None = None  # the server's own word for it
    is_refused: bool = False
    is_message: bool = False  # a whole message, not a delta
    model: str | None = None
    error: Any = None


def read_chunk(data: Any, *, choice_index: int | None = None) -> Chunk:
    """Return what a JSON value of the stream says; anything that is not of the format's shape says nothing."""
    if isinstance(data, list):  # Gemini wraps errors in a list.
        data = next((each for each in data if isinstance(each, Mapping)), {})
    if not isinstance(data, Mapping):
        return Chunk()
    chunk = Chunk(model=data["model"] if isinstance(data.get("model"), str) else None)
    chunk.error = _error(data)
    for choice in _choices(data):
        index = choice.get("index")
        if isinstance(index, int) and index != (choice_index or 0):
            continue
        _read_choice(choice, chunk)
    return chunk


def _error(data: Mapping[str, Any]) -> Any:
    error = data.get("error")
    if error:
        return data
    has_answer = isinstance(data.get("choices"), list) or isinstance(data.get("message"), Mapping)
    is_error = (
        data.get("object") == "error" or data.get("type") == "error" or "detail" in data or "errors" in data
    )
    has_message = isinstance(data.get("message") or data.get("msg"), str)
    kind = data.get("type")
    is_status = has_message and (
        isinstance(data.get("code"), int) or (isinstance(kind, str) and "error" in kind)
    )
    return data if not has_answer and (is_error or is_status) else None


def _choices(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    choices = data.get("choices")
    if isinstance(choices, list):
        yield from (choice for choice in choices if isinstance(choice, Mapping))
    elif isinstance(data.get("message"), Mapping):  # Ollama's own form
        yield {"delta": data["message"], "finish_reason": data.get("done_reason")}
    elif isinstance(data.get("output"), Mapping):  # Alibaba's own form
        yield from _choices(data["output"])


def _read_choice(choice: Mapping[str, Any], chunk: Chunk) -> None:
    for key in ("finish_reason", "finishReason", "stop_reason", "done_reason"):
        if chunk.ending is None and (ending := read_ending(choice.get(key))) is not None:
            chunk.ending, chunk.finish_reason = ending, choice[key][:MAX_FINISH_REASON]
    for key in ("delta", "message"):
        said = choice.get(key)
        if isinstance(said, Mapping) and said and not (chunk.text or chunk.tool_text):
            chunk.is_message = key == "message"
            _read_message(said, chunk)
    if isinstance(choice.get("text"), str):  # of plain completions
        chunk.text += choice["text"]


def _read_message(said: Mapping[str, Any], chunk: Chunk) -> None:
    chunk.is_refused = chunk.is_refused or bool(
        isinstance(said.get("refusal"), str) and said["refusal"].strip()
    )
    _read_content(said.get("content"), chunk)
    if not chunk.text and isinstance(said.get("parsed"), Mapping):
        chunk.text = json.dumps(said["parsed"])
    for key in _THINKING_KEYS:
        if isinstance(said.get(key), str) and said[key]:
            chunk.thinking += said[key]
            break
    else:
        chunk.thinking += "".join(_texts(said.get("reasoning_details")))
    calls = said.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, Mapping):
            chunk.tool_text += _arguments(call.get("function"))
    chunk.tool_text += _arguments(said.get("function_call"))


def _read_content(content: Any, chunk: Chunk) -> None:
    if isinstance(content, str):
        chunk.text += content
        return
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            chunk.text += part
        elif isinstance(part, Mapping):
            texts = "".join(_texts(part))
            if part.get("type") in _THINKING_TYPES or "thinking" in part:
                chunk.thinking += texts
            elif texts:
                chunk.text += texts
            elif "title" in part or "items" in part:  # the plan itself instead of its text
                chunk.text += json.dumps(part)


def _texts(part: Any, depth: int = 0) -> Iterator[str]:
    """Return the texts of a content part: {"text": "…"}, {"text": {"value": "…"}}, {"thinking": [{"text": …}]}."""
    if depth > 4:
        return
    if isinstance(part, list):
        for each in part:
            yield from _texts(each, depth + 1)
    elif isinstance(part, Mapping):
        for key in ("text", "thinking", "value", "summary", "content"):
            value = part.get(key)
            if isinstance(value, str):
                yield value
                return
            if isinstance(value, list | Mapping):
                yield from _texts(value, depth + 1)
                return


def _arguments(function: Any) -> str:
    if not isinstance(function, Mapping):
        return ""
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        return arguments
    return json.dumps(arguments) if isinstance(arguments, Mapping) else ""
