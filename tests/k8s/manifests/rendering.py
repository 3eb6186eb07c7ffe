"""What `kubectl kustomize` makes of the manifests, as lists of objects."""

import os
import shutil
import subprocess
import tempfile
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

Objects = list[dict[str, Any]]

MANIFESTS = Path(__file__).parents[3] / "k8s" / "manifests"
FOLDERS = {
    "cpu": MANIFESTS / "overlays" / "cpu",
    "gpu": MANIFESTS / "overlays" / "gpu",
    "kserve": MANIFESTS / "overlays" / "kserve",
    "training": MANIFESTS / "training",
    "training-folder": MANIFESTS / "overlays" / "training-folder",
}
WITH_COMPONENTS = {
    "hardened": ("mutual-tls", "oidc", "tracing", "pinned-images", "user-namespaces"),
    "gateway": ("gateway",),
}
"""the overlay `cpu` with optional components"""
NAMES = (*FOLDERS, *WITH_COMPONENTS)


def rendered(name: str) -> Objects:
    """The objects of one overlay, a fresh copy."""
    return deepcopy(_rendered(name))


@cache
def _rendered(name: str) -> Objects:
    return list(yaml.safe_load_all(rendered_text(name)))


@cache
def rendered_text(name: str) -> str:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl, which renders the manifests, is not installed")
    if name in FOLDERS:
        return _kustomize(FOLDERS[name])
    return overlay_text(WITH_COMPONENTS[name])


def overlay_text(components: tuple[str, ...], **members: Any) -> str:
    """An overlay of one's own over `cpu`, with components and further members of its kustomization."""
    with tempfile.TemporaryDirectory() as folder:
        # kustomize takes no absolute paths
        near = Path(os.path.relpath(MANIFESTS, Path(folder).resolve()))
        overlay = {
            "resources": [str(near / "overlays" / "cpu")],
            "components": [str(near / "components" / component) for component in components],
        }
        (Path(folder) / "kustomization.yaml").write_text(yaml.safe_dump(overlay | members))
        return _kustomize(Path(folder))


def _kustomize(folder: Path) -> str:
    result = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout
