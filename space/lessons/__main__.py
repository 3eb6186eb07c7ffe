"""Write the lessons into docs/lessons, filled from the stored results: `python -m space.lessons [OUT]`."""

import sys
from pathlib import Path

from fovea import FoveaError
from space.lessons.figures import Figures
from space.lessons.lesson import Lesson, read, sources
from space.lessons.pictures import filters, maps, picture

DOCS = Path(__file__).parents[2] / "docs" / "lessons"
HEAD = """# Lessons

Ten questions on convolutional networks, ten minutes each. Every lesson starts with a prediction. Choose before you read
on. `make space` starts the app that the links open, and its Lessons tab shows the same pages.

In class, take one minute for the vote, three in the app, three for the figure and three to talk. Without the app, use
the pictures. Each lesson has a task for groups.

| question | figure from |
| --- | --- |
"""


def pages(figures: Figures) -> dict[str, str]:
    """Every file of docs/lessons that is made, by name."""
    lessons = [read(source, figures) for source in sources()]
    made = {f"{lesson.number:02}-{lesson.slug}.md": lesson.page() for lesson in lessons}
    made |= {f"{name}.svg": picture(name, figures) for lesson in lessons for name in lesson.pictures}
    return made | {"README.md": HEAD + "".join(_line(lesson) for lesson in lessons)}


def _line(lesson: Lesson) -> str:
    commands = [piece for piece in lesson.parts["The figure"].split("`")[1::2] if piece.startswith("python -m")]
    listed = ", ".join(f"`{command}`" for command in dict.fromkeys(commands))
    return f"| [{lesson.question}]({lesson.number:02}-{lesson.slug}.md) | {listed} |\n"


def main() -> int:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    out.mkdir(parents=True, exist_ok=True)
    try:
        filters.store()
        maps.store()
        for name, content in pages(Figures()).items():
            (out / name).write_text(content, encoding="utf-8")
    except (FoveaError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
