"""The app as programs meet it: gradio_client, an MCP client, and calls over HTTP that fail."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from serving import call_api, data_address

EXAMPLES = Path(__file__).parents[2] / "space" / "examples"
SEVEN = EXAMPLES / "feature_maps" / "seven.png"
CAT = EXAMPLES / "objects" / "cat.jpg"
ROSE = EXAMPLES / "flowers" / "rose.jpg"
PHANTOM = EXAMPLES / "chest_xray" / "phantom.dcm"
TOOLS = {"digits", "flowers", "objects", "feature_maps", "chest_xray", "compare", "lesson"}


@pytest.fixture(scope="module")
def client(app):
    return Client(app, verbose=False, analytics_enabled=False)


def uploads(folder):
    return {path.name for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "file", "decision"),
    [("digits", SEVEN, "7"), ("flowers", ROSE, "roses"), ("objects", CAT, "cat"), ("chest_xray", PHANTOM, "abstain")],
)
def test_a_file_is_answered_with_a_decision(client, name, file, decision):
    said = client.predict(handle_file(file), api_name=f"/{name}")
    assert said["decision"] == decision
    for of_one in said.get("networks", {name: said}).values():
        assert "ood_score" not in of_one["probabilities"]
        assert sum(of_one["probabilities"].values()) == pytest.approx(1, abs=1e-4)


def test_the_maps_of_a_file_come_with_their_picture(client):
    said = client.predict(handle_file(ROSE), "alexnet", "conv1", api_name="/feature_maps")
    assert said["shape"] == [96, 55, 55]
    assert said["picture"].startswith("data:image/png;base64,")


def test_an_uploaded_film_is_gone_once_it_is_read_and_a_photo_may_be_sent_again(client, app_temp_dir):
    client.predict(handle_file(PHANTOM), api_name="/chest_xray")
    for _again in range(2):
        client.predict(handle_file(SEVEN), api_name="/digits")
    assert PHANTOM.name not in uploads(app_temp_dir)
    assert SEVEN.name in uploads(app_temp_dir)


def test_every_endpoint_is_described_as_taking_a_file(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert endpoints.keys() == {f"/{name}" for name in TOOLS}
    images = [one for of_one in endpoints.values() for one in of_one["parameters"] if one["parameter_name"] == "image"]
    assert [one["python_type"]["type"] for one in images] == ["filepath | str"] * 5


FILE = {"_type": "gradio.FileData"}


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("digits", [], "The endpoint takes 1 argument, and none came."),
        ("feature_maps", ["a", "alexnet"], "The endpoint takes 3 arguments, and 2 came."),
        ("digits", [{"path": "/etc/passwd", "meta": FILE}], "The file was not uploaded to this app. Upload it first."),
        ("digits", [{"path": "/etc/passwd"}], "The image is not text."),
        ("digits", [{"path": "https://example.org/7.png", "meta": FILE}], "the app fetches no addresses."),
        ("digits", ["https://example.org/7.png"], "The app fetches no addresses."),
        ("digits", ["http://a/gradio_api/file=/etc/passwd"], "The app fetches no addresses."),
        ("digits", ["http://a/gradio_api/file=%00"], "The app fetches no addresses."),
        ("lesson", [3], "The argument number is not text."),
        ("lesson", ["11"], "The lesson is '11'. Choose 1 to 10."),
    ],
)
def test_whatever_is_wrong_the_caller_gets_a_sentence(app, name, values, sentence):
    answer = call_api(app, name, *values)
    assert "event: error" in answer
    assert sentence in json.loads(answer.split("data: ", 1)[1])["error"]


def uploaded(app, path):
    """Where the app put the file."""
    return httpx.post(f"{app}/gradio_api/upload", files={"files": (path.name, path.read_bytes())}).json()[0]


def test_a_file_that_is_gone_is_to_be_uploaded_again(app):
    film = {"path": uploaded(app, PHANTOM), "meta": FILE}
    assert "event: complete" in call_api(app, "chest_xray", film)
    answer = call_api(app, "chest_xray", film)
    assert "The file is no longer on the server. Upload it again." in answer


def test_a_client_gets_the_sentence_as_its_exception(client, tmp_path):
    (tmp_path / "cut.jpg").write_bytes(ROSE.read_bytes()[:3000])
    with pytest.raises(AppError, match=r"^The image is truncated or damaged"):
        client.predict(handle_file(tmp_path / "cut.jpg"), api_name="/flowers")


def by_mcp(app, *calls):
    """The names of all tools, and the result of each call (tool, arguments)."""

    async def session():
        address = f"{app}/gradio_api/mcp/"
        async with streamable_http_client(address) as (read, write, _), ClientSession(read, write) as opened:
            await opened.initialize()
            tools = await opened.list_tools()
            return {tool.name for tool in tools.tools}, [await opened.call_tool(*call) for call in calls]

    with ThreadPoolExecutor(1) as thread:  # where no browser of another test has an event loop
        return thread.submit(asyncio.run, session()).result()


def test_a_tool_has_its_endpoints_name_and_answers_in_json(app):
    seven = data_address(SEVEN.read_bytes(), "image/png")
    names, results = by_mcp(app, ("digits", {"image": seven}), ("compare", {}), ("lesson", {"number": "3"}))
    assert names == TOOLS
    digits, compare, lesson = (result.content[0].text for result in results)
    assert json.loads(digits)["decision"] == "7"
    assert [row["name"] for row in json.loads(compare)][:2] == ["Fully connected", "LeNet-5"]
    assert lesson.startswith("# 3. How do AlexNet and VGG differ?")


def test_the_picture_of_a_tool_is_a_picture(app):
    rose = data_address(ROSE.read_bytes(), "image/jpeg")
    _, (result,) = by_mcp(app, ("feature_maps", {"image": rose}))
    text, picture = result.content
    assert json.loads(text.text)["shape"] == [96, 55, 55]
    assert (picture.type, picture.mimeType) == ("image", "image/png")


def test_a_tool_takes_the_address_of_an_upload(app):
    _, (result,) = by_mcp(app, ("digits", {"image": f"{app}/gradio_api/file={uploaded(app, SEVEN)}"}))
    assert json.loads(result.content[0].text)["decision"] == "7"


def test_a_tool_that_fails_gives_the_sentence(app):
    _, (result,) = by_mcp(app, ("digits", {"image": "hello"}))
    assert result.isError
    assert result.content[0].text.startswith("The image is not a data address.")
