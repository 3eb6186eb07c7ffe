"""What a user reads is plain English: short sentences, none joined by a semicolon."""

import ast
from itertools import pairwise
from pathlib import Path

import pytest
from parsing import tree_of

ROOT = Path(__file__).parents[1]
PARTS = ("fovea", "export", "training", "evidence", "space")
SPEAKERS = ("print", "warn", "write", "SystemExit", "Interrupted")


def speaks(call):
    """Whether a call makes an exception or a warning, or prints."""
    name = ast.unparse(call.func).rpartition(".")[2]
    return name in SPEAKERS or name.endswith(("Error", "Exception", "Warning"))


def spoken(node):
    """The expressions of a call that reach a user, and the strings below a class's fields, which tyro shows."""
    if isinstance(node, ast.Call):
        if speaks(node):
            yield from (*node.args, *(word.value for word in node.keywords))
        yield from (word.value for word in node.keywords if word.arg == "help")
    elif isinstance(node, ast.ClassDef):
        for field, below in pairwise(node.body):
            if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr):
                yield below.value


def joined_sentences(source):
    """Line and text of each literal with "; " that reaches a user: a message, or an option's help."""
    for node in ast.walk(tree_of(source)):
        for text in (part for given in spoken(node) for part in ast.walk(given)):
            if isinstance(text, ast.Constant) and isinstance(text.value, str) and "; " in text.value:
                yield text.lineno, text.value


@pytest.mark.parametrize(
    "source",
    [
        'raise ValueError("The size is 3; 4 is expected.")',
        'raise errors.UnsupportedDicomError(f"It is {1}; 2 is read." "Try again.")',
        'print("Stopped; go on.", file=sys.stderr)',
        'warnings.warn("Old; use the new one.")',
        'parser.add_argument("--push", help="upload it; needs a token")',
        'class Config:\n    views: int = 4\n    """views of each photo; 0 for none"""',
    ],
)
def test_a_joined_sentence_is_found(source):
    assert len(list(joined_sentences(source))) == 1


@pytest.mark.parametrize("source", ['"""A docstring; it may."""', 'policy("img-src; font-src")', 'print("a;b")'])
def test_what_is_no_message_may_have_semicolons(source):
    assert list(joined_sentences(source)) == []


@pytest.mark.parametrize("part", PARTS)
def test_no_message_joins_sentences_by_a_semicolon(part):
    files = list((ROOT / part).rglob("*.py"))
    assert files
    found = [(path.name, *place) for path in files for place in joined_sentences(path.read_text())]
    assert found == []
