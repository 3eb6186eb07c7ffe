"""What Prometheus reads on the operations port. No label holds anything of a patient or a client."""

from collections.abc import Iterable, Sequence
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from fovea import ABSTAIN, Reason
from fovea.decoding import Loss

LATENCY_BUCKETS_S = (0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SCORE_BUCKETS = (0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 5.0)
STAGES = ("upload", "queue", "decode", "inference", "encode")
ABANDON_REASONS = ("client_disconnected", "deadline_exceeded")
FILM_ROUTES, WATCHED_STATUSES = ("chest-xray", "infer"), (200, 500, 503, 504)


class _Registry(CollectorRegistry):
    """Leaves out the times at which series began: they double the counters, and nothing asks for them."""

    def collect(self) -> Iterable[Metric]:
        for metric in super().collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric


class Metrics:
    """One registry a server, so that two servers in one process keep apart."""

    def __init__(self) -> None:
        registry = self.registry = _Registry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)
        self.requests = counter("xray_requests_total", "Answers by route and status", ["route", "status"])
        self.request_seconds = histogram(
            "xray_request_duration_seconds", "From the first byte to the answer", ["route"], buckets=LATENCY_BUCKETS_S
        )
        self.stage_seconds = histogram(
            "xray_stage_duration_seconds", "Time in a stage of a request", ["stage"], buckets=LATENCY_BUCKETS_S
        )
        self.in_flight = gauge("xray_requests_in_flight", "Requests under way")
        self.queue_depth = gauge("xray_queue_depth", "Jobs that wait for a worker")
        self.queue_capacity = gauge("xray_queue_capacity", "Jobs that may wait")
        self.workers = gauge("xray_workers", "Worker threads")
        self.busy_workers = gauge("xray_busy_workers", "Worker threads at work")
        self.stuck_workers = gauge("xray_stuck_workers", "Worker threads far beyond the deadline of their film")
        self.abandoned_requests = counter(
            "xray_abandoned_requests_total", "Requests given up before their answer", ["reason"]
        )
        self.lost_decoders = counter(
            "xray_lost_decoders_total", "Processes for decoding that ended over a film", ["reason"]
        )
        self.decisions = counter("xray_decisions_total", "Answers by decision", ["decision"])
        self.predictions = counter("xray_predictions_total", "Answers by most probable class", ["class"])
        self.abstentions = counter("xray_abstentions_total", "Abstentions by reason", ["reason"])
        self.ood_score = histogram(
            "xray_ood_score", "Distance to the training films, 1 is the threshold", buckets=SCORE_BUCKETS
        )
        self.drift_psi = gauge("xray_drift_psi", "Population stability index over the window", ["distribution"])
        self.drift_window_films = gauge("xray_drift_window_films", "Films in the window")
        self.audit_lines = counter("xray_audit_lines_total", "Audit lines written")
        self.audit_errors = counter("xray_audit_errors_total", "Audit lines that could not be written")
        self.unfinished_requests = gauge(
            "xray_audit_unfinished_requests", "Requests that the run before this one started and did not end"
        )
        self.dropped_log_lines = counter(
            "xray_dropped_log_lines_total", "Log lines dropped while standard output was not read"
        )
        self.unlogged_requests = counter(
            "xray_unlogged_requests_total", "Log lines on strangers and floods left out over their rate"
        )
        self.key_reload_errors = counter("xray_key_reload_errors_total", "Key files that could not be read")
        self.key_expiry = gauge("xray_key_expiry_timestamp_seconds", "Unix time at which the next key expires")
        self.ready = gauge("xray_ready", "1 while the server takes requests")
        self.model_info = gauge(
            "xray_model_info", "The model served", ["revision", "precision", "architecture", "provider"]
        )

    def begin(self, classes: Sequence[str]) -> None:
        """Every series of films at 0: of one that begins at its first event, rate() never sees that event."""
        for route in FILM_ROUTES:
            for status in WATCHED_STATUSES:
                self.requests.labels(route, status)
        for stage in STAGES:
            self.stage_seconds.labels(stage)
        for cause in ABANDON_REASONS:
            self.abandoned_requests.labels(cause)
        for loss in Loss:
            self.lost_decoders.labels(loss)
        for name in classes:
            self.predictions.labels(name)
        for decision in (*classes, ABSTAIN):
            self.decisions.labels(decision)
        for reason in Reason:
            self.abstentions.labels(reason)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
