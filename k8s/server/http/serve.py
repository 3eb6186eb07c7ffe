"""Two listeners in one process, and an orderly end: SIGTERM, drain, finish, exit 0."""

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn
import uvloop

from fovea import FoveaError, SettingError
from fovea.errors import UnexpectedAnswersError
from k8s.server.http.app import public_app
from k8s.server.http.connection import Connection
from k8s.server.http.operations import operations_app
from k8s.server.http.watches import log_left_out, reload_certificates, report_left_out, sync_audit
from k8s.server.lifecycle import Lifecycle, Phase
from k8s.server.records.log_rate import strangers_rate
from k8s.server.records.logs import configure_logs, log
from k8s.server.records.metrics import Metrics
from k8s.server.records.output import standard_output
from k8s.server.records.server_event import ServerAct
from k8s.server.records.tracing import Tracing, tracing_from_environment
from k8s.server.service import Service, open_service
from k8s.server.settings import Settings

# longer than the 60 s for which nginx keeps a connection, so that it is nginx that closes it
KEEP_ALIVE_S = 75
WORKERS_END_S = 2.0
END_S = 10.0  # for all that comes after the last request
LAST_REQUESTS_S = 0.5  # for requests on their way when the port is closed: a proxy sends no film to a second pod
BACKLOG = 512
MAX_NAMED = 20
STATUS_LEFT = 1


class _Listener(uvicorn.Server):
    """Leaves the signals to `serve`. `setting` is the name of its port."""

    def __init__(self, config: uvicorn.Config, setting: str) -> None:
        super().__init__(config)
        self._setting = setting

    def bind(self) -> socket.socket:
        """Takes the port, on which nobody is let in yet. Raises SettingError where it is taken."""
        try:
            bound = self.config.bind_socket()
        except SystemExit:  # how uvicorn says that it cannot
            port, host = self.config.port, self.config.host
            raise SettingError(
                f"{self._setting} is {port}. The server cannot listen on it at {host}. Use a free port of this machine."
            ) from None
        bound.set_inheritable(False)  # a decoder that outlives the server must not hold its port
        return bound

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def refuse_connections(self) -> None:
        """Closes the port. What is connected goes on."""
        for server in self.servers:
            server.close()

    @property
    def port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])


def run(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT. Gives the exit status. Raises FoveaError where the service cannot be opened."""
    configure_logs(settings.log_level)
    left = uvloop.run(serve(settings))
    standard_output().close()
    if left:
        os._exit(STATUS_LEFT)  # what hangs in native code must not hang the end of the interpreter too
    return 0


async def serve(settings: Settings) -> list[str]:
    """Runs until SIGTERM or SIGINT. Gives the workers that did not end. Raises FoveaError as `run`."""
    lifecycle, metrics = Lifecycle(), Metrics()
    standard_output().on_drop = metrics.dropped_log_lines.inc
    strangers_rate().on_left_out = metrics.unlogged_requests.inc
    opened: list[Service] = []
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        if not stop.is_set():
            _end_by_force_after(settings.drain_seconds + LAST_REQUESTS_S + settings.shutdown_seconds + END_S)
        stop.set()
        if lifecycle.phase is Phase.STARTING:  # nobody was told to come: nothing to drain
            lifecycle.enter(Phase.CLOSED)

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, end)

    operations = _Listener(
        _config(
            operations_app(lifecycle, metrics, lambda: opened[0] if opened else None),
            settings.ops_host,
            settings.ops_port,
            settings.shutdown_seconds,
        ),
        "XRAY_OPS_PORT",
    )
    operations_task = await _started(operations, operations.bind())
    try:
        opened.append(await asyncio.to_thread(open_service, settings, lifecycle, metrics))
        if not stop.is_set():
            return await _serve_public(settings, opened[0], operations, stop)
    except UnexpectedAnswersError as error:  # a restart would change nothing: it stays up, not ready, for who looks
        log().error("unexpected answers", detail=str(error))
        await stop.wait()
    except FoveaError:
        if not stop.is_set():  # what it was told to give up is no failure
            raise
    finally:
        lifecycle.enter(Phase.CLOSED)
        operations.should_exit = True
        await operations_task
    return []


def _end_by_force_after(bound_s: float) -> None:
    """Whatever hangs then, a disk or a collector, the process ends."""

    def end() -> None:
        log().error("not stopped in time", seconds=bound_s)
        standard_output().close()
        os._exit(STATUS_LEFT)

    timer = threading.Timer(bound_s, end)
    timer.daemon = True
    timer.start()


async def _serve_public(settings: Settings, service: Service, operations: _Listener, stop: asyncio.Event) -> list[str]:
    tracing = tracing_from_environment()
    config = _config(public_app(service, tracing), settings.host, settings.port, settings.shutdown_seconds)
    _use_tls(config, settings)
    public = _Listener(config, "XRAY_PORT")
    bound = public.bind()
    await asyncio.to_thread(_audit_start, service)
    service.lifecycle.enter(Phase.READY)  # before it listens: whoever gets in is answered
    task = await _started(public, bound)
    renewal = reload_certificates(config, settings, service.server_audit)
    watches = [asyncio.create_task(watch) for watch in (renewal, sync_audit(service), report_left_out())]
    if service.audit is None:
        log().warning("no audit log", needed="XRAY_AUDIT_KEY_FILE, and XRAY_AUDIT_FILE or XRAY_AUDIT_STDOUT")
    log().info(
        "ready",
        port=public.port,
        ops_port=operations.port,
        model=service.model.revision[:16],
        provider=service.provider,
        workers=service.queue.workers,
        audit_head=service.audit.head if service.audit else None,
    )
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((stopped, task), return_when=asyncio.FIRST_COMPLETED)
    service.lifecycle.enter(Phase.DRAINING)
    log().info("draining", seconds=settings.drain_seconds)
    await asyncio.sleep(settings.drain_seconds)
    public.refuse_connections()
    await asyncio.sleep(LAST_REQUESTS_S)
    public.should_exit = True
    await task  # until its connections are closed it answers: a request that was already sent goes to no other pod
    service.lifecycle.enter(Phase.CLOSED)
    for watch in watches:
        watch.cancel()
    log_left_out()
    return await asyncio.to_thread(_close, service, tracing)


def _audit_start(service: Service) -> None:
    lost = service.audit.lost if service.audit is not None else []
    service.metrics.unfinished_requests.set(len(lost))
    if lost:
        log().error("requests of the last run have no end", count=len(lost), request_ids=lost[:MAX_NAMED])
    service.server_audit.write(
        ServerAct.START,
        f"started; requests of the run before without an end: {len(lost)}",
        {"model revision": service.model.revision},
    )


def _close(service: Service, tracing: Tracing | None) -> list[str]:
    stuck = service.queue.stuck(0)
    left = service.close(WORKERS_END_S)
    if left:
        seconds = {name: round(stuck[name], 1) for name in left if name in stuck}
        log().error("workers left", workers=left, seconds=seconds)
    if tracing is not None:
        tracing.close()
    log().info("stopped", audit_head=service.audit.head if service.audit else None)
    return left


def _config(app: Any, host: str, port: int, shutdown_s: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Connection,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(shutdown_s) or 1,
    )


async def _started(listener: _Listener, bound: socket.socket) -> "asyncio.Task[None]":
    """The task of a listener that listens on `bound`."""
    task = asyncio.create_task(listener.serve(sockets=[bound]))
    while not listener.started:
        if task.done():
            await task
        await asyncio.sleep(0.01)
    return task


def _use_tls(config: uvicorn.Config, settings: Settings) -> None:
    if settings.tls_cert is None or settings.tls_key is None:
        return
    config.ssl_certfile, config.ssl_keyfile = settings.tls_cert, settings.tls_key
    if settings.tls_client_ca is not None:
        config.ssl_ca_certs = str(settings.tls_client_ca)
        config.ssl_cert_reqs = ssl.CERT_REQUIRED
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        raise SettingError(
            f"XRAY_TLS_CERT is {settings.tls_cert}. It cannot be used with XRAY_TLS_KEY and XRAY_TLS_CLIENT_CA: "
            f"{error.strerror or error}. All three must be PEM files, and the key must belong to the certificate."
        ) from None
