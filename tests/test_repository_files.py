"""The files that hosts and tools read are well formed, and each form warns of patient data."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FORMS = [path for path in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")) if path.stem != "config"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_there_are_forms_and_a_workflow():
    assert {path.stem for path in FORMS} == {"bug", "model", "film"}
    assert "test" in {path.stem for path in WORKFLOWS}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_each_issue_form_warns_of_patient_data_before_it_asks_for_anything(path):
    form = yaml.safe_load(path.read_text())
    warning, *fields = form["body"]
    assert warning["type"] == "markdown"
    assert warning["attributes"]["value"].startswith("**Never attach ")
    names = [field["id"] for field in fields]
    assert len(set(names)) == len(names)
    assert fields[-1]["id"] == "privacy"
    assert all(option["required"] for option in fields[-1]["attributes"]["options"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_and_pins_its_actions_by_hash(path):
    text = path.read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in workflow["jobs"].values())
    actions = re.findall(r"uses: (.+)", text)
    assert actions
    assert [action for action in actions if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", action)] == []


def test_the_tests_of_the_host_are_those_of_a_developer():
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())["jobs"]["test"]["steps"]
    assert [step["run"] for step in steps if step.get("run", "").startswith("make ")] == ["make test"]


def test_the_wheel_is_built_and_used_away_from_the_checkout():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "package.yml").read_text())
    assert workflow[True]["push"] == {"branches": ["main"], "tags": ["v*"]}  # YAML 1.1 takes `on` for true
    build, install = (step["run"] for step in workflow["jobs"]["wheel"]["steps"] if "run" in step)
    assert "python -m build" in build
    lines = install.splitlines()
    elsewhere = lines.index('cd "$RUNNER_TEMP"')
    assert lines[elsewhere + 1 :] == ["venv/bin/fovea --help", "venv/bin/fovea check digits"]
    assert any("install dist/*.whl" in line for line in lines[:elsewhere])


def test_the_site_of_the_host_is_that_of_a_developer():
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())["jobs"]["site"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == ["make site"]


def test_no_file_points_at_an_account_that_is_not_ours():
    command = ["git", "grep", "-lE", "(github\\.com|ghcr\\.io)/fovea", "--", ":!tests/test_repository_files.py"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout == ""


def test_the_citation_has_what_its_format_asks_for():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"authors", "message", "title"} <= citation.keys()
    assert citation["license"] == "Apache-2.0"
    assert str(citation["date-released"]) in (ROOT / "CHANGELOG.md").read_text()


def test_the_hooks_before_a_commit_call_the_tools_of_make_check():
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    entries = {hook["entry"].removesuffix(" --fix") for hook in repository["hooks"]}
    check = (ROOT / "Makefile").read_text().partition("\ncheck: ")[2].partition("\n\n")[0]
    for entry in entries:
        assert entry.removeprefix("make ") in check


def test_no_file_records_the_address_of_a_package_registry():
    assert not (ROOT / "package-lock.json").exists()
    assert not (ROOT / ".npmrc").exists()


def test_every_file_with_pins_is_kept_fresh():
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    watched = {
        (update["package-ecosystem"], folder)
        for update in updates
        for folder in update.get("directories", [update.get("directory")])
    }
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    kinds = {"pip": r"requirements.*\.txt", "docker": r"Dockerfile(\.\w+)?", "npm": r"package\.json"}
    pinned = {
        (kind, "/" + str(Path(path).parent).removeprefix("."))
        for path in tracked
        for kind, name in kinds.items()
        if re.fullmatch(name, Path(path).name) and not path.endswith(".dockerignore")
    }
    assert watched == pinned | {("github-actions", "/")}
