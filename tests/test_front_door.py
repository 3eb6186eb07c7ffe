"""The README makes people try it: it is short and plain, its code runs, and its figures are those that are stored."""

import subprocess
import sys
from pathlib import Path

import pytest
from prose import code_blocks, words

from evidence.results.__main__ import pages

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))


def name(path):
    return str(path.relative_to(ROOT))


def test_page_and_readme_have_the_figures_that_are_stored():
    made = pages()
    assert {README, ROOT / "docs" / "RESULTS.md"} == made.keys()
    stale = [name(path) for path, content in made.items() if path.read_text(encoding="utf-8") != content]
    assert stale == [], "run `make results`"


def test_the_readme_is_short_and_its_table_too():
    text = README.read_text()
    assert len(words(text)) < 700
    assert 4 <= sum(line.startswith("| ") for line in text.splitlines()) - 2 <= 7


def test_the_readme_leads_every_reader_to_a_guide():
    text = README.read_text()
    assert len(GUIDES) == 5
    assert [path.name for path in GUIDES if f"](docs/guides/{path.name})" not in text] == []


@pytest.mark.parametrize(
    "code",
    [code for path in (README, *GUIDES) for kind, code in code_blocks(path.read_text()) if "fovea import" in code],
)
def test_the_python_of_readme_and_guides_runs(code):
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "roses" in result.stdout
