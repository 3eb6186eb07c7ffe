"""Markdown as a reader meets it: its words, its sentences, and the code in it."""

import re

CODE_BLOCK = re.compile(r"^([ ]*)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
NO_SENTENCE = re.compile(r"^\|.*$|^#.*$|`[^`]*`|!\[[^\]]*\]\([^)]*\)|<[^>]+>", re.MULTILINE)


def words(text):
    """Of everything that is shown, tables and code too."""
    return re.findall(r"[\w'.,%/-]*\w[\w'.,%/-]*", re.sub(r"<!--.*?-->|\]\([^)]*\)", " ", text))


def prose(text):
    """Without tables, headings, code, pictures and the targets of links."""
    return re.sub(r"\]\([^)]*\)", "]", NO_SENTENCE.sub("", CODE_BLOCK.sub("", text)))


def sentences(text):
    pieces = re.split(r"(?<=[.?!:])\s+|\n\s*(?:-|\d+\.) |\n\n", prose(text))
    return [piece for piece in pieces if re.search(r"\w", piece)]


def mean_length(text):
    """Words of a sentence, on average."""
    lengths = [len(re.findall(r"[\w'.,%]*\w", sentence)) for sentence in sentences(text)]
    return sum(lengths) / len(lengths)


def code_blocks(text):
    """Language and content of each block."""
    return [(language, content) for _, language, content in CODE_BLOCK.findall(text)]


def code_spans(text):
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", CODE_BLOCK.sub("", text))]
