"""How model servers differ from the manual: refused parameters and sizes: the right thing is stepped down first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.tasks.quirks import (
    GOOD,
    document,
    refusal,
    stream,
)
from tests.tasks.reading import ORDER, ask, check_drawn, check_failed


def refuses(parameter: str, refused: bytes) -> Any:
    """Return a server that refuses a parameter and is well without it."""

    def respond(body: dict[str, Any]) -> bytes:
        return refused if parameter in body else GOOD

    return respond


PARAMETERS: dict[str, tuple[str, bytes]] = {
    "named as param, 403": ("response_format", refusal(403, "Not for your tier", param="response_format")),
    "named as param, 404": ("response_format", refusal(404, "Not found", param="response_format")),
    "501": ("response_format", refusal(501, "json_schema is not implemented")),
    "500 about a grammar": ("response_format", refusal(500, "failed to parse grammar")),
    "422 of FastAPI": (
        "response_format",
        document(
            {"detail": [{"loc": ["body", "response_format"], "msg": "Extra inputs are not permitted"}]},
            "422 No",
        ),
    ),
    "422 that repeats the request": (
        "stream_options",
        document(
            {
                "detail": [
                    {
                        "loc": ["body", "stream_options"],
                        "msg": "extra",
                        "input": {"max_tokens": 1, "model": "x not found"},
                    }
                ]
            },
            "422 No",
        ),
    ),
    "detail as a sentence": (
        "response_format",
        document({"detail": "response_format is not supported"}, "400 No"),
    ),
    "error as a sentence": ("response_format", document({"error": "json_schema unsupported"}, "400 No")),
    "errors as a list": (
        "stream_options",
        document({"errors": [{"message": "stream_options: unknown"}]}, "400 No"),
    ),
    "plain text": (
        "response_format",
        document("response_format is not supported", "400 No", kind="text/plain"),
    ),
    "no word about it": ("response_format", refusal(400, "Bad request")),
    "in the stream": (
        "response_format",
        stream({"error": {"message": "json_schema is not supported", "code": 400}}),
    ),
    "in a 200": (
        "response_format",
        document({"error": {"message": "Invalid schema for response_format", "code": 400}}),
    ),
    "nested by a gateway": (
        "response_format",
        refusal(
            400,
            "Provider returned error",
            metadata={"raw": json.dumps({"error": {"message": "response_format unsupported"}})},
        ),
    ),
    "usage": ("stream_options", refusal(400, "Unknown parameter: 'stream_options'.", param="stream_options")),
    "name of the limit": (
        "max_tokens",
        refusal(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        ),
    ),
    "two formats": (
        "response_format",
        refusal(400, "response_format: json_schema and json_object are not supported"),
    ),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_refused_parameter_is_left_out(name: str) -> None:
    parameter, refused = PARAMETERS[name]
    outcome = ask(*[refuses(parameter, refused)] * 8)
    assert outcome.failure is None
    assert outcome.texts == ORDER
    kept = {"response_format", "max_tokens", "stream_options"} - {parameter}
    assert kept <= set(outcome.bodies[-1])


SIZES = {
    "vLLM, another sentence": (
        "'max_tokens' or 'max_completion_tokens' is too large: 16000. This model's maximum context length is 8192"
        " tokens and your request has 1650 input tokens (16000 > 8192 - 1650).",
        6478,
    ),
    "TGI": (
        "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 1650 `inputs` tokens and 16000 `max_new_tokens`",
        2382,
    ),
    "SGLang": (
        "Requested token count exceeds the model's maximum context length of 8192 tokens. You requested a total of 17650"
        " tokens: 1650 tokens from the input messages and 16000 tokens for the completion.",
        6478,
    ),
    "OpenRouter": (
        "This endpoint's maximum context length is 8192 tokens. However, you requested about 17650 tokens (1650 of text"
        " input, 16000 in the output).",
        6478,
    ),
    "DeepSeek": ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8192),
    "OpenAI": ("max_tokens is too large: 16000. This model supports at most 4096 completion tokens.", 4096),
    "Anthropic": ("max_tokens: 16000 > 8192, which is the maximum allowed number of output tokens", 8192),
    "Alibaba": ("Range of max_tokens should be [1, 8192]", 8192),
    "Bedrock": ("The maximum tokens you requested exceeds the model limit of 4096.", 4096),
    "no number": ("Please reduce the length of the messages or completion.", 8000),
}


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("status", [400, 422, 500])
def test_size_refused_lowers_the_limit_and_keeps_the_format(name: str, status: int) -> None:
    sentence, tokens = SIZES[name]
    outcome = ask(refusal(status, sentence), GOOD)
    check_drawn(outcome, requests=2)
    assert outcome.bodies[1]["max_tokens"] == tokens
    assert outcome.bodies[1]["response_format"] == outcome.bodies[0]["response_format"]


def test_request_larger_than_a_minute_allows_is_made_smaller() -> None:
    sentence = "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 17650, please reduce"
    for status in (413, 429):
        outcome = ask(refusal(status, sentence, type="tokens", code="rate_limit_exceeded"), GOOD)
        check_drawn(outcome, requests=2)
        assert outcome.bodies[1]["max_tokens"] < 6000


@pytest.mark.parametrize(
    ("sentence", "had"),
    [
        (
            "request (1650 tokens) exceeds the available context size (1024 tokens), try increasing it",
            "1,024",
        ),
        (
            "This model's maximum context length is 1024 tokens. However, your messages resulted in 1650 tokens.",
            "1,024",
        ),
        (
            "Trying to keep the first 1650 tokens, but the model is loaded with context length of only 1024 tokens",
            "1,024",
        ),
        ("The input (1650 tokens) is longer than the model's context length (1024 tokens).", "1,024"),
        ("prompt is too long: 1650 tokens > 1024 maximum", "1,024"),
    ],
)
def test_context_too_small_says_tokens_needed_and_had(sentence: str, had: str) -> None:
    outcome = ask(refusal(400, sentence))
    check_failed(outcome, "model_context_too_small", is_final=True)
    assert had in outcome.operator_message
    assert "2,150" in outcome.operator_message


def test_refused_parameter_is_remembered_and_a_stumble_is_not() -> None:
    named = refusal(400, "'response_format' is not supported", param="response_format")
    assert len(ask(named, named, GOOD, GOOD, times=2).bodies) == 4
    stumble = refusal(400, "Failed to generate JSON.", code="json_validate_failed")
    outcome = ask(stumble, GOOD, GOOD, times=2)
    assert [body["response_format"]["type"] for body in outcome.bodies] == [
        "json_schema",
        "json_object",
        "json_schema",
    ]
    unnamed = refusal(400, "Bad request")
    assert ask(unnamed, GOOD, GOOD, times=2).bodies[-1]["response_format"]["type"] == "json_schema"


def test_server_that_fails_at_once_again_is_asked_without_the_format() -> None:
    failing = refuses("response_format", refusal(500, "Internal Server Error"))
    check_failed(ask(failing), "model_unavailable", is_final=False)
    check_drawn(ask(failing, failing, failing, times=2), requests=3)
    down = refusal(503, "Service Unavailable")
    check_failed(ask(down, down, down, times=2), "model_unavailable", is_final=False, requests=3)


def test_request_that_stays_refused_ends() -> None:
    outcome = ask(*[refusal(400, "Bad request")] * 9)
    assert (outcome.code, outcome.is_final) == ("model_invalid_request", True)
    assert len(outcome.bodies) < 9


def test_instructions_are_the_users_where_there_is_no_system_role() -> None:
    outcome = ask(refusal(400, "System role not supported"), GOOD)
    check_drawn(outcome, requests=2)
    assert [each["role"] for each in outcome.bodies[1]["messages"]] == ["user"]
    assert "You plan drawings" in outcome.bodies[1]["messages"][0]["content"]
