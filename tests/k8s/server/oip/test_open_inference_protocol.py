"""The Open Inference Protocol v2, spoken by a foreign client: NVIDIA's tritonclient, as it is."""

import json

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
from endpoint import PHANTOM, ROOT
from tritonclient.utils import InferenceServerException

from fovea import load
from k8s.server.oip.protocol import request_of, response_arrays

MODEL = "chest_xray"
OUTPUTS = ("probabilities", "heatmaps", "embedding", "ood_score", "other_finding")
INFER = f"/v2/models/{MODEL}/infer"
SIDE = 224  # of the shipped file's input


@pytest.fixture(scope="module")
def model():
    return load(ROOT / "models" / "chest_xray.onnx")


@pytest.fixture(scope="module")
def pixels(model):
    """Three films, uint8 (3, H, W, C): the drawn one, its negative, noise."""
    film = model.pixels(PHANTOM)
    noise = np.random.default_rng(0).integers(0, 256, film.shape, np.uint8)
    return np.stack([film, 255 - film, noise])


@pytest.fixture(scope="module")
def client(endpoint):
    with triton.InferenceServerClient(endpoint.url.removeprefix("http://")) as client:
        yield client


@pytest.fixture
def headers(endpoint):
    """A new dict for each test: tritonclient adds its own headers to it."""
    return {"X-API-Key": endpoint.key}


def tensor(pixels, *, is_binary=True, name="pixels", datatype="UINT8"):
    tensor = triton.InferInput(name, list(pixels.shape), datatype)
    tensor.set_data_from_numpy(pixels, binary_data=is_binary)
    return tensor


def assert_equal(result, expected, names=OUTPUTS):
    for name in names:
        values = result.as_numpy(name)
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, expected[name], rtol=1e-4, atol=1e-5)


def test_live_ready_and_model_ready_are_told_without_a_key(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready(MODEL)
    assert not client.is_model_ready("digits")


def test_metadata_name_the_model_and_its_tensors(client, headers, model):
    assert client.get_server_metadata(headers)["extensions"] == ["binary_tensor_data"]
    metadata = client.get_model_metadata(MODEL, headers=headers)
    assert metadata["versions"] == [model.revision[:12]]
    assert metadata["inputs"] == [{"name": "pixels", "datatype": "UINT8", "shape": [-1, SIDE, SIDE, 1]}]
    assert [(output["name"], output["datatype"]) for output in metadata["outputs"]] == [(n, "FP32") for n in OUTPUTS]
    results = model.run(np.zeros((1, SIDE, SIDE, 1), np.uint8))
    assert [output["shape"] for output in metadata["outputs"]] == [[-1, *results[name].shape[1:]] for name in OUTPUTS]


def test_metadata_need_a_key(client):
    with pytest.raises(InferenceServerException, match="carries no API key"):
        client.get_model_metadata(MODEL)


@pytest.mark.parametrize("is_binary", [True, False], ids=["binary", "JSON"])
def test_a_batch_gets_the_answers_of_the_model_file(client, headers, model, pixels, is_binary):
    outputs = [triton.InferRequestedOutput(name, binary_data=is_binary) for name in OUTPUTS]
    result = client.infer(MODEL, [tensor(pixels, is_binary=is_binary)], outputs=outputs, headers=headers)
    assert_equal(result, model.run(pixels))
    sizes = ["parameters" in output for output in result.get_response()["outputs"]]
    assert sizes == [is_binary] * len(OUTPUTS)


def test_without_outputs_asked_for_all_come(client, headers, model, pixels):
    result = client.infer(MODEL, [tensor(pixels[:1])], headers=headers)
    assert_equal(result, model.run(pixels[:1]))


def test_outputs_come_in_the_order_asked_for_each_in_its_own_form(client, headers, model, pixels):
    outputs = [
        triton.InferRequestedOutput("ood_score", binary_data=False),
        triton.InferRequestedOutput("embedding", binary_data=True),
        triton.InferRequestedOutput("probabilities", binary_data=False),
    ]
    result = client.infer(MODEL, [tensor(pixels[:2])], outputs=outputs, headers=headers)
    found = [(output["name"], "data" in output) for output in result.get_response()["outputs"]]
    assert found == [("ood_score", True), ("embedding", False), ("probabilities", True)]
    assert_equal(result, model.run(pixels[:2]), ("ood_score", "embedding", "probabilities"))


def test_request_id_and_version_are_answered(client, headers, model, pixels):
    version = model.revision[:12]
    result = client.infer(
        MODEL, [tensor(pixels[:1])], model_version=version, request_id="case-4", headers=headers
    ).get_response()
    assert (result["id"], result["model_name"], result["model_version"]) == ("case-4", MODEL, version)
    assert client.is_model_ready(MODEL, version)
    assert client.get_model_metadata(MODEL, version, headers)["versions"] == [version]


def test_asynchronous_calls_get_their_own_answers(client, headers, model, pixels):
    calls = [client.async_infer(MODEL, [tensor(pixels[i : i + 1])], headers=headers) for i in range(3)]
    for index, call in enumerate(calls):  # int8 rounds a film among others a little differently than alone
        assert_equal(call.get_result(), model.run(pixels[index : index + 1]))


def test_a_compressed_answer_may_be_asked_for(client, headers, model, pixels):
    result = client.infer(MODEL, [tensor(pixels[:1])], headers=headers, response_compression_algorithm="gzip")
    assert_equal(result, model.run(pixels[:1]))


def test_a_compressed_request_is_refused_by_name(client, headers, pixels):
    with pytest.raises(InferenceServerException, match="Content-Encoding must be identity") as raised:
        client.infer(MODEL, [tensor(pixels[:1])], headers=headers, request_compression_algorithm="gzip")
    assert raised.value.status() == "415"


SHAPE = rf"the shape of pixels must be \[N, {SIDE}, {SIDE}, 1\], N from 1 to 16"


def film(shape=(1, SIDE, SIDE, 1), dtype=np.uint8):
    return np.zeros(shape, dtype)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (tensor(film((1, 299, 299, 1))), SHAPE),
        (tensor(film((SIDE, SIDE, 1))), SHAPE),
        (tensor(film((0, SIDE, SIDE, 1))), SHAPE),
        (tensor(film((17, SIDE, SIDE, 1))), SHAPE),
        (tensor(film(dtype=np.float32), datatype="FP32"), "the datatype of pixels must be UINT8"),
        (tensor(film(), name="image"), "the input must be named pixels"),
    ],
)
def test_a_wrong_tensor_is_refused_with_what_is_right(client, headers, wrong, sentence):
    with pytest.raises(InferenceServerException, match=sentence) as raised:
        client.infer(MODEL, [wrong], headers=headers)
    assert raised.value.status() == "400"


def test_an_unknown_output_model_or_version_is_refused_with_those_there_are(client, headers, model, pixels):
    one = [tensor(pixels[:1])]
    with pytest.raises(InferenceServerException, match="the outputs are probabilities, heatmaps, embedding, ood_score"):
        client.infer(MODEL, one, outputs=[triton.InferRequestedOutput("logits")], headers=headers)
    for name, version in (("digits", ""), (MODEL, "1")):
        there_is = f"one model: chest_xray, version {model.revision[:12]}"
        with pytest.raises(InferenceServerException, match=there_is) as raised:
            client.infer(name, one, model_version=version, headers=headers)
        assert raised.value.status() == "404"


def test_without_a_key_no_inference_is_made(client, pixels):
    with pytest.raises(InferenceServerException, match="carries no API key") as raised:
        client.infer(MODEL, [tensor(pixels[:1])])
    assert raised.value.status() == "401"


@pytest.mark.parametrize("call", ["get_model_config", "get_inference_statistics", "get_model_repository_index"])
def test_tritons_own_extensions_are_not_offered(client, headers, call):
    arguments = (MODEL,) if call == "get_model_config" else ()
    with pytest.raises(InferenceServerException) as raised:
        getattr(client, call)(*arguments, headers=headers)
    assert raised.value.status() in ("404", "405")


@pytest.mark.parametrize("data", ["nested", "flat"])
def test_json_data_may_be_nested_or_flat(endpoint, model, pixels, data):
    values = pixels[:1].tolist() if data == "nested" else pixels[:1].ravel().tolist()
    tensor = {"name": "pixels", "datatype": "UINT8", "shape": [1, SIDE, SIDE, 1], "data": values}
    answer = endpoint.client.post(INFER, json={"inputs": [tensor], "outputs": [{"name": "probabilities"}]}).json()
    (output,) = answer["outputs"]
    assert output["shape"] == [1, 3]
    assert output["data"] == pytest.approx(model.run(pixels[:1])["probabilities"].ravel().tolist(), abs=1e-5)
    assert "id" not in answer


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"data": [0] * 4}, f"the data of pixels must be {SIDE * SIDE} whole numbers"),
        ({"data": [256] * SIDE**2}, "the data of pixels must be whole numbers from 0 to 255"),
        ({"data": [-1] * SIDE**2}, "the data of pixels must be whole numbers from 0 to 255"),
        ({"data": [0.5] * SIDE**2}, f"the data of pixels must be {SIDE * SIDE} whole numbers"),
        ({"data": None}, f"the data of pixels must be {SIDE * SIDE} whole numbers"),
        ({"data": ["x" * 20_000] * 10}, "has over 65,536 bytes beside the data of pixels, a list of whole numbers"),
        ({"data": ["x"] * 10}, f"the data of pixels must be {SIDE * SIDE} whole numbers"),
        ({"data": [True] * SIDE**2}, f"the data of pixels must be {SIDE * SIDE} whole numbers"),
        ({"data": [[0] * SIDE] * SIDE}, f"the data of pixels must be {SIDE * SIDE} whole numbers"),
        ({"data": [[[0] * SIDE] * SIDE]}, f"the data of pixels must be {SIDE * SIDE} whole numbers"),
        ({"shape": "1"}, "the shape of pixels must be"),
        ({"shape": [True, SIDE, SIDE, 1]}, "the shape of pixels must be"),
        ({"parameters": {"binary_data_size": SIDE**2}}, "as many bytes must follow the JSON"),
        ({"parameters": 3}, "parameters must be an object"),
    ],
)
def test_wrong_json_is_refused_with_what_is_right(endpoint, change, sentence):
    tensor = {"name": "pixels", "datatype": "UINT8", "shape": [1, SIDE, SIDE, 1], "data": [0] * SIDE**2} | change
    response = endpoint.client.post(INFER, json={"inputs": [tensor]})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["error"] == response.json()["detail"]
    assert sentence in response.json()["error"]


@pytest.mark.parametrize("length", ["", "-1", "1.5", "1e3", "\u00b2", "99999999", "9" * 30, "0" * 5000])
def test_a_wrong_length_of_the_json_is_refused(endpoint, pixels, length):
    headers, body = request_of(pixels[:1])
    headers = {name: value.encode("latin-1") for name, value in headers.items()}
    headers["Inference-Header-Content-Length"] = length.encode("latin-1")
    response = endpoint.client.post(INFER, content=body, headers=headers)
    assert response.status_code == 400
    assert "Not an inference request" in response.json()["error"]


def test_a_body_cut_short_is_refused(endpoint, pixels):
    headers, body = request_of(pixels[:1])
    response = endpoint.client.post(INFER, content=body[:-1], headers=headers)
    assert response.status_code == 400
    assert f"binary_data_size must be {SIDE**2}, and as many bytes must follow the JSON" in response.json()["error"]


def test_this_projects_own_client_reads_its_own_answers(endpoint, model, pixels):
    headers, body = request_of(pixels)
    response = endpoint.client.post(INFER, content=body, headers=headers)
    assert response.headers["content-type"] == "application/octet-stream"
    arrays = response_arrays(response.content, response.headers["inference-header-content-length"])
    assert list(arrays) == list(OUTPUTS)
    expected = model.run(pixels)
    for name in OUTPUTS:
        np.testing.assert_allclose(arrays[name], expected[name], rtol=1e-4, atol=1e-5)


def test_a_chunked_request_is_read_like_any_other(endpoint, model, pixels):
    headers, body = request_of(pixels[:1])
    response = endpoint.client.post(INFER, content=iter([body[:100], body[100:50_000], body[50_000:]]), headers=headers)
    length = int(response.headers["inference-header-content-length"])
    assert json.loads(response.content[:length])["model_version"] == model.revision[:12]


def test_health_needs_no_key_and_answers_in_the_protocols_form(endpoint):
    paths = {"/v2/health/live": {"live": True}, "/v2/health/ready": {"ready": True}}
    paths[f"/v2/models/{MODEL}/ready"] = {"name": MODEL, "ready": True}
    for path, expected in paths.items():
        assert httpx.get(endpoint.url + path, trust_env=False).json() == expected
