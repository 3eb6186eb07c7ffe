"""People who draw on computers of their own: each sends its strokes to the app and reads the answers.

What their browsers would do with an answer costs the machine of the app nothing.
"""

import json
import math
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

from space.strokes import FIELD_PX

SEND_EVERY_S = 0.09  # as the page does it
POINTS = 40  # of a drawing, which begins afresh then
FIELD = "digits-canvas"
TIMEOUT_S = 120.0


@contextmanager
def drawing_elsewhere(address: str, count: int) -> Iterator[list[float]]:
    """`count` people draw until the block ends; the list that it gives holds their waits in ms.

    Raises what stopped one of them.
    """
    waits: list[float] = []
    is_over = threading.Event()
    with ThreadPoolExecutor(max_workers=count) as people:
        drawings = [people.submit(_draw, address, is_over, waits) for _ in range(count)]
        try:
            yield waits
        finally:
            is_over.set()
        for drawing in drawings:
            drawing.result()


def _draw(address: str, is_over: threading.Event, waits: list[float]) -> None:
    with httpx.Client(base_url=f"{address}gradio_api/", timeout=TIMEOUT_S) as client:
        event = _drawing_event(client.get("../config").json())
        session = uuid.uuid4().hex
        points: list[list[float]] = []
        while not is_over.is_set():
            points = [] if len(points) == POINTS else points
            points.append(_place(len(points)))
            began = time.monotonic()
            _answer(client, event, session, json.dumps([points]))
            waits.append(1000 * (time.monotonic() - began))
            is_over.wait(SEND_EVERY_S - (time.monotonic() - began))


def _place(turn: int) -> list[float]:
    """A point on the spiral that the browsers' pens draw."""
    reach = 0.08 + 0.006 * turn
    return [FIELD_PX * (0.5 + reach * part(0.5 * turn)) for part in (math.cos, math.sin)]


def _drawing_event(config: dict[str, Any]) -> int:
    """The number of the event that answers a drawing. Raises RuntimeError where the app has none."""
    (field,) = (each["id"] for each in config["components"] if each["props"].get("elem_id") == FIELD)
    for number, dependency in enumerate(config["dependencies"]):
        if [field, "input"] in dependency["targets"]:
            return int(dependency.get("id", number))
    raise RuntimeError("The app has no field to draw on.")


def _answer(client: httpx.Client, event: int, session: str, drawing: str) -> None:
    """Send a drawing and wait until its answer has come whole."""
    asked = {"data": [drawing], "fn_index": event, "session_hash": session}
    client.post("queue/join", json=asked).raise_for_status()
    with client.stream("GET", "queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            message = json.loads(line[5:]) if line.startswith("data:") else {"msg": ""}
            if message["msg"] == "process_completed":
                if not message["success"]:
                    raise RuntimeError(f"The app failed at a drawing: {message['output']}.")
                return
    raise RuntimeError("The app closed a stream before the answer.")
