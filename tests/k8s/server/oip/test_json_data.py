"""The JSON of a request is bounded before anything is made of it, and its parsing lets other threads run."""

import json
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from k8s.server.oip.json_data import TAKEN_OUT, NotWholeNumbersError, OutOfRangeError, whole_numbers, without_data
from k8s.server.oip.protocol import parse_request
from k8s.server.problems import Problem

SHAPE = (2, 3, 2, 1)
VALUES = np.arange(12, dtype=np.uint8).reshape(SHAPE) * 23


@pytest.mark.parametrize("values", [VALUES.tolist(), VALUES.ravel().tolist()], ids=["nested", "flat"])
@pytest.mark.parametrize("options", [{}, {"indent": 1}, {"separators": (",", ":")}], ids=["plain", "lines", "compact"])
def test_numbers_are_read_from_every_form_of_json(values, options):
    message = {"data": values, "name": 'a "data":[1] in a text', "shape": [1]}
    rest, data = without_data(json.dumps(message, **options).encode())
    assert json.loads(rest) == message | {"data": TAKEN_OUT}
    assert np.array_equal(whole_numbers(data, SHAPE), VALUES)


def test_many_pieces_give_every_number():
    values = np.random.default_rng(0).integers(0, 256, 100_000, dtype=np.uint8)
    assert np.array_equal(whole_numbers(json.dumps(values.tolist()).encode(), (100_000,)), values)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "[]",
            "[1]",
            "[1,2,3]",
            "[1 2]",
            "[1,]",
            "[,1]",
            "[01,2]",
            "[1,2",
            "1,2",
            "[[1,2]]",
            "[[1][2]]",
            "[1],[2]",
        ),
        *("[[1],[2],[]]", "[[1,2],[]]", "[1.5,2]", "[1e2,2]", "[true,2]", '["1",2]', "[null,2]", "[--1,2]", "[-,2]"),
        f"[{'9' * 5000},2]",
    ],
)
def test_what_is_no_list_of_so_many_whole_numbers_is_refused(text):
    with pytest.raises(NotWholeNumbersError):
        whole_numbers(text.encode(), (2, 1))


@pytest.mark.parametrize("text", ["[256,0]", "[[0],[-1]]", "[100000000000000000000,1]"])
def test_a_number_that_is_no_byte_is_refused(text):
    with pytest.raises(OutOfRangeError):
        whole_numbers(text.encode(), (2, 1))


def request(data, *, more=b""):
    return b'{"inputs":[{"name":"pixels","datatype":"UINT8","shape":[1,299,299,1],"data":%b}]%b}' % (data, more)


BODIES = {
    "strings": request(json.dumps(["x" * 20_000] * 10).encode()),
    "empty lists": request(b"[" + b"[]," * 3_700_000 + b"[]]"),
    "nested without end": request(b"[" * 11_000_000),
    "nested and closed": request(b"[" * 5_000_000 + b"]" * 5_000_000),
    "numbers": request(b"[" + b"0," * 5_500_000 + b"0]"),
    "objects": request(b"[" + b"{}," * 3_700_000 + b"{}]"),
    "keys": request(b"[0]", more=b"".join(b',"%d":0' % n for n in range(900_000))),
    "lists elsewhere": request(b"[0]", more=b',"id":[' + b"[]," * 3_700_000 + b"[]]"),
    "data elsewhere": request(b"[0]", more=b',"parameters":{' + b'"data":[0],' * 1_000_000 + b'"a":0}'),
    "digits": request(b"[" + b"9" * 11_000_000 + b"]"),
    "spaces": request(b" " * 11_000_000 + b"[0]"),
    "too long": request(b" " * 12_000_000 + b"[0]"),
}
PARSE = """
import resource, sys
import numpy as np
from k8s.server.oip.protocol import parse_request
from k8s.server.problems import Problem
body = sys.stdin.buffer.read()
memory = int(open("/proc/self/statm").read().split()[0]) * 4096 + 300_000_000
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    parse_request(body, None, (299, 299, 1), ("probabilities",), 16, 12_000_000)
    print("read")
except Problem as problem:
    print(problem.status, problem.detail)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("name", BODIES)
def test_a_body_made_to_exhaust_the_parser_is_refused_in_little_memory(name):
    done = subprocess.run([sys.executable, "-c", PARSE], input=BODIES[name], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    said, grown_mb = done.stdout.decode().splitlines()
    assert said.startswith("413 The JSON is 12,0" if name == "too long" else "400 Not an inference request: ")
    assert int(grown_mb) < 100


def test_other_threads_run_while_a_whole_batch_is_parsed():
    values = np.random.default_rng(0).integers(0, 256, (16, 299, 299, 1), dtype=np.uint8)
    tensor = {"name": "pixels", "datatype": "UINT8", "shape": list(values.shape), "data": values.tolist()}
    body = json.dumps({"inputs": [tensor]}, separators=(",", ":")).encode()
    del tensor
    found, turns = [], 0
    worker = threading.Thread(
        target=lambda: found.extend(
            parse_request(body, None, (299, 299, 1), ("probabilities",), 16, 12_000_000) for _ in range(3)
        )
    )
    worker.start()
    while worker.is_alive():
        time.sleep(0.001)
        turns += 1
    assert np.array_equal(found[0].pixels, values)
    assert turns > 20


def test_a_header_length_within_the_limit_leaves_the_tensor_out_of_it():
    head = b'{"inputs":[{"name":"pixels","datatype":"UINT8","shape":[1,2,3,1],"parameters":{"binary_data_size":6}}]}'
    request_ = parse_request(head + bytes(6), str(len(head)), (2, 3, 1), ("probabilities",), 16, len(head))
    assert request_.pixels.shape == (1, 2, 3, 1)
    with pytest.raises(Problem, match="Send larger tensors in binary form"):
        parse_request(head + bytes(6), str(len(head)), (2, 3, 1), ("probabilities",), 16, len(head) - 1)
