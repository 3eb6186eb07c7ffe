"""The Open Inference Protocol v2: what KServe, Triton and tritonclient speak."""

from typing import Any

from fastapi import APIRouter, Request, Response

from fovea import __version__
from k8s.server.http.guard import admitted, departure, identify, service_of
from k8s.server.http.request_audit import audit_start
from k8s.server.http.schemas import refusals
from k8s.server.oip.protocol import INPUT, REQUEST_HEADER_LENGTH
from k8s.server.oip.schemas import (
    INFER_BODY,
    INFER_RESPONSE,
    Live,
    ModelMetadata,
    ModelReady,
    Ready,
    ServerMetadata,
)
from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem
from k8s.server.service import Service, submit, wait_for

router = APIRouter(prefix="/v2")


@router.get("", summary="Server metadata", response_model=ServerMetadata, responses=refusals(401, 403, 503))
async def server_metadata(request: Request) -> dict[str, Any]:
    await identify(request, service_of(request))
    return {"name": "fovea", "version": __version__, "extensions": ["binary_tensor_data"]}


@router.get("/health/live", summary="Whether the server lives", response_model=Live)
async def live() -> dict[str, bool]:
    return {"live": True}


@router.get("/health/ready", summary="Whether it takes requests", response_model=Ready, responses=refusals(503))
async def ready(request: Request) -> dict[str, bool]:
    service_of(request).lifecycle.check_ready()
    return {"ready": True}


@router.get(
    "/models/{model}", summary="Model metadata", response_model=ModelMetadata, responses=refusals(401, 403, 404, 503)
)
@router.get("/models/{model}/versions/{version}", include_in_schema=False)
async def model_metadata(request: Request, model: str) -> dict[str, Any]:
    service = service_of(request)
    await identify(request, service)
    check_name(service, request, model)
    spec = service.model.spec
    outputs = [
        {"name": output.name, "datatype": "FP32", "shape": [-1, *output.shape[1:]]}
        for output in service.model.session.get_outputs()
    ]
    return {
        "name": spec.task,
        "versions": [service.version],
        "platform": "onnx_onnxv1",
        "inputs": [{"name": INPUT, "datatype": "UINT8", "shape": [-1, spec.height, spec.width, spec.channels]}],
        "outputs": outputs,
    }


@router.get(
    "/models/{model}/ready",
    summary="Whether the model takes requests",
    response_model=ModelReady,
    responses=refusals(404, 503),
)
@router.get("/models/{model}/versions/{version}/ready", include_in_schema=False)
async def model_ready(request: Request, model: str) -> dict[str, Any]:
    service = service_of(request)
    check_name(service, request, model)
    service.lifecycle.check_ready()
    return {"name": model, "ready": True}


def check_name(service: Service, request: Request, model: str) -> None:
    """The address names the model, and may name its version. Raises Problem 404."""
    version = request.path_params.get("version")
    if model != service.model.spec.task or version not in (None, service.version):
        raise Problem(
            ProblemKind.NOT_FOUND,
            f"This server has one model: {service.model.spec.task}, version {service.version}.",
        )


@router.post(
    "/models/{model}/infer",
    summary="Infer from ready pixels, JSON or binary tensors",
    responses=INFER_RESPONSE | refusals(400, 401, 403, 404, 408, 413, 415, 429, 500, 503, 504),
    openapi_extra=INFER_BODY,
)
@router.post("/models/{model}/versions/{version}/infer", include_in_schema=False)
async def infer(request: Request, model: str) -> Response:
    """`pixels` uint8 (N, H, W, C) as the model metadata says; for programs that prepare films as this project does."""
    async with admitted(request, "infer", "infer") as (service, record, reservation):
        check_name(service, request, model)
        body = await service.bodies.read(request, reservation)
        record.stage("upload", record.started)
        await audit_start(record, service, body)
        length = request.headers.get(REQUEST_HEADER_LENGTH)
        job = submit(service, lambda job: service.infer(job, body, length, record), record.client)
        async with departure(request) as gone:
            content, headers = await wait_for(job, service.queue, gone, service.metrics)
        return Response(content, 200, headers)
