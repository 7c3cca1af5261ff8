"""The only reader of the environment. What a value means is in ``.env.example``; a bad one is named in the error."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path
from typing import Any, Literal, Self

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.webhook_rules import check_url, is_public, secret_bytes

PlanFormat = Literal["auto", "notation", "json", "labels"]  # how models are asked to answer
Provider = Literal["openai", "rules"]  # who designs: a module of tasks.designers each

BAD_URL = "not the address of a PostgreSQL database (postgresql://user:password@host:5432/name)"
DATABASE_PORT = 5432  # what libpq takes when none is given
# As browsers send it (RFC 6454): nothing after the host. Apps have schemes of their own (capacitor://localhost).
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)
ENV_FILE = ".env"  # for development; the environment itself comes first
CONNECTIONS_PER_ADDRESS = (
    1000  # of public addresses: a browser has six, an office behind one address a few hundred
)
MIN_SECRET_BYTES = 32  # RFC 7518 section 3.2: an HS256 key is at least as long as its hash


class SettingsError(Exception):
    """The environment does not make sense; the message names the variable."""


class Settings(BaseSettings):
    """All settings, typed and checked. Read them with ``load_settings``, never by hand."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", env_ignore_empty=True, frozen=True)

    flask_env: Literal["development", "production"] = "development"
    database_url: str | None = Field(None, repr=False)  # it holds a password
    database_direct_url: str | None = Field(None, repr=False)
    var_dir: Path = Path("var")

    jwt_secret_key: SecretStr | None = None
    jwt_secret_key_previous: SecretStr | None = None
    jwt_public_key: str | None = None
    jwt_jwks_url: str | None = Field(None, pattern=r"^https?://\S+$")
    jwt_issuer: str | None = None
    jwt_audience: str | None = None

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = Field(None, pattern=r"^https?://\S+$")
    openai_model: str = "gpt-6-luna"
    ai_provider: Provider | None = None
    plan_format: PlanFormat = "auto"
    ai_timeout_seconds: float = Field(120.0, gt=0, le=3600)
    ai_idle_timeout_seconds: float = Field(30.0, gt=0, le=3600)

    max_concurrent_jobs: int = Field(20, ge=1, le=1000)
    job_processing_interval: float = Field(1.0, ge=0.05, le=60)
    max_job_retries: int = Field(3, ge=0, le=20)
    retry_base_seconds: float = Field(2.0, ge=0, le=480)
    job_cleanup_days: float = Field(7.0, gt=0, le=3650)
    purge_interval_seconds: float = Field(600.0, ge=1, le=86_400)
    job_deadline_seconds: float = Field(3600.0, ge=1, le=31_536_000)
    worker_timeout_seconds: float = Field(20.0, ge=3, le=600)
    shutdown_grace_seconds: float = Field(20.0, ge=0, le=3600)

    max_active_jobs_per_user: int | None = Field(None, ge=1, le=1_000_000)
    rate_limit_per_minute: int = Field(30, ge=1, le=1_000_000)
    daily_token_budget: int | None = Field(None, ge=1, le=1_000_000_000_000)
    requests_per_second_per_user: float = Field(50.0, ge=1, le=1_000_000)
    max_connections_per_address: int | None = Field(None, ge=1, le=1_000_000)
    max_streams_per_user: int = Field(100, ge=1, le=1_000_000)
    cors_origins: str = ""
    default_connectors: Literal["elbow", "segments", "straight"] = "elbow"
    default_square_diamonds: bool = False

    port: int = Field(8000, ge=1, le=65535)
    web_concurrency: int = Field(1, ge=1, le=256)
    web_pool_size: int = Field(8, ge=1, le=100)
    webhook_url: str | None = None
    webhook_secret: SecretStr | None = None
    webhook_allow_private: bool = False
    release: str | None = None
    metrics_token: SecretStr | None = None
    metrics_port: int | None = Field(None, ge=1, le=65535)
    # Of OpenTelemetry's own variables those that switch traces on; its library reads the others.
    otel_exporter_otlp_endpoint: str | None = None
    otel_exporter_otlp_traces_endpoint: str | None = None
    otel_exporter_otlp_protocol: str = "http/protobuf"
    otel_traces_exporter: str = "otlp"
    otel_sdk_disabled: str = "false"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] | None = None

    @field_validator("database_url", "database_direct_url")
    @classmethod
    def _check_database_url(cls, url: str | None) -> str | None:
        try:
            parts = conninfo_to_dict(url or "")
        except ProgrammingError:
            # libpq's own complaint repeats the password.
            raise ValueError(f"{BAD_URL}; write special characters as %40 and the like") from None
        if "@" in str(parts.get("host", "")):
            raise ValueError(f"{BAD_URL}; write @ in a password as %40")
        ports = str(parts.get("port", DATABASE_PORT)).split(",")
        if not all(port.isdecimal() and 1 <= int(port) <= 65535 for port in ports):
            raise ValueError(f"{BAD_URL}; the port is a number from 1 to 65535")
        return url

    @field_validator("jwt_public_key")
    @classmethod
    def _check_public_key(cls, pem: str | None) -> str | None:
        if pem is not None:
            # Only a web process with such a key pays for this import.
            from core.pem_keys import read_public_keys

            read_public_keys(pem)
        return pem

    @field_validator("openai_api_key", "metrics_token")
    @classmethod
    def _check_bearer(cls, secret: SecretStr | None) -> SecretStr | None:
        """An Authorization header is printable ASCII; a line break at the end comes from copying."""
        if secret is None:
            return None
        text = secret.get_secret_value().strip()
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("use printable ASCII characters without spaces")
        return SecretStr(text)

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, text: str) -> str:
        for origin in _listed(text):
            if origin != "*" and not ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is not an origin; write https://app.example.com, without a path"
                )
        return text

    @model_validator(mode="after")
    def _check_pooler(self) -> Self:
        if self.database_direct_url and not self.database_url:
            raise ValueError("DATABASE_DIRECT_URL bypasses the pooler in DATABASE_URL, which is not set")
        return self

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        if self.jwt_secret_key is None and self.jwt_secret_key_previous is not None:
            raise ValueError("JWT_SECRET_KEY_PREVIOUS is the one before JWT_SECRET_KEY, which is not set")
        return self

    @model_validator(mode="after")
    def _check_production(self) -> Self:
        _check_webhooks(self)
        if self.is_production:
            _refuse_unsafe_production(self)
        return self

    @property
    def is_production(self) -> bool:
        """True when ``FLASK_ENV=production``: nothing is made up, everything must be set."""
        return self.flask_env == "production"

    @property
    def is_pooled(self) -> bool:
        """True when ``DATABASE_URL`` leads to a pooler in transaction mode: each transaction has another session."""
        return self.database_direct_url not in (None, self.database_url)

    @property
    def active_jobs_limit(self) -> int:
        """How many unfinished jobs a user may have: half of a worker's places by default."""
        return self.max_active_jobs_per_user or max(1, self.max_concurrent_jobs // 2)

    def connection_limit(self, address: str) -> int | None:
        """Return how many connections an IP address may have to one web process; None when it has no limit.

        By default only public addresses have one: behind a private address is the platform's proxy, with everybody.
        """
        if self.max_connections_per_address is not None:
            return self.max_connections_per_address
        return CONNECTIONS_PER_ADDRESS if address and is_public(address) else None

    @property
    def allowed_origins(self) -> list[str]:
        """The origins of ``CORS_ORIGINS``; empty when no other site may call the API."""
        return _listed(self.cors_origins)

    @property
    def provider(self) -> Provider:
        """Who designs: the model when a key or a server is set, else the rules (never in production).

        Raises ``SettingsError`` where a model is wanted and neither is set.
        """
        if self.ai_provider not in (None, "openai"):
            return self.ai_provider
        if self.openai_api_key or self.openai_base_url:
            return "openai"
        if self.is_production or self.ai_provider:
            raise SettingsError(
                "OPENAI_API_KEY is not set. Set it (or OPENAI_BASE_URL for your own server), "
                "or set AI_PROVIDER=rules to draw without a model."
            )
        return "rules"

    @property
    def is_traced(self) -> bool:
        """True when a collector for traces is named, and nothing says that it is not to be used."""
        endpoint = self.otel_exporter_otlp_traces_endpoint or self.otel_exporter_otlp_endpoint
        is_wanted = "otlp" in self.otel_traces_exporter and self.otel_sdk_disabled.lower() != "true"
        return bool(endpoint) and is_wanted

    def jwt_secrets(self) -> list[str]:
        """Return the HS256 secrets, the one that signs first, then the one before it; empty with public keys alone.

        Outside production, with no key at all, a random secret is made once and kept under ``var/``.
        """
        given = [secret.get_secret_value() for secret in self._given_secrets()]
        if given or self.jwt_public_key or self.jwt_jwks_url:
            return given
        return [_kept_secret(self.make_var_dir() / "jwt_secret")]

    def make_var_dir(self) -> Path:
        """Return the folder of ``VAR_DIR``, made if need be."""
        try:
            self.var_dir.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise SettingsError(f"VAR_DIR: {self.var_dir} cannot be made ({exc.strerror})") from exc
        return self.var_dir

    def get_jwt_secret(self) -> str:
        """Return the HS256 secret that signs; raises ``SettingsError`` when tokens are signed elsewhere."""
        secrets = self.jwt_secrets()
        if not secrets:
            raise SettingsError("JWT_SECRET_KEY is not set: tokens are signed with a private key elsewhere")
        return secrets[0]

    def _given_secrets(self) -> list[SecretStr]:
        return [
            secret for secret in (self.jwt_secret_key, self.jwt_secret_key_previous) if secret is not None
        ]


def load_settings(**overrides: Any) -> Settings:
    """Return the settings of this process; ``SettingsError`` names every variable that is wrong."""
    try:
        return Settings(**overrides)
    except ValidationError as exc:
        complaints = [_describe(error) for error in exc.errors()]
        raise SettingsError("; ".join(complaints)) from None


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _describe(error: Any) -> str:
    name = "_".join(str(part) for part in error["loc"]).upper()
    message = error["msg"].removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


def _check_webhooks(settings: Settings) -> None:
    if settings.webhook_secret is not None:
        try:
            secret_bytes(settings.webhook_secret.get_secret_value())
        except ValueError as exc:
            raise ValueError(f"WEBHOOK_SECRET {exc}") from None
    if settings.webhook_url is None:
        return
    if settings.webhook_secret is None:
        raise ValueError("WEBHOOK_URL is set without WEBHOOK_SECRET, which signs what is sent there")
    try:
        check_url(settings.webhook_url, allow_private=settings.webhook_allow_private)
    except ValueError as exc:
        raise ValueError(f"WEBHOOK_URL: {exc}") from None


def _refuse_unsafe_production(settings: Settings) -> None:
    if not settings.database_url:
        raise ValueError("DATABASE_URL is not set; in production it must name a PostgreSQL database")
    if not (settings.jwt_secret_key or settings.jwt_public_key or settings.jwt_jwks_url):
        raise ValueError(
            "JWT_SECRET_KEY is not set; in production it must be a secret of 32 bytes or more "
            "(or set JWT_PUBLIC_KEY or JWT_JWKS_URL)"
        )
    for name in ("jwt_secret_key", "jwt_secret_key_previous"):
        secret: SecretStr | None = getattr(settings, name)
        if secret is not None and len(secret.get_secret_value().encode()) < MIN_SECRET_BYTES:
            raise ValueError(f"{name.upper()} is shorter than 32 bytes")
    # One key set may serve many customers of a login provider: its signature alone does not say whose user this is.
    if settings.jwt_jwks_url and not (settings.jwt_issuer or settings.jwt_audience):
        raise ValueError("JWT_JWKS_URL also needs JWT_ISSUER (or JWT_AUDIENCE) in production")


def _kept_secret(path: Path) -> str:
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        # Of two processes that start at once, the first one's secret stays; no process ever reads half of it.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
