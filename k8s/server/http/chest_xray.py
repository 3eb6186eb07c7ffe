"""POST /v1/chest-xray: one film in, one answer out."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from k8s.server.films.upload import Upload, check_film_type
from k8s.server.http.guard import admitted, charge, departure, service_of
from k8s.server.http.request_audit import audit_start
from k8s.server.http.schemas import FILM_BODY, FilmReading, refusals
from k8s.server.idempotency import MAX_KEY_CHARACTERS, StoredResponse, check_key, fingerprint
from k8s.server.records.request_record import RequestRecord, record_of
from k8s.server.service import Service, submit, wait_for

router = APIRouter()

REPLAYED = "Idempotent-Replayed"
FILM_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What the model says of the film",
        "headers": {REPLAYED: {"schema": {"const": "true"}, "description": "where this answer was given before"}},
    }
}
# what `check_key` allows; HTTP takes spaces at the ends away
KEY_SCHEMA: dict[str, Any] = {"minLength": 1, "maxLength": MAX_KEY_CHARACTERS, "pattern": "^[!-~]([ -~]*[!-~])?$"}
ROUTE, OPERATION = "chest-xray", "read chest X-ray"


async def film_request(request: Request) -> None:
    """Runs before the parameters are looked at: what is refused for those is audited with its client, and counted."""
    record = record_of(request)
    record.route, record.operation = ROUTE, OPERATION
    await charge(request, service_of(request))


@router.post(
    "/v1/chest-xray",
    summary="Read one chest X-ray",
    dependencies=[Depends(film_request)],
    response_model=FilmReading,
    responses=FILM_ANSWER | refusals(400, 401, 403, 408, 413, 415, 422, 429, 500, 503, 504),
    openapi_extra=FILM_BODY,
)
async def read_chest_xray(
    request: Request,
    heatmap: Annotated[Literal["png"] | None, Query(description="add Grad-CAM of every class")] = None,
    idempotency_key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", description="a repeat gets the first answer", json_schema_extra=KEY_SCHEMA),
    ] = None,
) -> Response:
    """DICOM (one grey frontal film), PNG or JPEG, raw or as the part `file` of a form. The film is not kept."""
    async with admitted(request, ROUTE, OPERATION) as (service, record, reservation):
        content_type = request.headers.get("content-type", "")
        check_film_type(content_type)
        if idempotency_key is not None:
            check_key(idempotency_key)
        body = await service.bodies.read(request, reservation)
        record.stage("upload", record.started)
        await audit_start(record, service, body)
        upload = Upload(body, content_type)
        del body  # the upload lets go of it once it has found the film in a form

        async def answer() -> StoredResponse:
            return await _answer(request, service, record, upload, heatmap is not None)

        if idempotency_key is None:
            made = await answer()
        else:
            identity = await asyncio.to_thread(_fingerprint, upload, heatmap is not None)
            made, is_repeated = await service.responses.once(record.client, idempotency_key, identity, answer)
            record.instance = made.instance
            made = StoredResponse(made.status, made.body, made.headers | ({REPLAYED: "true"} if is_repeated else {}))
        return Response(made.body, made.status, made.headers)


def _fingerprint(upload: Upload, wants_heatmaps: bool) -> bytes:
    """Of the film, not of the form around it: its boundary is another at each try. Raises Problem 400 or 415."""
    content, declared = upload.film()
    return fingerprint(content, declared.encode(), bytes([wants_heatmaps]))


async def _answer(
    request: Request, service: Service, record: RequestRecord, upload: Upload, wants_heatmaps: bool
) -> StoredResponse:
    job = submit(service, lambda job: service.read_film(job, upload, wants_heatmaps, record), record.client)
    async with departure(request) as gone:
        content: bytes = await wait_for(job, service.queue, gone, service.metrics)
    return StoredResponse(200, content, {"Content-Type": "application/json"}, record.instance)
