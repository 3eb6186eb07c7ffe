"""What Prometheus reads on the operations port. No label holds anything of a patient or a client."""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from fovea import ABSTAIN, Reason

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
        self.requests = Counter(
            "xray_requests_total", "Answers by route and status", ["route", "status"], registry=registry
        )
        self.request_seconds = Histogram(
            "xray_request_duration_seconds",
            "From the first byte to the answer",
            ["route"],
            buckets=LATENCY_BUCKETS_S,
            registry=registry,
        )
        self.stage_seconds = Histogram(
            "xray_stage_duration_seconds",
            "Time in a stage of a request",
            ["stage"],
            buckets=LATENCY_BUCKETS_S,
            registry=registry,
        )
        self.in_flight = Gauge("xray_requests_in_flight", "Requests under way", registry=registry)
        self.queue_depth = Gauge("xray_queue_depth", "Jobs that wait for a worker", registry=registry)
        self.queue_capacity = Gauge("xray_queue_capacity", "Jobs that may wait", registry=registry)
        self.workers = Gauge("xray_workers", "Worker threads", registry=registry)
        self.busy_workers = Gauge("xray_busy_workers", "Worker threads at work", registry=registry)
        self.abandoned_requests = Counter(
            "xray_abandoned_requests_total", "Requests given up before their answer", ["reason"], registry=registry
        )
        self.decisions = Counter("xray_decisions_total", "Answers by decision", ["decision"], registry=registry)
        self.predictions = Counter(
            "xray_predictions_total", "Answers by most probable class", ["class"], registry=registry
        )
        self.abstentions = Counter("xray_abstentions_total", "Abstentions by reason", ["reason"], registry=registry)
        self.ood_score = Histogram(
            "xray_ood_score",
            "Distance to the training films, 1 is the threshold",
            buckets=SCORE_BUCKETS,
            registry=registry,
        )
        self.drift_psi = Gauge(
            "xray_drift_psi", "Population stability index over the window", ["distribution"], registry=registry
        )
        self.drift_window_films = Gauge("xray_drift_window_films", "Films in the window", registry=registry)
        self.audit_lines = Counter("xray_audit_lines_total", "Audit lines written", registry=registry)
        self.audit_errors = Counter(
            "xray_audit_errors_total", "Audit lines that could not be written", registry=registry
        )
        self.key_reload_errors = Counter(
            "xray_key_reload_errors_total", "Key files that could not be read", registry=registry
        )
        self.key_expiry = Gauge(
            "xray_key_expiry_timestamp_seconds", "Unix time at which the next key expires", registry=registry
        )
        self.ready = Gauge("xray_ready", "1 while the server takes requests", registry=registry)
        self.model_info = Gauge(
            "xray_model_info",
            "The model served",
            ["revision", "precision", "architecture", "provider"],
            registry=registry,
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
        for name in classes:
            self.predictions.labels(name)
        for decision in (*classes, ABSTAIN):
            self.decisions.labels(decision)
        for reason in Reason:
            self.abstentions.labels(reason)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
