"""Chest X-rays behind BentoML: POST /predict, the film's bytes as the raw body.

bentoml serve benchmarks.yardsticks.bentoml_service:ChestXray --port 3000

A positional-only argument is BentoML's root input: the body itself, with no key around it and no temporary file as
`pathlib.Path` would need. A synchronous API runs in a pool of `slots` threads in each of `processes` workers.
https://docs.bentoml.com/en/latest/build-with-bentoml/iotypes.html
https://docs.bentoml.com/en/latest/build-with-bentoml/parallelize-requests.html
"""

from typing import Any

import bentoml

from benchmarks.yardsticks.settings import answer, read_settings

SETTINGS = read_settings()  # at import: the decorator below takes them


@bentoml.service(
    workers=SETTINGS.processes,
    threads=SETTINGS.slots,
    traffic={"timeout": 60},
    logging={"access": {"enabled": False}},
)
class ChestXray:
    """One model for each worker process."""

    def __init__(self) -> None:
        self.model = SETTINGS.open_model()

    @bentoml.api(route="/predict")
    def predict(self, film: bytes, /) -> dict[str, Any]:
        return answer(self.model.predict(film))
