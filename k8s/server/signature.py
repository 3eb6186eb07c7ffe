"""The signature of the model file, as minisign makes it (https://jedisct1.github.io/minisign, "Signature format")."""

import base64
import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fovea import Model, ModelFileError, SettingError, load, open_model

SUFFIX = ".minisig"
KEY_ALGORITHM = b"Ed"
PREHASHED = b"ED"  # Ed25519 over the BLAKE2b-512 of the file, which is minisign's default
KEY_BYTES, SIGNATURE_BYTES = 2 + 8 + 32, 2 + 8 + 64
TRUSTED = "trusted comment: "


def open_signed(path: Path, public_key: Path | None, threads: int) -> Model:
    """The model at `path`; with a public key only if the file `path`.minisig is that key's signature of its bytes.

    Raises ModelFileError where the model is missing, unsigned or wrongly signed, SettingError where the key is no key.
    """
    if public_key is None or not path.is_file():
        return load(path, threads=threads)
    content = path.read_bytes()
    check_signature(content, path, public_key)
    return open_model(content, path, threads=threads)


def check_signature(content: bytes, path: Path, public_key: Path) -> None:
    """Raises ModelFileError unless `content`, the bytes of `path`, is signed by the key in the file `public_key`."""
    key_id, key = _read_key(public_key)
    file = path.with_name(path.name + SUFFIX)
    if not file.is_file():
        raise ModelFileError(f"XRAY_MODEL_PUBLIC_KEY is set, but the model has no signature {file}. Sign the model.")
    try:
        signature, comment, global_signature = _read_signature(file)
    except ValueError as error:
        raise ModelFileError(f"{file} is not a signature by minisign. Sign the model again.") from error
    algorithm, signer_id, digest_signature = signature[:2], signature[2:10], signature[10:]
    if algorithm != PREHASHED:
        raise ModelFileError(f"{file} is without prehashing. Sign the model again with minisign 0.10 or later.")
    if signer_id != key_id:
        raise ModelFileError(
            f"{file} was made with the key {_shown(signer_id)}, and XRAY_MODEL_PUBLIC_KEY is the key {_shown(key_id)}."
        )
    try:
        key.verify(digest_signature, hashlib.blake2b(content).digest())
        key.verify(global_signature, digest_signature + comment)
    except InvalidSignature:
        raise ModelFileError(
            f"{file} does not belong to {path}: the model or its signature was changed. Get both again."
        ) from None


def _read_key(file: Path) -> tuple[bytes, Ed25519PublicKey]:
    try:
        _, encoded, *_ = file.read_text().splitlines()
        content = base64.b64decode(encoded, validate=True)
        if len(content) != KEY_BYTES or not content.startswith(KEY_ALGORITHM):
            raise ValueError(encoded)
    except ValueError as error:
        raise SettingError(f"XRAY_MODEL_PUBLIC_KEY is {file}, which is not a public key by minisign.") from error
    return content[2:10], Ed25519PublicKey.from_public_bytes(content[10:])


def _read_signature(file: Path) -> tuple[bytes, bytes, bytes]:
    """Signature of the file, trusted comment, and signature of both. Raises ValueError."""
    _, encoded, comment, global_encoded, *_ = file.read_text().splitlines()
    signature = base64.b64decode(encoded, validate=True)
    global_signature = base64.b64decode(global_encoded, validate=True)
    if len(signature) != SIGNATURE_BYTES or not comment.startswith(TRUSTED):
        raise ValueError(encoded)
    return signature, comment.removeprefix(TRUSTED).encode(), global_signature


def _shown(key_id: bytes) -> str:
    """As minisign prints it: a 64-bit number, stored little endian."""
    return f"{int.from_bytes(key_id, 'little'):016X}"
