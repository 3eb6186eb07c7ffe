"""Gather what the site is built from: the repository's own documents, each at its own path, so that links hold."""

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFIG = Path(__file__).with_name("mkdocs.yml")
PAGES = ("*.md", ":!tests", ":!space", ":!.github")  # the texts of space/lessons are templates
ENDINGS = ("png", "svg", "gif", "webp", "json", "toml")
BESIDE = (*(f"docs/*.{ending}" for ending in ENDINGS), "LICENSE", "CITATION.cff")


def main(out: Path = ROOT / "build" / "site") -> None:
    """Fill `out` anew: the settings, and the pages in a folder beside them."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    shutil.copy(CONFIG, out)
    for name in documents(*PAGES, *BESIDE):
        target = out / "pages" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".md":
            target.write_text(as_page((ROOT / name).read_text(encoding="utf-8")), encoding="utf-8")
        else:
            shutil.copy(ROOT / name, target)


def documents(*patterns: str) -> list[str]:
    """The files that git has or would take, by their paths from the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def as_page(markdown: str) -> str:
    """For Python-Markdown, which wants four spaces before an inner list, and a mark where an element holds Markdown."""
    head, text = re.fullmatch(r"(---\n.*?\n---\n)?(.*)", markdown, re.DOTALL).groups(default="")
    text = re.sub(r"^  - ", "    - ", text, flags=re.MULTILINE)
    return head + text.replace("<details>", '<details markdown="1">')


if __name__ == "__main__":
    main()
