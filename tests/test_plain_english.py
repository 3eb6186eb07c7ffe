"""Every document is plain English by what can be counted: short sentences, none joined by a semicolon."""

import subprocess
from pathlib import Path

import pytest
from prose import length, main, mean_length, prose, sentences

ROOT = Path(__file__).parents[1]
LEFT_OUT = (":!tests", ":!space/lessons/texts")  # what a lesson's template gives is in docs/lessons
MEAN_WORDS, MOST_WORDS = 15, 40


def documents():
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md", *LEFT_OUT]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("name", documents())
def test_sentences_are_short_and_none_has_a_semicolon(name):
    text = (ROOT / name).read_text()
    assert mean_length(text) < MEAN_WORDS
    assert [sentence for sentence in sentences(text) if length(sentence) > MOST_WORDS] == []
    assert [sentence for sentence in sentences(text) if ";" in sentence] == []


def test_the_documents_are_those_of_every_reader():
    assert {
        *("README.md", "CHANGELOG.md", "docs/RESULTS.md", "docs/guides/see.md", "docs/lessons/06-mnist.md"),
        *("docs/chest_xray/report.md", "k8s/README.md", "models/chest_xray.md", "models/digits.md"),
    } <= set(documents())


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("One two. Three four five!", [2, 3]),
        ("One two: three four.", [4]),  # a colon ends no sentence
        ("- one\n- two three\n", [1, 2]),
        ("---\ntags:\n  - a b c\n---\n\n# Heading here\n\nOne two.\n\n| a; b | c |\n", [2]),
        ("See [the guide](docs/see.md) and `code; here`.\n\n```\na; b\n```\n", [4]),
    ],
)
def test_a_sentence_is_what_a_reader_takes_for_one(text, lengths):
    assert [length(sentence) for sentence in sentences(text)] == lengths
    assert ";" not in prose(text)


def test_the_command_prints_mean_semicolons_and_the_longest_sentence(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("One two. Three; four\nfive six.\n")
    main([page])
    assert capsys.readouterr().out == (
        f"{page}: 3.0 words a sentence, 1 semicolons. Of 4:\n    Three; four five six.\n"
    )
