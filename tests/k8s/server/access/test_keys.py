"""API keys: made by a command, held as hashes, replaced while the server runs."""

import asyncio
import hashlib
import json
import os
import stat
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from endpoint import FILM, PHANTOM, ROOT, running

from fovea import SettingError
from k8s.server.access.api_keys import KeyRing, add_key, read_keys
from k8s.server.access.clients import READ_SCOPE
from k8s.server.keys import main
from k8s.server.problems import Problem

DAY = timedelta(days=1)
SOON_S = 10


def ask(server, **headers):
    """A film sent with these headers and no others."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": "application/dicom"}
    return httpx.post(server.url + FILM, content=PHANTOM, headers=headers, trust_env=False, timeout=60)


def metadata(server, key):
    """The cheapest call that asks for a key."""
    return httpx.get(f"{server.url}/v2", headers={"X-API-Key": key}, trust_env=False, timeout=60).status_code


def until(is_so):
    """Waits until it is so; a second is what the server allows itself."""
    end = time.monotonic() + SOON_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Its key file may be changed."""
    with running(tmp_path_factory.mktemp("keys"), rate_per_minute=1_000_000, rate_burst=100_000) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def keys_file(server):
    return server.folder / "keys.json"


def test_a_key_is_taken_in_its_own_header_and_as_a_bearer_token(server):
    assert ask(server, X_API_Key=server.key).status_code == 200
    assert ask(server, Authorization=f"Bearer {server.key}").status_code == 200
    assert ask(server, Authorization=f"bearer  {server.key}").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X_API_Key": ""},
        {"X_API_Key": "xray_unknown"},
        {"X_API_Key": "\xff" * 30},
        {"X_API_Key": "x" * 20_000},
        {"Authorization": "Bearer xray_unknown"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic d2FyZDp3YXJk"},
    ],
    ids=["none", "empty", "unknown", "not-ascii", "long", "unknown-bearer", "no-token", "basic"],
)
def test_a_request_without_a_known_key_gets_401_and_how_to_do_it(server, headers):
    response = ask(server, **{name: value.encode("latin-1") for name, value in headers.items()})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'ApiKey realm="xray"'
    assert response.json()["type"] == "/problems/unauthorized"


def test_neither_a_hash_nor_a_part_of_a_key_opens(server, keys_file):
    for wrong in (
        read_keys(keys_file)[0].sha256,
        server.key[:-1],
        server.key + "x",
        server.key.removeprefix("xray_"),
    ):
        assert metadata(server, wrong) == 401


def test_a_wrong_key_beside_a_good_bearer_token_is_refused(server):
    assert ask(server, X_API_Key="xray_unknown", Authorization=f"Bearer {server.key}").status_code == 401


def test_a_key_without_the_scope_gets_403_and_the_scope_it_lacks(server, keys_file):
    key = add_key(keys_file, "other", ("xray:other",), DAY)
    until(lambda: metadata(server, key) != 401)
    response = ask(server, X_API_Key=key)
    assert response.status_code == 403
    assert response.headers["www-authenticate"] == (
        'ApiKey realm="xray", error="insufficient_scope", scope="xray:read"'
    )
    assert response.json()["type"] == "/problems/forbidden"


def test_an_expired_key_gets_401(server, keys_file):
    key = add_key(keys_file, "late", (READ_SCOPE,), -DAY)
    response = ask(server, X_API_Key=key)
    until(lambda: "expired" in ask(server, X_API_Key=key).json()["detail"])
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'ApiKey realm="xray"'


def test_an_added_key_works_and_a_removed_one_stops_while_the_server_runs(server, keys_file):
    key = add_key(keys_file, "night", (READ_SCOPE,), DAY)
    until(lambda: metadata(server, key) == 200)
    assert main(["remove", "night", "--file", str(keys_file)]) == 0
    until(lambda: metadata(server, key) == 401)
    assert metadata(server, server.key) == 200
    assert server.process.poll() is None


def test_a_client_may_have_two_keys_at_a_time(server, keys_file):
    old, new = (add_key(keys_file, "rota", (READ_SCOPE,), DAY) for _ in range(2))
    until(lambda: metadata(server, new) == 200)
    assert metadata(server, old) == 200


def test_a_broken_file_leaves_the_keys_and_is_counted_as_long_as_it_is_broken(server, keys_file):
    good, before = keys_file.read_bytes(), server.metric("xray_key_reload_errors_total")
    keys_file.write_bytes(good[:-20])
    until(lambda: server.metric("xray_key_reload_errors_total") >= before + 2)
    assert metadata(server, server.key) == 200
    assert server.logged(event="key file not read")
    keys_file.unlink()
    until(lambda: server.metric("xray_key_reload_errors_total") >= before + 4)
    assert metadata(server, server.key) == 200
    keys_file.write_bytes(good)
    until(lambda: metadata(server, "xray_ask_again") == 401 and server.metric("xray_key_expiry_timestamp_seconds"))
    fresh = add_key(keys_file, "after", (READ_SCOPE,), DAY)
    until(lambda: metadata(server, fresh) == 200)


def test_the_next_expiry_is_a_metric(server, keys_file):
    add_key(keys_file, "soonest", (READ_SCOPE,), timedelta(hours=1))
    expiry = min(key.expiry for key in read_keys(keys_file) if key.expiry > datetime.now(UTC))
    until(lambda: server.metric("xray_key_expiry_timestamp_seconds") == expiry.timestamp())


def test_no_key_is_in_the_log(server):
    assert server.lines
    assert server.key.encode() not in b"".join(server.lines)


def in_turn(server, change, seconds=4):
    """Statuses that the constant key got while `change(number)` was called again and again."""
    end, statuses, errors = time.monotonic() + seconds, [], []

    def keep_changing():
        number = 0
        try:
            while time.monotonic() < end:
                change(number)
                number += 1
        except Exception as error:
            errors.append(error)

    changer = threading.Thread(target=keep_changing)
    changer.start()
    with httpx.Client(headers={"X-API-Key": server.key}, trust_env=False) as client:
        while time.monotonic() < end:
            statuses.append(client.get(f"{server.url}/v2").status_code)
    changer.join()
    assert errors == []
    return statuses


def test_a_constant_key_is_never_refused_while_the_file_is_rewritten(server, keys_file):
    before = server.metric("xray_key_reload_errors_total")

    def change(number):
        add_key(keys_file, "rewritten", (READ_SCOPE,), DAY)
        if number % 10 == 9:
            main(["remove", "rewritten", "--file", str(keys_file)])
        time.sleep(0.005)

    statuses = in_turn(server, change)
    assert len(statuses) > 20
    assert set(statuses) == {200}
    assert server.metric("xray_key_reload_errors_total") == before


def test_a_mounted_secret_is_swapped_under_load(tmp_path):
    """The kubelet writes a new folder and points the link ..data to it; keys.json is a link through ..data."""
    (tmp_path / "..v0").mkdir()
    key = add_key(tmp_path / "..v0" / "keys.json", "ward", (READ_SCOPE,), DAY)
    (tmp_path / "..data").symlink_to("..v0")
    (tmp_path / "keys.json").symlink_to("..data/keys.json")

    def swap(number):
        folder = tmp_path / f"..w{number}"
        folder.mkdir()
        (folder / "keys.json").write_bytes((tmp_path / "keys.json").read_bytes())
        link = tmp_path / "..data_tmp"
        link.symlink_to(folder.name)
        os.replace(link, tmp_path / "..data")
        time.sleep(0.005)

    with running(tmp_path, with_key=False, api_keys_file=tmp_path / "keys.json", rate_per_minute=1_000_000) as server:
        server.key = key
        assert set(in_turn(server, swap, 2.5)) <= {200, 429}
        late = add_key(tmp_path / "..v0" / "keys.json", "late", (READ_SCOPE,), DAY)
        assert metadata(server, late) == 401
        (tmp_path / "..data_tmp").symlink_to("..v0")
        os.replace(tmp_path / "..data_tmp", tmp_path / "..data")
        until(lambda: metadata(server, late) == 200)
        assert server.metric("xray_key_reload_errors_total") == 0


def test_a_key_expires_at_its_second(tmp_path):
    path = tmp_path / "keys.json"
    secret = add_key(path, "ward", (READ_SCOPE,), DAY)
    expiry = read_keys(path)[0].expiry.timestamp()
    for moment, is_good in ((expiry - 0.001, True), (expiry, False)):
        keys = KeyRing(path, lambda: None, lambda moment=moment: moment)
        assert keys.next_expiry == (expiry if is_good else None)
        if is_good:
            assert asyncio.run(keys.client(secret, None)).name == "key:ward"
        else:
            with pytest.raises(Problem, match="expired"):
                asyncio.run(keys.client(secret, None))


def test_the_file_holds_the_hash_and_not_the_key_and_is_private(tmp_path):
    path = tmp_path / "keys.json"
    secret = add_key(path, "ward", (READ_SCOPE,), DAY)
    assert secret not in path.read_text()
    assert read_keys(path)[0].sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    add_key(path, "ward", (READ_SCOPE,), DAY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_keys_are_256_random_bits(tmp_path):
    secrets = {add_key(tmp_path / "keys.json", "ward", (READ_SCOPE,), DAY) for _ in range(20)}
    assert len(secrets) == 20
    assert {len(secret) for secret in secrets} == {len("xray_") + 43}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"keys": [1]}',
        '{"keys": [{"name": "a"}]}',
        '{"keys": [{"name": "a", "sha256": "00", "scopes": [], "expires": "2030-01-01T00:00:00+00:00"}]}',
        json.dumps({"keys": [{"name": "a", "sha256": "0" * 64, "scopes": [], "expires": "2030-01-01"}]}),
        json.dumps({"keys": [{"name": "a", "sha256": "0" * 64, "scopes": [], "expires": "soon"}]}),
        json.dumps({"keys": [{"name": "a", "sha256": "A" * 64, "scopes": [], "expires": "2030-01-01T00:00:00Z"}]}),
        json.dumps({"keys": [{"name": "a b", "sha256": "0" * 64, "scopes": [], "expires": "2030-01-01T00:00:00Z"}]}),
        json.dumps({"keys": [{"name": 1, "sha256": "0" * 64, "scopes": [], "expires": "2030-01-01T00:00:00Z"}]}),
        json.dumps(
            {"keys": [{"name": "a", "sha256": "0" * 64, "scopes": READ_SCOPE, "expires": "2030-01-01T00:00:00Z"}]}
        ),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path, content):
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(SettingError, match=r"keys\.json cannot be read"):
        read_keys(path)


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "k8s.server.keys", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_adds_lists_and_removes(tmp_path):
    path = tmp_path / "keys.json"
    added = command("add", "ward-7", "--days", 30, "--file", path)
    assert added.returncode == 0
    secret = added.stdout.strip()
    key = read_keys(path)[0]
    assert (key.name, key.scopes) == ("ward-7", (READ_SCOPE,))
    assert key.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert abs(key.expiry - datetime.now(UTC) - 30 * DAY) < timedelta(minutes=5)
    listed = command("list", "--file", path).stdout
    assert listed == f"ward-7  xray:read  until {key.expires}  sha256 {key.sha256[:12]}\n"
    command("add", "ward-7", "--file", path)
    assert command("remove", "ward-7", "--sha256", key.sha256[:12], "--file", path).returncode == 0
    assert [one.name for one in read_keys(path)] == ["ward-7"]
    assert key not in read_keys(path)
    command("add", "ward-7", "--file", path)
    assert command("remove", "ward-7", "--file", path).returncode == 0
    assert read_keys(path) == ()


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "a" * 65, "ward\n", "wärd"])
def test_a_name_of_other_characters_is_refused(tmp_path, capsys, name):
    assert main(["add", "--file", str(tmp_path / "keys.json"), "--", name]) == 2
    assert capsys.readouterr().err.startswith("The name is ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["add", "ward", "--days", "0"], "--days is 0. It must be at least 1."),
        (
            ["add", "ward", "--days", "999999999"],
            "--days is 999999999. The key would expire after the year 9999.",
        ),
        (["remove", "nobody"], "The file keys.json has no key of nobody."),
        (["remove", "ward", "--sha256", "none"], "The file keys.json has no key of ward whose hash begins with none."),
    ],
)
def test_what_cannot_be_done_is_one_sentence(tmp_path, capsys, arguments, sentence):
    path = tmp_path / "keys.json"
    add_key(path, "ward", (READ_SCOPE,), DAY)
    before = path.read_bytes()
    assert main([*arguments, "--file", str(path)]) == 2
    assert capsys.readouterr().err == sentence + "\n"
    assert path.read_bytes() == before


def test_a_missing_folder_is_one_sentence(tmp_path, capsys):
    assert main(["add", "ward", "--file", str(tmp_path / "none" / "keys.json")]) == 2
    assert capsys.readouterr().err == "The key file keys.json cannot be written: No such file or directory.\n"


def test_keys_added_at_the_same_time_are_all_kept(tmp_path):
    path = tmp_path / "keys.json"
    threads = [
        threading.Thread(target=lambda name=name: [add_key(path, name, (READ_SCOPE,), DAY) for _ in range(10)])
        for name in "abcdefgh"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [key.name for key in read_keys(path)]
    assert {name: names.count(name) for name in "abcdefgh"} == dict.fromkeys("abcdefgh", 10)
