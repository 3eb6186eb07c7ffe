"""The image, built and run as Kubernetes runs it: by `make container-test`, since it takes minutes and root."""

import importlib.util
import json
import os
import stat
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from image_building import Podman, built_image, why_not

from fovea import load
from fovea.dicom import read_dicom
from k8s.server.access.api_keys import add_key
from k8s.server.access.clients import READ_SCOPE
from k8s.server.records.audit_check import verify

pytestmark = [
    pytest.mark.skipif("XRAY_CONTAINER_TEST" not in os.environ, reason="make container-test runs this"),
    pytest.mark.timeout(1800),
]

ROOT = Path(__file__).parents[3]
PHANTOM = (ROOT / "space" / "examples" / "chest_xray" / "phantom.dcm").read_bytes()
USER = 10001
MAX_BYTES = 600e6
MEMORY = ("--memory", "1g", "--memory-swap", "1g")
AUDIT_KEY = "0123456789abcdef" * 4
REQUESTS = 100
START_S = 90


@pytest.fixture(scope="session")
def podman(tmp_path_factory):
    if reason := why_not():
        pytest.skip(reason)
    return Podman(tmp_path_factory.mktemp("podman"))


@pytest.fixture(scope="session")
def image(podman, tmp_path_factory):
    """The image's name, and the folder where its files are mounted."""
    with built_image(podman, tmp_path_factory.mktemp("build")) as built:
        yield built


@pytest.fixture(scope="session")
def files(image):
    """Path in the image -> status of every file and folder of it."""
    _, folder = image
    found = [Path(root) / name for root, folders, names in os.walk(folder) for name in (*folders, *names)]
    return {f"/{path.relative_to(folder)}": path.lstat() for path in found}


@pytest.fixture(scope="session")
def memory_limit(podman, image):
    """The options for it; none where this machine's cgroups take no limit."""
    trial = podman.run("run", "--rm", *MEMORY, "--entrypoint", "python", image[0], "-c", "")
    if trial.returncode == 0:
        return MEMORY
    print(f"run without a memory limit: {trial.stderr.strip().splitlines()[-1]}")
    return ()


class Pod:
    """A container that runs as the Deployment's does, and a client with a key."""

    def __init__(self, podman, name, folder, key):
        self.podman, self.name, self.folder = podman, name, folder
        self.log = self._wait_until_ready()
        ready = self.log[-1]
        self.ops_url = f"http://127.0.0.1:{ready['ops_port']}"
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{ready['port']}", headers={"X-API-Key": key}, timeout=60, trust_env=False
        )

    def inspect(self, template):
        return self.podman("inspect", self.name, "--format", f"{{{{{template}}}}}")

    def lines(self):
        result = self.podman.run("logs", self.name)
        return (result.stdout + result.stderr).splitlines()

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if any('"event": "ready"' in line for line in self.lines()):
                return [json.loads(line) for line in self.lines()]
            assert self.inspect(".State.Status") == "running", self.lines()
            time.sleep(0.1)
        raise AssertionError(f"not ready within {START_S} s: {self.lines()}")

    def read_film(self):
        return self.client.post("/v1/chest-xray", content=PHANTOM, headers={"Content-Type": "application/dicom"})


@contextmanager
def running(podman, image, memory_limit, folder):
    """A read-only container without capabilities, of which only the audit folder can be written."""
    name, _ = image
    secrets, audit = folder / "secrets", folder / "audit"
    secrets.mkdir()
    audit.mkdir()
    os.chown(audit, USER, USER)
    key = add_key(secrets / "keys.json", "ward", (READ_SCOPE,), timedelta(days=1))
    (secrets / "audit.key").write_text(AUDIT_KEY)
    for secret in secrets.iterdir():
        os.chown(secret, 0, USER)
        secret.chmod(0o440)
    settings = {
        "HOST": "127.0.0.1",
        "PORT": 0,
        "OPS_HOST": "127.0.0.1",
        "OPS_PORT": 0,
        "API_KEYS_FILE": "/run/secrets/xray/keys.json",
        "AUDIT_FILE": "/var/log/xray/audit.jsonl",
        "AUDIT_KEY_FILE": "/run/secrets/xray/audit.key",
        "DRAIN_SECONDS": 0,
        "RATE_BURST": REQUESTS * 2,
    }
    container = f"fovea-container-test-{folder.name}"
    podman(
        *("run", "-d", "--name", container, "--replace", "--read-only", "--read-only-tmpfs=false"),
        *("--cap-drop=all", "--security-opt=no-new-privileges", "--pids-limit=100", *memory_limit),
        *(f"--volume={secrets}:/run/secrets/xray:ro", f"--volume={audit}:/var/log/xray"),
        *(f"--env=XRAY_{setting}={value}" for setting, value in settings.items()),
        name,
    )
    try:
        pod = Pod(podman, container, folder, key)
        with pod.client:
            yield pod
    finally:
        podman.run("rm", "-f", container)


@pytest.fixture(scope="session")
def pod(podman, image, memory_limit, tmp_path_factory):
    with running(podman, image, memory_limit, tmp_path_factory.mktemp("pod")) as pod:
        yield pod


def test_the_image_is_under_600_megabytes(podman, image):
    size = int(podman("image", "inspect", image[0], "--format", "{{.Size}}"))
    assert size < MAX_BYTES
    print(f"size: {size / 1e6:.0f} MB")


def test_neither_torch_nor_pip_can_be_imported(podman, image):
    names = ("torch", "pip", "setuptools", "training", "onnxruntime")
    code = f"import importlib.util as u; print([name for name in {names} if u.find_spec(name)])"
    assert all(importlib.util.find_spec(name) for name in ("torch", "training"))  # here they can
    assert podman("run", "--rm", "--entrypoint", "python", image[0], "-c", code) == "['onnxruntime']"


def test_the_application_folder_holds_the_server_the_runtime_and_the_film_model(files):
    inside = {path for path in files if path.startswith("/app/") and "__pycache__" not in path}
    outside_packages = {path for path in inside if not path.startswith(("/app/fovea/", "/app/k8s/server/"))}
    assert outside_packages == {
        "/app/LICENSE",
        "/app/fovea",
        "/app/k8s",
        "/app/k8s/__init__.py",
        "/app/k8s/server",
        "/app/models",
        "/app/models/chest_xray.md",
        "/app/models/chest_xray.onnx",
    }


def test_no_file_runs_with_rights_of_its_own(files):
    regular = {path: status for path, status in files.items() if stat.S_ISREG(status.st_mode)}
    assert "/usr/bin/passwd" in regular  # set-uid in the base
    assert [path for path, status in regular.items() if status.st_mode & (stat.S_ISUID | stat.S_ISGID)] == []


def test_the_user_of_the_server_may_change_no_file(files):
    own = [path for path, status in files.items() if USER in (status.st_uid, status.st_gid)]
    writable = [
        path for path, status in files.items() if stat.S_ISREG(status.st_mode) and status.st_mode & stat.S_IWOTH
    ]
    assert (own, writable) == ([], [])


def test_every_module_is_compiled_for_good(image, files):
    _, folder = image
    ours = [path for path in files if path.startswith("/app/") and path.endswith(".py")]
    packages = [path for path in files if path.startswith("/opt/venv/lib/") and path.endswith("/__init__.py")]
    assert len(ours) > 40
    assert len(packages) > 100
    for path in ours + packages:
        module = folder / path[1:]
        compiled = module.parent / "__pycache__" / f"{module.stem}.cpython-311.pyc"
        flags = compiled.read_bytes()[4:8]
        assert flags == b"\x01\x00\x00\x00", path  # by hash, and never checked (PEP 552)


def test_no_trace_of_the_package_index_stays(files):
    assert "/etc/pip.conf" not in files
    assert [path for path in files if path.startswith(("/root/.cache/pip", "/root/.config/pip"))] == []


def test_without_keys_the_container_refuses_to_start(podman, image):
    result = podman.run("run", "--rm", "--read-only", image[0])
    assert result.returncode == 2
    assert result.stderr.startswith("No client could log in. Set XRAY_API_KEYS_FILE")


def test_a_film_is_read_as_the_model_reads_it_here(pod):
    model = load(ROOT / "models" / "chest_xray.onnx")
    expected = model.predict(read_dicom(PHANTOM).render()).probabilities
    response = pod.read_film()
    assert response.status_code == 200
    answer = response.json()
    assert answer["model"]["revision"] == model.revision
    assert list(answer["probabilities"]) == list(model.spec.classes)
    assert list(answer["probabilities"].values()) == pytest.approx(expected.tolist(), abs=1e-4)


def test_a_film_without_the_key_is_refused(pod):
    assert pod.client.post("/v1/chest-xray", content=PHANTOM, headers={"X-API-Key": "none"}).status_code == 401


def test_the_process_has_no_rights(pod):
    lines = Path("/proc", pod.inspect(".State.Pid"), "status").read_text().splitlines()
    status = {name: value.split() for name, value in (line.split(":", 1) for line in lines)}
    assert set(status["Uid"]) == set(status["Gid"]) == {str(USER)}
    assert {int(status[name][0], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == ["1"]
    assert status["Seccomp"] == ["2"]


@pytest.mark.parametrize("folder", ["/app", "/opt/venv", "/tmp", "/var/tmp", "/run"])
def test_not_even_root_could_write_into(pod, folder):
    code = f"import pathlib; pathlib.Path({folder!r}, 'new').touch()"
    result = pod.podman.run("exec", "--user", "0:0", pod.name, "python", "-c", code)
    assert result.returncode == 1
    assert "Read-only file system" in result.stderr


def test_there_is_no_shell(image, files, pod):
    _, root = image
    listed = {Path(line).name for line in (root / "etc" / "shells").read_text().splitlines() if line.startswith("/")}
    assert {"sh", "bash", "dash"} <= listed
    assert [path for path in files if Path(path).name in listed and "/bin/" in path] == []
    assert pod.podman.run("exec", pod.name, "python", "-c", "").returncode == 0
    for shell in listed:
        assert pod.podman.run("exec", pod.name, shell, "-c", "").returncode in (126, 127)


def test_a_hundred_films_stay_inside_the_memory_limit(pod, memory_limit):
    assert {pod.read_film().status_code for _ in range(REQUESTS)} == {200}
    metrics = httpx.get(f"{pod.ops_url}/metrics", trust_env=False).text
    resident = next(line for line in metrics.splitlines() if line.startswith("process_resident_memory_bytes "))
    limit = int(pod.inspect(".HostConfig.Memory"))
    assert limit == (2**30 if memory_limit else 0)
    assert pod.inspect(".State.OOMKilled") == "false"
    assert float(resident.split()[1]) < 2**30
    print(f"resident after {REQUESTS} films: {float(resident.split()[1]) / 1e6:.0f} MB")


def test_it_starts_and_ends_in_order_and_prints_nothing_but_its_log(podman, image, memory_limit, tmp_path):
    with running(podman, image, memory_limit, tmp_path) as pod:
        started = datetime.fromisoformat(pod.inspect('.State.StartedAt.Format "2006-01-02T15:04:05.000Z07:00"'))
        ready = datetime.fromisoformat(pod.log[-1]["timestamp"])
        assert pod.read_film().status_code == 200
        podman("kill", "--signal", "TERM", pod.name)
        assert podman("wait", pod.name) == "0"
        events = [json.loads(line)["event"] for line in pod.lines()]
    verdict = verify(AUDIT_KEY.encode(), [tmp_path / "audit" / "audit.jsonl"])
    assert (events[0], events[-1]) == ("ready", "stopped")
    assert (verdict.lines, verdict.broken) == (4, None)  # start, two for the film, stop
    assert os.listdir(tmp_path / "audit") == ["audit.jsonl"]
    print(f"from the container's start to ready: {(ready - started).total_seconds():.1f} s")
