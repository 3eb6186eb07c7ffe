"""OpenID Connect: bearer tokens are JSON Web Tokens (RFC 7519, profile of RFC 9068), checked with the issuer's keys."""

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from k8s.server.access.api_keys import PREFIX
from k8s.server.access.clients import Client, unauthorized
from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem

FETCH_TIMEOUT_S = 5.0
MAX_JWKS_BYTES = 1_000_000
MAX_TOKEN_CHARACTERS = 8192
MAX_STALE_S = 24 * 3600.0
MAX_LIFETIME_S = 24 * 3600.0
MIN_RSA_BITS = 2048
# RFC 9068 section 4 asks for at+jwt; many issuers still write JWT, or nothing
TOKEN_TYPES = ("", "jwt", "at+jwt", "application/at+jwt")


@dataclass(frozen=True)
class Rules:
    """What a token must say."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    leeway_s: float


class KeySet:
    """The issuer's public keys (RFC 7517), from a file or an address.

    They are kept for `lifetime_s`. A token with an unknown key id fetches them anew, since the issuer may have rolled
    its keys over, but not more often than every `pause_s`: made-up ids must not become requests to the issuer. Where
    the issuer does not answer, the keys at hand go on for `stale_s`: a key that it has taken back must end at last.
    """

    def __init__(self, source: str, lifetime_s: float = 600, pause_s: float = 10, stale_s: float = MAX_STALE_S) -> None:
        self._source, self._lifetime_s, self._pause_s, self._stale_s = source, lifetime_s, pause_s, stale_s
        self._keys: dict[str, jwt.PyJWK] = {}
        self._tried = self._loaded = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, key_id: str) -> jwt.PyJWK | None:
        """The key of that id. Raises Problem 503 if none could be fetched for `stale_s`."""
        is_stale = time.monotonic() - self._loaded > self._lifetime_s
        # while one request fetches, the others go on with the keys at hand: an issuer that hangs holds up one, not all
        if key_id not in self._keys or (is_stale and not self._lock.locked()):
            await self._refresh()
        if not self._keys or time.monotonic() - self._loaded > self._stale_s:
            raise Problem(
                ProblemKind.TOKEN_ISSUER_UNAVAILABLE, "The token issuer's keys cannot be fetched.", retry_after_s=5
            )
        return self._keys.get(key_id)

    async def _refresh(self) -> None:
        async with self._lock:
            if time.monotonic() - self._tried < self._pause_s:
                return
            self._tried = time.monotonic()
            try:
                document = await asyncio.to_thread(_read, self._source)
                keys = jwt.PyJWKSet.from_dict(json.loads(document)).keys
            except (OSError, httpx.HTTPError, ValueError, AttributeError, jwt.PyJWTError):
                return
            self._keys = {key.key_id: key for key in keys if key.key_id}
            self._loaded = time.monotonic()


def _read(source: str) -> bytes:
    if not source.startswith("https://"):
        return Path(source).read_bytes()
    with httpx.stream("GET", source, timeout=FETCH_TIMEOUT_S) as response:
        response.raise_for_status()
        content = b""
        for part in response.iter_bytes():
            content += part
            if len(content) > MAX_JWKS_BYTES:
                raise ValueError
        return content


class TokenChecker:
    """Bearer tokens of one issuer."""

    challenge = 'Bearer realm="xray"'

    def __init__(self, keys: KeySet, rules: Rules) -> None:
        self._keys, self._rules = keys, rules

    def presented(self, api_key: str | None, bearer: str | None) -> bool:  # noqa: ARG002
        return bearer is not None and not bearer.startswith(PREFIX)

    async def client(self, api_key: str | None, bearer: str | None) -> Client:  # noqa: ARG002
        claims = await self._claims(bearer or "")
        scopes = claims.get("scope") or claims.get("scp")
        listed = scopes.split() if isinstance(scopes, str) else scopes if isinstance(scopes, list) else []
        # RFC 9068 section 2.2: client_id is the program; sub the person where there is one, named in the audit alone
        subject = str(claims["sub"])
        name = claims.get("client_id") or claims.get("azp") or subject
        if not isinstance(name, str) or not name.strip() or not subject.strip():
            raise self._refusal("names no client: sub, client_id or azp is empty or no text")
        return Client(f"oidc:{name}", frozenset(str(scope) for scope in listed), "" if name == subject else subject)

    async def _claims(self, token: str) -> dict[str, object]:
        rules = self._rules
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise self._refusal("is too long")
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.key(str(header.get("kid", "")))
            if key is None:
                raise self._refusal("is signed with an unknown key")
            if header.get("alg") not in rules.algorithms:
                raise self._refusal("is signed with an algorithm that is not allowed")
            if isinstance(key.key, RSAPublicKey) and key.key.key_size < MIN_RSA_BITS:
                raise self._refusal(
                    f"is signed with an RSA key of {key.key.key_size:,} bits. At least {MIN_RSA_BITS:,} are required"
                )
            claims: dict[str, object] = jwt.decode(
                token,
                key,
                algorithms=list(rules.algorithms),
                audience=rules.audience,
                issuer=rules.issuer,
                leeway=rules.leeway_s,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise self._refusal(_reason(error)) from None
        if not _is_access_token(header, claims):
            raise self._refusal("is not an access token (typ). Send an access token, not an ID token")
        if float(str(claims["exp"])) > time.time() + MAX_LIFETIME_S + rules.leeway_s:
            raise self._refusal(f"expires in more than {MAX_LIFETIME_S / 3600:g} hours. Ask for a shorter one")
        return claims

    def _refusal(self, reason: str) -> Problem:
        return unauthorized(f"The bearer token {reason}.", f'{self.challenge}, error="invalid_token"')


def _is_access_token(header: dict[str, object], claims: dict[str, object]) -> bool:
    """Not an ID token, whose hashes of code or token no access token has (OpenID Connect Core 1.0 section 3.3.2.11).

    Keycloak writes JWT into every header and tells its tokens apart by the claim `typ`.
    """
    declared = str(header.get("typ", "")).lower()
    kind = str(claims.get("typ", "")).lower()
    return declared in TOKEN_TYPES and kind not in ("id", "refresh") and not {"at_hash", "c_hash"} & claims.keys()


_REASONS: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "has expired"),
    (jwt.ImmatureSignatureError, "is not valid yet"),
    (jwt.InvalidIssuedAtError, "is not valid yet"),
    (jwt.InvalidAudienceError, "is meant for another audience"),
    (jwt.InvalidIssuerError, "is from another issuer"),
    (jwt.MissingRequiredClaimError, "lacks one of exp, iss, aud and sub"),
    (jwt.InvalidSignatureError, "has a wrong signature"),
)


def _reason(error: jwt.PyJWTError) -> str:
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), "cannot be read")
