"""The operations port, for the kubelet and Prometheus: it never faces the public, so it asks for no credentials."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST

from k8s.server.lifecycle import Lifecycle
from k8s.server.records.metrics import Metrics
from k8s.server.service import Service


def operations_app(lifecycle: Lifecycle, metrics: Metrics, service: Callable[[], Service | None]) -> FastAPI:
    """Answers from the first moment on; `service` gives None while the model is being opened."""
    app = FastAPI(title="Operations", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health/live")
    async def live(response: Response) -> dict[str, Any]:
        """503 names the workers that hang, and since how many seconds: only a new process gives their places back."""
        opened = service()
        stuck = opened.stuck_workers if opened is not None else {}
        if not stuck:
            return {"status": "live"}
        response.status_code = 503
        return {"status": "stuck", "workers": {name: round(seconds, 1) for name, seconds in stuck.items()}}

    @app.get("/health/ready")
    async def ready(response: Response) -> dict[str, str]:
        response.status_code = 200 if lifecycle.is_ready else 503
        return {"status": lifecycle.phase.value}

    @app.get("/metrics")
    async def exposition() -> Response:
        opened = service()
        if opened is not None:
            opened.refresh_gauges()
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return app
