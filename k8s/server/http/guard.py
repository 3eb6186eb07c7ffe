"""What every protected address asks first: is the server there, who calls, and may they now."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from fastapi import Request

from k8s.server.access.clients import Client, authenticate, certified, check_scope
from k8s.server.films.body_memory import BodyReservation
from k8s.server.problems import Problem
from k8s.server.records.request_record import RequestRecord, record_of
from k8s.server.service import Service

API_KEY = "X-API-Key"
UNAUTHENTICATED_HEADERS = ("x-api-key", "authorization")


def service_of(request: Request) -> Service:
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


async def identify(request: Request, service: Service) -> None:
    """For what costs nothing: names the client in the record. Raises Problem 401, 403, 429 or 503."""
    check_scope(await _client(request, service))


async def charge(request: Request, service: Service) -> None:
    """For what costs work: as `identify`, and one request of the client's rate, whatever becomes of it.

    Raises Problem 401, 403, 429 or 503.
    """
    client = await _client(request, service)
    with _unaudited(record_of(request)):
        service.limits.charge(client.name)
    check_scope(client)


async def _client(request: Request, service: Service) -> Client:
    service.lifecycle.check_takes_requests()
    record = record_of(request)
    record.certificate = getattr(request.state, "certificate", "")
    try:
        client = await authenticate(
            service.authenticators, request.headers.get(API_KEY), request.headers.get("authorization")
        )
    except Problem:  # unknown, or not to be known while the issuer is away
        with _unaudited(record):
            service.unauthenticated.count()
        raise
    client = certified(client, record.certificate)
    record.client, record.user = client.name, client.user
    return client


@contextmanager
def _unaudited(record: RequestRecord) -> Iterator[None]:
    """What is refused for its rate gets no audit line: a flood must not fill the disk."""
    try:
        yield
    except Problem:
        record.operation = ""
        raise


@asynccontextmanager
async def admitted(
    request: Request, route: str, operation: str
) -> AsyncIterator[tuple[Service, RequestRecord, BodyReservation]]:
    """A request that costs work: known, within its client's limits, with room for its body."""
    service, record = service_of(request), record_of(request)
    record.route, record.operation = route, operation
    if not record.client:
        await charge(request, service)
    with service.limits.request(record.client), service.bodies.reserve(request, record.client) as reservation:
        yield service, record, reservation


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
