"""Who calls: a client with its scopes, found by API key or bearer token."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from k8s.server.http.problems import Problem

READ_SCOPE = "xray:read"


@dataclass(frozen=True)
class Client:
    """`name` is unique among the clients of one way of authentication, which is its prefix: `key:`, `oidc:`.

    `user` is the person for whom a client asks, where its token names one.
    """

    name: str
    scopes: frozenset[str]
    user: str = ""
    challenge: str = ""
    """of the way that found it, for WWW-Authenticate"""


EVERYONE = Client("anonymous", frozenset({READ_SCOPE}))


class Authenticator(Protocol):
    """One way to tell who calls."""

    challenge: str
    """for WWW-Authenticate (RFC 9110 section 11.6.1)"""

    def presented(self, api_key: str | None, bearer: str | None) -> bool:
        """Whether the request carries what this way looks at."""
        ...

    async def client(self, api_key: str | None, bearer: str | None) -> Client:
        """The client. Raises Problem 401."""
        ...


async def authenticate(ways: Sequence[Authenticator], api_key: str | None, authorization: str | None) -> Client:
    """The client of a request, whatever it may do; with no ways at all, everyone. Raises Problem 401 or 503."""
    if not ways:
        return EVERYONE
    bearer = _bearer(authorization)
    for way in ways:
        if way.presented(api_key, bearer):
            return replace(await way.client(api_key, bearer), challenge=way.challenge)
    challenge = ", ".join(way.challenge for way in ways)
    raise unauthorized("The request carries no API key (X-API-Key) and no bearer token.", challenge)


def check_scope(client: Client, scope: str = READ_SCOPE) -> None:
    """Raises Problem 403."""
    if scope not in client.scopes:
        # RFC 6750 section 3.1
        challenge = f'{client.challenge}, error="insufficient_scope", scope="{scope}"'
        headers = {"WWW-Authenticate": challenge}
        raise Problem(403, "forbidden", f"The credentials lack the scope {scope}.", headers=headers)


def unauthorized(detail: str, challenge: str) -> Problem:
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": challenge})


def _bearer(authorization: str | None) -> str | None:
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
