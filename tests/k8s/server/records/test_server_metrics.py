"""What Prometheus reads on the operations port."""

import re

import httpx
import pytest
from endpoint import FILM, PHANTOM, ROOT, audit_settings, running
from prometheus_client.parser import text_string_to_metric_families

from fovea import load

STAGES = ["upload", "queue", "decode", "inference", "encode"]
CLASSES = ["normal", "pneumonia", "covid19"]


def families(endpoint):
    text = httpx.get(f"{endpoint.ops_url}/metrics", trust_env=False).text
    return {family.name: family for family in text_string_to_metric_families(text)}


def samples(endpoint):
    """{(name, labels): value}"""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families(endpoint).values()
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def model():
    return load(ROOT / "models" / "chest_xray.onnx")


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """A server that nobody else asks."""
    folder = tmp_path_factory.mktemp("counted")
    with running(folder, workers=2, queue_capacity=7, **audit_settings(folder)) as server:
        yield server


@pytest.fixture(scope="module")
def sure_film(films, model):
    """The first real film that the model is sure of: (bytes, media type, class)."""
    for path in films.photos.paths:
        found = model.predict(path.read_bytes())
        if (
            found.probabilities.max() > model.spec.abstain_below + 0.05
            and max(found.ood_score, found.other_finding) < 0.95
        ):
            kind = "image/jpeg" if path.suffix == ".jpg" else "image/png"
            return path.read_bytes(), kind, found.top(1)[0][0]
    raise AssertionError("no film is sure")


def test_every_metric_is_there_from_the_start_with_its_labels(endpoint, model):
    found = samples(endpoint)
    plain = (
        "requests_in_flight",
        "queue_depth",
        "queue_capacity",
        "workers",
        "busy_workers",
        "stuck_workers",
        "audit_unfinished_requests",
        "drift_window_films",
        "ready",
    )
    expected = {(f"xray_{name}", ()) for name in (*plain, "ready", "key_expiry_timestamp_seconds")}
    counters = ("audit_lines", "audit_errors", "key_reload_errors", "dropped_log_lines", "unlogged_requests")
    expected |= {(f"xray_{name}_total", ()) for name in counters}
    reasons = ("client_disconnected", "deadline_exceeded")
    expected |= {("xray_abandoned_requests_total", (("reason", reason),)) for reason in reasons}
    expected |= {("xray_decisions_total", (("decision", name),)) for name in (*CLASSES, "abstain")}
    expected |= {("xray_predictions_total", (("class", name),)) for name in CLASSES}
    expected |= {
        ("xray_requests_total", (("route", route), ("status", str(status))))
        for route in ("chest-xray", "infer")
        for status in (200, 500, 503, 504)
    }
    reasons = ("unsure", "unlike_training", "other_finding")
    expected |= {("xray_abstentions_total", (("reason", reason),)) for reason in reasons}
    expected |= {("xray_drift_psi", (("distribution", of),)) for of in ("classes", "ood_score")}
    expected |= {("xray_stage_duration_seconds_count", (("stage", stage),)) for stage in STAGES}
    expected |= {("xray_ood_score_count", ()), ("process_resident_memory_bytes", ()), ("process_cpu_seconds_total", ())}
    spec = model.spec
    info = {"revision": model.revision, "precision": spec.precision, "architecture": spec.architecture}
    info |= {"provider": model.providers[0]}
    expected |= {("xray_model_info", tuple(sorted(info.items())))}
    assert expected - set(found) == set()


def test_a_film_read_one_abstained_from_and_one_refused_are_counted_once_each(counted, model, sure_film):
    body, kind, name = sure_film
    drawn = model.predict(PHANTOM)
    reasons = {
        "unsure": drawn.probabilities.max() < model.spec.abstain_below,
        "unlike_training": drawn.ood_score >= 1,
        "other_finding": drawn.other_finding >= 1,
    }
    before = samples(counted)
    assert counted.read_film(body, kind).json()["decision"] == name
    assert counted.read_film().json()["decision"] == "abstain"
    assert counted.read_film(PHANTOM[:1000]).status_code == 422
    after = samples(counted)

    def grown(metric, **labels):
        key = (metric, tuple(sorted(labels.items())))
        return after[key] - before.get(key, 0)

    assert grown("xray_requests_total", route="chest-xray", status="200") == 2
    assert grown("xray_requests_total", route="chest-xray", status="422") == 1
    assert grown("xray_request_duration_seconds_count", route="chest-xray") == 3
    counts = {stage: grown("xray_stage_duration_seconds_count", stage=stage) for stage in STAGES}
    assert counts == {"upload": 3, "queue": 3, "decode": 2, "inference": 2, "encode": 2}
    decisions = {name: grown("xray_decisions_total", decision=name) for name in (*CLASSES, "abstain")}
    assert decisions == {**dict.fromkeys(CLASSES, 0), name: 1, "abstain": 1}
    predicted = {each: grown("xray_predictions_total", **{"class": each}) for each in CLASSES}
    assert predicted == {each: (each == name) + (each == drawn.top(1)[0][0]) for each in CLASSES}
    for reason, is_given in reasons.items():
        assert grown("xray_abstentions_total", reason=reason) == is_given
    assert grown("xray_ood_score_count") == 2
    assert grown("xray_ood_score_bucket", le="1.0") == 1
    assert grown("xray_drift_window_films") == 2
    assert grown("xray_audit_lines_total") == 6  # a start and an end each
    assert (after["xray_queue_capacity", ()], after["xray_workers", ()], after["xray_ready", ()]) == (7, 2, 1)
    assert {after[f"xray_{name}", ()] for name in ("requests_in_flight", "queue_depth", "busy_workers")} == {0}


def test_other_addresses_and_clients_make_no_new_labels(counted):
    for path in ("/v1/chest-xray/../secret-path", "/wp-login.php", "/v2/models/made-up-model"):
        counted.client.get(path)
    counted.client.post(FILM, headers={"X-API-Key": "made-up-key"})
    counted.client.post("/v2/models/made-up-model/infer", content=b"{}")
    counted.read_film(headers={"X-Request-Id": "case-of-nobody", "Idempotency-Key": "made-up-once"})
    found = samples(counted)
    routes = {value for (_, labels) in found for name, value in labels if name == "route"}
    assert routes == {"chest-xray", "infer", "other"}
    names = {name for (metric, labels) in found for name, _ in labels if metric.startswith("xray_")}
    known = {"route", "status", "stage", "le", "reason", "decision", "class", "distribution"}
    assert names == known | {"revision", "precision", "architecture", "provider"}
    values = " ".join(value for (_, labels) in found for _, value in labels)
    for secret in ("ward", "made-up", "nobody", "secret", "wp-login", "PHANTOM", "1.2.826.0.1.3680043.8.498.4004"):
        assert secret not in values


def test_no_series_tells_when_another_was_created(endpoint):
    text = httpx.get(f"{endpoint.ops_url}/metrics", trust_env=False).text
    assert not re.findall(r"^# \w+ \w+_created\b|^\w+_created\b", text, re.MULTILINE)


def test_the_public_port_shows_no_metrics(endpoint):
    for path in ("/metrics", "/health/live", "/health/ready"):
        assert endpoint.client.get(path).status_code == 404
