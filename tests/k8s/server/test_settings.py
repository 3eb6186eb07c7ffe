"""Every setting, wrong once: one line at the start that says which, what it is and what is allowed."""

import json
import os
import socket
import subprocess
import sys
from ctypes.util import find_library

import pytest
from endpoint import ROOT

from fovea import SettingError
from k8s.server.settings import Settings

START_S = 60

# setting: a wrong value, and what the sentence says of the right ones
WRONG = {
    "XRAY_MODEL_PUBLIC_KEY": ("no-such.pub", "no such file"),
    "XRAY_BACKEND": ("http://triton:8000", "local, oip://HOST:PORT/MODEL or oips://HOST:PORT/MODEL"),
    "XRAY_REQUIRE_CUDA": ("perhaps", "boolean"),
    "XRAY_BACKEND_STARTUP_SECONDS": ("0", "greater than 0"),
    "XRAY_PORT": ("65536", "less than or equal to 65535"),
    "XRAY_OPS_PORT": ("http", "integer"),
    "XRAY_AUTH": ("off", "none"),
    "XRAY_API_KEYS_FILE": ("no-such-keys.json", "no such file"),
    "XRAY_OIDC_ALGORITHMS": ("RS256,HS256", "ES256"),
    "XRAY_OIDC_LEEWAY_SECONDS": ("301", "less than or equal to 300"),
    "XRAY_RATE_PER_MINUTE": ("0", "greater than or equal to 1"),
    "XRAY_RATE_BURST": ("-1", "greater than or equal to 1"),
    "XRAY_CLIENT_CONCURRENCY": ("1.5", "integer"),
    "XRAY_MAX_BODY_MB": ("513", "less than or equal to 512"),
    "XRAY_OIP_JSON_MB": ("65", "less than or equal to 64"),
    "XRAY_MAX_MEGAPIXELS": ("65", "less than or equal to 64"),
    "XRAY_BODY_MEMORY_MB": ("inf", "finite number"),
    "XRAY_UPLOAD_SECONDS": ("nan", "finite number"),
    "XRAY_DEADLINE_SECONDS": ("ten", "number"),
    "XRAY_DECODE_SECONDS": ("five", "number"),
    "XRAY_QUEUE_CAPACITY": ("0", "greater than or equal to 1"),
    "XRAY_WORKERS": ("257", "less than or equal to 256"),
    "XRAY_STUCK_SECONDS": ("0", "greater than 0"),
    "XRAY_IDEMPOTENCY_SECONDS": ("-5", "greater than 0"),
    "XRAY_DRAIN_SECONDS": ("-1", "greater than or equal to 0"),
    "XRAY_SHUTDOWN_SECONDS": ("inf", "finite number"),
    "XRAY_AUDIT_KEY_FILE": ("no-such-key", "no such file"),
    "XRAY_AUDIT_MAX_MB": ("inf", "finite number"),
    "XRAY_AUDIT_KEEP_FILES": ("-1", "greater than or equal to 0"),
    "XRAY_AUDIT_ON_ERROR": ("ignore", "'refuse' or 'continue'"),
    "XRAY_AUDIT_STDOUT": ("perhaps", "boolean"),
    "XRAY_TLS_CERT": ("no-such.crt", "no such file"),
    "XRAY_TLS_KEY": ("no-such.key", "no such file"),
    "XRAY_TLS_CLIENT_CA": ("no-such-ca.crt", "no such file"),
    "XRAY_DRIFT_WINDOW": ("49", "greater than or equal to 50"),
    "XRAY_LOG_LEVEL": ("loud", "debug|info|warning|error"),
}
# wrong only when the server tries them, or with others; they have tests of their own below
TRIED_LATER = {"XRAY_MODEL", "XRAY_HOST", "XRAY_OPS_HOST", "XRAY_AUDIT_FILE"}
TOGETHER = {"XRAY_OIDC_ISSUER", "XRAY_OIDC_AUDIENCE", "XRAY_OIDC_JWKS"}

# what is set, and the words of the one sentence
CONFLICTS = {
    "nobody could be let in": ({}, "No client could log in", "XRAY_API_KEYS_FILE", "XRAY_AUTH=none"),
    "everyone and some": ({"XRAY_AUTH": "none", "XRAY_API_KEYS_FILE": "{file}"}, "XRAY_AUTH is none", "one of the two"),
    "everyone and tokens": (
        {"XRAY_AUTH": "none", "XRAY_OIDC_ISSUER": "i", "XRAY_OIDC_AUDIENCE": "a", "XRAY_OIDC_JWKS": "{file}"},
        *("XRAY_AUTH is none", "one of the two"),
    ),
    "OIDC without an audience": (
        {"XRAY_OIDC_ISSUER": "https://issuer.example", "XRAY_OIDC_JWKS": "{file}"},
        *("OIDC needs all of", "Set XRAY_OIDC_AUDIENCE too."),
    ),
    "OIDC keys over plain HTTP": (
        {"XRAY_OIDC_ISSUER": "i", "XRAY_OIDC_AUDIENCE": "a", "XRAY_OIDC_JWKS": "http://issuer.example/keys"},
        "XRAY_OIDC_JWKS must be an existing file or an https address",
    ),
    "OIDC keys in no file": (
        {"XRAY_OIDC_ISSUER": "i", "XRAY_OIDC_AUDIENCE": "a", "XRAY_OIDC_JWKS": "no-such-keys"},
        "XRAY_OIDC_JWKS must be an existing file or an https address",
    ),
    "a certificate without its key": (
        {"XRAY_AUTH": "none", "XRAY_TLS_CERT": "{file}"},
        "XRAY_TLS_CERT and XRAY_TLS_KEY need each other",
    ),
    "client certificates without TLS": (
        {"XRAY_AUTH": "none", "XRAY_TLS_CLIENT_CA": "{file}"},
        "XRAY_TLS_CLIENT_CA needs XRAY_TLS_CERT and XRAY_TLS_KEY",
    ),
    "an audit file without its key": (
        {"XRAY_AUTH": "none", "XRAY_AUDIT_FILE": "audit.jsonl"},
        "XRAY_AUDIT_FILE needs XRAY_AUDIT_KEY_FILE",
    ),
    "audit lines printed without their key": (
        {"XRAY_AUTH": "none", "XRAY_AUDIT_STDOUT": "true"},
        "XRAY_AUDIT_STDOUT needs XRAY_AUDIT_KEY_FILE",
    ),
    "an audit key without lines": (
        {"XRAY_AUTH": "none", "XRAY_AUDIT_KEY_FILE": "{file}"},
        *("XRAY_AUDIT_KEY_FILE alone writes no audit line", "XRAY_AUDIT_FILE, XRAY_AUDIT_STDOUT or both"),
    ),
    "CUDA for a model on another server": (
        {"XRAY_AUTH": "none", "XRAY_REQUIRE_CUDA": "true", "XRAY_BACKEND": "oip://triton:8000/m"},
        *("XRAY_REQUIRE_CUDA needs XRAY_BACKEND=local",),
    ),
    "less room than one body takes": (
        {"XRAY_AUTH": "none", "XRAY_BODY_MEMORY_MB": "63"},
        *("XRAY_BODY_MEMORY_MB is 63.", "XRAY_MAX_BODY_MB (64)"),
    ),
    "one port for both": (
        {"XRAY_AUTH": "none", "XRAY_PORT": "8080", "XRAY_OPS_PORT": "8080"},
        "XRAY_PORT and XRAY_OPS_PORT are both 8080. Use two different ports",
    ),
}


@pytest.fixture
def environment(monkeypatch):
    """Sets variables in an environment without any XRAY_ variable."""
    for name in list(os.environ):
        if name.startswith("XRAY_"):
            monkeypatch.delenv(name)
    return lambda values: [monkeypatch.setenv(name, value) for name, value in values.items()]


def test_every_setting_is_tried_with_a_wrong_value():
    assert {f"XRAY_{name}".upper() for name in Settings.model_fields} == WRONG.keys() | TRIED_LATER | TOGETHER


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_refused_in_one_sentence(environment, name):
    value, allowed = WRONG[name]
    environment(({} if name == "XRAY_AUTH" else {"XRAY_AUTH": "none"}) | {name: value})
    with pytest.raises(SettingError) as caught:
        Settings.read()
    sentence = str(caught.value)
    assert sentence.startswith(f"{name} is ")
    for part in value.split(","):
        assert part in sentence.partition(". ")[0]
    assert allowed in sentence.partition(". ")[2]
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize("name", CONFLICTS)
def test_settings_that_do_not_fit_together_are_refused_in_one_sentence(environment, tmp_path, name):
    values, *words = CONFLICTS[name]
    file = tmp_path / "file"
    file.write_text("{}")
    environment({name: value.format(file=file) for name, value in values.items()})
    with pytest.raises(SettingError) as caught:
        Settings.read()
    sentence = str(caught.value)
    for word in words:
        assert word in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_several_wrong_values_are_all_named(environment):
    environment({"XRAY_AUTH": "none", "XRAY_QUEUE_CAPACITY": "0", "XRAY_WORKERS": "many"})
    with pytest.raises(SettingError) as caught:
        Settings.read()
    assert [line.split()[0] for line in str(caught.value).splitlines()] == ["XRAY_QUEUE_CAPACITY", "XRAY_WORKERS"]


def test_an_empty_variable_is_as_none(environment):
    environment({"XRAY_AUTH": "none", "XRAY_QUEUE_CAPACITY": "", "XRAY_AUDIT_FILE": ""})
    assert (Settings.read().queue_capacity, Settings.read().audit_file) == (32, None)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("XRAY_QUEUE_CAPACIT", "XRAY_QUEUE_CAPACITY"),
        ("XRAY_MAX_MEGAPIXEL", "XRAY_MAX_MEGAPIXELS"),
        ("XRAY_AUDIT_STD_OUT", "XRAY_AUDIT_STDOUT"),
        ("xray_worker", "XRAY_WORKERS"),
    ],
)
def test_a_variable_that_is_no_setting_is_refused_with_the_nearest_one(environment, name, nearest):
    environment({"XRAY_AUTH": "none", name: "1"})
    with pytest.raises(SettingError) as caught:
        Settings.read()
    assert str(caught.value) == f"Unknown setting {name}. Did you mean {nearest}?"


def test_a_misspelt_and_a_wrong_one_are_both_named(environment):
    environment({"XRAY_AUTH": "none", "XRAY_WORKER": "1", "XRAY_QUEUE_CAPACITY": "0"})
    with pytest.raises(SettingError) as caught:
        Settings.read()
    unknown, wrong = str(caught.value).splitlines()
    assert unknown.startswith("Unknown setting XRAY_WORKER.")
    assert wrong.startswith("XRAY_QUEUE_CAPACITY is 0.")


def test_what_kubernetes_sets_for_a_service_named_xray_endpoint_is_passed_over(environment):
    links = ("SERVICE_HOST", "SERVICE_PORT_API", "PORT", "PORT_8080_TCP", "PORT_8080_TCP_ADDR")
    environment({"XRAY_AUTH": "none"} | {f"XRAY_ENDPOINT_{link}": "tcp://10.0.0.1:8080" for link in links})
    assert Settings.read().port == 8080


# --- what shows only when the server starts


def start_and_fail(**settings):
    """What a server that cannot start prints to standard error."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XRAY_", "OTEL_"))}
    for name in ("HOST", "OPS_HOST"):
        environment[f"XRAY_{name}"] = "127.0.0.1"
    for name in ("PORT", "OPS_PORT"):
        environment[f"XRAY_{name}"] = "0"
    environment |= {"XRAY_AUTH": "none"} | {f"XRAY_{name}".upper(): str(value) for name, value in settings.items()}
    process = subprocess.run(
        [sys.executable, "-m", "k8s.server"], cwd=ROOT, env=environment, capture_output=True, timeout=START_S
    )
    assert process.returncode == 2, process.stderr.decode()
    for line in process.stdout.splitlines():
        assert json.loads(line)["event"] == "library"
    (sentence,) = process.stderr.decode().splitlines()
    assert sentence.endswith(".")
    return sentence


def test_a_wrong_setting_ends_the_server_with_its_sentence():
    assert start_and_fail(queue_capacity=0) == "XRAY_QUEUE_CAPACITY is 0. Input should be greater than or equal to 1."


def test_the_server_does_not_start_where_nobody_could_be_let_in():
    assert start_and_fail(auth="").startswith("No client could log in")


@pytest.mark.parametrize("name", ["port", "ops_port"])
def test_a_port_that_is_taken_is_named(name):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert start_and_fail(**{name: port}).startswith(
            f"XRAY_{name.upper()} is {port}. The server cannot listen on it at 127.0.0.1"
        )


def test_an_address_of_another_machine_is_named():
    assert "cannot listen on it at 192.0.2.1" in start_and_fail(ops_host="192.0.2.1")
    assert "cannot listen on it at 192.0.2.1" in start_and_fail(host="192.0.2.1")


def test_a_model_that_is_none_is_named(tmp_path):
    missing, text = tmp_path / "missing.onnx", tmp_path / "text.onnx"
    text.write_text("hello")
    assert start_and_fail(model=missing).startswith(f"There is no model file {missing}. Check the path")
    assert start_and_fail(model=text) == f"{text} is not a model that onnxruntime can open."


@pytest.mark.skipif(find_library("cuda") is not None, reason="this machine has NVIDIA's driver")
def test_a_server_that_needs_a_gpu_does_not_start_without_one():
    assert start_and_fail(require_cuda="true") == (
        "XRAY_REQUIRE_CUDA is true but the model runs on CPUExecutionProvider. Install onnxruntime-gpu with "
        "its CUDA libraries on a machine with a GPU and NVIDIA's driver."
    )


def test_a_model_of_flowers_reads_no_films():
    sentence = start_and_fail(model=ROOT / "models" / "flowers.onnx")
    assert sentence == "The model's task is flowers. The endpoint needs chest_xray."


def test_a_model_without_heatmaps_reads_no_films(tmp_path):
    import onnx

    model = onnx.load(ROOT / "models" / "chest_xray.onnx")
    kept = [output for output in model.graph.output if output.name != "heatmaps"]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    onnx.save(model, tmp_path / "blind.onnx")
    assert start_and_fail(model=tmp_path / "blind.onnx") == (
        "The model has no output heatmaps. The endpoint needs probabilities, heatmaps, ood_score."
    )


def test_a_model_that_answers_nonsense_does_not_start(tmp_path):
    """Its graph is the chest model's, and the probabilities are multiplied by two."""
    import onnx

    model = onnx.load(ROOT / "models" / "chest_xray.onnx")
    for node in model.graph.node:
        node.output[:] = ["halves" if name == "probabilities" else name for name in node.output]
        node.input[:] = ["halves" if name == "probabilities" else name for name in node.input]
    model.graph.node.append(onnx.helper.make_node("Add", ["halves", "halves"], ["probabilities"]))
    onnx.save(model, tmp_path / "nonsense.onnx")
    assert start_and_fail(model=tmp_path / "nonsense.onnx") == (
        "The model's answer to the self-test film is not a probability for each class."
    )


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"keys": [{"name": "a"}]}', '{"keys": [{"name": 1}]}'])
def test_a_key_file_that_cannot_be_read_is_named(tmp_path, content):
    file = tmp_path / "keys.json"
    file.write_text(content)
    from k8s.server.access.api_keys import read_keys

    with pytest.raises(SettingError, match=r"The key file keys\.json cannot be read"):
        read_keys(file)


def test_a_server_with_a_broken_key_file_does_not_start(tmp_path):
    (tmp_path / "keys.json").write_text("{")
    sentence = start_and_fail(auth="", api_keys_file=tmp_path / "keys.json")
    assert sentence.startswith("The key file keys.json cannot be read.")


def test_an_audit_file_that_cannot_be_opened_and_a_short_audit_key_are_named(tmp_path):
    (tmp_path / "short").write_text("too short")
    (tmp_path / "key").write_text("k" * 32)
    audit = {"audit_file": tmp_path / "none" / "audit.jsonl"}
    assert start_and_fail(**audit, audit_key_file=tmp_path / "short") == (
        "The audit key in short is 9 bytes long. It needs at least 32."
    )
    assert start_and_fail(**audit, audit_key_file=tmp_path / "key") == (
        "XRAY_AUDIT_FILE cannot be opened for appending: No such file or directory."
    )


def test_a_certificate_that_is_none_is_named(tmp_path):
    (tmp_path / "tls.crt").write_text("no certificate")
    sentence = start_and_fail(tls_cert=tmp_path / "tls.crt", tls_key=tmp_path / "tls.crt")
    assert sentence.startswith(f"XRAY_TLS_CERT is {tmp_path / 'tls.crt'}.")
    assert "XRAY_TLS_KEY" in sentence
