"""Whatever bytes and headers arrive, they are read or refused with a Problem; nothing else is ever raised."""

import asyncio
import base64
import json
import re
from datetime import UTC, datetime, timedelta

import jwt
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from endpoint import FILM
from hypothesis import example, given, settings
from hypothesis import strategies as st

from k8s.server.access.clients import Client
from k8s.server.access.oidc import MAX_TOKEN_CHARACTERS, KeySet, Rules, TokenChecker
from k8s.server.films.film import READ_TYPES
from k8s.server.films.form import FILE_FIELD, MULTIPART
from k8s.server.films.upload import Upload
from k8s.server.oip.protocol import DATATYPES, InferRequest, parse_request, request_of, response_arrays
from k8s.server.problems import Problem
from k8s.server.records.request_record import RequestRecord

SHAPE, OUTPUTS, MAX_BATCH, MAX_JSON_BYTES = (2, 3, 1), ("probabilities", "ood_score"), 4, 65_536

steady = settings(derandomize=True, database=None, deadline=None, max_examples=200)
live = settings(steady, max_examples=60)

# what HTTP allows in a value (RFC 9110 section 5.5), as latin-1
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f")).map(str.strip)
boundaries = st.from_regex(r"[A-Za-z0-9'()+_,./:=?-]{1,70}", fullmatch=True)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


def film_of(body, content_type):
    return Upload(body, content_type).film()


@steady
@given(st.binary(), boundaries, st.sampled_from(READ_TYPES), st.binary(max_size=20))
def test_any_bytes_in_a_well_formed_form_come_out_as_they_went_in(content, boundary, kind, other):
    edge = b"--" + boundary.encode()
    if edge in content or edge in other:
        return
    lines = [edge, b'Content-Disposition: form-data; name="note"', b"", other, edge]
    lines += [f'content-disposition: form-data; filename="--a; b"; name="{FILE_FIELD}"'.encode()]
    lines += [b"Content-Type: " + kind.encode(), b"", content, edge + b"--", b""]
    assert film_of(b"\r\n".join(lines), f'{MULTIPART}; boundary="{boundary}"') == (content, kind)


PIECES = (
    *(b"--edge", b"--", b"\r\n", b"\n", b"\r", b":", b";", b"\0", b"\xff" * 40, b"x" * 5000, b"name=file", b"; "),
    *(b'Content-Disposition: form-data; name="file"', b"Content-Disposition", b"Content-Type: image/png"),
    *(
        b"; name*=utf-7'en'file",
        b"; name*=nonsense'en'%ff",
        b"; name*0=fi; name*1=le",
        b'; filename="\\"',
        b"=?x?b?y?=",
    ),
)
forms = st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=40).map(b"".join)


def outcome(function, *arguments):
    """What a call gives, or the Problem that it raises."""
    try:
        return function(*arguments)
    except Problem as problem:
        return problem


framed = forms.map(lambda form: b"--edge\r\n" + form + b"\r\n--edge--\r\n")


@steady
@given(st.binary() | forms | framed, values | st.just("edge"))
def test_any_form_is_read_or_refused(body, boundary):
    found = outcome(film_of, body, f"{MULTIPART}; boundary={boundary}")
    if isinstance(found, Problem):
        assert found.status in (400, 415)
    else:
        assert found[0] in body
        assert found[1] in (*READ_TYPES, "application/octet-stream")


@steady
@given(values)
@example(f"{MULTIPART}; boundary*=nonsense'en'edge")
@example(f"{MULTIPART}; boundary*0=e; boundary*1=dge")
@example(f"{MULTIPART}; boundary*0*=x'y'%ff; boundary*=z")
def test_any_content_type_is_read_or_refused(content_type):
    found = outcome(film_of, b"--edge--", content_type)
    assert found.status == 400 if isinstance(found, Problem) else found[0] == b"--edge--"


def parsed(body, length):
    """The request; None where it was refused as it should be."""
    found = outcome(parse_request, body, length, SHAPE, OUTPUTS, MAX_BATCH, MAX_JSON_BYTES)
    if not isinstance(found, Problem):
        return found
    assert (found.status, found.kind) in ((400, "malformed-request"), (413, "too-large"))
    assert found.detail.startswith("Not an inference request: " if found.status == 400 else "The JSON is ")
    return None


tensors = st.fixed_dictionaries(
    {
        "name": st.just("pixels") | anything,
        "datatype": st.sampled_from(list(DATATYPES)) | anything,
        "shape": st.just([1, *SHAPE]) | st.lists(st.integers(0, 5), max_size=5) | anything,
    },
    optional={
        "data": st.lists(st.integers(0, 255), min_size=6, max_size=6) | st.lists(scalars, max_size=7) | anything,
        "parameters": st.fixed_dictionaries({}, optional={"binary_data_size": st.just(6) | anything}) | anything,
    },
)
wishes = st.fixed_dictionaries(
    {"name": st.sampled_from(OUTPUTS) | anything},
    optional={"parameters": st.fixed_dictionaries({"binary_data": st.booleans() | anything}) | anything},
)
messages = st.fixed_dictionaries(
    {"inputs": st.lists(tensors, min_size=1, max_size=1) | st.lists(tensors) | anything},
    optional={
        "id": st.text() | anything,
        "outputs": st.lists(wishes, max_size=3) | anything,
        "parameters": st.fixed_dictionaries({"binary_data_output": st.booleans() | anything}) | anything,
    },
)


@steady
@given(messages | anything, st.binary(min_size=6, max_size=6) | st.binary(max_size=9), st.booleans())
def test_any_message_is_an_inference_request_or_is_refused(message, tail, has_length):
    head = json.dumps(message).encode()
    request = parsed(head + tail, str(len(head))) if has_length else parsed(head, None)
    if request is not None:
        assert isinstance(request, InferRequest)
        assert request.pixels.shape[1:] == SHAPE
        assert 1 <= len(request.pixels) <= MAX_BATCH
        assert {wish.name for wish in request.outputs} <= set(OUTPUTS)
        assert request.id == message.get("id", "")


@steady
@given(st.binary(), st.none() | values)
@example(b"[" * 100_000, None)
@example(b"1" * 5000, None)
@example(b"{}", "0" * 5000)
@example('{"inputs": [{}]}'.encode("utf-16"), None)
def test_any_bytes_are_an_inference_request_or_are_refused(body, length):
    assert parsed(body, length) is None


@steady
@given(st.integers(1, MAX_BATCH).flatmap(lambda n: st.binary(min_size=6 * n, max_size=6 * n)))
def test_a_request_of_this_projects_client_is_parsed_to_the_same_pixels(content):
    pixels = np.frombuffer(content, np.uint8).reshape(-1, *SHAPE)
    headers, body = request_of(pixels)
    request = parse_request(body, headers["Inference-Header-Content-Length"], SHAPE, OUTPUTS, MAX_BATCH, MAX_JSON_BYTES)
    assert np.array_equal(request.pixels, pixels)
    assert [(wish.name, wish.is_binary) for wish in request.outputs] == [(name, True) for name in OUTPUTS]


replies = st.fixed_dictionaries(
    {
        "outputs": st.lists(
            st.fixed_dictionaries(
                {"name": st.text(), "shape": st.lists(st.integers(), max_size=3) | anything},
                optional={"data": anything, "parameters": st.fixed_dictionaries({"binary_data_size": anything})},
            )
        )
        | anything
    }
)


@steady
@given(st.binary() | (replies | anything).map(lambda message: json.dumps(message).encode()), st.none() | values)
@example(json.dumps({"outputs": [{"name": "a", "shape": [10**30], "data": [1]}]}).encode(), None)
@example(b"[" * 100_000, None)
def test_any_answer_of_another_server_is_read_or_called_unreadable(body, length):
    found = outcome(response_arrays, body, length)
    if isinstance(found, Problem):
        assert (found.status, found.kind, found.retry_after_s) == (503, "backend-unavailable", 2)
    else:
        assert all(array.dtype == np.float32 for array in found.values())


@steady
@given(st.none() | values | st.from_regex(r"[A-Za-z0-9._:/+=-]{1,140}", fullmatch=True))
def test_a_request_id_is_taken_where_it_is_plain_and_replaced_where_not(sent):
    request_id = RequestRecord.of_headers(sent, None).request_id
    is_plain = sent is not None and re.fullmatch(r"[A-Za-z0-9._:/+=-]{1,128}", sent)
    assert (request_id == sent) is bool(is_plain)
    assert re.fullmatch(r"[A-Za-z0-9._:/+=-]{1,128}", request_id)


hexadecimals = st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?", fullmatch=True)


@steady
@given(st.none() | values | hexadecimals)
@example("00-" + "0" * 32 + "-" + "b" * 16 + "-01")
@example("00-" + "a" * 32 + "-" + "0" * 16 + "-01")
@example("ff-" + "a" * 32 + "-" + "b" * 16 + "-01")
@example("00-" + "a" * 32 + "-" + "b" * 16 + "-01-more")
@example("01-" + "a" * 32 + "-" + "b" * 16 + "-01-more")
@example("00-" + "A" * 32 + "-" + "b" * 16 + "-01")
def test_a_trace_goes_on_only_where_the_header_is_of_the_standards_form(sent):
    trace = RequestRecord.of_headers(None, sent).trace
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", trace.header)
    stripped = (sent or "").strip(" \t")  # HTTP allows spaces around
    version, trace_id, parent_id, flags, *_ = (*stripped.split("-"), *[""] * 4)[:5]
    is_valid = (
        bool(re.fullmatch(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?", stripped))
        and len(sent) <= 512
        and version != "ff"
        and int(trace_id, 16) > 0
        and int(parent_id, 16) > 0
        and not (version == "00" and stripped.count("-") > 3)
    )
    assert (trace.parent_id != "") is is_valid
    if is_valid:
        assert (trace.trace_id, trace.parent_id, trace.flags) == (trace_id, parent_id, flags)
        assert trace.span_id != parent_id


@pytest.fixture(scope="module")
def private_key():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def checker(private_key, tmp_path_factory):
    path = tmp_path_factory.mktemp("issuer") / "jwks.json"
    key = jwt.algorithms.ECAlgorithm.to_jwk(private_key.public_key(), as_dict=True) | {"kid": "k1", "alg": "ES256"}
    path.write_text(json.dumps({"keys": [key]}))
    return TokenChecker(KeySet(str(path)), Rules("https://issuer", "xray", ("ES256",), 0))


def client_of(checker, token):
    """The client; None where the token was refused as it should be."""
    found = outcome(asyncio.run, checker.client(None, token))
    if not isinstance(found, Problem):
        return found
    assert found.status == 401
    assert 'error="invalid_token"' in found.headers["WWW-Authenticate"]
    return None


def encoded(part):
    return base64.urlsafe_b64encode(part if isinstance(part, bytes) else json.dumps(part).encode()).rstrip(b"=")


headers_of_tokens = st.fixed_dictionaries(
    {"alg": st.sampled_from(["ES256", "none", "HS256"]) | anything, "kid": st.just("k1") | anything},
    optional={"typ": anything, "crit": anything, "b64": anything, "jwk": anything, "zip": anything},
)


@steady
@given(
    values
    | st.lists(headers_of_tokens | anything | st.binary(), min_size=2, max_size=4).map(
        lambda parts: b".".join(map(encoded, parts)).decode()
    )
)
@example(encoded(b"[" * 6000).decode() + ".e30.x")
@example("." * MAX_TOKEN_CHARACTERS)
def test_any_bearer_token_that_the_issuer_did_not_sign_is_refused(checker, token):
    assert client_of(checker, token) is None


CLAIMS = ("iss", "aud", "exp", "nbf", "iat", "sub", "scope", "scp", "client_id", "azp")


@steady
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(CLAIMS, anything)))
@example({})
def test_any_claims_that_the_issuer_signed_give_a_client_or_a_refusal(checker, private_key, claims):
    right = {"iss": "https://issuer", "aud": "xray", "exp": datetime.now(UTC) + timedelta(hours=1), "sub": "ward"}
    right["exp"] = int(right["exp"].timestamp())
    token = jwt.api_jws.encode(json.dumps(right | claims).encode(), private_key, "ES256", {"kid": "k1"})
    client = client_of(checker, token)
    assert client is None or isinstance(client, Client)
    if not claims:
        assert client == Client("oidc:ward", frozenset())


SCHEMES = ("", "Bearer ", "Bearer xray_", "Basic ")


@live
@given(st.sampled_from(["X-API-Key", "Authorization"]), values, st.sampled_from(SCHEMES))
def test_no_made_up_credentials_are_let_in(endpoint, name, value, prefix):
    credentials = {"X-API-Key": b"", name: (prefix + value).strip().encode("latin-1")}
    response = endpoint.client.post(FILM, content=b"", headers=credentials)
    assert response.status_code == 401
    assert "www-authenticate" in response.headers


@live
@given(
    st.sampled_from(
        ["Content-Type", "Content-Encoding", "Idempotency-Key", "X-Request-Id", "traceparent", "tracestate", "Accept"]
    ),
    values,
)
def test_any_header_gets_an_answer_or_a_refusal(endpoint, name, value):
    response = endpoint.client.post(FILM, content=b"no film", headers={name: value.encode("latin-1")})
    assert response.status_code in (400, 415)
    assert response.headers["content-type"] == "application/problem+json"
    assert re.fullmatch(r"[A-Za-z0-9._:/+=-]{1,128}", response.headers["x-request-id"])
