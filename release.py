"""Tag a release: `python release.py` checks that version, changelog, model cards and tree agree, then tags vX.Y.Z.

The tag is annotated with the version's section of the changelog. Nothing is pushed.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from fovea import FoveaError, load
from fovea.check import names_revision

ROOT = Path(__file__).parent
SECTION = re.compile(
    r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d\d-\d\d))?\n(?P<text>.*?)(?=^## \[|\Z)", re.M | re.S
)


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
        yield f"CHANGELOG.md has unreleased changes: move them to the section {version}."


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


if __name__ == "__main__":
    sys.exit(main())
