"""Chest X-rays behind KServe's Python server: POST /v1/models/chest_xray:predict, the film's bytes as the raw body.

python -m benchmarks.yardsticks.kserve_server --http_port 8080 --enable_grpc false --log_config_file FILE

The server hands a V1 body that is not JSON to the model as it came, which spares both the base64 of a V1 JSON body and
the tensor header of V2. With more than one worker the model is pickled into each, so the session opens there.
https://kserve.github.io/website/0.12/python_runtime_api/docs/api/
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import kserve

from benchmarks.yardsticks.settings import Settings, answer, read_settings
from fovea import Model


class ChestXray(kserve.Model):
    """Predictions run in a pool of `slots` threads: the event loop stays free for the other requests."""

    def __init__(self, name: str, settings: Settings) -> None:
        super().__init__(name)
        self.settings = settings
        self.ready = True

    @cached_property
    def model(self) -> Model:
        return self.settings.open_model()

    @cached_property
    def pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.settings.slots)

    async def predict(self, payload: bytes, headers: dict[str, str] | None = None) -> dict[str, Any]:  # noqa: ARG002
        model = self.model
        return await asyncio.get_running_loop().run_in_executor(self.pool, lambda: answer(model.predict(payload)))


def main() -> None:
    settings = read_settings()
    kserve.ModelServer(workers=settings.processes, enable_latency_logging=False).start(
        [ChestXray("chest_xray", settings)]
    )


if __name__ == "__main__":
    main()
