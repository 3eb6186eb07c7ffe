"""A base image by debootstrap, and the image of k8s/Dockerfile on it."""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]
SUITE = "bookworm"  # as the base that the Dockerfile names: Debian 12 with Python 3.11
BASE_ARCHIVE = ROOT / "build" / "container-test" / f"{SUITE}.tar"
ULIMIT = 4096  # podman's own is above what root may set where it lacks SYS_RESOURCE
BASE, IMAGE = "localhost/fovea-container-test-base:latest", "localhost/fovea-container-test:latest"


def why_not():
    """The reason why no image can be built on this machine; empty where one can."""
    missing = [tool for tool in ("podman", "debootstrap") if shutil.which(tool) is None]
    if missing or _runtime() is None:
        return f"not on this machine: {', '.join(missing or ['runc'])} (apt-get install podman runc debootstrap)"
    return "" if os.geteuid() == 0 else "debootstrap needs root"


def _runtime():
    return next((name for name in ("crun", "runc") if shutil.which(name)), None)


class Podman:
    """Calls podman with a configuration that holds inside a container and without systemd too."""

    def __init__(self, folder):
        ulimits = f'"nofile={ULIMIT}:{ULIMIT}", "nproc={ULIMIT}:{ULIMIT}"'
        config = folder / "containers.conf"
        config.write_text(
            f'[containers]\nnetns = "host"\ndefault_ulimits = [{ulimits}]\n'
            f'[engine]\nruntime = "{_runtime()}"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        )
        self._environment = os.environ | {"CONTAINERS_CONF": str(config)}

    def run(self, *arguments):
        """The completed process, its output as text."""
        command = ["podman", *map(str, arguments)]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)

    def __call__(self, *arguments):
        """What podman prints; it must succeed."""
        result = self.run(*arguments)
        assert result.returncode == 0, f"podman {arguments[0]}: {result.stdout[-2000:]}{result.stderr[-2000:]}"
        return result.stdout.strip()


@contextmanager
def built_image(podman, folder):
    """The name of the image, and the folder where its files are mounted. Taken away afterwards, the base too."""
    if not BASE_ARCHIVE.is_file():
        _make_base()
    try:
        podman("import", BASE_ARCHIVE, BASE)
        dockerfile = ROOT / "k8s" / "Dockerfile"
        podman(
            *("build", "--layers=false", "-f", dockerfile, "--ignorefile", f"{dockerfile}.dockerignore"),
            *("--build-arg", f"BASE={BASE}", *_pip_options(folder), "-t", IMAGE, ROOT),
        )
        yield IMAGE, Path(podman("image", "mount", IMAGE))
    finally:
        podman.run("image", "unmount", IMAGE)
        podman.run("rmi", IMAGE, BASE)


def _make_base():
    BASE_ARCHIVE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        packages = "--include=python3,python3-venv,ca-certificates"
        _call("debootstrap", "--variant=minbase", packages, SUITE, folder)
        for leftover in ("var/cache/apt", "var/lib/apt/lists"):
            shutil.rmtree(Path(folder) / leftover)
        part = BASE_ARCHIVE.with_suffix(".part")
        _call("tar", "--numeric-owner", "-C", folder, "-cf", part, ".")
        part.rename(BASE_ARCHIVE)


def _call(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{command[0]}: {result.stdout[-2000:]}{result.stderr[-2000:]}"
    return result.stdout


def _pip_options(folder):
    """This machine's pip configuration for the build: the settings as the secret, the local files they name mounted."""
    settings = {}
    for line in _call(sys.executable, "-m", "pip", "config", "list").splitlines():
        name, value = line.split("=", 1)
        key = name.rsplit(".", 1)[1]
        if name.startswith(":env:") or key not in settings:
            settings[key] = ast.literal_eval(value)
    secret = folder / "pip.conf"
    indented = (f"{key} = " + value.replace("\n", "\n  ") for key, value in settings.items())
    secret.write_text("\n".join(["[global]", *indented, ""]))
    words = [word for value in settings.values() for word in value.split()]
    # an index on disk is a page of links, mostly to files beside its own folder
    indexes = {Path(word.removeprefix("file://")).parent for word in words if word.startswith("file:///")}
    places = sorted(indexes | {Path(word) for word in words if word.startswith("/") and Path(word).exists()})
    return ["--secret", f"id=pip.conf,src={secret}", *(f"--volume={place}:{place}:ro" for place in places)]
