"""Who calls: a client with its scopes, found by API key or bearer token."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem

READ_SCOPE = "xray:read"


@dataclass(frozen=True)
class Client:
    """`name` is unique among the clients of one authenticator; its prefix names that: `key:`, `oidc:`, `tls:`.

    `user` is the person for whom a client asks, where its token names one.
    """

    name: str
    scopes: frozenset[str]
    user: str = ""
    challenge: str = ""
    """of the authenticator that found it, for WWW-Authenticate"""


EVERYONE = Client("anonymous", frozenset({READ_SCOPE}))


class Authenticator(Protocol):
    """Tells who calls."""

    challenge: str
    """for WWW-Authenticate (RFC 9110 section 11.6.1)"""

    def presented(self, api_key: str | None, bearer: str | None) -> bool:
        """Whether the request carries credentials that this authenticator checks."""
        ...

    async def client(self, api_key: str | None, bearer: str | None) -> Client:
        """The client. Raises Problem 401."""
        ...


async def authenticate(
    authenticators: Sequence[Authenticator], api_key: str | None, authorization: str | None
) -> Client:
    """The client of a request, whatever it may do; everyone without an authenticator. Raises Problem 401 or 503."""
    if not authenticators:
        return EVERYONE
    bearer = _bearer(authorization)
    for authenticator in authenticators:
        if authenticator.presented(api_key, bearer):
            client = await authenticator.client(api_key, bearer)
            return replace(client, challenge=authenticator.challenge)
    challenge = ", ".join(authenticator.challenge for authenticator in authenticators)
    raise unauthorized("The request carries no API key (X-API-Key) and no bearer token.", challenge)


def certified(client: Client, certificate: str) -> Client:
    """Without an authenticator, a client is whom its certificate names. A certificate takes the place of no key."""
    return replace(client, name=certificate) if client == EVERYONE and certificate else client


def check_scope(client: Client, scope: str = READ_SCOPE) -> None:
    """Raises Problem 403."""
    if scope not in client.scopes:
        # RFC 6750 section 3.1
        challenge = f'{client.challenge}, error="insufficient_scope", scope="{scope}"'
        headers = {"WWW-Authenticate": challenge}
        raise Problem(ProblemKind.FORBIDDEN, f"The credentials lack the scope {scope}.", headers=headers)


def unauthorized(detail: str, challenge: str) -> Problem:
    return Problem(ProblemKind.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})


def _bearer(authorization: str | None) -> str | None:
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
