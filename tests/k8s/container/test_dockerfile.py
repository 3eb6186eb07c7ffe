"""What the Dockerfiles say, without building them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "k8s" / "Dockerfile"
TEXT = DOCKERFILE.read_text()
PIN = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[0-9][0-9a-z.]*")


def hadolint(text):
    """The findings in a Dockerfile, one a line."""
    command = [Path(sys.executable).parent / "hadolint", "--no-color", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False).stdout.splitlines()


def instructions(name):
    """The arguments of every instruction of this name, continued lines joined."""
    return re.findall(rf"^{name} (.+)$", TEXT.replace("\\\n", " "), re.MULTILINE)


def copied():
    """What comes from the repository."""
    return [word for words in instructions("COPY") if "--from" not in words for word in words.split()[:-1]]


def pins(name):
    """Every requirement of a list and of the lists it names."""
    lines = [line.split("#")[0].strip() for line in (ROOT / "k8s" / name).read_text().splitlines()]
    nested = [pin for line in lines if line.startswith("-r ") for pin in pins(line.removeprefix("-r "))]
    return nested + [line for line in lines if line and not line.startswith("-r ")]


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.training"])
def test_hadolint_finds_nothing(name):
    assert hadolint((ROOT / "k8s" / name).read_text()) == []


def test_the_training_image_has_what_it_copies_and_the_user_and_command_of_the_job():
    text = (ROOT / "k8s" / "Dockerfile.training").read_text()
    sources = [word for words in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for word in words.split()[:-1]]
    ignored = (ROOT / "k8s" / "Dockerfile.training.dockerignore").read_text().splitlines()
    assert set(sources) == {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert all((ROOT / source).exists() for source in sources)
    for needed in ("fovea", "training", "requirements.txt"):
        assert needed in sources
    job = yaml.safe_load((ROOT / "k8s" / "manifests" / "training" / "job.yaml").read_text())
    pod = job["spec"]["template"]["spec"]
    assert f"USER {pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" in text
    assert json.dumps(pod["containers"][0]["command"]) in text


def test_hadolint_finds_a_user_root_and_a_base_without_a_version():
    findings = hadolint(TEXT.replace("USER 10001:10001", "USER 0:0").replace("FROM ${BASE}\n", "FROM python\n"))
    assert {finding.split()[1] for finding in findings} >= {"DL3002", "DL3006"}


def test_everything_copied_exists_and_passes_the_ignore_file():
    ignored = (ROOT / "k8s" / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert all(list(ROOT.glob(source)) for source in copied())
    assert set(copied()) == allowed


def test_only_the_server_the_runtime_and_the_film_model_are_copied():
    assert sorted(copied()) == [
        "LICENSE",
        "fovea",
        "k8s/__init__.py",
        "k8s/requirements*.txt",
        "k8s/server",
        "models/chest_xray.md",
        "models/chest_xray.onnx",
    ]


@pytest.mark.parametrize(("variant", "runtime"), [("cpu", "onnxruntime"), ("gpu", "onnxruntime-gpu")])
def test_every_requirement_is_pinned_and_one_onnxruntime_is_among_them(variant, runtime):
    wanted = pins(f"requirements-{variant}.txt")
    assert [pin for pin in wanted if not PIN.fullmatch(pin)] == []
    names = {pin.split("==")[0] for pin in wanted}
    assert {name for name in names if name.startswith("onnxruntime")} == {runtime}
    assert "torch" not in names


@pytest.mark.parametrize(
    ("variant", "lists"),
    [("cpu", ["requirements-cpu.txt"]), ("gpu", ["requirements-gpu.txt", "requirements-cuda.txt"])],
)
def test_the_lock_has_every_pin_with_its_hashes_and_names_no_place_to_fetch_from(variant, lists):
    text = (ROOT / "k8s" / f"requirements-{variant}.lock.txt").read_text()
    requirements = re.findall(
        r"^([a-z0-9._-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE
    )
    locked = {name: version for name, version, _ in requirements}
    names = [line.split("==")[0] for line in text.splitlines() if re.match("[a-z0-9]", line)]
    assert sorted(locked) == sorted(names)
    wanted = dict(re.sub(r"\[.*\]", "", pin).lower().split("==") for name in lists for pin in pins(name))
    assert wanted.items() <= locked.items()
    assert len(locked) > len(wanted)
    assert "://" not in text
    assert '--require-hashes -r "k8s/requirements-${VARIANT}.lock.txt"' in TEXT


def test_the_libraries_of_cuda_are_pinned():
    wheels = pins("requirements-cuda.txt")
    assert "nvidia-cudnn-cu13" in {wheel.split("==")[0] for wheel in wheels}
    assert [wheel for wheel in wheels if not PIN.fullmatch(wheel)] == []


def test_both_stages_stand_on_one_base_that_names_its_patch_version():
    arguments = dict(line.split("=", 1) for line in instructions("ARG") if "=" in line)
    assert re.fullmatch(r"docker\.io/library/python:3\.11\.\d+-slim-bookworm(@sha256:[0-9a-f]{64})?", arguments["BASE"])
    assert set(instructions("FROM")) == {"${BASE} AS build", "${BASE}"}


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.training"])
@pytest.mark.parametrize(
    ("base", "is_taken"),
    [
        ("docker.io/library/python:3.11.15-slim-bookworm", False),
        ("docker.io/library/python", False),
        (f"docker.io/library/python:3.11.15-slim-bookworm@sha256:{'0' * 64}", True),
        ("localhost/my-base:latest", True),
    ],
)
def test_a_base_without_a_digest_ends_the_build_with_a_sentence(name, base, is_taken):
    text = (ROOT / "k8s" / name).read_text()
    (check,) = re.findall(r'^RUN (case "\$\{BASE\}" in .+)$', text.replace("\\\n", " "), re.MULTILINE)
    result = subprocess.run(["sh", "-c", check], env={"BASE": base}, capture_output=True, text=True, check=False)
    assert (result.returncode == 0) is is_taken
    assert is_taken or result.stderr.startswith(f"BASE is {base}, without a digest. The first lines of k8s/{name} say")
    assert re.search(r"^FROM \$\{BASE\}( AS build)?\nARG BASE$", text, re.MULTILINE)


def test_user_and_ports_are_those_of_the_deployment():
    deployment = yaml.safe_load((ROOT / "k8s" / "manifests" / "base" / "deployment.yaml").read_text())
    pod = deployment["spec"]["template"]["spec"]
    user = pod["securityContext"]
    ports = [str(port["containerPort"]) for port in pod["containers"][0]["ports"]]
    assert instructions("USER") == [f"{user['runAsUser']}:{user['runAsGroup']}"]
    assert instructions("EXPOSE") == [" ".join(ports)]


def test_onnxruntime_is_told_to_send_no_usage_data():
    assert "ORT_DISABLE_TELEMETRY=1" in instructions("ENV")[0].split()


def test_the_workflow_builds_on_a_digest_with_sbom_and_provenance_and_carries_both_away():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "image.yml").read_text())
    steps = workflow["jobs"]["image"]["steps"]
    (build,) = [step["run"] for step in steps if "run" in step]
    words = build.replace("\\\n", " ").split()
    assert {"--sbom=true", "--provenance=mode=max", '"BASE=$base"'} <= set(words)
    assert "base=$base@$(docker buildx imagetools inspect" in build
    assert "type=oci" in build  # `--load` would lose the attestations
    assert steps[-1]["with"]["path"].replace("${{ matrix.variant }}", "$VARIANT") in build
    read = subprocess.run(
        ["sed", "-n", "s/^ARG BASE=//p", DOCKERFILE], capture_output=True, text=True, check=True
    ).stdout.split()
    assert read == ["docker.io/library/python:3.11.15-slim-bookworm"]
