"""Each yardstick's environment, made when missing, and how to start it.

python -m benchmarks.yardsticks.environments [NAME ...] makes them ahead of time, in build/yardsticks/NAME.
"""

import json
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.yardsticks.processes import Server

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "build" / "yardsticks"
SERVERS = ("litserve", "bentoml", "kserve", "fastapi", "starlette", "uvicorn", "uvloop", "httptools")
PACKAGES = (*SERVERS, "onnxruntime", "onnxruntime-gpu")


@dataclass(frozen=True)
class Configuration:
    """Processes x predictions at a time in each x onnxruntime threads of one prediction, as `2x1x1`."""

    processes: int
    slots: int
    threads: int

    @classmethod
    def parse(cls, text: str) -> "Configuration":
        processes, slots, threads = (int(part) for part in text.split("x"))
        return cls(processes, slots, threads)

    def __str__(self) -> str:
        return f"{self.processes}x{self.slots}x{self.threads}"


@dataclass(frozen=True)
class Yardstick:
    """`command` takes python, port, configuration; `slots` says whether one process can predict several at a time."""

    name: str
    path: str
    command: Callable[[Path, int, Configuration], list[str | Path]]
    slots: bool

    @property
    def python(self) -> Path:
        return FOLDER / self.name / "bin" / "python"

    def candidates(self, cpus: int) -> list[Configuration]:
        """Ways to use all `cpus`: by processes, by threads that each predict, by onnxruntime's own threads."""
        some = [Configuration(cpus, 1, 1), Configuration(1, 1, cpus)]
        return [*some, Configuration(1, cpus, 1)] if self.slots else some

    def server(self, configuration: Configuration, port: int, model: Path) -> Server:
        return Server(
            name=f"{self.name} {configuration}",
            command=self.command(self.python, port, configuration),
            url=f"http://127.0.0.1:{port}{self.path}",
            environment={
                "YARDSTICK_MODEL": str(model),
                "YARDSTICK_PROCESSES": str(configuration.processes),
                "YARDSTICK_SLOTS": str(configuration.slots),
                "YARDSTICK_THREADS": str(configuration.threads),
                "BENTOML_DO_NOT_TRACK": "True",
                "BENTOML_HOME": str(FOLDER / self.name / "home"),
            },
        )


def _litserve(python: Path, port: int, _: Configuration) -> list[str | Path]:
    return [python, "-m", "benchmarks.yardsticks.litserve_server", "--port", str(port)]


def _bentoml(python: Path, port: int, _: Configuration) -> list[str | Path]:
    service = "benchmarks.yardsticks.bentoml_service:ChestXray"
    return [python, "-m", "bentoml", "serve", service, "--host", "127.0.0.1", "--port", str(port)]


def _kserve(python: Path, port: int, configuration: Configuration) -> list[str | Path]:
    command: list[str | Path] = [python, "-m", "benchmarks.yardsticks.kserve_server", "--http_port", str(port)]
    command += ["--enable_grpc", "false", "--workers", str(configuration.processes)]
    return [*command, "--log_config_file", HERE / "kserve_logging.json"]


YARDSTICKS = {
    yardstick.name: yardstick
    for yardstick in (
        Yardstick("litserve", "/predict", _litserve, slots=False),
        Yardstick("bentoml", "/predict", _bentoml, slots=True),
        Yardstick("kserve", "/v1/models/chest_xray:predict", _kserve, slots=True),
    )
}


def install(name: str) -> None:
    """Make the environment, unless it holds these very requirements already. pip's words go to a log beside it."""
    folder, log = FOLDER / name, FOLDER / f"{name}.log"
    wanted = "".join((HERE / f"requirements-{part}.txt").read_text() for part in ("runtime", name))
    stamp = folder / "installed.txt"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print(f"installing {name} in {folder}", flush=True)
    venv.create(folder, clear=True, with_pip=True)
    pip = [str(YARDSTICKS[name].python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    with log.open("w") as output:
        done = subprocess.run(
            [*pip, "-r", str(HERE / f"requirements-{name}.txt")], stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode != 0:
        raise SystemExit(f"pip could not install {name}; see {log}.")
    stamp.write_text(wanted)


def versions(python: Path) -> dict[str, str]:
    """Of PACKAGES, those that `python`'s environment has."""
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = {package["name"].lower(): package["version"] for package in json.loads(listed.stdout)}
    return {name: found[name] for name in PACKAGES if name in found}


def main(names: Sequence[str]) -> None:
    for name in names or YARDSTICKS:
        install(name)


if __name__ == "__main__":
    main(sys.argv[1:])
