"""The site holds every document, in a navigation by reader. CI builds it with `make site`."""

import runpy
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

ROOT = Path(__file__).parents[1]
pages = SimpleNamespace(**runpy.run_path(str(ROOT / "docs" / "site" / "pages.py")))
CONFIG = yaml.safe_load((ROOT / "docs" / "site" / "mkdocs.yml").read_text())


def named(nav):
    """The pages of a navigation, at any depth."""
    for entry in nav:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from [value] if isinstance(value, str) else named(value)


def test_the_navigation_names_every_page_once_and_no_other():
    assert sorted(named(CONFIG["nav"])) == sorted(pages.documents(*pages.PAGES))


def test_the_navigation_has_a_tab_for_each_reader():
    assert [next(iter(entry)) for entry in CONFIG["nav"]] == [
        *("Fovea", "See", "Train", "Integrate", "Extend", "Results", "Glossary")
    ]


def test_the_site_asks_no_other_host_for_anything():
    assert CONFIG["theme"]["font"] is False
    assert not {"extra_css", "extra_javascript", "extra", "repo_url"} & CONFIG.keys()


def test_the_pages_stand_at_the_paths_of_the_documents(tmp_path):
    pages.main(tmp_path)
    for name in ("README.md", "LICENSE", "docs/guides/see.md", "docs/lessons/photos.svg", "docs/digits.png"):
        assert (tmp_path / CONFIG["docs_dir"] / name).is_file(), name
    assert yaml.safe_load((tmp_path / "mkdocs.yml").read_text()) == CONFIG


@pytest.mark.parametrize(
    ("markdown", "page"),
    [
        ("- a\n  - b\n", "- a\n    - b\n"),
        ("---\ntags:\n  - a\n---\n\n# T\n\n- a\n  - b\n", "---\ntags:\n  - a\n---\n\n# T\n\n- a\n    - b\n"),
        ("<details><summary>S</summary>", '<details markdown="1"><summary>S</summary>'),
        ("# T\n\n---\n\n- a\n", "# T\n\n---\n\n- a\n"),
    ],
)
def test_a_page_is_written_for_python_markdown(markdown, page):
    assert pages.as_page(markdown) == page


def test_the_site_builds_where_its_tool_is_installed(tmp_path):
    """`make site` makes the environment."""
    tool = ROOT / ".venv-site" / "bin" / "zensical"
    if not tool.is_file():
        pytest.skip("`make site` was not run here")
    pages.main(tmp_path)
    command = [tool, "build", "--strict", "--config-file", tmp_path / "mkdocs.yml"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / CONFIG["site_dir"] / "index.html").is_file()
