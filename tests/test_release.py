"""`make release` refuses where version, changelog, cards and tree disagree, and tags where they agree."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import release
from fovea import __version__

ROOT = Path(__file__).parents[1]


def git(folder, *arguments):
    result = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def commit(folder):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "a change")


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A repository with what a release looks at, ready to be tagged."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A Maintainer")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "maintainer@example.org")
    for name in ("fovea/version.py", "CHANGELOG.md", "models/digits.onnx", "models/digits.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    unreleased = re.compile(r"(?<=^## \[Unreleased\]\n).*?(?=^## \[)", re.MULTILINE | re.DOTALL)
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(unreleased.sub("\n### Added\n\n", changelog.read_text()))
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def refusal(folder, capsys):
    assert release.main(folder) == 1
    assert git(folder, "tag") == ""
    return capsys.readouterr().err.splitlines()


def test_a_tree_that_agrees_gets_an_annotated_tag_with_its_changes(copy):
    assert release.main(copy) == 0
    assert git(copy, "tag").split() == [f"v{__version__}"]
    assert git(copy, "cat-file", "-t", f"v{__version__}") == "tag\n"
    message = git(copy, "tag", "--list", "--format=%(contents)")
    assert message.startswith(f"Fovea {__version__}\n")
    assert "\n### Added\n" in message
    assert "Unreleased" not in message


def test_a_version_without_its_section_is_refused(copy, capsys):
    replace(copy / "fovea" / "version.py", __version__, "9.0.0")
    commit(copy)
    assert refusal(copy, capsys) == [
        f"fovea/version.py says 9.0.0 and the newest section of CHANGELOG.md is {__version__}."
    ]


def test_a_section_without_a_date_is_refused(copy, capsys):
    changelog = copy / "CHANGELOG.md"
    changelog.write_text(re.sub(rf"(\[{re.escape(__version__)}\]) - [\d-]+", r"\1", changelog.read_text()))
    commit(copy)
    (problem,) = refusal(copy, capsys)
    assert problem.startswith(f"The section {__version__} of CHANGELOG.md has no date")


def test_unreleased_changes_are_refused(copy, capsys):
    replace(copy / "CHANGELOG.md", "### Added\n", "### Added\n\n- Something new.\n")
    commit(copy)
    (problem,) = refusal(copy, capsys)
    assert problem == f"CHANGELOG.md has unreleased changes: move them to the section {__version__}."


def test_a_stale_card_and_a_missing_one_are_refused(copy, capsys):
    revision = re.search("revision `([0-9a-f]{16})`", (copy / "models" / "digits.md").read_text())[1]
    replace(copy / "models" / "digits.md", revision, "0" * 16)
    shutil.copy(ROOT / "models" / "features_lenet5.onnx", copy / "models")
    commit(copy)
    assert refusal(copy, capsys) == [
        f"digits.md does not name digits.onnx's revision {revision}: write the card again.",
        "features_lenet5.onnx has no model card.",
    ]


def test_an_unclean_tree_is_refused(copy, capsys):
    (copy / "forgotten.txt").touch()
    assert refusal(copy, capsys) == ["The working tree has uncommitted changes: commit or remove them."]


def test_a_version_is_tagged_once(copy, capsys):
    assert release.main(copy) == 0
    assert release.main(copy) == 1
    assert capsys.readouterr().err == f"The tag v{__version__} exists: raise the version in fovea/version.py.\n"
