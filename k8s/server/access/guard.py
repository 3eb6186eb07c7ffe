"""What every protected address asks first: is the server there, who calls, and may they now."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from fastapi import Request

from k8s.server.access.clients import Client, authenticate, check_scope
from k8s.server.films.body_memory import Room
from k8s.server.http.problems import Problem
from k8s.server.records.request_record import Exchange, exchange_of
from k8s.server.service import Service

API_KEY = "X-API-Key"
UNAUTHENTICATED_HEADERS = ("x-api-key", "authorization")


def service_of(request: Request) -> Service:
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


async def identify(request: Request, service: Service) -> None:
    """For what costs nothing: names the client in the exchange. Raises Problem 401, 403, 429 or 503."""
    check_scope(await _client(request, service))


async def charge(request: Request, service: Service) -> None:
    """For what costs work: as `identify`, and one request of the client's rate, whatever becomes of it.

    Raises Problem 401, 403, 429 or 503.
    """
    client = await _client(request, service)
    with _unaudited(exchange_of(request)):
        service.limits.charge(client.name)
    check_scope(client)


async def _client(request: Request, service: Service) -> Client:
    if not service.lifecycle.takes_requests:
        phase = service.lifecycle.phase.value
        raise Problem(503, phase, f"The server is {phase}.", retry_after_s=1)
    exchange = exchange_of(request)
    try:
        client = await authenticate(service.ways, request.headers.get(API_KEY), request.headers.get("authorization"))
    except Problem:  # unknown, or not to be known while the issuer is away
        with _unaudited(exchange):
            service.unknown.count()
        raise
    exchange.client, exchange.user = client.name, client.user
    return client


@contextmanager
def _unaudited(exchange: Exchange) -> Iterator[None]:
    """What is refused for its rate gets no audit line: a flood must not fill the disk."""
    try:
        yield
    except Problem:
        exchange.operation = ""
        raise


@asynccontextmanager
async def admitted(request: Request, route: str, operation: str) -> AsyncIterator[tuple[Service, Exchange, Room]]:
    """A request that costs work: known, within its client's limits, with room for its body."""
    service, exchange = service_of(request), exchange_of(request)
    exchange.route, exchange.operation = route, operation
    if not exchange.client:
        await charge(request, service)
    with service.limits.request(exchange.client), service.bodies.room(request, exchange.client) as room:
        yield service, exchange, room


@asynccontextmanager
async def departure(request: Request) -> AsyncIterator["asyncio.Future[Any]"]:
    """Completes when the client is gone. To be entered after the body is read."""
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        yield gone
    finally:
        gone.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
