"""Who computes: onnxruntime in this process, or another server over the Open Inference Protocol."""

import asyncio
import threading
import time
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

import httpx
import numpy as np
from numpy.typing import NDArray

from fovea import Model, ModelFileError
from fovea.expected import SCORES
from k8s.server.lifecycle import Lifecycle, Phase
from k8s.server.oip.protocol import RESPONSE_HEADER_LENGTH, request_of, response_arrays
from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem
from k8s.server.records.logs import log

Outputs = Mapping[str, NDArray[np.float32]]
PAUSE_S = 0.5
SCHEMES = {"oip": "http", "oips": "https"}
MAX_CALL_FILMS = (
    4  # what Triton gives a model without a configuration: default-max-batch-size of its onnxruntime backend
)
PASSING = (408, 425, 429)  # of the statuses from 400 to 499, those that another try may mend
AGREEMENT = {"probabilities": 1e-3} | dict.fromkeys(SCORES, 1e-2)  # what a decision rests on; GPUs round otherwise


class BackendRefusalError(Exception):
    """The inference server finds our request wrong: a fault of the setup, which no other try mends."""


class Backend(Protocol):
    """Runs a batch. `run` is called from several threads at a time."""

    def run(self, pixels: NDArray[np.uint8]) -> Outputs:
        """Every output for `pixels` uint8 (N, H, W, C), N first."""
        ...


class RemoteBackend:
    """The model `name` of another server, called with binary tensors; one call takes `timeout_s` in all at most.

    Its own event loop can end a call at any moment; a plain socket's timeout begins anew with each byte that comes.
    """

    def __init__(self, address: str, timeout_s: float) -> None:
        parts = urlsplit(address)
        self._path = f"/v2/models/{parts.path.strip('/')}/infer"
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(base_url=f"{SCHEMES[parts.scheme]}://{parts.netloc}", timeout=timeout_s)
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="backend", daemon=True).start()

    def expect(self, outputs: Outputs) -> None:
        """From now on an answer must have outputs of these names and shapes: the other server may change its model."""
        self._shapes = {name: values.shape[1:] for name, values in outputs.items()}

    def run(self, pixels: NDArray[np.uint8]) -> Outputs:
        end = time.monotonic() + self._timeout_s
        starts = range(0, len(pixels), MAX_CALL_FILMS)
        parts = [self._call(pixels[start : start + MAX_CALL_FILMS], end) for start in starts]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _call(self, pixels: NDArray[np.uint8], end: float) -> Outputs:
        response = asyncio.run_coroutine_threadsafe(self._post(pixels, end), self._loop).result()
        if response.status_code != 200:
            raise _refusal(response.status_code)
        outputs = response_arrays(response.content, response.headers.get(RESPONSE_HEADER_LENGTH))
        for name, shape in self._shapes.items():
            values = outputs.get(name)
            if values is None or values.shape != (len(pixels), *shape) or not np.isfinite(values).all():
                raise _unavailable("The inference server's answer does not fit this model.")
        return outputs

    async def _post(self, pixels: NDArray[np.uint8], end: float) -> httpx.Response:
        header, body = request_of(pixels)
        try:
            async with asyncio.timeout(end - time.monotonic()):
                return await self._client.post(self._path, content=body, headers=header)
        except (httpx.HTTPError, TimeoutError):
            raise _unavailable("The inference server does not answer.") from None


def _refusal(status: int) -> Exception:
    if 400 <= status < 500 and status not in PASSING:
        log().error("inference server rejected request", status=status)
        return BackendRefusalError(f"The inference server rejected the request with status {status}.")
    return _unavailable("The inference server answered with an error.")


def _unavailable(detail: str) -> Problem:
    return Problem(ProblemKind.BACKEND_UNAVAILABLE, detail, retry_after_s=2)


def wait_for_agreement(
    backend: RemoteBackend, model: Model, pixels: NDArray[np.uint8], patience_s: float, lifecycle: Lifecycle
) -> None:
    """Until the other server has loaded its model. Raises ModelFileError where it does not, or holds another."""
    end = time.monotonic() + patience_s
    while True:
        try:
            check_agreement(backend, model, pixels)
            return
        except (Problem, BackendRefusalError) as error:  # a model that is not loaded yet is unknown to some servers
            if time.monotonic() > end or lifecycle.phase is not Phase.STARTING:
                raise ModelFileError(f"XRAY_BACKEND: {error}") from None
        time.sleep(PAUSE_S)


def check_agreement(backend: RemoteBackend, model: Model, pixels: NDArray[np.uint8]) -> None:
    """Raises ModelFileError where `backend` does not answer as the file does: it holds another model."""
    ours, theirs = model.run(pixels), backend.run(pixels)
    for name, values in ours.items():
        if name not in theirs or theirs[name].shape != values.shape:
            raise ModelFileError(f"The inference server has no output {name} of shape {values.shape}.")
        difference = float(np.abs(theirs[name] - values).max())
        if name in AGREEMENT and not difference <= AGREEMENT[name]:  # so written, NaN is a difference
            raise ModelFileError(
                f"The inference server does not answer as {model.path.name} does: the largest difference in {name} is "
                f"{difference:.3g}. At most {AGREEMENT[name]:g} is allowed."
            )
    backend.expect(ours)
