"""Chest X-rays behind LitServe: POST /predict, the film's bytes as the raw body.

python -m benchmarks.yardsticks.litserve_server --port 8000

LitServe's own default is JSON or a form; a raw body needs the type annotation below, FastAPI then hands over the bytes
as they came, which spares base64 and multipart. Worker processes run the model, as many API servers take the requests
(LitServe's default), `slots` has no meaning. `fast_queue` (ZeroMQ) is left off: LitServe advises it for hundreds of
requests per second, and 0.2.19 does not pass it on to its transport.
https://lightning.ai/docs/litserve/api-reference/litserver
"""

import argparse
from typing import Annotated, Any

import litserve
from fastapi import Body

from benchmarks.yardsticks.settings import Settings, answer, read_settings
from fovea import Prediction


class ChestXray(litserve.LitAPI):
    """decode -> predict -> encode."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings

    def setup(self, device: str) -> None:  # noqa: ARG002
        self.model = self.settings.open_model()

    def decode_request(self, request: Annotated[bytes, Body(media_type="application/octet-stream")]) -> bytes:
        return request

    def predict(self, film: bytes) -> Prediction:
        return self.model.predict(film)

    def encode_response(self, output: Prediction) -> dict[str, Any]:
        return answer(output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    settings = read_settings()
    server = litserve.LitServer(
        ChestXray(settings), accelerator="cpu", workers_per_device=settings.processes, timeout=60
    )
    server.run(
        host="127.0.0.1",
        port=parser.parse_args().port,
        generate_client_file=False,
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
