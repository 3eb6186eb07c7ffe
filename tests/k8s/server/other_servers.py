"""Servers that the endpoint talks to, played by the test: an inference server, and a collector of traces."""

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from k8s.server.oip.protocol import REQUEST_HEADER_LENGTH


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"  # each answer closes its connection: none outlives the server

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers, content = self.server.answer(self, body)
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextmanager
def serving(answer, port=0, tls=None):
    """An HTTP server on 127.0.0.1; `answer` gives (status, headers, content) for a POST. Yields its port."""
    server = _Server(("127.0.0.1", port), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.answer = answer
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class InferenceServer:
    """Answers an inference request with what `model` says of the pixels, or with `change` of it."""

    def __init__(self, model):
        self.model, self.requests, self.sizes = model, [], []
        self.change = lambda outputs: outputs

    def answer(self, request, body):
        length = int(request.headers[REQUEST_HEADER_LENGTH])
        tensor = json.loads(body[:length])["inputs"][0]
        self.requests.append(request.path)
        self.sizes.append(tensor["shape"][0])
        outputs = self.change(self.model.run(np.frombuffer(body[length:], np.uint8).reshape(tensor["shape"])))
        tensors = [
            {"name": name, "datatype": "FP32", "shape": list(values.shape), "data": values.ravel().tolist()}
            for name, values in outputs.items()
        ]
        return 200, {"Content-Type": "application/json"}, json.dumps({"outputs": tensors}).encode()


class Collector:
    """An OTLP/HTTP collector: keeps every span, with the attributes of its resource."""

    def __init__(self):
        self.spans, self.paths = [], []
        self._changed = threading.Condition()

    def answer(self, request, body):
        message = ExportTraceServiceRequest.FromString(body)
        with self._changed:
            self.paths.append(request.path)
            for resource in message.resource_spans:
                attributes = attributes_of(resource.resource)
                self.spans += [(span, attributes) for scope in resource.scope_spans for span in scope.spans]
            self._changed.notify_all()
        return 200, {"Content-Type": "application/x-protobuf"}, b""

    def wait_for(self, count, timeout_s=20):
        """The spans, once there are `count`."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.spans) >= count, timeout_s), f"{len(self.spans)} spans"
            return [span for span, _ in self.spans]


def attributes_of(message):
    """The attributes of a span or a resource as a dict."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in message.attributes}


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
