"""The header of a model file, without onnxruntime."""

import subprocess
import sys
from pathlib import Path

import pytest

from fovea import ModelFileError, load, read_header

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "models").glob("*.onnx")))
def test_the_header_says_what_the_opened_model_says(name):
    header, model = read_header(ROOT / "models" / name), load(ROOT / "models" / name)
    assert header == model.header
    assert header.is_classifier == ("probabilities" in model.outputs)
    assert header.card == model.card != ""


def test_reading_a_header_needs_no_onnxruntime(shipped_path):
    code = (
        f"import sys\nfrom fovea import read_header\nread_header(__import__('pathlib').Path({str(shipped_path)!r}))\n"
    )
    code += "assert 'onnxruntime' not in sys.modules"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("content", [b"", b"hello", b"\x08\x0a"])
def test_what_is_no_model_is_refused(tmp_path, content):
    path = tmp_path / "x.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="is not a model that onnxruntime can open"):
        read_header(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelFileError, match=r"There is no model file .*x\.onnx\. Check the path\."):
        read_header(tmp_path / "x.onnx")
