"""A field that Gradio makes anew, as for a session that clicks an example, reads files as the first one does."""

from pathlib import Path

import gradio as gr
import pytest
from gradio.data_classes import FileData, ImageData

from space.film.file import film_file
from space.photo import photo

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=[(photo, ImageData), (film_file, FileData)], ids=["photo", "film"])
def again(request):
    """The second instance, and the kind of its payload."""
    make, payload = request.param
    field = make("a-field")
    return type(field)(**field.constructor_args | {"render": False}), payload


def test_it_gives_the_bytes_of_a_file_that_pillow_cannot_open(again, tmp_path):
    field, payload = again
    path = tmp_path / "hash" / "upload"
    path.parent.mkdir()
    path.write_bytes(b"no image")
    assert field.preprocess(payload(path=str(path))) == b"no image"


def test_it_fetches_no_address(again):
    field, _ = again
    with pytest.raises(gr.Error, match="fetches no addresses"):
        field.async_move_resource_to_block_cache("http://127.0.0.1:9/film.dcm").send(None)


def test_it_is_the_component_that_the_page_knows(again):
    field, _ = again
    assert field.get_block_name() in ("image", "file")
    assert not list((ROOT / "space").glob("*.pyi"))
