"""How model servers differ from the manual: rate limits, quotas, keys, models, and what an answer costs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tasks.quirks import (
    CUT,
    GOOD,
    TEXT,
    USAGE,
    answer,
    chunk,
    document,
    refusal,
    stream,
    texts,
)
from tests.tasks.reading import ask, check_failed

# Rate limits, quotas, keys and models


WAITS = {
    "seconds": (refusal(429, "slow down", "Retry-After: 7"), 7),
    "milliseconds": (refusal(429, "slow down", "retry-after-ms: 1500"), 1.5),
    "sentence": (refusal(429, "Rate limit reached. Please try again in 20s."), 20),
    "parts": (
        refusal(429, "Rate limit reached for tokens per min. Please try again in 1m2.5s. Visit …"),
        62.5,
    ),
    "words": (refusal(429, "Please retry after 3 minutes and 10 seconds."), 190),
    "milliseconds in words": (refusal(429, "Please try again in 650ms."), 0.65),
    "Azure": (
        refusal(429, "exceeded token rate limit of your S0 pricing tier. Please retry after 10 seconds."),
        10,
    ),
    "member": (document({"error": {"message": "slow", "retry_after": 12}}, "429 No"), 12),
    "member in milliseconds": (document({"message": "slow", "retry_after_ms": 2500}, "429 No"), 2.5),
    "Google": (
        document(
            [
                {
                    "error": {
                        "code": 429,
                        "status": "RESOURCE_EXHAUSTED",
                        "message": "You exceeded your current quota, please check your"
                        " plan and billing details.",
                        "details": [{"retryDelay": "38.5s"}],
                    }
                }
            ],
            "429 No",
        ),
        38.5,
    ),
    "reset": (
        refusal(429, "slow down", "x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 1m6s"),
        66,
    ),
    "reset of the limit in question": (
        refusal(
            429,
            "slow",
            "x-ratelimit-remaining-requests: 5",
            "x-ratelimit-reset-requests: 5m",
            "x-ratelimit-remaining-tokens: 0",
            "x-ratelimit-reset-tokens: 9s",
        ),
        9,
    ),
    "header before sentence": (refusal(429, "try again in 20s", "Retry-After: 7"), 7),
    "in the stream": (stream({"error": {"code": 429, "message": "Rate limited, try again in 5s"}}), 5),
    "in a 200": (document({"error": {"code": "429", "message": "rate limit; retry in 9s"}}), 9),
    "without": (refusal(429, "Too many requests"), None),
    "a year nobody lives in": (
        refusal(429, "slow", "Retry-After: Fri, 31 Dec 99999999999 23:59:59 GMT"),
        None,
    ),
    "longer than any quota": (refusal(429, "slow", "Retry-After: 99999999999"), 480),
}


@pytest.mark.parametrize("name", WAITS)
def test_wait_is_read_from_headers_and_bodies(name: str) -> None:
    recording, seconds = WAITS[name]
    outcome = ask(recording)
    check_failed(outcome, "model_rate_limited", is_final=False)
    assert outcome.retry_after_seconds == seconds


@pytest.mark.parametrize("wait", ["7h12m", "7h12m0s", "7 hours and 12 minutes", "25920 seconds"])
def test_wait_of_hours_ends_the_job_with_that_sentence(wait: str) -> None:
    outcome = ask(refusal(429, f"Rate limit reached for requests per day. Please try again in {wait}."))
    check_failed(outcome, "model_rate_limited", is_final=True)
    assert outcome.failure is not None
    assert "7 hours and 12 minutes" in outcome.failure.message


QUOTAS = {
    "OpenAI": refusal(
        429, "You exceeded your current quota", code="insufficient_quota", type="insufficient_quota"
    ),
    "OpenAI without its code": refusal(
        429, "You exceeded your current quota, please check your plan and billing details."
    ),
    "LiteLLM": document(
        {
            "error": {
                "message": "litellm.RateLimitError: RateLimitError: OpenAIException - You exceeded your current quota, please"
                " check your plan and billing details.",
                "type": None,
                "code": "429",
            }
        },
        "429 No",
    ),
    "LiteLLM's budget": refusal(
        400, "Budget has been exceeded! Current cost: 10.2, Max budget: 10", type="budget_exceeded"
    ),
    "OpenRouter, 402": refusal(402, "Insufficient credits. Add more using https://…", code=402),
    "OpenRouter, 402 in a 200": document(
        {"error": {"message": "This request requires more credits", "code": 402}}
    ),
    "OpenRouter, in the stream": stream({"error": {"message": "Insufficient credits", "code": 402}}),
    "DeepSeek": refusal(402, "Insufficient Balance", code="invalid_request_error"),
    "Anthropic": refusal(400, "Your credit balance is too low to access the API."),
    "Moonshot": refusal(
        429, "Your account is suspended, please check your plan", type="exceeded_current_quota_error"
    ),
    "Zhipu": document({"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}}, "429 No"),
    "xAI": refusal(403, "Your team has used all available credits or reached its monthly spending limit."),
    "Hugging Face": document({"error": "You have exceeded your monthly included credits"}, "402 No"),
    "nested by a gateway": refusal(
        429, "Provider returned error", metadata={"raw": '{"error": {"code": "insufficient_quota"}}'}
    ),
}


@pytest.mark.parametrize("name", QUOTAS)
def test_no_credit_is_no_credit_in_every_shape(name: str) -> None:
    check_failed(ask(QUOTAS[name]), "model_quota_exhausted", is_final=True)


OTHERS = {
    "key, 400 of Google": (
        document(
            [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}], "400 No"
        ),
        "model_unauthorized",
        True,
    ),
    "key, 401": (refusal(401, "Incorrect API key provided: sk-…"), "model_unauthorized", True),
    "key, 403": (refusal(403, "Country, region, or territory not supported"), "model_unauthorized", True),
    "model, 400 of OpenRouter": (refusal(400, "foo/bar is not a valid model ID"), "model_not_found", True),
    "model, 404 of Ollama": (
        document({"error": "model 'x' not found, try pulling it first"}, "404 No"),
        "model_not_found",
        True,
    ),
    "model, 404 of vLLM": (
        document({"object": "error", "message": "The model `x` does not exist.", "code": 404}, "404 No"),
        "model_not_found",
        True,
    ),
    "model gone": (refusal(400, "The model `x` has been decommissioned"), "model_not_found", True),
    "filter of Azure": (
        refusal(
            400,
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
            code="content_filter",
        ),
        "content_filtered",
        True,
    ),
    "filter of OpenRouter": (
        refusal(403, "Your chosen model requires moderation and your input was flagged"),
        "content_filtered",
        True,
    ),
    "filter of Alibaba": (
        refusal(400, "Output data may contain inappropriate content.", code="data_inspection_failed"),
        "content_filtered",
        True,
    ),
    "overloaded": (refusal(529, "Overloaded", type="overloaded_error"), "model_unavailable", False),
    "loading": (refusal(503, "Loading model"), "model_unavailable", False),
    "bad gateway as a page": (
        document("<html>502 Bad Gateway, strict</html>", "502 Bad", kind="text/html"),
        "model_unavailable",
        False,
    ),
    "time-out of a gateway": (refusal(504, "upstream request timeout"), "model_unavailable", False),
    "error in a 200": (
        document({"error": {"message": "Provider returned error", "code": 502}}),
        "model_unavailable",
        False,
    ),
    "error event": (
        stream('event: error\ndata: {"type": "overloaded_error", "message": "Overloaded"}\n\n'),
        "model_unavailable",
        False,
    ),
    "no capacity": (refusal(498, "Flex tier capacity exceeded"), "model_unavailable", False),
    "error object": (
        stream({"object": "error", "message": "internal error", "code": 500}),
        "model_unavailable",
        False,
    ),
    "error after words": (
        stream(*texts(CUT), {"error": {"message": "overloaded", "code": 502}}),
        "model_interrupted",
        False,
    ),
    "redirect": (
        document("", "307 Moved", "Location: http://127.0.0.1:1/v1/chat/completions"),
        "model_bad_answer",
        True,
    ),
    "compressed": (document("x", "200 OK", "Content-Encoding: gzip"), "model_bad_answer", True),
}


@pytest.mark.parametrize("name", OTHERS)
def test_refusal_has_the_right_word(name: str) -> None:
    recording, code, is_final = OTHERS[name]
    check_failed(ask(recording), code, is_final=is_final)


# Usage


BELIEVED = {
    "OpenAI": ({"prompt_tokens": 900, "completion_tokens": 300}, (900, 300)),
    "Anthropic, cached": (
        {"input_tokens": 100, "cache_read_input_tokens": 800, "output_tokens": 300},
        (900, 300),
    ),
    "OpenAI, cached": (
        {"prompt_tokens": 900, "prompt_tokens_details": {"cached_tokens": 800}, "completion_tokens": 300},
        (900, 300),
    ),
    "DeepSeek": (
        {"prompt_cache_hit_tokens": 800, "prompt_cache_miss_tokens": 100, "completion_tokens": 300},
        (900, 300),
    ),
    "thinking in the total": (
        {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1200},
        (900, 300),
    ),
    "Google": ({"promptTokenCount": 900, "candidatesTokenCount": 300}, (900, 300)),
}


@pytest.mark.parametrize("name", BELIEVED)
def test_usage_is_read_in_every_shape(name: str) -> None:
    said, (given, written) = BELIEVED[name]
    usage = ask(answer(usage=said)).usage
    assert (usage.input_tokens, usage.output_tokens, usage.is_estimated) == (given, written, False)


@pytest.mark.parametrize(
    "place",
    [{"x_groq": {"usage": USAGE}}, {"usageMetadata": {"promptTokenCount": 900, "candidatesTokenCount": 300}}],
)
def test_usage_is_read_in_other_places(place: dict[str, Any]) -> None:
    usage = ask(stream(*texts(TEXT), chunk({}, "stop", **place))).usage
    assert (usage.input_tokens, usage.output_tokens, usage.is_estimated) == (900, 300, False)
    in_choice = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": USAGE}]}
    assert ask(stream(*texts(TEXT), in_choice)).usage.output_tokens == 300


@pytest.mark.parametrize("value", [-1, -5, 1.5, 300.0, True, 10**25, 3 * 10**9, "300", None, 0])
def test_usage_that_cannot_be_true_is_estimated(value: Any) -> None:
    usage = ask(answer(usage={"prompt_tokens": value, "completion_tokens": value})).usage
    assert usage.is_estimated
    assert usage.output_tokens == -(-len(TEXT) // 4)
    assert 500 < usage.input_tokens < 5000


@pytest.mark.parametrize(
    "recording",
    [
        answer(CUT, "error", usage=None),
        answer("Sure!", usage=None),
        stream(chunk({"content": "No."}), chunk({"refusal": "I cannot."}), chunk({}, "stop")),
        answer(CUT, "content_filter", usage=None),
        stream(*texts(CUT), done=False, end="\n<<connection reset here>>\n"),
        stream(*texts(CUT), done=False, end="\n<<silence>>\n"),
    ],
)
def test_failed_answers_are_charged_and_marked_as_estimated(recording: bytes) -> None:
    outcome = ask(recording)
    assert outcome.failure is not None
    assert outcome.usage.is_estimated
    assert outcome.usage.output_tokens > 0
    assert outcome.usage.input_tokens > 500


def test_refused_request_costs_nothing() -> None:
    assert ask(refusal(401)).usage.input_tokens == 0
    assert ask(refusal(400, "response_format is not supported"), GOOD).usage.input_tokens == 900
