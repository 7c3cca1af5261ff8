"""The words that servers refuse requests with, by what they mean: codes to compare, patterns to look for."""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


# Machine-readable codes and types, in lower case.

QUOTA_CODES = frozenset(
    "insufficient_quota billing_hard_limit_reached billing_not_active insufficient_credits insufficient_balance"
    " exceeded_current_quota_error budget_exceeded credit_balance_too_low arrearage payment_required"
    " insufficient_funds quota_exhausted billing_error".split()
)
FILTER_CODES = frozenset(
    "content_filter content_policy_violation responsibleaipolicyviolation sensitive data_inspection_failed"
    " datainspectionfailed moderation_blocked content_filtered prompt_blocked content_blocked safety".split()
)
GENERATION_CODES = frozenset("json_validate_failed tool_use_failed output_parse_failed".split())
KEY_CODES = frozenset(
    "invalid_api_key api_key_invalid authentication_error unauthenticated invalid_authentication".split()
)
MODEL_CODES = frozenset(
    "model_not_found model_not_available model_not_exist deploymentnotfound unknown_model modelnotfound".split()
)
SIZE_CODES = frozenset(
    "context_length_exceeded exceed_context_size_error string_above_max_length tokens_limit_reached".split()
)
RATE_CODES = frozenset(
    "rate_limit_exceeded rate_limit_error rate_limited too_many_requests throttlingexception"
    " resource_exhausted rate_limit_reached_error".split()
)

# Patterns for sentences.

_MAX_TOKENS = r"max_(?:completion_|new_|output_)?tokens"

QUOTA = _any(
    r"insufficient (?:account )?(?:quota|balance|credits?|funds)",
    r"exceeded (?:your|the) (?:current|monthly) quota",
    r"exceeded your (?:monthly )?(?:included )?credit",
    r"(?:no|out of|used (?:up )?all|not enough) (?:\w+ )?credits?\b",
    r"credit (?:balance|limit)",
    r"(?:exceeded|over) ?(?:your )?budget|budget has been exceeded",
    r"payment (?:is )?required|requires more credits|can only afford|top up",
    r"spend(?:ing)? limit|billing (?:hard )?limit",
    r"billing (?:account )?(?:is )?(?:not active|inactive|disabled)",
    r"add (?:more )?(?:credit|a payment)|purchase (?:more )?credits",
    r"account is not in good standing|arrear",
    "余额不足|欠费",
)
FILTERED = _any(
    r"content[ _](?:management )?(?:policy|filter|moderation)|content was filtered",
    r"flagged|moderation|guardrail|responsible ai|data inspection",
    r"safety (?:system|filter|polic|reason|setting)",
    r"inappropriate content|prohibited content|sensitive (?:content|words?|information)",
    r"blocked by (?:the )?(?:content|safety|policy)",
)
GENERATION = _any(
    r"failed to (?:generate|validate) json", r"generated json", r"does not match the (?:expected )?schema"
)
SIZE = _any(
    r"context[ _-]?(?:length|size|window|limit)|maximum context|max_model_len|max_seq_len|n_ctx\b",
    r"(?:prompt|input|request|message)s? (?:is|are) too (?:long|large)|too long\b|request too large",
    r"too many (?:input )?tokens|token (?:limit|count)|completion tokens|output tokens",
    r"tokens per minute.{0,80}requested",
    r"reduce (?:the|your) (?:length|message|prompt|input)",
    rf"(?:{_MAX_TOKENS}|maximum tokens)\S* (?:is too (?:large|high)|value|(?:you )?requested exceed|exceed)",
    rf"(?:{_MAX_TOKENS}|maximum tokens)\S* (?:must|should) be (?:less|at most|<=|smaller|lower|between|in\b)",
    rf"(?:{_MAX_TOKENS}|maximum tokens)\S* cannot (?:exceed|be (?:greater|larger|more))",
    rf"(?:invalid|range of) {_MAX_TOKENS}|{_MAX_TOKENS}\W{{0,3}}: ?\d+ ?>|max_new_tokens`? must be",
    r"exceeds? the (?:model'?s? )?(?:maximum|limit|available context)",
    r"(?:longer|larger) than the (?:model|maximum)|(?:payload|entity) too large",
    r"tokens to keep from the initial prompt|keep the first \d+ tokens",
)
# One request is larger than all that may be used in a minute: waiting would not help.
TOO_LARGE_FOR_RATE = _any(r"request too large", r"requested \d+.{0,40}reduce your message")
KEY = _any(
    r"(?:api[ _-]?key|token|credentials?)\b.{0,30}(?:invalid|not valid|incorrect|expired|missing|revoked|required)",
    r"(?:invalid|incorrect|missing|expired|no|wrong) (?:api[ _-]?key|authentication|credentials?|bearer)",
    r"unauthorized|unauthenticated|not authenticated",
)
MODEL = _any(
    r"(?:model|deployment)\b.{0,80}?(?:does(?: not|n't) exist|not (?:be )?found|not exist|(?:is )?not available)",
    r"(?:model|deployment)\b.{0,80}?(?:not (?:a )?valid|not supported|unknown|not loaded|no access|not allowed)",
    r"(?:model|deployment)\b.{0,80}?(?:deprecated|decommissioned|retired)",
    r"(?:unknown|invalid|no such|unsupported|unrecognized|incorrect) model|not a valid model",
    r"no (?:access to|endpoints found for|model)|access to (?:the )?model|pull(?:ing)? it first",
    r"no allowed (?:providers|endpoints)",
)
RATE = _any(
    r"rate[ _-]?limit|too many requests|throttl|quota exceeded for",
    r"(?:requests|tokens) per (?:minute|day|second)|\b[rt]p[md]\b",
    r"concurren\w+ (?:limit|requests)",
)
DOWN = _any(
    r"overloaded|capacity|unavailable|try again later|server[ _]error|internal error|bad gateway",
    r"provider returned error|is (?:currently )?loading|timed? ?out|upstream",
)
ROUTE = _any(
    r"unexpected endpoint|no route|route not found|invalid url|cannot post|unknown (?:request )?(?:url|path)"
)

# What a complaint about a parameter is about: the choices of ``Parameters``, by the words that name them.
PARAMETERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "is_streamed",
        _any(
            r"verified to stream",
            r"\bstream(?:ing|ed)?\b.{0,40}(?:not (?:supported|available|allowed|enabled)|unsupported|disabled)",
            r"(?:does not|doesn't|cannot|can't|not) (?:support )?stream(?:ing)?\b",
        ),
    ),
    ("has_usage", _any(r"stream_options|include_usage")),
    (
        "formats",
        _any(
            r"response[_ ]?format|json[_ ]?schema|json[_ ]?(?:mode|object)|structured[_ ]?outputs?",
            r"grammar|guided|requested parameters|\bschema\b|additionalProperties|\bstrict\b",
        ),
    ),
    ("limits", _any(_MAX_TOKENS)),
    ("efforts", _any(r"reasoning[_ ]?effort|\breasoning\b|thinking")),
    (
        "roles",
        _any(
            r"messages?\W*\d*\W*role|['\"`]system['\"`]|\bsystem (?:role|message|prompt)",
            r"developer (?:instruction|role|message)|role.{0,20}\bsystem\b|\bsystem\b.{0,40}not supported",
            r"roles must alternate|first message must|only user and assistant",
        ),
    ),
)
EXACT_PARAMETERS = {"stream": "is_streamed", "messages": "roles", "reasoning": "efforts"}

# Members of an error that repeat the request, and so may hold any word.
ECHOES = frozenset(
    "input inputs ctx url failed_generation messages request prompt user_id documentation_url".split()
)
