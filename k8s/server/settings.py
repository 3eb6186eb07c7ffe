"""Settings of the endpoint: environment variables with the prefix XRAY_, read once, at the start."""

import difflib
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from fovea import SettingError

ASYMMETRIC_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")

MEGABYTE = 1_000_000

PREFIX = "XRAY_"
# Kubernetes sets XRAY_ENDPOINT_PORT and the like for a Service named xray-endpoint, unless enableServiceLinks is false.
SERVICE_PREFIX = "XRAY_ENDPOINT_"

Port = Annotated[int, Field(ge=0, le=65_535)]


class OnAuditError(StrEnum):
    """What a request gets when its audit line cannot be written."""

    REFUSE = "refuse"
    CONTINUE = "continue"


class Settings(BaseSettings):
    """Every setting. `Settings.read()` gives them or raises SettingError with one line for each wrong one."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", allow_inf_nan=False
    )

    model: Path = Path("models/chest_xray.onnx")
    model_public_key: Path | None = None
    """a minisign public key: the model must be signed by it"""
    backend: str = "local"
    """`local`, or `oip://HOST:PORT/MODEL` (`oips://` with TLS): another server that holds the same file (Triton)"""
    backend_startup_seconds: float = Field(110, gt=0)
    """how long the start waits for the other server to load its model"""
    require_cuda: bool = False
    """end the start where the model would run on the CPU"""

    host: str = "0.0.0.0"
    port: Port = 8080
    ops_host: str = "0.0.0.0"
    ops_port: Port = 9090

    auth: str = ""
    """`none` lets everyone in; empty asks for keys, OIDC or both"""
    api_keys_file: Path | None = None
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_jwks: str = ""
    """a file, or an https address"""
    oidc_algorithms: Annotated[tuple[str, ...], NoDecode] = ("RS256", "ES256")
    oidc_leeway_seconds: float = Field(30, ge=0, le=300)

    rate_per_minute: int = Field(1200, ge=1)
    rate_burst: int = Field(100, ge=1)
    client_concurrency: int = Field(16, ge=1)
    max_body_mb: float = Field(64, gt=0, le=512)
    body_memory_mb: float = Field(256, gt=0)
    """all bodies that are held at a time, over all requests"""
    oip_json_mb: float = Field(12, gt=0, le=64)
    """of the JSON of one inference request; binary tensors count to the body alone"""
    max_megapixels: int = Field(20, ge=1, le=64)
    """of one film: decoding takes about 30 MB of memory a megapixel"""
    upload_seconds: float = Field(30, gt=0)
    deadline_seconds: float = Field(10, gt=0)
    decode_seconds: float = Field(8, gt=0)
    """for decoding one film; a larger figure than the deadline has no effect"""
    queue_capacity: int = Field(32, ge=1, le=10_000)
    workers: int = Field(0, ge=0, le=256)
    """0: one more than the CPUs that the cgroup grants"""
    stuck_seconds: float = Field(30, gt=0)
    """beyond the deadline of its film, after which a worker is stuck and the process no longer live"""
    idempotency_seconds: float = Field(600, gt=0)
    drain_seconds: float = Field(5, ge=0)
    shutdown_seconds: float = Field(30, gt=0)

    audit_file: Path | None = None
    audit_key_file: Path | None = None
    audit_max_mb: float = Field(100, gt=0)
    audit_keep_files: int = Field(0, ge=0)
    """how many full audit files stay; 0 for all"""
    audit_on_error: OnAuditError = OnAuditError.REFUSE
    audit_stdout: bool = False

    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None

    drift_window: int = Field(500, ge=50, le=100_000)
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$")

    @classmethod
    def read(cls, **values: Any) -> Self:
        sentences = [_unknown(name, cls.names()) for name in cls._unknown_variables()]
        try:
            settings = cls(**values)
        except ValidationError as error:
            sentences += [_sentence(dict(problem)) for problem in error.errors()]
        if sentences:
            raise SettingError("\n".join(sentences))
        return settings

    @classmethod
    def names(cls) -> list[str]:
        """The variables that are read."""
        return [f"{PREFIX}{name}".upper() for name in cls.model_fields]

    @classmethod
    def _unknown_variables(cls) -> list[str]:
        """A setting that is misspelt would silently keep its default."""
        given = [name for name in sorted(os.environ) if name.upper().startswith(PREFIX)]
        return [name for name in given if name.upper() not in cls.names() and not name.startswith(SERVICE_PREFIX)]

    @field_validator("oidc_algorithms", mode="before")
    @classmethod
    def _split(cls, value: str | tuple[str, ...]) -> tuple[str, ...]:
        return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("oidc_algorithms")
    @classmethod
    def _asymmetric_only(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            # "none" and the HMAC family would let whoever knows the public key sign tokens
            if name not in ASYMMETRIC_ALGORITHMS:
                raise ValueError(f"Use {', '.join(ASYMMETRIC_ALGORITHMS[:-1])} or {ASYMMETRIC_ALGORITHMS[-1]}")
        return value

    @field_validator("auth")
    @classmethod
    def _auth_is_known(cls, value: str) -> str:
        if value not in ("", "none"):
            raise ValueError("Set it to none, or leave it empty and set XRAY_API_KEYS_FILE or XRAY_OIDC_ISSUER")
        return value

    @field_validator("backend")
    @classmethod
    def _backend_is_known(cls, value: str) -> str:
        parts = urlsplit(value)
        if value != "local" and not (parts.scheme in ("oip", "oips") and parts.hostname and parts.path.strip("/")):
            raise ValueError("Use local, oip://HOST:PORT/MODEL or oips://HOST:PORT/MODEL")
        return value

    @field_validator("model_public_key", "api_keys_file", "audit_key_file", "tls_cert", "tls_key", "tls_client_ca")
    @classmethod
    def _file_exists(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("There is no such file")
        return value

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        problems = list(self._conflicts())
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _conflicts(self) -> list[str]:
        oidc = {
            "XRAY_OIDC_ISSUER": self.oidc_issuer,
            "XRAY_OIDC_AUDIENCE": self.oidc_audience,
            "XRAY_OIDC_JWKS": self.oidc_jwks,
        }
        missing = [name for name, value in oidc.items() if not value]
        has_auth = bool(self.api_keys_file or not missing)
        if self.oidc_jwks and "://" in self.oidc_jwks:
            jwks_is_safe = self.oidc_jwks.startswith("https://")
        else:
            jwks_is_safe = not self.oidc_jwks or Path(self.oidc_jwks).is_file()
        checks = [
            (
                not self.auth and not has_auth and len(missing) == 3,
                "No client could log in. Set XRAY_API_KEYS_FILE, or XRAY_OIDC_ISSUER with XRAY_OIDC_AUDIENCE and "
                "XRAY_OIDC_JWKS, or XRAY_AUTH=none to let everyone in.",
            ),
            (
                self.auth == "none" and (self.api_keys_file is not None or len(missing) < 3),
                "XRAY_AUTH is none, but API keys or OIDC are set too. Remove one of the two.",
            ),
            (0 < len(missing) < 3, f"OIDC needs all of {', '.join(oidc)}. Set {', '.join(missing)} too."),
            (not jwks_is_safe, "XRAY_OIDC_JWKS must be an existing file or an https address."),
            (
                (self.tls_cert is None) != (self.tls_key is None),
                "XRAY_TLS_CERT and XRAY_TLS_KEY need each other. Set both or neither.",
            ),
            (
                self.tls_client_ca is not None and self.tls_cert is None,
                "XRAY_TLS_CLIENT_CA needs XRAY_TLS_CERT and XRAY_TLS_KEY.",
            ),
            (
                self.audit_file is not None and self.audit_key_file is None,
                "XRAY_AUDIT_FILE needs XRAY_AUDIT_KEY_FILE, the key for the chain and for hashed identifiers.",
            ),
            (
                self.audit_stdout and self.audit_key_file is None,
                "XRAY_AUDIT_STDOUT needs XRAY_AUDIT_KEY_FILE, the key for the chain and for hashed identifiers.",
            ),
            (
                self.audit_key_file is not None and self.audit_file is None and not self.audit_stdout,
                "XRAY_AUDIT_KEY_FILE alone writes no audit line. Set XRAY_AUDIT_FILE, XRAY_AUDIT_STDOUT or both.",
            ),
            (
                self.require_cuda and self.backend != "local",
                "XRAY_REQUIRE_CUDA needs XRAY_BACKEND=local. Another inference server chooses its own device.",
            ),
            (
                self.body_memory_mb < self.max_body_mb,
                f"XRAY_BODY_MEMORY_MB is {self.body_memory_mb:g}. "
                f"It must be at least XRAY_MAX_BODY_MB ({self.max_body_mb:g}).",
            ),
            (
                self.port == self.ops_port != 0 and self.host == self.ops_host,
                f"XRAY_PORT and XRAY_OPS_PORT are both {self.port}. Use two different ports.",
            ),
        ]
        return [sentence for is_wrong, sentence in checks if is_wrong]


def _sentence(problem: dict[str, Any]) -> str:
    """`XRAY_QUEUE_CAPACITY is 0. Input should be greater than or equal to 1.`"""
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not problem["loc"]:
        return message
    name = f"{PREFIX}{problem['loc'][0]}".upper()
    return f"{name} is {problem['input']}. {message}."


def _unknown(name: str, known: list[str]) -> str:
    """`Unknown setting XRAY_QUEUE_CAPACIT. Did you mean XRAY_QUEUE_CAPACITY?`"""
    nearest = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0)
    return f"Unknown setting {name}. Did you mean {nearest[0]}?"
