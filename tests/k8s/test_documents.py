"""What the documents say of the endpoint is what the endpoint has."""

import re
from pathlib import Path

import pytest

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


def test_every_kind_of_problem_has_its_section():
    kinds = set(re.findall(r'Problem\(\s*\d{3},\s*"([a-z-]+)"', SOURCES)) | {
        "unauthorized",
        "starting",
        "draining",
        "closed",
    }
    kinds |= set(re.findall(r'Error, \d{3}, "([a-z-]+)"', SOURCES))
    section = README.split("## Refusals")[1].split("\n## ")[0]
    assert kinds == set(re.findall(r"^### ([a-z-]+)$", section, re.MULTILINE))


def test_the_tests_that_the_safeguards_name_exist():
    named = set(re.findall(r"`(test_\w+\.py)`", SECURITY))
    assert len(named) > 5
    assert named <= {path.name for path in (ROOT / "tests" / "k8s").rglob("test_*.py")}
