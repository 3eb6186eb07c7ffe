"""Every way out of the app leaves the disk empty within the age of an upload: files, and folders named by a hash."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from serving import call_api, data_address, serving

from space.uploads import PREFIX, sweep, upload_folder

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "space" / "examples"
PHANTOM = EXAMPLES / "chest_xray" / "phantom.dcm"
DAHLIA = EXAMPLES / "flowers" / "dahlia.jpg"
AGE_S = 4
DELETED_S = 60
ANSWER_MS = 30_000
APP = (
    "import sys; from pathlib import Path; from space.app import launch; "
    f"launch(Path('models'), host='127.0.0.1', port=int(sys.argv[1]), upload_age_s={AGE_S})"
)


@pytest.fixture(scope="module")
def temp_dir(tmp_path_factory):
    """All that the app may write to: its uploads and its temporary files."""
    return tmp_path_factory.mktemp("temp")


@pytest.fixture(scope="module")
def environment(temp_dir):
    kept = {key: value for key, value in os.environ.items() if key != "GRADIO_TEMP_DIR"}
    return kept | {"TMPDIR": str(temp_dir)}


@pytest.fixture(scope="module")
def app(environment):
    with serving([sys.executable, "-c", APP, "PORT"], ROOT, environment) as address:
        yield address


@pytest.fixture
def page(app, new_page):
    page = new_page()
    page.goto(app)
    yield page
    page.close()


def left(temp_dir):
    """Files and folders below the app's own folder of uploads, and files anywhere else."""
    folders = list(temp_dir.glob(f"{PREFIX}*"))
    inside = [path for folder in folders for path in folder.rglob("*")]
    return inside + [path for path in temp_dir.rglob("*") if path.is_file() and path not in inside]


def becomes_empty(temp_dir):
    deadline = time.monotonic() + DELETED_S
    while left(temp_dir) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left(temp_dir) == []


def upload(page, tab, field, path):
    page.get_by_role("tab", name=tab).click()
    page.locator(f"#{field} input[type=file]").set_input_files(path)


def test_a_film_is_gone_once_it_is_read_with_its_folder(page, temp_dir):
    upload(page, "Chest X-ray", "chest-film", PHANTOM)
    expect(page.locator("#chest-look .overlay")).to_have_count(1, timeout=ANSWER_MS)
    assert left(temp_dir) == []


def test_a_film_that_cannot_be_read_is_gone_too(page, temp_dir, tmp_path):
    (tmp_path / "broken.dcm").write_bytes(PHANTOM.read_bytes()[:5000])
    upload(page, "Chest X-ray", "chest-film", tmp_path / "broken.dcm")
    expect(page.locator("#chest-answer .refused")).to_have_count(1, timeout=ANSWER_MS)
    assert left(temp_dir) == []


def test_a_photo_goes_at_its_age_with_its_folder(page, temp_dir):
    upload(page, "Flowers", "model-flowers-photo", DAHLIA)
    expect(page.locator("#model-flowers-answer .fovea-bars")).to_have_count(1, timeout=ANSWER_MS)
    assert becomes_empty(temp_dir)


def test_a_photo_that_cannot_be_read_goes_too(page, temp_dir, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(DAHLIA.read_bytes()[:1000])
    upload(page, "Flowers", "model-flowers-photo", tmp_path / "broken.jpg")
    expect(page.locator("#model-flowers-answer .refused")).to_have_count(1, timeout=ANSWER_MS)
    assert becomes_empty(temp_dir)


def test_a_tab_that_is_closed_while_it_waits_leaves_nothing(app, new_page, temp_dir):
    page = new_page()
    page.goto(app)
    with page.expect_response("**/gradio_api/upload*"):
        upload(page, "Chest X-ray", "chest-film", PHANTOM)
    page.close()
    assert becomes_empty(temp_dir)


def test_an_example_leaves_nothing(page, temp_dir):
    page.get_by_role("tab", name="Chest X-ray").click()
    page.locator("#chest-examples button[data-name='phantom.dcm']").click()
    expect(page.locator("#chest-look .overlay")).to_have_count(1, timeout=ANSWER_MS)
    assert becomes_empty(temp_dir)


def test_an_upload_that_nobody_asks_about_leaves_nothing(app, temp_dir):
    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.dcm"\r\n\r\nfilm\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    with urllib.request.urlopen(urllib.request.Request(f"{app}/gradio_api/upload", body, headers)) as response:
        (place,) = json.load(response)
    assert Path(place).is_relative_to(temp_dir)
    assert becomes_empty(temp_dir)


@pytest.mark.parametrize("route", ["upload", "component_server", "process_recording"])
def test_an_upload_that_breaks_off_never_touches_the_disk(app, temp_dir, route):
    assert becomes_empty(temp_dir)
    parts = urlsplit(app)
    head = f"POST /gradio_api/{route} HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n"
    head += "Content-Type: multipart/form-data; boundary=b\r\n"
    part = '\r\n--b\r\nContent-Disposition: form-data; name="files"; filename="a.dcm"\r\n\r\n'
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall((head + part).encode() + PHANTOM.read_bytes())
        for _ in range(10):
            time.sleep(0.1)
            assert left(temp_dir) == []
    time.sleep(0.5)
    assert left(temp_dir) == []


def test_a_call_of_the_api_leaves_nothing(app, temp_dir):
    assert "event: complete" in call_api(app, "chest_xray", data_address(PHANTOM.read_bytes(), "application/dicom"))
    assert left(temp_dir) == []


@pytest.mark.parametrize("content", [PHANTOM.read_bytes(), b"not a film"])
def test_a_call_by_mcp_leaves_nothing(app, temp_dir, content):
    arguments = {"image": data_address(content, "application/dicom")}
    parameters = {"name": "chest_xray", "arguments": arguments}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": parameters}
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    request = urllib.request.Request(f"{app}/gradio_api/mcp/", json.dumps(call).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        text = response.read().decode()
    assert ("probabilities" in text) == (content != b"not a film")
    assert left(temp_dir) == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_stopped_takes_its_uploads_along(environment, tmp_path, ending):
    code = (
        "import time; from pathlib import Path; from space.uploads import upload_folder\n"
        "import signal\n"
        "for name in (signal.SIGTERM, signal.SIGINT):\n"  # a shell lets what it starts in the background ignore SIGINT
        "    signal.signal(name, signal.default_int_handler)\n"
        "with upload_folder(600) as folder:\n"
        "    (folder / 'film').write_bytes(b'film'); print(folder, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    folder = Path(process.stdout.readline().decode().strip())
    assert (folder / "film").is_file()
    process.send_signal(ending)
    process.wait(timeout=60)
    process.stdout.close()
    assert list(tmp_path.iterdir()) == []


def test_the_app_that_is_stopped_takes_its_uploads_along(environment, tmp_path):
    with serving(
        [sys.executable, "-m", "space", "--port", "PORT"], ROOT, environment | {"TMPDIR": str(tmp_path)}
    ) as app:
        body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.dcm"\r\n\r\nfilm\r\n--b--\r\n'
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        urllib.request.urlopen(urllib.request.Request(f"{app}/gradio_api/upload", body, headers)).close()
        assert len([path for path in left(tmp_path) if path.is_file()]) == 1
    assert list(tmp_path.glob(f"{PREFIX}*")) == []


def test_the_next_process_deletes_what_a_killed_one_left(tmp_path):
    left_over = tmp_path / f"{PREFIX}killed" / ("0" * 64) / "film.dcm"
    left_over.parent.mkdir(parents=True)
    left_over.write_bytes(b"film")
    stranger = tmp_path / "another" / "film.dcm"
    stranger.parent.mkdir()
    stranger.write_bytes(b"not ours")
    sweep(tmp_path, age_s=60)
    assert left_over.is_file()
    time.sleep(0.1)
    sweep(tmp_path, age_s=0.05)
    assert list((tmp_path / f"{PREFIX}killed").iterdir()) == []
    assert stranger.is_file()


def test_a_link_to_another_folder_is_not_swept(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("keep")
    (tmp_path / f"{PREFIX}link").symlink_to(tmp_path / "mine")
    time.sleep(0.1)
    sweep(tmp_path, age_s=0.05)
    assert (tmp_path / "mine" / "letter").is_file()


@pytest.mark.parametrize("kept_in", ["file", "file/below"])
def test_a_folder_that_cannot_be_made_ends_the_start_with_what_to_set(tmp_path, environment, kept_in):
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "space", "--port", "0"]
    own = environment | {"GRADIO_TEMP_DIR": str(tmp_path / kept_in)}
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"Uploads cannot be kept in {tmp_path / kept_in}: ")
    assert done.stderr.endswith("Set GRADIO_TEMP_DIR to a folder that you may write to.\n")


def test_the_folder_lies_where_gradio_is_told_to_write_and_nobody_else_reads_it(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "given"))
    with upload_folder(600) as folder:
        assert folder.parent == tmp_path / "given"
        assert os.environ["GRADIO_TEMP_DIR"] == str(folder)
        assert folder.stat().st_mode & 0o077 == 0
    assert os.environ["GRADIO_TEMP_DIR"] == str(tmp_path / "given")
    assert not folder.exists()
