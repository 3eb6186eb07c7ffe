"""The OpenAPI document says what the server does: on real answers, and on schemathesis's guesses."""

import copy
import json
import re
import subprocess
import sys

import httpx
import jsonschema_rs
import pytest
from endpoint import FILM, PHANTOM
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from k8s.server.problem_kinds import ProblemKind

INFER = "/v2/models/{model}/infer"
PROBLEM, JSON, TEXT = "application/problem+json", "application/json", "text/plain"
CHECKS = """
[checks]
positive_data_acceptance.enabled = true

# what a schema cannot say: that bytes are a film, that as many numbers come as the shape names
[[operations]]
include-path = "/v1/chest-xray"
checks.positive_data_acceptance.enabled = false

[[operations]]
include-path = "/v2/models/{model}/infer"
checks.positive_data_acceptance.enabled = false
"""


@pytest.fixture(scope="module")
def document(endpoint):
    return httpx.get(f"{endpoint.url}/openapi.json", trust_env=False).json()


def operations(document):
    return [(path, method, o) for path, methods in document["paths"].items() for method, o in methods.items()]


def errors(document, schema, value):
    """Where `value` is not as `schema` says."""
    whole = schema | {"components": document["components"]}
    return [str(error) for error in jsonschema_rs.validator_for(whole).iter_errors(value)]


def examples_of(document, media):
    """The examples of one body: beside the schema, or in the schema that it refers to."""
    found = [example["value"] for example in media.get("examples", {}).values() if "value" in example]
    schema = document["components"]["schemas"].get(media["schema"].get("$ref", "").rpartition("/")[2], {})
    return [*found, schema["example"]] if "example" in schema else found


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(document)] == []
    assert "ValidationError" not in json.dumps(document)


def test_the_description_names_the_classes_of_the_model(endpoint, document):
    classes = ", ".join(endpoint.read_film().json()["probabilities"])
    assert document["info"]["description"].startswith(
        f"Reads one frontal chest radiograph: {classes}, or no decision. "
    )


def test_it_holds_every_address_and_asks_for_credentials_where_the_server_does(endpoint, document):
    secured = {path: "security" in operation for path, _, operation in operations(document)}
    assert secured == {
        FILM: True,
        "/v2": True,
        "/v2/health/live": False,
        "/v2/health/ready": False,
        "/v2/models/{model}": True,
        "/v2/models/{model}/ready": False,
        INFER: True,
        "/problems": False,
        "/problems/{kind}": False,
    }
    for path, method, _ in operations(document):
        response = httpx.request(method, endpoint.url + path.format(model="chest_xray", kind="busy"), trust_env=False)
        assert response.status_code == (401 if secured[path] else 200)


def test_every_documented_refusal_is_a_problem_and_has_an_example(document):
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if status != "200":
                assert list(response["content"]) == [PROBLEM]
                assert examples_of(document, response["content"][PROBLEM])
            if status in ("429", "503"):
                assert "Retry-After" in response["headers"]


def test_every_answer_and_every_body_has_an_example(document):
    for path, _, operation in operations(document):
        content = operation["responses"]["200"]["content"]
        assert content[TEXT]["example"] if TEXT in content else examples_of(document, content[JSON]), path
    assert examples_of(document, document["paths"][INFER]["post"]["requestBody"]["content"][JSON])


def test_every_example_is_as_its_own_schema_says(document):
    count = 0
    for _, _, operation in operations(document):
        bodies = [*operation["responses"].values(), operation.get("requestBody", {"content": {}})]
        for media in (media for body in bodies for media in body["content"].values()):
            for example in examples_of(document, media):
                assert errors(document, media["schema"], example) == []
                count += 1
    assert count > 30


def test_the_type_of_a_refusal_is_an_address_that_explains_it_to_everyone(endpoint):
    with httpx.Client(base_url=endpoint.url, trust_env=False) as stranger:
        refusal = stranger.post(FILM)
        page = stranger.get(refusal.json()["type"])
        assert (page.status_code, page.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert page.text.startswith("unauthorized\n\nStatus: 401 Unauthorized\nMeaning: The credentials are missing")
        assert page.text.endswith("Retry the same request: no\n")
        assert [line.split()[0] for line in stranger.get("/problems").text.splitlines()] == [
            k.type for k in ProblemKind
        ]
        unknown = stranger.get("/problems/unknown")
        assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/not-found")


def test_the_example_request_is_one_that_the_server_takes(endpoint, document):
    (example,) = examples_of(document, document["paths"][INFER]["post"]["requestBody"]["content"][JSON])
    head = json.dumps(example).encode()
    size = example["inputs"][0]["parameters"]["binary_data_size"]
    headers = {"Inference-Header-Content-Length": str(len(head)), "Content-Type": "application/octet-stream"}
    response = endpoint.client.post(INFER.format(model="chest_xray"), content=head + b"\x80" * size, headers=headers)
    answer = response.json()
    assert [output["name"] for output in answer["outputs"]] == ["probabilities", "ood_score", "other_finding"]
    schema = document["paths"][INFER]["post"]["responses"]["200"]["content"][JSON]["schema"]
    assert errors(document, schema, answer) == []


@pytest.mark.parametrize("parameters", [{}, {"heatmap": "png"}])
def test_real_answers_are_as_the_document_says(endpoint, document, film_png, parameters):
    schema = document["paths"][FILM]["post"]["responses"]["200"]["content"][JSON]["schema"]
    whole = copy.deepcopy(document)
    whole["components"]["schemas"]["FilmReading"]["additionalProperties"] = False
    for body, kind in ((PHANTOM, "application/dicom"), (film_png, "image/png")):
        assert errors(whole, schema, endpoint.read_film(body, kind, params=parameters).json()) == []


def test_real_refusals_are_as_the_document_says(endpoint, document):
    whole = copy.deepcopy(document)
    whole["components"]["schemas"]["ProblemDetails"]["additionalProperties"] = False
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    refusals = [
        endpoint.read_film(b"no film"),
        endpoint.read_film(PHANTOM[:1000]),
        endpoint.read_film(params={"heatmap": "jpeg"}),
        endpoint.client.get("/v2/models/none"),
        endpoint.client.get(FILM),
    ]
    assert [response.status_code for response in refusals] == [415, 422, 400, 404, 405]
    for response in refusals:
        assert errors(whole, schema, response.json()) == []


@pytest.mark.timeout(300)
def test_schemathesis_finds_nothing_that_the_document_does_not_say(endpoint, document, tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    (tmp_path / "schemathesis.toml").write_text(CHECKS)
    command = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--url", endpoint.url]
    command += ["-H", f"X-API-Key: {endpoint.key}", "--phases", "examples,coverage,fuzzing"]
    command += ["--generation-deterministic", "-n", "100", "--no-color", "--continue-on-failure"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout[-600:])
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated is not None
    assert int(generated[1]) > 500
    assert not [line for line in endpoint.log if line["event"] == "internal error"]
