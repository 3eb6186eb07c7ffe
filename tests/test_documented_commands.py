"""Every command in a document names a module, a task and options that exist. None of them is run but for its --help."""

import re
import shlex
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from commands import run_forked
from prose import code_blocks, code_spans

from export.subject import ALLOWED
from fovea.command import card, check, predict
from training.experiments.__main__ import EXPERIMENTS
from training.tasks import TASKS

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "k8s/README.md", "k8s/SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "models").glob("*.md")),
]
OURS = ("benchmarks", "evidence", "export", "k8s", "space", "training")
# modules whose first word is a task, a question or a subcommand, with the words that they take
FIRST_WORDS = {
    "training": TASKS,
    "training.experiments": EXPERIMENTS,
    "export": ALLOWED,
    "export.again": TASKS,
    "evidence": ALLOWED,
    "k8s.server.keys": ("add", "list", "remove"),
    "k8s.server.audit": ("verify", "hash"),
}
FOVEA = [command.__name__.rpartition(".")[2] for command in (predict, check, card)]
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
NEED_MORE = {"benchmarks.fuzz_headers": "atheris"}  # packages that `make install` leaves out


def commands_in(text):
    """The words of each call of make, fovea or python -m, without comments and what stands in front."""
    blocks = [re.sub(r"\\\n\s*", " ", content) for language, content in code_blocks(text) if language in ("", "bash")]
    for line in [*(line for block in blocks for line in block.splitlines()), *code_spans(text)]:
        for call in re.split(r" && |\|", line.partition(" #")[0]):
            found = re.match(
                r"(?:\w+=\S+ )*(?:\.venv/bin/)?(make|fovea|python -m|accelerate launch -m)\s+(.+)", call.strip()
            )
            if found:
                yield found[1].split()[0], tuple(shlex.split(found[2]))


COMMANDS = sorted({(program, words) for path in DOCUMENTS for program, words in commands_in(path.read_text())})
OF_MODULES = [
    words for program, words in COMMANDS if program in ("python", "accelerate") and words[0].split(".")[0] in OURS
]


@cache
def options_of(module, *first):
    result = run_forked(module, *first, "--help")
    assert result.returncode == 0, result.stderr
    return set(re.findall(r"--[a-z][\w-]*", result.stdout))


def test_commands_are_found():
    text = (
        "Run `make quick`.\n\n```\nA=1 .venv/bin/python -m export folder \\\n  NAME # why\nfovea card digits\nls\n```\n"
    )
    assert list(commands_in(text)) == [
        ("python", ("export", "folder", "NAME")),
        ("fovea", ("card", "digits")),
        ("make", ("quick",)),
    ]
    assert len(OF_MODULES) > 60


@pytest.mark.parametrize("words", [words for program, words in COMMANDS if program == "make"], ids=" ".join)
def test_a_target_of_make_exists(words):
    assert words[0] in TARGETS


@pytest.mark.parametrize("words", [words for program, words in COMMANDS if program == "fovea"], ids=" ".join)
def test_a_command_of_fovea_exists(words):
    assert words[0] in FOVEA


@pytest.mark.parametrize("words", OF_MODULES, ids=" ".join)
def test_a_module_takes_what_the_document_gives_it(words):
    module, *rest = words
    assert find_spec(module), module
    first = []
    if module in FIRST_WORDS and rest:
        word = next(iter(FIRST_WORDS[module])) if rest[0].isupper() else rest[0]
        assert word in FIRST_WORDS[module]
        first = [word]
    options = {word.partition("=")[0] for word in rest if word.startswith("--")}
    if not options:
        return
    if module in NEED_MORE and find_spec(NEED_MORE[module]) is None:
        pytest.skip(f"{module} needs {NEED_MORE[module]}")
    presets = {"--classic"} if module == "training" else set()  # `--PRESET` is short for `--recipe PRESET`
    assert options - presets - {"--help"} <= options_of(module, *first)
