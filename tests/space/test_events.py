"""What a tab shows where it cannot answer, apart from any tab."""

from fovea import UnreadableImageError
from space.answer_html import no_answer
from space.events import or_blank


def refuse(_content):
    raise UnreadableImageError("The image is <b>damaged</b>.")


def refuse_after_one(content):
    yield content
    refuse(content)


def blank(reason):
    return no_answer("Upload a photo.", reason), ""


def test_the_reason_stands_in_the_answers_place_and_is_never_markup():
    said, look = or_blank(refuse, blank)(b"")
    assert "The image is &lt;b&gt;damaged&lt;/b&gt;." in said
    assert "Upload a photo." not in said
    assert look == ""


def test_an_answer_in_parts_ends_blank_where_a_later_part_fails():
    first, last = or_blank(refuse_after_one, blank)(b"part")
    assert first == b"part"
    assert last == blank("The image is <b>damaged</b>.")


def test_what_is_read_comes_through_as_it_is():
    assert or_blank(lambda content: (content, "look"), blank)("words") == ("words", "look")
