"""The public application: routes, refusals as problem details, the recorder around all of it."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from fovea import __version__
from k8s.server.films.work_queue import AbandonedError
from k8s.server.http import chest_xray, open_inference, problem_pages
from k8s.server.http.recorder import CLIENT_GONE, Recorder
from k8s.server.http.schemas import TRACE_REQUEST_HEADERS, TRACE_RESPONSE_HEADERS, ProblemDetails
from k8s.server.problem_kinds import PAGES, ProblemKind
from k8s.server.problems import MEDIA_TYPE, Problem, of_status
from k8s.server.records.request_record import record_of
from k8s.server.records.tracing import Tracing
from k8s.server.service import Service

TITLE = "Fovea chest X-ray endpoint"
DESCRIPTION = (
    "Reads one frontal chest radiograph: {classes}, or no decision. For research and teaching. Not a medical device."
)
SECURITY_SCHEMES = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "Bearer": {"type": "http", "scheme": "bearer", "description": "API key, or a JWT with the scope xray:read"},
}


def public_app(service: Service, tracing: Tracing | None = None) -> FastAPI:
    """The application that listens on the public port."""
    app = FastAPI(
        title=TITLE,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would name the caller's Host header as the place to go
    )
    app.state.service = service
    app.include_router(chest_xray.router)
    app.include_router(open_inference.router)
    app.include_router(problem_pages.router)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _routing_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(AbandonedError, _client_gone)
    app.add_exception_handler(ClientDisconnect, _client_gone)
    app.add_middleware(Recorder, service=lambda: service, tracing=tracing)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    record = record_of(request)
    record.problem = error.kind
    headers = {"Content-Type": MEDIA_TYPE} | error.headers
    return Response(error.body(record.request_id), error.status, headers)


async def _routing_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return await _problem(request, of_status(error.status_code, (error.headers or {}).get("Allow", "")))


async def _invalid(request: Request, error: Exception) -> Response:
    """Names the parameter and what is allowed; the value itself is not repeated."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = str(first["loc"][-1])
    return await _problem(
        request, Problem(ProblemKind.MALFORMED_REQUEST, f"The parameter {where} is invalid: {first['msg']}.")
    )


async def _client_gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=CLIENT_GONE)


def _document(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document, with what it cannot know: problem details, credentials, headers, the model's classes."""
    if app.openapi_schema is None:
        spec = app.state.service.model.spec
        description = DESCRIPTION.format(classes=", ".join(spec.classes))
        document = get_openapi(title=app.title, version=app.version, description=description, routes=app.routes)
        schemas = document["components"]["schemas"]
        schemas["ProblemDetails"] = ProblemDetails.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["securitySchemes"] = SECURITY_SCHEMES
        for path, methods in document["paths"].items():
            for operation in methods.values():
                _complete(operation, path, spec.task)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(operation: dict[str, Any], path: str, model: str) -> None:
    if path.startswith(("/v2", PAGES)):
        operation["responses"].pop("422", None)
    if not path.startswith(PAGES) and "/health/" not in path and not path.endswith("/ready"):
        operation["security"] = [{"ApiKey": []}, {"Bearer": []}]
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "model":
            parameter["schema"] |= {"enum": [model]}
    operation.setdefault("parameters", []).extend(TRACE_REQUEST_HEADERS)
    for response in operation["responses"].values():
        response.setdefault("headers", {}).update(TRACE_RESPONSE_HEADERS)
