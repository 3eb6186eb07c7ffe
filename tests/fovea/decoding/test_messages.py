"""The file in which a result comes back, made by a process that is not trusted."""

import fcntl
import os
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from fovea.decoding.messages import ALIGNMENT, SEALS, PackedResult, memory_file, packed, unpacked


@dataclass(frozen=True)
class Result:
    name: str
    values: np.ndarray
    image: Image.Image | None = None


def sealed(content):
    file = memory_file([content])
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, SEALS)
    return PackedResult(file, [len(content)])


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_result_comes_back_as_it_was(mode):
    values = np.arange(12, dtype=np.uint16).reshape(3, 4)
    image = Image.fromarray(np.arange(27, dtype=np.uint8).reshape(3, 3, 3)).convert(mode)
    back = unpacked(packed(Result("film", values, image)), (Result,))
    assert back.name == "film"
    np.testing.assert_array_equal(back.values, values)
    assert back.values.dtype == np.uint16
    assert not back.values.flags.writeable
    np.testing.assert_array_equal(np.asarray(back.image), np.asarray(image))


def test_what_occurs_twice_comes_back_once():
    values = np.zeros(1000)
    packed_twice = packed((values, values))
    assert len(packed_twice.sizes) == 2
    first, second = unpacked(packed_twice, ())
    assert first is second


def test_an_array_that_is_turned_comes_back_in_one_piece():
    turned = np.arange(12, dtype=np.uint8).reshape(3, 4).T
    np.testing.assert_array_equal(unpacked(packed(turned), ()), turned)


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(os.system),
        b"cos\nsystem\n(S'true'\ntR.",
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"not a pickle",
        b"",
        pickle.dumps(np.arange(3)),
    ],
)
def test_only_what_a_result_is_made_of_is_unpickled(content):
    with pytest.raises(ValueError, match="the result"):
        unpacked(sealed(content), (Result,))


def test_a_file_that_could_be_cut_short_later_is_not_mapped():
    file = memory_file([pickle.dumps("film")])
    with pytest.raises(ValueError, match="not sealed"):
        unpacked(PackedResult(file, [10]), ())
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file)


@pytest.mark.parametrize("sizes", [[], [10**9], [10, 10**9], [-(10**9), 10], [1] * 1000])
def test_sizes_that_do_not_fit_the_file_are_refused(sizes):
    result = sealed(pickle.dumps("film"))
    with pytest.raises(ValueError, match="result"):
        unpacked(PackedResult(result.file, sizes), ())


def test_parts_begin_where_arrays_may_lie():
    result = packed([np.zeros(3, np.uint8), np.arange(5.0)])
    assert ALIGNMENT % np.dtype(np.float64).alignment == 0
    np.testing.assert_array_equal(unpacked(result, ())[1], np.arange(5.0))
