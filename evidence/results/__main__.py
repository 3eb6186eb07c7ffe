"""Write docs/RESULTS.md and the README's table from stored figures: `make results` or `python -m evidence.results`.

Nothing is measured and no model is opened. The commands that stand below the tables measure.
"""

import argparse
from pathlib import Path

from evidence.results import front, page
from evidence.results.stored import ROOT


def pages() -> dict[Path, str]:
    """What each file that is written should hold."""
    readme = ROOT / "README.md"
    return {
        ROOT / "docs" / "RESULTS.md": page.text(),
        readme: front.filled(readme.read_text(encoding="utf-8")),
    }


def main() -> None:
    argparse.ArgumentParser(prog="python -m evidence.results", description=__doc__).parse_args()
    for path, content in pages().items():
        path.write_text(content, encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
