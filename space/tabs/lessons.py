"""Lessons: ten questions, each with a prediction, a picture, a figure and its reason."""

from html import escape
from pathlib import Path

import gradio as gr

from fovea import SettingError
from space.endpoints import endpoint
from space.lessons.figures import Figures, MissingFigureError
from space.lessons.html import article
from space.lessons.lesson import Lesson, read, sources
from space.lessons.pictures import picture
from space.model_folder import ModelFolder

FOLDER = Path(__file__).parents[1] / "lessons"


def build(_models: ModelFolder) -> None:
    """Fill the tab that is open in the current Blocks."""
    figures = Figures()
    try:
        lessons = [read(source, figures) for source in sources()]
        page = markup(lessons, figures)
    except MissingFigureError as error:
        gr.Markdown(f"The lessons cannot be shown. {error}")
        return

    def lesson(number: str) -> str:
        """Teach one of ten questions on convolutional networks, with measured figures.

        Args:
            number: 1 what a CNN is, 2 LeNet-5, 3 AlexNet and VGG, 4 transfer learning, 5 residual connections,
                6 LeNet-5 on MNIST, 7 VGG16 on flowers, 8 AlexNet's first filters, 9 GoogLeNet on CIFAR-10,
                10 chest X-rays.

        Returns:
            The lesson as Markdown. Its links start with "?" and open the app.
        """
        found = next((each for each in lessons if str(each.number) == number), None)
        if found is None:
            raise SettingError(f"The lesson is {number!r}. Choose 1 to {len(lessons)}.")
        return found.markdown

    gr.HTML(
        page,
        css_template=(FOLDER / "lessons.css").read_text(),
        js_on_load=(FOLDER / "lessons.js").read_text(),
        elem_id="lessons",
        apply_default_css=False,
    )
    endpoint(lesson, "lesson")


def markup(lessons: list[Lesson], figures: Figures) -> str:
    """All lessons, of which the page shows one. Raises MissingFigureError."""
    options = "".join(f'<option value="{each.number}">{escape(each.question)}</option>' for each in lessons)
    articles = "".join(article(each, lambda name: picture(name, figures)) for each in lessons)
    return (
        f'<label>Question <select class="question">{options}</select></label>{articles}'
        '<nav><button type="button" class="previous">Previous</button>'
        '<span class="place"></span><button type="button" class="next">Next</button></nav>'
    )
