"""Markdown as a reader meets it: its words, its sentences, and the code in it.

`python tests/prose.py FILE...` prints how long the sentences of each file are.
"""

import re
import sys
from pathlib import Path

FRONT_MATTER = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)
CODE_BLOCK = re.compile(r"^([ ]*)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
NO_SENTENCE = re.compile(r"^\|.*$|^#.*$|`[^`]*`|!\[[^\]]*\]\([^)]*\)|<[^>]+>", re.MULTILINE)


def words(text):
    """Of everything that is shown, tables and code too."""
    return re.findall(r"[\w'.,%/-]*\w[\w'.,%/-]*", re.sub(r"<!--.*?-->|\]\([^)]*\)", " ", text))


def prose(text):
    """Without front matter, tables, headings, code, pictures and the targets of links."""
    return re.sub(r"\]\([^)]*\)", "]", NO_SENTENCE.sub("", CODE_BLOCK.sub("", FRONT_MATTER.sub("", text))))


def sentences(text):
    pieces = re.split(r"(?<=[.?!])\s+|\n\s*(?:-|\d+\.) |\n\n", prose(text))
    return [piece for piece in pieces if re.search(r"\w", piece)]


def length(sentence):
    """Its words."""
    return len(re.findall(r"[\w'.,%]*\w", sentence))


def mean_length(text):
    """Words of a sentence, on average."""
    lengths = [length(sentence) for sentence in sentences(text)]
    return sum(lengths) / len(lengths)


def code_blocks(text):
    """Language and content of each block."""
    return [(language, content) for _, language, content in CODE_BLOCK.findall(text)]


def code_spans(text):
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", CODE_BLOCK.sub("", text))]


def main(paths):
    for path in paths:
        text = Path(path).read_text(encoding="utf-8")
        longest = max(sentences(text), key=length)
        semicolons = prose(text).count(";")
        print(f"{path}: {mean_length(text):.1f} words a sentence, {semicolons} semicolons. Of {length(longest)}:")
        print("   ", " ".join(longest.split()))


if __name__ == "__main__":
    main(sys.argv[1:])
