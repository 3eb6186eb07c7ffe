"""POST /v1/chest-xray, asked as a hospital asks it."""

import base64
import dataclasses
import io

import numpy as np
import pytest
from endpoint import FILM, PHANTOM, ROOT
from PIL import Image

from fovea import load
from k8s.server.films.answer import answer_of
from k8s.server.films.film import DecodedFilm
from k8s.server.http.schemas import FilmReading


@pytest.fixture(scope="module")
def expected():
    return load(ROOT / "models" / "chest_xray.onnx").predict(PHANTOM)


def test_a_dicom_film_gets_the_answer_of_the_model_file(endpoint, expected):
    response = endpoint.read_film()
    assert response.status_code == 200
    answer = response.json()
    assert list(answer["probabilities"].values()) == pytest.approx(expected.probabilities.tolist(), abs=1e-5)
    assert answer["ood_score"] == pytest.approx(expected.ood_score, abs=1e-5)
    assert answer["dicom"]["sop_instance_uid"].startswith("1.2.826.0.1.3680043.8.498")
    assert answer["other_finding"] == pytest.approx(expected.other_finding, abs=1e-5)
    assert answer["thresholds"]["other_finding_below"] == 1
    assert set(answer["timings_ms"]) == {"upload", "queue", "decode", "inference", "encode"}


def test_a_model_without_a_score_for_other_findings_has_null_for_it():
    model = load(ROOT / "models" / "chest_xray.onnx")
    prediction = dataclasses.replace(model.predict(PHANTOM), other_finding=None)
    answer = answer_of(prediction, DecodedFilm(prediction.pixels, "image/png"), model)
    assert (answer["other_finding"], answer["thresholds"]["other_finding_below"]) == (None, None)
    FilmReading(**answer, request_id="r", timings_ms={})  # as /openapi.json describes it


def test_a_film_without_preamble_gets_the_same_answer(endpoint):
    assert endpoint.read_film(PHANTOM[132:]).json()["probabilities"] == endpoint.read_film().json()["probabilities"]


def test_a_film_unlike_the_training_films_gets_no_decision_and_the_reasons(endpoint, expected):
    assert expected.ood_score >= 1  # the drawn film is no radiograph
    answer = endpoint.read_film().json()
    assert answer["decision"] == "abstain"
    assert "unlike_training" in answer["reasons"]


def test_real_films_get_a_class_where_the_model_is_sure(endpoint, films):
    from fovea import load

    model = load(ROOT / "models" / "chest_xray.onnx")
    sure = unsure = 0
    for path in films.photos.paths[:40]:
        answer = endpoint.read_film(path.read_bytes(), "image/jpeg" if path.suffix == ".jpg" else "image/png").json()
        best = max(answer["probabilities"], key=answer["probabilities"].get)
        scores = answer["ood_score"], answer["other_finding"]
        is_sure = answer["probabilities"][best] >= model.spec.abstain_below and max(scores) < 1
        assert answer["decision"] == (best if is_sure else "abstain")
        assert bool(answer["reasons"]) is not is_sure
        sure, unsure = sure + is_sure, unsure + (not is_sure)
    assert sure > 0
    assert unsure > 0


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_png_and_jpeg_are_read_and_have_no_identifiers(endpoint, film_png, film_jpeg, kind):
    answer = endpoint.read_film({"png": film_png, "jpeg": film_jpeg}[kind], f"image/{kind}").json()
    assert answer["dicom"] is None
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_png_of_a_film_gets_the_answer_of_its_dicom_form(endpoint, film_png):
    png, dicom = endpoint.read_film(film_png, "image/png").json(), endpoint.read_film().json()
    assert png["probabilities"] == dicom["probabilities"]


def test_a_form_gets_the_same_answer_as_the_raw_body(endpoint):
    response = endpoint.client.post(FILM, files={"file": ("a.dcm", PHANTOM, "application/dicom")})
    assert response.json()["probabilities"] == endpoint.read_film().json()["probabilities"]


def test_a_body_that_declares_nothing_is_told_by_its_content(endpoint, film_png):
    response = endpoint.read_film(film_png, "application/octet-stream")
    assert response.status_code == 200
    assert response.json()["dicom"] is None


def test_heatmaps_come_as_png_only_when_asked_for(endpoint, expected):
    assert "heatmaps" not in endpoint.read_film().json()
    maps = endpoint.read_film(params={"heatmap": "png"}).json()["heatmaps"]
    assert list(maps) == list(expected.classes)
    for name, heat in zip(expected.classes, expected.heatmaps, strict=True):
        image = Image.open(io.BytesIO(base64.b64decode(maps[name].removeprefix("data:image/png;base64,"))))
        assert (image.mode, image.size) == ("L", (224, 224))
        small = np.asarray(image.resize(heat.shape[::-1], Image.Resampling.BOX), float) / 255
        # a class that nothing on this film speaks for has no heat at all
        assert np.corrcoef(small.ravel(), heat.ravel())[0, 1] > 0.9 if heat.any() else not small.any()


def test_request_id_and_trace_are_taken_and_echoed(endpoint):
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    response = endpoint.read_film(headers={"X-Request-Id": "case-17/a", "traceparent": trace})
    assert response.headers["x-request-id"] == response.json()["request_id"] == "case-17/a"
    version, trace_id, span_id, flags = response.headers["traceparent"].split("-")
    assert (version, trace_id, flags) == ("00", "4bf92f3577b34da6a3ce929d0e0e4736", "01")
    assert span_id != "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "header", ["x", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "ff-" + "a" * 32 + "-" + "b" * 16 + "-01"]
)
def test_a_trace_of_another_form_is_not_gone_on_with(endpoint, header):
    trace_id = endpoint.read_film(headers={"traceparent": header}).headers["traceparent"].split("-")[1]
    assert trace_id not in header
    assert len(trace_id) == 32


def test_a_request_id_of_odd_characters_is_replaced(endpoint):
    sent = "a b<script>"
    assert endpoint.read_film(headers={"X-Request-Id": sent}).headers["x-request-id"] != sent


def test_a_repeated_idempotency_key_gets_the_first_answer(endpoint):
    first = endpoint.read_film(headers={"Idempotency-Key": "k-1"})
    again = endpoint.read_film(headers={"Idempotency-Key": "k-1"})
    other = endpoint.read_film(headers={"Idempotency-Key": "k-2"})
    assert again.json() == first.json()  # with the first one's request id and timings
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert other.json()["request_id"] != first.json()["request_id"]


def test_an_idempotency_key_with_another_film_is_refused(endpoint, film_png):
    endpoint.read_film(headers={"Idempotency-Key": "k-3"})
    response = endpoint.read_film(film_png, "image/png", headers={"Idempotency-Key": "k-3"})
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/idempotency-key-reused"
