"""Who may import whom. The world without torch stays importable without torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from parsing import tree_of

ROOT = Path(__file__).parents[1]
OURS = ("fovea", "training", "export", "evidence", "space", "k8s", "benchmarks", "tests")
TORCH_WORLD = ("torch", "torchvision", "timm", "onnx", "accelerate", "pytorch_grad_cam")

# part of the house: what of ours it may import
RULES = {
    "fovea": ("fovea",),
    "space": ("space", "fovea"),
    "k8s": ("k8s", "fovea"),
    "training": ("training", "fovea"),
    "export": ("export", "training", "fovea"),
    "evidence": ("evidence", "export", "training", "fovea"),
}


def imported(path):
    for node in ast.walk(tree_of(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name, parts):
    return any(name == part or name.startswith(part + ".") for part in parts)


@pytest.mark.parametrize("part", RULES)
def test_each_part_imports_only_what_the_rules_allow(part):
    files = list((ROOT / part).rglob("*.py"))
    assert files
    for path in files:
        ours = [name for name in imported(path) if is_within(name, OURS)]
        assert [name for name in ours if not is_within(name, RULES[part])] == [], path


@pytest.mark.parametrize("part", ["fovea", "space", "k8s"])
def test_serving_code_never_imports_torch(part):
    for path in (ROOT / part).rglob("*.py"):
        assert [name for name in imported(path) if is_within(name, TORCH_WORLD)] == [], path


@pytest.mark.parametrize("modules", ["fovea", "space.app, space.bundle", "k8s.server.__main__"])
def test_serving_code_is_importable_where_torch_is_not_installed(modules):
    code = f"import sys\nfor name in {TORCH_WORLD}: sys.modules[name] = None\nimport {modules}"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_importing_starts_no_thread_and_opens_no_session():
    code = (
        "import threading, onnxruntime\n"
        "def refuse(*a, **k): raise AssertionError('a session at import')\n"
        "onnxruntime.InferenceSession.__init__ = refuse\n"
        "import gradio\nbefore = threading.active_count()\n"
        "import space.app, fovea, k8s.server.__main__\n"
        "assert threading.active_count() == before"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_what_the_endpoint_does_is_known_without_http():
    """k8s/server: its folders lie below the service, and the service below HTTP."""
    server = ROOT / "k8s" / "server"
    entrances = (server / "__main__.py", server / "local.py")
    below = [path for path in server.rglob("*.py") if path.parent.name != "http" and path not in entrances]
    assert server / "service.py" in below
    for path in below:
        forbidden = ("k8s.server.http", *(("k8s.server.service",) if path.name != "service.py" else ()))
        assert [name for name in imported(path) if is_within(name, forbidden)] == [], path
