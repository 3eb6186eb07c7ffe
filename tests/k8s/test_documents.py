"""What the documents say of the endpoint is what the endpoint has."""

import re
from pathlib import Path

import pytest

from k8s.server.problem_kinds import EXPLANATIONS, ProblemKind
from k8s.server.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "k8s" / "README.md").read_text()
SECURITY = (ROOT / "k8s" / "SECURITY.md").read_text()
SOURCES = "\n".join(path.read_text() for path in (ROOT / "k8s" / "server").rglob("*.py"))


def documented_settings():
    """Of the first column of the table."""
    table = README.split("## Settings")[1].split("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `XRAY_")]
    return {name for row in rows for name in re.findall(r"`(XRAY_\w+)`", row.split("|")[1])}


def test_every_setting_is_in_the_table_and_no_other():
    assert {f"XRAY_{name}".upper() for name in Settings.model_fields} == documented_settings()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_the_table_has_the_default(name):
    default = Settings.model_fields[name].default
    row = next(line for line in README.splitlines() if line.startswith("| ") and f"`XRAY_{name.upper()}`" in line)
    _, names, defaults, *_ = (cell.strip() for cell in row.split("|"))
    values = defaults.split(", ") if defaults.count(",") == names.count(",") else [defaults]
    shown = values[re.findall(r"`(\w+)`", names).index(f"XRAY_{name.upper()}")].strip("`") if values[0] else ""
    expected = ",".join(default) if isinstance(default, tuple) else "" if default is None else str(default)
    assert shown.lower() == (f"{default:g}" if isinstance(default, float) else expected.lower())


def test_the_refusals_are_those_of_the_server_in_its_words():
    section = README.split("## Refusals")[1].split("\n## ")[0]
    documented = [block.split("\n", 1) for block in section.split("\n### ")[1:]]
    expected = [
        (kind, f"{status.value}. {meaning} {action} Retry: {'yes' if is_retryable else 'no'}.")
        for kind, (status, meaning, action, is_retryable) in EXPLANATIONS.items()
    ]
    assert [(kind, " ".join(text.split())) for kind, text in documented] == expected


def test_every_kind_of_problem_is_explained_and_raised_somewhere():
    assert list(EXPLANATIONS) == list(ProblemKind)
    raised = set(re.findall(r"ProblemKind\.([A-Z_]+)\b(?!: Explanation)", SOURCES))
    assert raised == {kind.name for kind in ProblemKind}


def test_the_tests_that_the_safeguards_name_exist():
    named = set(re.findall(r"`(test_\w+\.py)`", SECURITY))
    assert len(named) > 5
    assert named <= {path.name for path in (ROOT / "tests").rglob("test_*.py")}
