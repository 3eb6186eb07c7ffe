"""nginx as ingress-nginx sets it up from the annotations of k8s/manifests/base/ingress.yaml."""

import contextlib
import getpass
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import yaml
from endpoint import ROOT

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
MANIFESTS = ROOT / "k8s" / "manifests"
WAIT_S = 60

INGRESS = yaml.safe_load((MANIFESTS / "base" / "ingress.yaml").read_text())
ANNOTATIONS = {
    name.removeprefix("nginx.ingress.kubernetes.io/"): value
    for name, value in INGRESS["metadata"]["annotations"].items()
}
CONTROLLER = yaml.safe_load((MANIFESTS / "ingress-nginx.yaml").read_text())["controller"]["config"]

# The directives that ingress-nginx makes of the annotations and of its ConfigMap. The controller's own balancer marks
# no server as failed, so max_fails is 0, and keeps connections to the servers open.
CONFIG = """
daemon off; user {user}; pid {folder}/nginx.pid; error_log {folder}/error.log warn; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_header_timeout {controller[client-header-timeout]}s; client_body_timeout {controller[client-body-timeout]}s;
    client_max_body_size {annotations[proxy-body-size]};
    client_body_buffer_size {annotations[client-body-buffer-size]};
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    limit_conn_zone $binary_remote_addr zone=connections:5m;
    limit_req_zone $binary_remote_addr zone=requests:5m rate={annotations[limit-rps]}r/s;
    limit_conn_status {controller[limit-conn-status-code]}; limit_req_status {controller[limit-req-status-code]};
    upstream endpoint {{
        server 127.0.0.1:{first} max_fails=0; server 127.0.0.1:{second} max_fails=0;
        keepalive 16;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            limit_conn connections {annotations[limit-connections]};
            limit_req zone=requests burst={burst} nodelay;
            proxy_pass http://endpoint; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_request_buffering {annotations[proxy-request-buffering]};
            proxy_buffering {annotations[proxy-buffering]};
            proxy_connect_timeout {annotations[proxy-connect-timeout]}s;
            proxy_read_timeout {annotations[proxy-read-timeout]}s;
            proxy_send_timeout {annotations[proxy-send-timeout]}s;
            proxy_next_upstream {annotations[proxy-next-upstream]};
            proxy_next_upstream_tries {annotations[proxy-next-upstream-tries]};
        }}
    }}
}}
"""


class Nginx:
    """A running nginx with one worker."""

    def __init__(self, folder, first, second, port, **changed):
        annotations = ANNOTATIONS | {name.replace("_", "-"): value for name, value in changed.items()}
        burst = int(annotations["limit-rps"]) * int(annotations["limit-burst-multiplier"])
        places = {"user": getpass.getuser(), "folder": folder, "first": first, "second": second, "port": port}
        text = CONFIG.format(annotations=annotations, controller=CONTROLLER, burst=burst, **places)
        (folder / "nginx.conf").write_text(text)
        self._process = subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)])

    @property
    def peak_bytes(self):
        """The most memory that the worker has ever had, as the kernel counts it."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        (line,) = [line for line in Path(f"/proc/{children[0]}/status").read_text().splitlines() if "VmHWM" in line]
        return int(line.split()[1]) * 1024

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=WAIT_S)


def free_ports(count):
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in taken]
    for server in taken:
        server.close()
    return ports


def wait_until_open(port):
    """Until something listens."""
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError(f"nothing listens on port {port}")
