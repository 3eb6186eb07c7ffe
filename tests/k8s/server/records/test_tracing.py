"""Spans of OpenTelemetry, as a collector gets them by OTLP over HTTP."""

import json
import threading
import time

import pytest
from endpoint import PHANTOM, running
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from other_servers import Collector, attributes_of, free_port, serving

from k8s.server.records.tracing import ENDPOINT, tracing_from_environment

TRACE_ID, PARENT_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
STAGES = ["upload", "queue", "decode", "inference", "encode"]
SOON = {"OTEL_BSP_SCHEDULE_DELAY": 100}
DEFAULT_PORT = 4318  # of OTLP over HTTP


@pytest.fixture(scope="module")
def collector():
    collector = Collector()
    with serving(collector.answer) as collector.port:
        yield collector


@pytest.fixture(scope="module")
def traced(collector, tmp_path_factory):
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}", **SOON}
    with running(tmp_path_factory.mktemp("traced"), **settings) as endpoint:
        yield endpoint


def spans_of(collector, request, count):
    """The response of `request()`, and the `count` spans that it makes."""
    collector.spans.clear()
    response = request()
    return response, collector.wait_for(count)


def traceparent(flags):
    return {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-{flags}"}


def test_a_request_goes_on_with_the_callers_trace_and_has_a_span_for_each_stage(traced, collector):
    before_ns = time.time_ns()
    response, spans = spans_of(collector, lambda: traced.read_film(headers=traceparent("01")), 6)
    after_ns = time.time_ns()
    (server,) = [span for span in spans if span.kind == Span.SPAN_KIND_SERVER]
    assert response.headers["traceparent"] == f"00-{TRACE_ID}-{server.span_id.hex()}-01"
    assert (server.trace_id.hex(), server.parent_span_id.hex()) == (TRACE_ID, PARENT_ID)
    assert (server.name, server.status.code) == ("chest-xray", Status.STATUS_CODE_UNSET)
    assert attributes_of(server) == {"http.route": "chest-xray", "http.response.status_code": 200}
    children = [span for span in spans if span is not server]
    assert sorted(span.name for span in children) == sorted(STAGES)
    assert {(span.trace_id, span.parent_span_id) for span in children} == {(server.trace_id, server.span_id)}
    assert len({span.span_id for span in spans}) == 6
    slack_ns = 1_000_000  # two clocks are read one after the other
    assert before_ns - slack_ns <= server.start_time_unix_nano
    assert server.end_time_unix_nano <= after_ns + slack_ns
    timings = response.json()["timings_ms"]
    at = server.start_time_unix_nano
    for name in STAGES:
        (span,) = [span for span in children if span.name == name]
        assert at - slack_ns <= span.start_time_unix_nano <= span.end_time_unix_nano
        at = span.end_time_unix_nano
        assert (at - span.start_time_unix_nano) / 1e6 == pytest.approx(timings[name], abs=0.01)
    assert at <= server.end_time_unix_nano + slack_ns
    assert set(collector.paths) == {"/v1/traces"}
    assert collector.spans[0][1]["service.name"] == "xray-endpoint"


def test_without_a_callers_trace_a_new_one_is_begun_and_named_as_recorded(traced, collector):
    response, spans = spans_of(collector, traced.read_film, 6)
    (server,) = [span for span in spans if span.kind == Span.SPAN_KIND_SERVER]
    assert response.headers["traceparent"] == f"00-{server.trace_id.hex()}-{server.span_id.hex()}-01"
    assert server.parent_span_id == b""


def test_a_trace_that_the_caller_does_not_sample_is_not_sent(traced, collector):
    """The sampler of the standard is parentbased_always_on."""
    collector.spans.clear()
    unsampled = traced.read_film(headers=traceparent("00"))
    assert unsampled.headers["traceparent"].split("-")[1::2] == [TRACE_ID, "00"]
    _, spans = spans_of(collector, traced.read_film, 6)
    assert TRACE_ID not in {span.trace_id.hex() for span in spans}


def test_a_refusal_is_named_and_only_a_failure_of_the_server_is_an_error(traced, collector):
    _, spans = spans_of(collector, lambda: traced.read_film(PHANTOM[:1000]), 3)
    (server,) = [span for span in spans if span.kind == Span.SPAN_KIND_SERVER]
    expected = {"http.route": "chest-xray", "http.response.status_code": 422, "error.type": "unreadable-film"}
    assert attributes_of(server) == expected
    assert server.status.code == Status.STATUS_CODE_UNSET


def test_no_span_holds_anything_of_the_film_or_the_client(traced, collector):
    response, spans = spans_of(collector, lambda: traced.read_film(headers={"X-Request-Id": "case-of-ward"}), 6)
    sent = b"".join(span.SerializeToString() for span in spans)
    for secret in (b"ward", traced.key.encode(), response.json()["dicom"]["study_instance_uid"].encode(), b"PHANTOM"):
        assert secret not in sent


def test_without_the_variable_nothing_is_sent_to_the_exporters_own_default(tmp_path):
    collector = Collector()
    try:
        with serving(collector.answer, DEFAULT_PORT), running(tmp_path, auth="none") as endpoint:
            assert endpoint.read_film(headers=traceparent("01")).headers["traceparent"].endswith("-01")
            assert endpoint.read_film().headers["traceparent"].endswith("-00")
            assert endpoint.stop() == 0
    except OSError as error:
        pytest.skip(f"port {DEFAULT_PORT}: {error.strerror}")
    assert not collector.paths


def test_only_with_the_variable_a_thread_is_started(monkeypatch):
    before = threading.enumerate()
    monkeypatch.delenv(ENDPOINT, raising=False)
    assert tracing_from_environment() is None
    assert threading.enumerate() == before
    monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{free_port()}")
    tracing = tracing_from_environment()
    assert len(threading.enumerate()) == len(before) + 1
    tracing.close()
    assert threading.enumerate() == before


def test_a_collector_that_is_away_neither_fails_requests_nor_the_end(tmp_path):
    address = f"http://127.0.0.1:{free_port()}/of-a-secret-path"
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, **SOON}
    with running(tmp_path, auth="none", shutdown_seconds=1, **settings) as endpoint:
        statuses = [endpoint.read_film(headers=traceparent("01")).status_code for _ in range(5)]
        assert endpoint.logged(event="library"), "the exporter has not complained"
        assert statuses == [200] * 5
        assert endpoint.stop() == 0  # 1 where the exporter's retries held it up longer than it is allowed
        said = b"".join(endpoint.lines).decode()
        assert "secret-path" not in said
        assert "stopped" in [json.loads(line)["event"] for line in said.splitlines()]


def test_what_is_left_is_sent_at_the_end(collector, tmp_path):
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}", "OTEL_BSP_SCHEDULE_DELAY": 60_000}
    with running(tmp_path, auth="none", **settings) as endpoint:
        collector.spans.clear()
        endpoint.read_film(headers=traceparent("01"))
        assert not collector.spans
        assert endpoint.stop() == 0
        assert TRACE_ID in {span.trace_id.hex() for span in collector.wait_for(6)}
