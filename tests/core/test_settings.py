"""Settings from the environment, and the ones refused by name."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.settings import Settings, SettingsError, load_settings
from migrations import ROOT

# What others read themselves: gunicorn, and OpenTelemetry's library.
OF_LIBRARIES = {
    "WEB_CONCURRENCY",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
}
PRODUCTION = {"flask_env": "production", "database_url": "postgresql://db", "jwt_secret_key": "x" * 32}


def load(**values: object) -> Settings:
    return load_settings(_env_file=None, **values)


@pytest.mark.parametrize(
    ("missing", "named"),
    [("database_url", "DATABASE_URL"), ("jwt_secret_key", "JWT_SECRET_KEY")],
)
def test_production_refuses_what_is_unset_by_its_name(missing: str, named: str) -> None:
    values = {name: value for name, value in PRODUCTION.items() if name != missing}
    with pytest.raises(SettingsError, match=named):
        load(**values)


def test_production_refuses_a_short_secret() -> None:
    with pytest.raises(SettingsError, match="JWT_SECRET_KEY is shorter than 32 bytes"):
        load(**(PRODUCTION | {"jwt_secret_key": "short"}))


def test_production_refuses_a_short_previous_secret() -> None:
    with pytest.raises(SettingsError, match="JWT_SECRET_KEY_PREVIOUS is shorter than 32 bytes"):
        load(**(PRODUCTION | {"jwt_secret_key_previous": "short"}))


def test_previous_secret_needs_a_present_one() -> None:
    with pytest.raises(SettingsError, match="JWT_SECRET_KEY_PREVIOUS"):
        load(jwt_secret_key_previous="x" * 32)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://keys.example", "keys.example", "data:,x"])
def test_key_set_is_read_over_http_only(url: str) -> None:
    with pytest.raises(SettingsError, match="JWT_JWKS_URL"):
        load(jwt_jwks_url=url)


def test_production_asks_whose_users_a_key_set_signs_for() -> None:
    given = {**PRODUCTION, "jwt_secret_key": None, "jwt_jwks_url": "https://keys.example"}
    with pytest.raises(SettingsError, match="JWT_ISSUER"):
        load(**given)
    assert load(**given, jwt_issuer="https://login.example").jwt_secrets() == []


def test_tokens_are_not_made_where_only_a_public_key_is_known() -> None:
    with pytest.raises(SettingsError, match="JWT_SECRET_KEY is not set"):
        load(jwt_jwks_url="https://keys.example").get_jwt_secret()


def test_production_without_a_key_has_no_designer() -> None:
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        _ = load(**PRODUCTION).provider
    assert load(**PRODUCTION, ai_provider="rules").provider == "rules"


@pytest.mark.parametrize(
    ("values", "provider"),
    [
        ({}, "rules"),
        ({"openai_api_key": "k"}, "openai"),
        ({"openai_base_url": "http://127.0.0.1/v1"}, "openai"),
    ],
)
def test_who_designs(values: dict[str, str], provider: str) -> None:
    assert load(**values).provider == provider


@pytest.mark.parametrize("env", [PRODUCTION, {}])
def test_model_without_key_or_server_is_refused(env: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        _ = load(**env, ai_provider="openai").provider


def test_address_of_the_model_is_an_address() -> None:
    with pytest.raises(SettingsError, match="OPENAI_BASE_URL"):
        load(openai_base_url="127.0.0.1:8080/v1")


def test_only_public_addresses_have_a_limit_of_connections_unless_it_is_set() -> None:
    assert load().connection_limit("8.8.8.8") == 1000
    assert load().connection_limit("2001:4860:4860::8888") == 1000
    assert [load().connection_limit(each) for each in ("127.0.0.1", "10.1.2.3", "100.64.0.5", "")] == [
        None
    ] * 4
    assert load(max_connections_per_address=5).connection_limit("10.1.2.3") == 5


# One value for each variable that the service must not start with.
BAD = {
    "DEFAULT_CONNECTORS": "curved",
    "DEFAULT_SQUARE_DIAMONDS": "perhaps",
    "FLASK_ENV": "staging",
    "DATABASE_URL": "postgresql://u:secret@db:99999/canvas",
    "DATABASE_DIRECT_URL": "postgresql://u:secret@db:99999/canvas",
    "LOG_LEVEL": "loud",
    "LOG_FORMAT": "xml",
    "WORKER_TIMEOUT_SECONDS": "nan",
    "WEBHOOK_SECRET": "whsec_short",
    "WEBHOOK_URL": "https://app.example.com",
    "WEBHOOK_ALLOW_PRIVATE": "perhaps",
    "METRICS_TOKEN": "two words",
    "METRICS_PORT": "http",
    "PORT": "0",
    "WEB_CONCURRENCY": "0",
    "WEB_POOL_SIZE": "0",
    "JWT_SECRET_KEY_PREVIOUS": "the one before none",
    "JWT_PUBLIC_KEY": "nonsense",
    "JWT_JWKS_URL": "login.example.com",
    "CORS_ORIGINS": "https://app.example.com, app.example.com",
    "MAX_ACTIVE_JOBS_PER_USER": "0",
    "RATE_LIMIT_PER_MINUTE": "9" * 20,
    "DAILY_TOKEN_BUDGET": "much",
    "REQUESTS_PER_SECOND_PER_USER": "0",
    "MAX_CONNECTIONS_PER_ADDRESS": "0",
    "MAX_STREAMS_PER_USER": "0",
    "MAX_JOB_RETRIES": "-1",
    "JOB_DEADLINE_SECONDS": "inf",
    "JOB_CLEANUP_DAYS": "0",
    "PURGE_INTERVAL_SECONDS": "0",
    "AI_PROVIDER": "gpt",
    "PLAN_FORMAT": "xml",
    "OPENAI_API_KEY": "sk-secret\n-two-lines",
    "OPENAI_BASE_URL": "127.0.0.1:8080/v1",
    "AI_TIMEOUT_SECONDS": "0",
    "AI_IDLE_TIMEOUT_SECONDS": "x",
    "MAX_CONCURRENT_JOBS": "many",
    "JOB_PROCESSING_INTERVAL": "0",
    "RETRY_BASE_SECONDS": "-1",
    "SHUTDOWN_GRACE_SECONDS": "inf",
}
ANY_TEXT = {"VAR_DIR", "JWT_SECRET_KEY", "JWT_ISSUER", "JWT_AUDIENCE", "OPENAI_MODEL", "RELEASE"}


@pytest.mark.parametrize("name", BAD)
def test_bad_value_is_refused_by_the_name_of_its_variable(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, BAD[name])
    with pytest.raises(SettingsError, match=name) as caught:
        load()
    assert "secret" not in str(caught.value)


def test_every_setting_was_tried() -> None:
    # Tracing checks its own when a process starts it (tests/tracing/test_switching.py).
    names = {name.upper() for name in Settings.model_fields if not name.startswith("otel_")}
    assert set(BAD) | ANY_TEXT == names


def test_all_bad_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_JOBS", "many")
    monkeypatch.setenv("PORT", "0")
    with pytest.raises(SettingsError, match=r"MAX_CONCURRENT_JOBS: .*; PORT: "):
        load()


def test_line_break_copied_with_a_key_is_not_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1\n")
    key = load().openai_api_key
    assert key is not None
    assert key.get_secret_value() == "sk-1"


@pytest.mark.parametrize(
    "origin", ["https://app.example.com", "http://127.0.0.1:3000", "capacitor://localhost", "*"]
)
def test_origin_as_browsers_send_it(origin: str) -> None:
    assert load(cors_origins=f" {origin} ,").allowed_origins == [origin]


def test_development_secret_is_never_read_half_written(tmp_path: Path) -> None:
    for number in range(30):
        settings = load(var_dir=tmp_path / str(number))
        with ThreadPoolExecutor(8) as threads:
            secrets = set(threads.map(lambda _: settings.get_jwt_secret(), range(8)))  # noqa: B023
        assert [len(secret) for secret in secrets] == [64]


def test_var_dir_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="VAR_DIR"):
        load(var_dir=tmp_path / "file" / "var").get_jwt_secret()


def test_development_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first = load(var_dir=tmp_path).get_jwt_secret()
    assert load(var_dir=tmp_path).get_jwt_secret() == first
    assert len(first) >= 32
    assert (tmp_path / "jwt_secret").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "url",
    [
        "postgres//u:secret@db/canvas",
        "postgresql://u:se cret@db/canvas",
        "postgresql://u:secret%@db/canvas",
        "postgresql://u:se@cret@db/canvas",
        "mysql://u:secret@db/canvas",
        "host=db password='secret",
    ],
)
def test_bad_database_url_is_refused_without_its_password(url: str) -> None:
    for name in ("database_url", "database_direct_url"):
        with pytest.raises(SettingsError, match=f"{name.upper()}: not the address") as caught:
            load(**{name: url})
        assert "cret" not in str(caught.value)


def test_way_past_the_pooler_needs_a_pooler() -> None:
    direct, pooler = "postgresql://db:5432/x", "postgresql://db:6432/x"
    with pytest.raises(SettingsError, match="DATABASE_DIRECT_URL"):
        load(database_direct_url=direct)
    assert load(database_url=pooler, database_direct_url=direct).is_pooled
    assert not load(database_url=direct, database_direct_url=direct).is_pooled
    assert not load(database_url=direct).is_pooled


def test_secrets_do_not_show_in_the_settings() -> None:
    settings = load(
        jwt_secret_key="very secret",
        openai_api_key="also-secret",
        database_url="postgresql://u:secret@db:6432/x",
        database_direct_url="postgresql://u:secret@db/x",
    )
    assert "very secret" not in repr(settings)
    assert "also-secret" not in repr(settings)
    assert "u:secret" not in repr(settings)


def test_env_example_names_every_setting() -> None:
    named = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields} | OF_LIBRARIES
