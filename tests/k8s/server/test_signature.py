"""Signed models: keys made here in minisign's format, and one signature by minisign 0.11 itself."""

import base64
import hashlib
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from endpoint import ROOT
from test_settings import start_and_fail

from fovea import ModelFileError, SettingError, load
from k8s.server.signature import check_signature, open_signed

KEY_ID = bytes(range(1, 9))
OTHER_ID = bytes(range(2, 10))
DIGITS = ROOT / "models" / "digits.onnx"

# `minisign -G -W`, then `minisign -S -t chest_xray` of a file that holds "a model"
MINISIGN_KEY = """untrusted comment: minisign public key B12670973FA2A497
RWSXpKI/l3AmsflTCwT3sfzskxPF2KfE0Ptownsxdb0/cIPEP2u6IaMX
"""
MINISIGN_SIGNATURE = """untrusted comment: signature from minisign secret key
RUSXpKI/l3AmsRUBROGv41RSHwebGduVaWcvYCmbVWNI2HKLC9aVdg15tmGKzj3XDnkD1YR+H09ZXHJ9VPkZFOy4bLh3BuA03gs=
trusted comment: chest_xray
265u6ibt91wa6kTZOMAbRZZ26+vxk2wg7ASSaIyNSP6HZovbXD/r4b6E3GWVp7ycNDmO1gmXrpQ6ETfjHBEVDg==
"""


def text(raw):
    return base64.b64encode(raw).decode()


def write_key(path, secret, key_id=KEY_ID):
    path.write_text(f"untrusted comment: a key\n{text(b'Ed' + key_id + secret.public_key().public_bytes_raw())}\n")
    return path


def sign(path, secret, key_id=KEY_ID, algorithm=b"ED", comment="signed in a test"):
    signature = secret.sign(hashlib.blake2b(path.read_bytes()).digest())
    both = text(secret.sign(signature + comment.encode()))
    lines = ("untrusted comment: x", text(algorithm + key_id + signature), f"trusted comment: {comment}", both)
    path.with_name(f"{path.name}.minisig").write_text("\n".join(lines) + "\n")


@pytest.fixture
def secret():
    return Ed25519PrivateKey.generate()


@pytest.fixture
def public_key(secret, tmp_path):
    return write_key(tmp_path / "model.pub", secret)


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "digits.onnx"
    path.write_bytes(DIGITS.read_bytes())
    return path


def refusal(model, public_key):
    with pytest.raises(ModelFileError) as caught:
        open_signed(model, public_key, threads=1)
    return str(caught.value)


def test_a_signed_model_is_opened(model, secret, public_key):
    sign(model, secret)
    assert open_signed(model, public_key, threads=1).revision == load(DIGITS).revision


def test_without_the_setting_no_signature_is_asked_for(model):
    assert open_signed(model, None, threads=1).revision == load(DIGITS).revision


def test_an_unsigned_model_is_refused(model, public_key):
    sentence = f"XRAY_MODEL_PUBLIC_KEY is set, but the model has no signature {model}.minisig. Sign the model."
    assert refusal(model, public_key) == sentence


def test_a_model_that_was_changed_after_its_signing_is_refused(model, secret, public_key):
    """Its new content is another good model with its own revision, so nothing but the signature tells."""
    sign(model, secret)
    model.write_bytes((ROOT / "models" / "features_lenet5.onnx").read_bytes())
    assert open_signed(model, None, threads=1).revision != load(DIGITS).revision
    sentence = f"{model}.minisig does not belong to {model}: the model or its signature was changed. Get both again."
    assert refusal(model, public_key) == sentence


def test_another_key_of_the_same_number_is_refused(model, public_key):
    sign(model, Ed25519PrivateKey.generate())
    assert "does not belong to" in refusal(model, public_key)


def test_a_changed_trusted_comment_is_refused(model, secret, public_key):
    sign(model, secret)
    file = model.with_name("digits.onnx.minisig")
    file.write_text(file.read_text().replace("signed in a test", "signed by the ministry"))
    assert "does not belong to" in refusal(model, public_key)


def test_a_signature_by_another_key_names_both_keys(model, secret, public_key):
    sign(model, secret, OTHER_ID)
    assert refusal(model, public_key) == (
        f"{model}.minisig was made with the key 0908070605040302, and XRAY_MODEL_PUBLIC_KEY is the key "
        "0807060504030201."
    )


def test_a_signature_without_prehashing_is_refused(model, secret, public_key):
    sign(model, secret, algorithm=b"Ed")
    assert "without prehashing" in refusal(model, public_key)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a\nb\nc\nd\n", b"a\nQUJD\ntrusted comment: x\nQUJD\n"])
def test_what_is_no_signature_is_refused(model, public_key, content):
    model.with_name("digits.onnx.minisig").write_bytes(content)
    assert refusal(model, public_key) == f"{model}.minisig is not a signature by minisign. Sign the model again."


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"one line", b"a\nnot base64\n", b"a\nQUJD\n"])
def test_what_is_no_public_key_is_refused(model, tmp_path, content):
    (tmp_path / "bad.pub").write_bytes(content)
    with pytest.raises(SettingError, match=r"bad\.pub, which is not a public key by minisign"):
        open_signed(model, tmp_path / "bad.pub", threads=1)


def test_a_missing_model_is_named_before_its_signature(tmp_path, public_key):
    assert refusal(tmp_path / "none.onnx", public_key).startswith("There is no model file")


def test_a_signature_by_minisign_itself_is_verified(tmp_path):
    (tmp_path / "model.pub").write_text(MINISIGN_KEY)
    (tmp_path / "content.minisig").write_text(MINISIGN_SIGNATURE)
    check_signature(b"a model", tmp_path / "content", tmp_path / "model.pub")
    with pytest.raises(ModelFileError, match="does not belong to"):
        check_signature(b"a modeL", tmp_path / "content", tmp_path / "model.pub")


def test_the_server_does_not_start_with_an_unsigned_or_wrongly_signed_model(tmp_path, public_key):
    model = tmp_path / "chest_xray.onnx"
    model.write_bytes((ROOT / "models" / "chest_xray.onnx").read_bytes())
    assert "the model has no signature" in start_and_fail(model=model, model_public_key=public_key)
    sign(model, Ed25519PrivateKey.generate())
    assert "does not belong to" in start_and_fail(model=model, model_public_key=public_key)


def test_the_server_does_not_start_with_changed_weights(tmp_path):
    import onnx

    proto = onnx.load(ROOT / "models" / "chest_xray.onnx")
    largest = max(proto.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    largest.raw_data = bytes(255 - byte for byte in largest.raw_data[:100_000]) + largest.raw_data[100_000:]
    onnx.save(proto, tmp_path / "flipped.onnx")
    sentence = start_and_fail(model=tmp_path / "flipped.onnx")
    assert re.search(r"names the revision [0-9a-f]{16}, but its weights are those of [0-9a-f]{16}[.] ", sentence)
