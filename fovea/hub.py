"""What the Hugging Face Hub reads at the head of a README: YAML between two lines of dashes."""

import json
import re
from collections.abc import Iterable
from typing import Any

from fovea.spec import ModelSpec

LICENCE_FILE = "LICENSE.md"  # the one name beside LICENSE that the Hub links to
KNOWN_LICENCES = ("Apache-2.0", "BSD-3-Clause", "CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "MIT")  # of the Hub's, in SPDX
UNKNOWN = "not stated"

_BLOCK = re.compile(r"\A---\n.*?^---\n+", re.DOTALL | re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z][\w./-]*( [\w./-]+)*")
_NO_STRINGS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}  # to YAML 1.1


def without_front_matter(markdown: str) -> str:
    """The text for people."""
    return _BLOCK.sub("", markdown, count=1)


def front_matter(fields: dict[str, Any]) -> str:
    """The block as YAML; what is None or empty is left out."""
    return "\n".join(
        ["---", *_lines({name: value for name, value in fields.items() if value not in (None, [], "")}), "---"]
    )


def licence_fields(licence: str) -> dict[str, str]:
    """Of a spec's `licence`: the Hub's name for it, or `other` with a name of its own."""
    known = [name for name in KNOWN_LICENCES if re.match(rf"{re.escape(name)}\b", licence.replace(" ", "-"))]
    if known:
        return {"license": known[0].lower()}
    if licence == UNKNOWN:
        return {"license": "unknown"}
    name = re.sub(r"[^a-z0-9]+", "-", licence.partition(",")[0].lower()).strip("-")
    return {"license": "other", "license_name": name}


def licence_page(specs: dict[str, ModelSpec]) -> str:
    """Markdown: the terms of each model file, by its name."""
    return "\n".join(
        [
            "# Licences of the weights",
            "",
            "The code is Apache-2.0. Each model file has the licence of its row.",
            "",
            "| file | licence of the weights | what they learned from | its terms |",
            "| --- | --- | --- | --- |",
            *(
                f"| `{name}.onnx` | {spec.licence} | {spec.training_data} | {spec.data_licence} |"
                for name, spec in sorted(specs.items())
            ),
            "",
        ]
    )


def _lines(value: Any) -> Iterable[str]:
    """Block style: a list's items stand below their key, each behind a dash."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, dict | list):
                yield f"{name}:"
                yield from (f"  {line}" for line in _lines(inner))
            else:
                yield f"{name}: {_scalar(inner)}"
    else:
        for item in value:
            first, *rest = _lines(item) if isinstance(item, dict) else [_scalar(item)]
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NO_STRINGS:
        return value
    return json.dumps(value, ensure_ascii=False)
