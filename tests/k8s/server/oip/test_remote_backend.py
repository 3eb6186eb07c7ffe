"""XRAY_BACKEND=oip://HOST:PORT/MODEL: another server computes, and this one still reads, decides and refuses."""

import contextlib
import itertools
import socket
import ssl
import threading
import time

import numpy as np
import pytest
from certificates import Authority
from endpoint import PHANTOM, ROOT, running, start
from other_servers import InferenceServer, free_port, serving

from fovea import load
from k8s.server.oip.backend import RemoteBackend
from k8s.server.problems import Problem

SOON_S = 60


@pytest.fixture(scope="module")
def model():
    return load(ROOT / "models" / "chest_xray.onnx")


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """(remote, front): an endpoint that computes, and one that asks it."""
    with running(tmp_path_factory.mktemp("remote"), auth="none") as remote:
        backend = f"oip://127.0.0.1:{remote.port}/chest_xray"
        with running(tmp_path_factory.mktemp("front"), auth="none", backend=backend) as front:
            yield remote, front


def started_in_vain(folder, **settings):
    """The last line of a server that refuses to start."""
    endpoint = start(folder, auth="none", **settings)
    try:
        assert endpoint.process.wait(timeout=SOON_S) == 2
    finally:
        ended(endpoint)
    return endpoint.lines[-1].decode().strip()


def ended(endpoint):
    if hasattr(endpoint, "client"):
        endpoint.client.close()
    endpoint.process.kill()
    endpoint.process.wait()
    endpoint._reader.join(timeout=10)
    endpoint.process.stdout.close()


@contextlib.contextmanager
def orphaned(other, folder):
    """An endpoint that was ready while `other` computed for it, and the port where `other` answers no more."""
    port = free_port()
    with serving(other.answer, port):
        endpoint = start(folder, auth="none", backend=f"oip://127.0.0.1:{port}/chest_xray")
        endpoint.wait_until_ready()
    try:
        yield endpoint, port
    finally:
        ended(endpoint)


def until(condition):
    deadline = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_answers_are_those_of_the_remote_server(pair, film_png):
    remote, front = pair
    before = remote.metric('xray_requests_total{route="infer",status="200"}')
    for body, kind in ((PHANTOM, "application/dicom"), (film_png, "image/png")):
        ours, theirs = (server.read_film(body, kind, params={"heatmap": "png"}).json() for server in (front, remote))
        for name in ("model", "decision", "reasons", "dicom", "warnings", "thresholds"):
            assert ours[name] == theirs[name]
        assert ours["probabilities"] == pytest.approx(theirs["probabilities"], abs=1e-6)
        assert ours["ood_score"] == pytest.approx(theirs["ood_score"], abs=1e-6)
        assert list(ours["heatmaps"]) == list(theirs["heatmaps"])
    assert remote.metric('xray_requests_total{route="infer",status="200"}') == before + 2


def test_an_infer_request_is_passed_on_as_a_batch(pair, model):
    _, front = pair
    pixels = np.stack([model.pixels(PHANTOM), 255 - model.pixels(PHANTOM)])
    tensor = {"name": "pixels", "datatype": "UINT8", "shape": list(pixels.shape), "data": pixels.ravel().tolist()}
    answer = front.client.post("/v2/models/chest_xray/infer", json={"inputs": [tensor]}).json()
    expected = model.run(pixels)
    for output in answer["outputs"]:
        assert output["shape"] == list(expected[output["name"]].shape)
        assert output["data"] == pytest.approx(expected[output["name"]].ravel().tolist(), rel=1e-4, abs=1e-5)


def test_what_cannot_be_read_never_reaches_the_remote_server(pair):
    remote, front = pair
    before = remote.metric('xray_requests_total{route="infer",status="200"}')
    assert front.read_film(PHANTOM[:1000]).status_code == 422
    assert remote.metric('xray_requests_total{route="infer",status="200"}') == before


def test_while_the_remote_server_is_down_films_are_put_off_and_then_read_again(model, tmp_path):
    other = InferenceServer(model)
    with orphaned(other, tmp_path) as (endpoint, port):
        response = endpoint.read_film()
        assert (response.status_code, response.headers["retry-after"]) == (503, "2")
        assert response.json()["type"] == "/problems/backend-unavailable"
        assert response.json()["detail"] == "The inference server does not answer."
        with serving(lambda *_: (500, {}, b"secret of the other server"), port):
            response = endpoint.read_film()
            assert (response.status_code, response.headers["retry-after"]) == (503, "2")
            assert response.json()["detail"] == "The inference server answered with an error."
        with serving(lambda *_: (200, {}, b"secret of the other server"), port):
            response = endpoint.read_film()
            assert (response.status_code, response.headers["retry-after"]) == (503, "2")
            assert response.json()["detail"] == "The inference server's answer cannot be read."
        with serving(other.answer, port):
            assert endpoint.read_film().status_code == 200
        assert endpoint.process.poll() is None


def test_a_request_that_the_remote_server_finds_wrong_is_a_fault_and_not_to_be_sent_again(model, tmp_path):
    other = InferenceServer(model)
    with orphaned(other, tmp_path) as (endpoint, port):
        for status, expected in ((400, 500), (404, 500), (429, 503)):
            with serving(lambda *_, status=status: (status, {}, b"secret of the other server"), port):
                response = endpoint.read_film()
            assert response.status_code == expected
            assert ("retry-after" in response.headers) == (expected == 503)
            assert "secret" not in response.text
        refused = endpoint.logged(2, event="inference server rejected request")
        assert [line["status"] for line in refused] == [400, 404]
        errors = endpoint.logged(2, event="internal error")
        assert [line["error"] for line in errors] == ["BackendRefusalError"] * 2


def test_a_large_batch_is_sent_in_calls_of_four_films(model):
    other = InferenceServer(model)
    films = np.random.default_rng(3).integers(0, 256, (9, *model.pixels(PHANTOM).shape), dtype=np.uint8)
    with serving(other.answer) as port:
        outputs = RemoteBackend(f"oip://127.0.0.1:{port}/m", timeout_s=SOON_S).run(films)
    assert other.sizes == [4, 4, 1]
    for name, values in model.run(films).items():
        assert outputs[name].shape == values.shape
        np.testing.assert_allclose(outputs[name], values, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("slow_from", ["the first byte on", "the body on"])
def test_an_answer_that_trickles_holds_a_worker_no_longer_than_a_silent_one(model, slow_from):
    """Each byte comes well within the limit, all of them would not."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener, contextlib.ExitStack() as stack:

        def trickle():
            connection = stack.enter_context(listener.accept()[0])
            with contextlib.suppress(OSError):
                if slow_from == "the body on":
                    connection.sendall(head)
                for byte in itertools.chain(head, itertools.repeat(32)):
                    connection.sendall(bytes([byte]))
                    time.sleep(0.1)

        threading.Thread(target=trickle, daemon=True).start()
        backend = RemoteBackend(f"oip://127.0.0.1:{listener.getsockname()[1]}/m", timeout_s=1)
        began = time.monotonic()
        with pytest.raises(Problem, match="The inference server does not answer"):
            backend.run(model.pixels(PHANTOM)[np.newaxis])
        assert time.monotonic() - began > 0.9


def test_oips_speaks_tls(model, tmp_path, monkeypatch):
    authority, other = Authority(tmp_path, "backend-authority"), InferenceServer(model)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("backend"))
    with serving(other.answer, tls=context) as port:
        pixels = model.pixels(PHANTOM)[np.newaxis]
        outputs = RemoteBackend(f"oips://127.0.0.1:{port}/m", timeout_s=SOON_S).run(pixels)
        assert outputs["probabilities"] == pytest.approx(model.run(pixels)["probabilities"], abs=1e-5)
        with pytest.raises(Problem, match="does not answer"):
            RemoteBackend(f"oip://127.0.0.1:{port}/m", timeout_s=SOON_S).run(pixels)


def test_the_start_waits_until_the_remote_server_is_up(model, tmp_path):
    other, port = InferenceServer(model), free_port()
    refusals = []

    def still_loading(*_):
        refusals.append(1)
        return 503, {}, b""

    endpoint = start(tmp_path, auth="none", backend=f"oip://127.0.0.1:{port}/chest_xray")
    try:
        with serving(still_loading, port):
            until(lambda: len(refusals) >= 2)
        assert endpoint.process.poll() is None
        assert not [line for line in endpoint.log if line["event"] == "ready"]
        with serving(other.answer, port):
            endpoint.wait_until_ready()
            assert endpoint.read_film().status_code == 200
        # the self-test, the answers that the file expects, and the film
        assert other.requests == ["/v2/models/chest_xray/infer"] * 3
    finally:
        ended(endpoint)


def test_the_start_gives_up_on_a_remote_server_that_stays_away(tmp_path):
    backend = f"oip://127.0.0.1:{free_port()}/chest_xray"
    said = started_in_vain(tmp_path, backend=backend, backend_startup_seconds=1)
    assert said == "XRAY_BACKEND: The inference server does not answer."


def swapped(outputs):
    return outputs | {"probabilities": outputs["probabilities"][:, ::-1]}


def with_other_threshold(outputs):
    return outputs | {"ood_score": outputs["ood_score"] * 0.5}


def of_nothing(outputs):
    return outputs | {"probabilities": np.full_like(outputs["probabilities"], np.nan)}


def of_four_classes(outputs):
    return outputs | {"probabilities": np.full((1, 4), 0.25, np.float32)}


def without_heatmaps(outputs):
    return {name: values for name, values in outputs.items() if name != "heatmaps"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            swapped,
            "The inference server does not answer as chest_xray.onnx does: the largest difference in probabilities is ",
        ),
        (
            with_other_threshold,
            "The inference server does not answer as chest_xray.onnx does: the largest difference in ood_score is ",
        ),
        (
            of_nothing,
            "The inference server does not answer as chest_xray.onnx does: "
            "the largest difference in probabilities is nan",
        ),
        (of_four_classes, "The inference server has no output probabilities of shape (3, 3)."),
        (without_heatmaps, "The inference server has no output heatmaps of shape "),
    ],
)
def test_a_remote_server_with_another_model_is_refused_at_the_start(model, tmp_path, change, sentence):
    other = InferenceServer(model)
    other.change = change
    with serving(other.answer) as port:
        said = started_in_vain(tmp_path, backend=f"oip://127.0.0.1:{port}/chest_xray")
    assert said.startswith(sentence)


@pytest.mark.parametrize("change", [without_heatmaps, of_four_classes, of_nothing])
def test_a_remote_server_that_is_given_another_model_later_gives_no_findings(model, tmp_path, change):
    other = InferenceServer(model)
    with serving(other.answer) as port, running(tmp_path, auth="none", backend=f"oip://127.0.0.1:{port}/m") as front:
        assert front.read_film().status_code == 200
        other.change = change
        response = front.read_film()
        assert (response.status_code, response.headers["retry-after"]) == (503, "2")
        assert response.json()["detail"] == "The inference server's answer does not fit this model."
        other.change = lambda outputs: outputs
        assert front.read_film().status_code == 200
