"""Make a release in two steps: `python release.py --prepare X.Y.Z` writes the version, `python release.py` tags it.

The first step writes the version and today's date into every file that names them, and makes the unreleased changes a
section of their own. The second checks that version, changelog, model cards and tree agree. Its tag vX.Y.Z has that
section as its message. Nothing is committed or pushed.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from fovea import FoveaError, load
from fovea.check import names_revision

ROOT = Path(__file__).parent
SECTION = re.compile(
    r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d\d-\d\d))?\n(?P<text>.*?)(?=^## \[|\Z)", re.M | re.S
)
VERSION = r"\d+\.\d+\.\d+"
IMAGES = rf"((?:xray-endpoint:|newTag: |training:|ARG VERSION=)){VERSION}"
# Each pattern's group stays, and what follows it becomes the version.
WRITTEN = {
    "fovea/version.py": rf'^(__version__ = "){VERSION}',
    "CITATION.cff": rf"^(version: ){VERSION}",
    "k8s/Dockerfile": IMAGES,
    "k8s/Dockerfile.training": IMAGES,
    "k8s/README.md": IMAGES,
    "k8s/manifests/base/kustomization.yaml": IMAGES,
    "k8s/manifests/overlays/gpu/kustomization.yaml": IMAGES,
    "k8s/manifests/training/kustomization.yaml": IMAGES,
}


def prepare(root: Path, version: str, day: date) -> int:
    """Write `version` and `day` everywhere, or nothing at all where something is in the way."""
    found = list(_obstacles(root, version))
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        return 1
    for name, pattern in WRITTEN.items():
        _replace(root / name, pattern, rf"\g<1>{version}")
    _replace(root / "CITATION.cff", r'^(date-released: ")[\d-]+', rf"\g<1>{day}")
    _replace(root / "SECURITY.md", r"^\| \d+\.\d+\.x \|", f"| {version.rpartition('.')[0]}.x |")
    _replace(root / "CHANGELOG.md", r"^## \[Unreleased\]$", f"## [Unreleased]\n\n## [{version}] - {day}")
    print(f"Version {version}, {day}. Run make test, commit, then run make release.")
    return 0


def _obstacles(root: Path, version: str) -> Iterator[str]:
    present = version_of(root)
    if not re.fullmatch(VERSION, version):
        yield f"The version is {version!r}. Write three numbers, such as 0.3.0."
    elif _numbers(version) <= _numbers(present):
        yield f"The version is {version}, and fovea/version.py has {present} already. Choose a higher one."
    if not re.search("^- ", changes(root).get("Unreleased", (None, ""))[1], re.M):
        yield "CHANGELOG.md has no unreleased changes."
    for name, pattern in WRITTEN.items():
        if not re.search(pattern, (root / name).read_text(encoding="utf-8"), re.M):
            yield f"{name} names no version."


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _replace(path: Path, pattern: str, words: str) -> None:
    path.write_text(re.sub(pattern, words, path.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")


def main(root: Path = ROOT) -> int:
    found = list(problems(root))
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        return 1
    version = version_of(root)
    tag = f"v{version}"
    # A line that starts with # would be taken for a comment: the headings stay in with whitespace cleanup alone.
    message = f"Fovea {version}\n\n{changes(root)[version][1].strip()}\n"
    try:
        _git(root, "tag", "--annotate", "--cleanup=whitespace", "--message", message, tag)
    except subprocess.CalledProcessError as error:
        print(f"git did not make the tag: {error.stderr.strip()}", file=sys.stderr)
        return 1
    print(f"Tagged {tag}. Publish it with: git push origin {tag}")
    return 0


def problems(root: Path) -> Iterator[str]:
    """What stands against a release, a sentence each."""
    version = version_of(root)
    yield from _changelog_problems(changes(root), version)
    yield from _card_problems(root / "models")
    if _git(root, "status", "--porcelain"):
        yield "The working tree has uncommitted changes: commit or remove them."
    if _git(root, "tag", "--list", f"v{version}"):
        yield f"The tag v{version} exists: raise the version in fovea/version.py."


def version_of(root: Path) -> str:
    """What fovea/version.py types, read without an import: `root` need not be the checkout that runs."""
    found = re.search(r'^__version__ = "(\d+\.\d+\.\d+)"$', (root / "fovea" / "version.py").read_text(), re.M)
    if found is None:
        raise SystemExit('fovea/version.py has no line __version__ = "X.Y.Z".')
    return found[1]


def changes(root: Path) -> dict[str, tuple[str | None, str]]:
    """The sections of the changelog, newest first: version to date and text."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    return {found["version"]: (found["date"], found["text"]) for found in SECTION.finditer(text)}


def _changelog_problems(sections: dict[str, tuple[str | None, str]], version: str) -> Iterator[str]:
    newest = next((name for name in sections if name != "Unreleased"), None)
    if newest != version:
        yield f"fovea/version.py says {version} and the newest section of CHANGELOG.md is {newest}."
    elif sections[version][0] is None:
        yield f"The section {version} of CHANGELOG.md has no date: write ## [{version}] - YYYY-MM-DD."
    if re.search("^- ", sections.get("Unreleased", (None, ""))[1], re.M):
        yield "CHANGELOG.md has unreleased changes: python release.py --prepare X.Y.Z gives them a section."


def _card_problems(models: Path) -> Iterator[str]:
    for path in sorted(models.glob("*.onnx")):
        try:
            model = load(path)
        except FoveaError as error:
            yield str(error)
            continue
        if not model.card:
            yield f"{path.name} has no model card."
        elif not names_revision(model):
            yield f"{path.stem}.md does not name {path.name}'s revision {model.revision[:16]}: write the card again."


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python release.py", description=__doc__)
    parser.add_argument("--prepare", metavar="X.Y.Z", help="write this version everywhere in place of tagging")
    version = parser.parse_args(arguments).prepare
    return main() if version is None else prepare(ROOT, version, date.today())


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
