"""`make release` refuses where version, changelog, cards and tree disagree, and tags where they agree.

What it tags is prepared by one command.
"""

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from test_version import WRITTEN

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
    assert problem == "CHANGELOG.md has unreleased changes: python release.py --prepare X.Y.Z gives them a section."


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


DAY = date(2031, 2, 3)


@pytest.fixture
def next_copy(copy):
    """The repository with all files that name the version, and a change to release."""
    for name in (*WRITTEN, "SECURITY.md"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        if name != "CHANGELOG.md":
            shutil.copy(ROOT / name, copy / name)
    replace(copy / "CHANGELOG.md", "### Added\n", "### Added\n\n- Something new.\n")
    commit(copy)
    return copy


def test_one_command_prepares_what_the_next_one_tags(next_copy):
    assert release.prepare(next_copy, "98.7.6", DAY) == 0
    for name, pattern in WRITTEN.items():
        assert set(re.findall(pattern, (next_copy / name).read_text(), re.MULTILINE)) == {"98.7.6"}, name
    assert 'date-released: "2031-02-03"\n' in (next_copy / "CITATION.cff").read_text()
    assert "| 98.7.x | yes |" in (next_copy / "SECURITY.md").read_text()
    sections = release.changes(next_copy)
    assert list(sections)[:3] == ["Unreleased", "98.7.6", __version__]
    assert sections["Unreleased"][1].strip() == ""
    assert sections["98.7.6"] == ("2031-02-03", "\n### Added\n\n- Something new.\n\n")
    commit(next_copy)
    assert release.main(next_copy) == 0
    assert git(next_copy, "tag").split() == ["v98.7.6"]


def test_a_prepared_release_leaves_other_numbers_alone(next_copy):
    before = (next_copy / "k8s" / "README.md").read_text()
    assert "KServe 0.21.0" in before
    assert release.prepare(next_copy, "98.7.6", DAY) == 0
    after = (next_copy / "k8s" / "README.md").read_text()
    assert re.sub(r"(endpoint|training):98\.7\.6", rf"\1:{__version__}", after) == before


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        ("0.3", "The version is '0.3'. Write three numbers, such as 0.3.0."),
        ("0.0.9", f"The version is 0.0.9, and fovea/version.py has {__version__} already. Choose a higher one."),
        (
            __version__,
            f"The version is {__version__}, and fovea/version.py has {__version__} already. Choose a higher one.",
        ),
    ],
)
def test_a_version_that_does_not_go_on_is_refused(next_copy, capsys, version, problem):
    assert release.prepare(next_copy, version, DAY) == 1
    assert capsys.readouterr().err == f"{problem}\n"
    assert git(next_copy, "status", "--porcelain") == ""


def test_nothing_is_prepared_where_nothing_changed(next_copy, capsys):
    replace(next_copy / "CHANGELOG.md", "- Something new.\n", "")
    commit(next_copy)
    assert release.prepare(next_copy, "98.7.6", DAY) == 1
    assert capsys.readouterr().err == "CHANGELOG.md has no unreleased changes.\n"
    assert git(next_copy, "status", "--porcelain") == ""
