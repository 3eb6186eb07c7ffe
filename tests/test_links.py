"""Every link in a document leads to a file of the repository, and every anchor to a heading of it."""

import re
import subprocess
from pathlib import Path

import pytest
from prose import CODE_BLOCK

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def tracked(*patterns):
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")[:-1]


FILES = {Path(path) for path in tracked()}
# a lesson's text is a template: docs/lessons holds what it gives
DOCUMENTS = [path for path in tracked("*.md") if not path.startswith("space/lessons/texts/")]


def without_code(text):
    return re.sub(r"`[^`]*`", "", CODE_BLOCK.sub("", text))


def anchors(text):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", CODE_BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def broken(path):
    """The relative links of a document that lead nowhere."""
    for link in LINK.findall(without_code((ROOT / path).read_text())):
        if re.match(r"[a-z]+:|\?", link):
            continue
        target, _, anchor = link.partition("#")
        file = ROOT / Path(path).parent / target if target else ROOT / path
        known = file.resolve().relative_to(ROOT)
        is_there = known in FILES or any(known in other.parents for other in FILES)
        if not is_there or (anchor and anchor not in anchors(file.read_text())):
            yield link


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_link_leads_somewhere(path):
    assert list(broken(path)) == []


def test_links_that_lead_nowhere_are_found(tmp_path, monkeypatch):
    (tmp_path / "page.md").write_text("# A B, c\n\n[a](#a-b-c) [b](#b) [c](other.md) [d](page.md) `[e](e.md)`\n")
    monkeypatch.setattr("test_links.ROOT", tmp_path)
    monkeypatch.setattr("test_links.FILES", {Path("page.md")})
    assert list(broken("page.md")) == ["#b", "other.md"]


def test_the_readme_and_the_guides_are_among_the_documents():
    assert {"README.md", "docs/RESULTS.md", "docs/guides/train.md", "k8s/README.md"} <= set(DOCUMENTS)
