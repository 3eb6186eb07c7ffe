"""Everything that answers films, opened once: model, queue, clients, audit, metrics. `k8s.server.http` stands on it."""

import asyncio
import json
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from fovea import FoveaError, Model, Prediction, SettingError
from fovea.allocator import map_large_blocks
from fovea.decoding import DecoderLostError, Decoders, DecodingTimeoutError
from fovea.dicom import Instance
from fovea.session import CUDA
from fovea.threads import available_cpus
from k8s.server.access.api_keys import KeyRing
from k8s.server.access.clients import EVERYONE, Authenticator
from k8s.server.access.limits import ClientLimits, UnauthenticatedLimit
from k8s.server.access.oidc import KeySet, Rules, TokenChecker
from k8s.server.films.answer import answer_of, heatmaps_as_png
from k8s.server.films.body import Bodies
from k8s.server.films.film import DecodedFilm, decode_film_apart
from k8s.server.films.self_test import check_answers, check_backend
from k8s.server.films.upload import Upload
from k8s.server.films.work_queue import AbandonedError, Job, QueueFullError, WorkQueue
from k8s.server.idempotency import StoredResponses
from k8s.server.lifecycle import Lifecycle
from k8s.server.oip.backend import Backend, RemoteBackend, wait_for_agreement
from k8s.server.oip.protocol import InferRequest, parse_request, render_response
from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem, of_image_error
from k8s.server.records.audit_chain import read_audit_key
from k8s.server.records.audit_log import AuditLog
from k8s.server.records.drift import DriftMonitor
from k8s.server.records.metrics import Metrics
from k8s.server.records.output import standard_output
from k8s.server.records.request_record import RequestRecord
from k8s.server.records.server_audit import ServerAudit
from k8s.server.records.server_event import ServerAct
from k8s.server.settings import MEGABYTE, OnAuditError, Settings
from k8s.server.signature import open_signed

DECODE = f"{decode_film_apart.__module__}:{decode_film_apart.__name__}"
MAX_BATCH = 16
REMOTE = "remote"

Result = TypeVar("Result")


@dataclass(frozen=True)
class Service:
    """The opened parts. `open_service` makes one."""

    settings: Settings
    model: Model
    backend: Backend
    provider: str
    """what computes: onnxruntime's execution provider, or REMOTE"""
    decoders: Decoders
    """for each film that may be decoded at a time: decoding takes memory, and no more CPUs are there for it"""
    queue: WorkQueue
    bodies: Bodies
    authenticators: tuple[Authenticator, ...]
    keys: KeyRing | None
    limits: ClientLimits
    unauthenticated: UnauthenticatedLimit
    responses: StoredResponses
    audit: AuditLog | None
    server_audit: ServerAudit
    """the same log, for what is no request"""
    drift: DriftMonitor | None
    metrics: Metrics
    lifecycle: Lifecycle

    @property
    def version(self) -> str:
        """How the model is called in the Open Inference Protocol: the start of its revision."""
        return self.model.revision[:12]

    @cached_property
    def spec_json(self) -> str:
        return self.model.spec.to_json()

    @property
    def refuses_without_audit(self) -> bool:
        return self.settings.audit_on_error is OnAuditError.REFUSE

    def read_film(self, job: Job[bytes], upload: Upload, wants_heatmaps: bool, record: RequestRecord) -> bytes:
        """One film from body to answer, in a worker thread. Raises Problem."""
        spec = self.model.spec
        at = record.stage("queue", job.submitted)
        film = self._decoded(upload, job)
        at = record.stage("decode", at)
        record.instance = film.instance
        job.check_wanted()
        prediction = Prediction.of(self.backend.run(film.pixels[np.newaxis]), spec, film.pixels, film.warnings)
        at = record.stage("inference", at)
        members = answer_of(prediction, film, self.model)
        if wants_heatmaps:
            members["heatmaps"] = heatmaps_as_png(prediction, spec)
        record.stage("encode", at)
        job.check_wanted()  # what nobody receives is no decision, and no film of the drift window
        self._count(prediction)
        return json.dumps(members | {"request_id": record.request_id, "timings_ms": record.timings_ms}).encode()

    def _decoded(self, upload: Upload, job: Job[bytes]) -> DecodedFilm:
        content, declared = upload.film()
        arguments = (declared, self.spec_json, self.settings.max_megapixels)
        left_s = job.deadline - time.monotonic()
        seconds = min(left_s, self.settings.decode_seconds)
        try:
            film = self.decoders.decode(content, *arguments, seconds=seconds, check_wanted=job.check_wanted)
            assert isinstance(film, DecodedFilm)
            return film
        except DecodingTimeoutError:
            if seconds == left_s:
                raise AbandonedError from None
            self._slow_down(job.client)
            raise Problem(
                ProblemKind.DEADLINE_EXCEEDED, f"The film was not decoded within {seconds:g} seconds."
            ) from None
        except DecoderLostError as error:
            self._slow_down(job.client)
            raise of_image_error(error) from None
        except FoveaError as error:
            raise of_image_error(error) from None

    def _slow_down(self, client: str) -> None:
        """Its next film may do the same, and takes a worker until then."""
        if client != EVERYONE.name:  # who are many, most of them with sound films
            self.queue.slow_down(client)

    def infer(
        self, job: Job[tuple[bytes, dict[str, str]]], body: bytes, header_length: str | None, record: RequestRecord
    ) -> tuple[bytes, dict[str, str]]:
        """One request of the Open Inference Protocol, in a worker thread. Raises Problem."""
        at = record.stage("queue", job.submitted)
        request = self._parsed(body, header_length)
        at = record.stage("decode", at)
        job.check_wanted()
        results = self.backend.run(request.pixels)
        at = record.stage("inference", at)
        response = render_response(request, results, self.model.spec.task, self.version)
        record.stage("encode", at)
        return response

    def _parsed(self, body: bytes, header_length: str | None) -> InferRequest:
        spec = self.model.spec
        return parse_request(
            body,
            header_length,
            (spec.height, spec.width, spec.channels),
            self.model.outputs,
            MAX_BATCH,
            int(self.settings.oip_json_mb * MEGABYTE),
        )

    def _count(self, prediction: Prediction) -> None:
        metrics, score = self.metrics, prediction.ood_score or 0.0
        metrics.decisions.labels(prediction.decision.outcome).inc()
        metrics.predictions.labels(prediction.most_probable).inc()
        for reason in prediction.decision.reasons:
            metrics.abstentions.labels(reason).inc()
        metrics.ood_score.observe(score)
        if self.drift is not None:
            self.drift.add(self.model.spec.classes.index(prediction.most_probable), score)

    def refresh_gauges(self) -> None:
        """Bring the gauges up to date; called when they are read."""
        metrics = self.metrics
        metrics.queue_depth.set(self.queue.depth)
        metrics.queue_capacity.set(self.queue.capacity)
        metrics.workers.set(self.queue.workers)
        metrics.busy_workers.set(self.queue.busy)
        metrics.stuck_workers.set(len(self.stuck_workers))
        metrics.ready.set(int(self.lifecycle.is_ready))
        if self.keys is not None:
            self.keys.reload_if_changed()
            metrics.key_expiry.set(self.keys.next_expiry or 0)
        if self.drift is not None:
            metrics.drift_window_films.set(self.drift.films)
            for distribution, index in self.drift.indices().items():
                metrics.drift_psi.labels(distribution).set(index)

    @property
    def stuck_workers(self) -> dict[str, float]:
        """Those far beyond the deadline of their film, and for how many seconds they have been at it."""
        return self.queue.stuck(self.settings.stuck_seconds)

    def close(self, timeout_s: float | None = None) -> list[str]:
        """After the last request. Gives the workers that have not ended after `timeout_s`."""
        left = self.queue.close(timeout_s)
        self.decoders.close()
        description = f"stopped; workers left: {', '.join(left)}" if left else "stopped"
        self.server_audit.write(ServerAct.STOP, description, has_failed=bool(left))
        if self.audit is not None:
            self.audit.close()
        return left


async def wait_for(job: Job[Result], queue: WorkQueue, gone: "asyncio.Future[Any]", metrics: Metrics) -> Result:
    """The answer of a job, unless its client goes (`gone` completes) or its deadline passes first.

    Raises Problem 504, AbandonedError where the client is gone, and what the job raises.
    """
    try:
        left_s = max(0.0, job.deadline - time.monotonic())
        await asyncio.wait((job.future, gone), timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not job.future.done():
            queue.abandon(job)
    if job.future.done():
        try:
            return job.future.result()
        except AbandonedError:
            metrics.abandoned_requests.labels("deadline_exceeded").inc()
            raise _too_late() from None
    if gone.done():
        metrics.abandoned_requests.labels("client_disconnected").inc()
        raise AbandonedError
    metrics.abandoned_requests.labels("deadline_exceeded").inc()
    raise _too_late()


def _too_late() -> Problem:
    return Problem(ProblemKind.DEADLINE_EXCEEDED, "The film was not read before its deadline.")


def submit(service: Service, function: Any, client: str) -> Job[Any]:
    """Queue `function` for `client`. Raises Problem 503."""
    try:
        return service.queue.submit(function, time.monotonic() + service.settings.deadline_seconds, client)
    except QueueFullError:
        raise Problem(
            ProblemKind.BUSY, f"The queue is full: {service.queue.capacity} films are waiting.", retry_after_s=1
        ) from None


def open_service(settings: Settings, lifecycle: Lifecycle, metrics: Metrics) -> Service:
    """Load the model, try it, open the files. Raises FoveaError where something does not fit."""
    map_large_blocks()
    cpus = available_cpus()
    readers = cpus + 1  # one more fills the gaps in which a film waits for the interpreter
    workers = settings.workers or readers
    model = open_signed(settings.model, settings.model_public_key, threads=max(1, cpus // workers))
    if settings.require_cuda and CUDA not in model.providers:
        raise SettingError(
            f"XRAY_REQUIRE_CUDA is true but the model runs on {model.providers[0]}. Install onnxruntime-gpu with "
            "its CUDA libraries on a machine with a GPU and NVIDIA's driver."
        )
    spec = model.spec
    pixels = check_answers(model)
    backend: Backend = model
    if settings.backend != "local":
        backend = remote = RemoteBackend(settings.backend, settings.deadline_seconds)
        wait_for_agreement(remote, model, pixels, settings.backend_startup_seconds, lifecycle)
        check_backend(remote, model)
    metrics.begin(spec.classes)
    provider = model.providers[0] if backend is model else REMOTE
    metrics.model_info.labels(model.revision, spec.precision, spec.architecture, provider).set(1)
    audit = _audit_log(settings)
    server_audit = ServerAudit(audit, metrics)
    keys = _key_ring(settings, metrics, server_audit)
    decoders = Decoders(
        DECODE,
        (DecodedFilm, Instance),
        readers,
        megapixels=settings.max_megapixels,
        on_loss=lambda loss: metrics.lost_decoders.labels(loss).inc(),
    )
    decoders.warm_up()
    return Service(
        settings=settings,
        model=model,
        backend=backend,
        provider=provider,
        decoders=decoders,
        queue=WorkQueue(workers, settings.queue_capacity),
        bodies=Bodies(settings.max_body_mb, settings.body_memory_mb, settings.upload_seconds),
        authenticators=tuple(each for each in (keys, _token_checker(settings)) if each is not None),
        keys=keys,
        limits=ClientLimits(settings.rate_per_minute, settings.rate_burst, settings.client_concurrency),
        unauthenticated=UnauthenticatedLimit(),
        responses=StoredResponses(settings.idempotency_seconds),
        audit=audit,
        server_audit=server_audit,
        drift=DriftMonitor(spec.reference, settings.drift_window) if spec.reference else None,
        metrics=metrics,
        lifecycle=lifecycle,
    )


def _key_ring(settings: Settings, metrics: Metrics, server_audit: ServerAudit) -> KeyRing | None:
    if settings.api_keys_file is None:
        return None
    return KeyRing(settings.api_keys_file, metrics.key_reload_errors.inc, on_change=server_audit.keys_changed)


def _token_checker(settings: Settings) -> TokenChecker | None:
    if not settings.oidc_issuer:
        return None
    rules = Rules(settings.oidc_issuer, settings.oidc_audience, settings.oidc_algorithms, settings.oidc_leeway_seconds)
    return TokenChecker(KeySet(settings.oidc_jwks), rules)


def _audit_log(settings: Settings) -> AuditLog | None:
    if settings.audit_key_file is None or not (settings.audit_file or settings.audit_stdout):
        return None
    return AuditLog(
        read_audit_key(settings.audit_key_file),
        settings.audit_file,
        int(settings.audit_max_mb * MEGABYTE),
        settings.audit_keep_files,
        standard_output().print if settings.audit_stdout else None,
    )
