"""One version: what fovea/version.py says is what every other file says."""

import re
from pathlib import Path

import pytest

from fovea import __version__

ROOT = Path(__file__).parents[1]

# Files that cannot import the version, and how each writes it.
WRITTEN = {
    "CITATION.cff": r"^version: (\S+)$",
    "CHANGELOG.md": r"\A(?:(?!^## \[\d)[\s\S])*^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$",
    "k8s/Dockerfile": r"(?:xray-endpoint:|^ARG VERSION=)(\d[\w.]*)",
    "k8s/Dockerfile.training": r"training:(\d[\w.]*)",
    "k8s/README.md": r"(?:xray-endpoint:|training:|newTag: )(\d[\w.]*)",
    "k8s/manifests/base/kustomization.yaml": r"newTag: (\S+)",
    "k8s/manifests/overlays/gpu/kustomization.yaml": r"newTag: (\S+)-gpu",
    "k8s/manifests/training/kustomization.yaml": r"newTag: (\S+)",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_the_file_has_the_version_of_the_package(name):
    found = re.findall(WRITTEN[name], (ROOT / name).read_text(), re.MULTILINE)
    assert found
    assert set(found) == {__version__}


def test_no_other_file_of_kubernetes_names_an_image_by_a_version():
    tagged = re.compile(r"newTag: \d|(?:xray-endpoint|training):\d")
    files = [path for path in (ROOT / "k8s").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    found = {str(path.relative_to(ROOT)) for path in files if tagged.search(path.read_text())}
    assert found <= set(WRITTEN)


@pytest.mark.parametrize("folder", ["fovea", "space", "k8s", "training", "export", "evidence"])
def test_no_python_file_types_the_version_again(folder):
    typing = [path for path in (ROOT / folder).rglob("*.py") if f'"{__version__}"' in path.read_text()]
    assert typing == ([ROOT / "fovea" / "version.py"] if folder == "fovea" else [])


def test_the_supported_versions_are_those_of_the_newest_release():
    assert f"| {__version__.rpartition('.')[0]}.x | yes |" in (ROOT / "SECURITY.md").read_text()


def test_a_section_of_the_changelog_names_each_kind_of_change_once():
    for section in (ROOT / "CHANGELOG.md").read_text().split("\n## [")[1:]:
        kinds = re.findall(r"^### (.+)$", section, re.MULTILINE)
        assert kinds == [kind for kind in ("Added", "Changed", "Removed", "Fixed", "Security") if kind in kinds], (
            section[:20]
        )
