"""TLS in the pod, with real certificates: of the server, and of its clients."""

import asyncio
import contextlib
import hashlib
import json
import os
import socket
import ssl
import warnings
from pathlib import Path

import httpx
import pytest
from certificates import Authority
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from endpoint import FILM, PHANTOM, audit_settings, running

from k8s.server.access.certificates import name_of
from k8s.server.http import serve, watches
from k8s.server.records.audit_log import AuditLog
from k8s.server.records.metrics import Metrics
from k8s.server.records.server_audit import ServerAudit
from k8s.server.settings import Settings


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"), "hospital")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """An authority that the server does not know."""
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


@pytest.fixture(scope="module")
def mutual(tmp_path_factory, authority):
    """A server that wants to see certificates of `authority`."""
    certificate, key = authority.issue("pod")
    settings = {"tls_cert": certificate, "tls_key": key, "tls_client_ca": authority.path}
    folder = tmp_path_factory.mktemp("mutual")
    with running(folder, **settings, **audit_settings(folder)) as endpoint:
        yield endpoint


def trust(authority, client=None):
    """A context that believes `authority` and shows the files of `client`."""
    context = ssl.create_default_context(cafile=authority.path)
    if client is not None:
        context.load_cert_chain(*client)
    return context


def ask(server, context, headers=None):
    headers = {"X-API-Key": server.key, "Content-Type": "application/dicom"} if headers is None else headers
    url = f"https://127.0.0.1:{server.port}{FILM}"
    return httpx.post(url, content=PHANTOM, headers=headers, verify=context, trust_env=False, timeout=60)


def shaken(port, context):
    """Version, cipher, answer and certificate. In TLS 1.3 a client learns of its refusal only after the handshake."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = connection.recv(100)
        if not answer:
            raise ConnectionAbortedError("closed without an answer")
        return connection.version(), connection.cipher()[0], answer, connection.getpeercert()


def test_a_client_with_a_certificate_is_answered(mutual, authority):
    assert ask(mutual, trust(authority, authority.issue("viewer"))).status_code == 200


def test_a_certificate_takes_the_place_of_no_key(mutual, authority):
    context = trust(authority, authority.issue("viewer"))
    assert ask(mutual, context, {}).status_code == 401


def last_film(server):
    """Of the last film: the agents of its audit line, and its line in the log."""
    event = json.loads((server.folder / "audit.jsonl").read_text().splitlines()[-1])
    request_id = event["entity"][0]["what"]["identifier"]["value"]
    (line,) = server.logged(route="chest-xray", request_id=request_id)
    return [(agent["who"]["identifier"]["value"], agent["requestor"]) for agent in event["agent"]], line


def test_the_audit_line_and_the_log_name_the_certificate_beside_the_key(mutual, authority):
    assert ask(mutual, trust(authority, authority.issue("ingress"))).status_code == 200
    agents, line = last_film(mutual)
    assert agents == [("key:ward", True), ("tls:subject:CN=ingress", False)]
    assert (line["client"], line["certificate"]) == ("key:ward", "tls:subject:CN=ingress")


def test_where_no_key_is_asked_for_the_certificate_is_the_client_with_limits_of_its_own(tmp_path, authority):
    certificate, key = authority.issue("open-pod")
    tls = {"tls_cert": certificate, "tls_key": key, "tls_client_ca": authority.path}
    ward = authority.issue("ward", x509.DNSName("ward-7.hospital.example"))
    other = authority.issue("other", x509.UniformResourceIdentifier("spiffe://hospital.example/pacs"))
    limits = {"rate_per_minute": 1, "rate_burst": 2}
    with running(tmp_path, auth="none", **tls, **limits, **audit_settings(tmp_path)) as server:
        headers = {"Content-Type": "application/dicom"}
        assert [ask(server, trust(authority, ward), headers).status_code for _ in range(3)] == [200, 200, 429]
        assert last_film(server)[0] == [("tls:dns:ward-7.hospital.example", True)]
        assert ask(server, trust(authority, other), headers).status_code == 200
        assert last_film(server)[0] == [("tls:uri:spiffe://hospital.example/pacs", True)]


def test_a_certificate_without_a_name_or_with_one_too_long_is_called_by_its_hash(authority):
    issued = [authority.issue(""), authority.issue("long", x509.DNSName("x" * 300))]
    certificates = [x509.load_pem_x509_certificate(path.read_bytes()) for path, _ in issued]
    unreadable = b"what OpenSSL took and cryptography does not"
    for encoded in (*(one.public_bytes(serialization.Encoding.DER) for one in certificates), unreadable):
        assert name_of(encoded) == f"sha256:{hashlib.sha256(encoded).hexdigest()}"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_without_a_certificate_is_refused_in_the_handshake(mutual, authority, version):
    context = trust(authority)
    context.minimum_version = context.maximum_version = version
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shaken(mutual.port, context)
    context.load_cert_chain(*authority.issue("late"))
    assert shaken(mutual.port, context)[2].startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_certificate_of_another_authority_is_refused_in_the_handshake(mutual, authority, stranger, version):
    context = trust(authority, stranger.issue("viewer"))
    context.minimum_version = context.maximum_version = version
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shaken(mutual.port, context)


def test_a_refused_handshake_leaves_the_server_at_work(mutual, authority):
    for _ in range(5):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            shaken(mutual.port, trust(authority))
    assert ask(mutual, trust(authority, authority.issue("viewer"))).status_code == 200
    assert mutual.process.poll() is None


def test_a_client_that_does_not_know_the_authority_does_not_send_its_film(mutual, stranger):
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(mutual, trust(stranger))


def test_plain_http_on_the_port_of_https_gets_no_answer(mutual):
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"http://127.0.0.1:{mutual.port}/v2/health/live", trust_env=False)


def test_the_operations_port_stays_plain_http(mutual):
    assert httpx.get(f"{mutual.ops_url}/health/ready", trust_env=False).status_code == 200
    assert mutual.metric("xray_ready") == 1


@pytest.fixture(scope="module")
def https(tmp_path_factory, authority):
    """A server that asks its clients for no certificate."""
    certificate, key = authority.issue("plain-pod")
    with running(tmp_path_factory.mktemp("https"), tls_cert=certificate, tls_key=key) as endpoint:
        yield endpoint


def test_https_needs_no_certificate_of_the_client_unless_told_so(https, authority):
    assert ask(https, trust(authority)).status_code == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_versions_before_1_2_are_refused(https, authority, version):
    context = trust(authority)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")  # else this client would not even try
    with pytest.raises((ssl.SSLError, ConnectionError), match=r"PROTOCOL_VERSION|EOF|reset"):
        shaken(https.port, context)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert shaken(https.port, context)[0] == "TLSv1.2"


def test_1_2_and_1_3_are_spoken_with_forward_secrecy_and_authenticated_ciphers(https, authority):
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        context = trust(authority)
        context.minimum_version = context.maximum_version = version
        spoken, cipher, answer, _ = shaken(https.port, context)
        assert spoken == name
        assert answer.startswith(b"HTTP/1.1 200")
        assert cipher.startswith(("ECDHE-", "TLS_"))
        assert "GCM" in cipher or "CHACHA20" in cipher


@pytest.mark.parametrize("ciphers", ["aNULL", "eNULL", "ECDHE-ECDSA-AES128-SHA"])
def test_weak_ciphers_are_refused(https, authority, ciphers):
    context = trust(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shaken(https.port, context)


@contextlib.asynccontextmanager
async def served(certificate, key, every_s, monkeypatch, audit=None):
    """A listener as `serve` makes it, with its watch over the certificate."""
    monkeypatch.setattr(watches, "CERTIFICATE_CHECK_S", every_s)

    async def application(scope, receive, send):  # noqa: ARG001
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    settings = Settings.read(auth="none", tls_cert=certificate, tls_key=key)
    config = serve._config(application, "127.0.0.1", 0, 1)
    serve._use_tls(config, settings)
    listener = serve._Listener(config, "XRAY_PORT")
    task = await serve._started(listener, listener.bind())
    watch = asyncio.create_task(watches.reload_certificates(config, settings, ServerAudit(audit, Metrics())))
    try:
        yield listener.port
    finally:
        watch.cancel()
        listener.should_exit = True
        await task


def serial(port, context):
    return shaken(port, context)[3]["serialNumber"]


async def until_it_changes(port, context, before):
    async with asyncio.timeout(10):
        while (now := await asyncio.to_thread(serial, port, context)) == before:
            await asyncio.sleep(0.02)
    return now


def test_a_certificate_renewed_in_place_is_shown_to_new_connections(authority, monkeypatch):
    async def run():
        context = trust(authority)
        certificate, key = authority.issue("renewed")
        async with served(certificate, key, 0.05, monkeypatch) as port:
            first = await asyncio.to_thread(serial, port, context)
            authority.issue("renewed")
            return first, await until_it_changes(port, context, first)

    first, second = asyncio.run(run())
    assert first != second


@pytest.mark.parametrize("trouble", ["half", "garbage", "gone"])
def test_a_renewal_that_is_not_complete_leaves_the_old_certificate(authority, monkeypatch, trouble):
    async def run():
        context = trust(authority)
        certificate, key = authority.issue("incomplete")
        old_key = key.read_bytes()
        async with served(certificate, key, 0.05, monkeypatch) as port:
            first = await asyncio.to_thread(serial, port, context)
            authority.issue("incomplete")
            new_key = key.read_bytes()
            new = certificate.read_bytes()
            if trouble == "half":
                key.write_bytes(old_key)
            elif trouble == "garbage":
                certificate.write_text("garbage")
            else:
                certificate.unlink()
            for _ in range(10):
                await asyncio.sleep(0.05)
                assert await asyncio.to_thread(serial, port, context) == first
            key.write_bytes(new_key)
            certificate.write_bytes(new)
            return first, await until_it_changes(port, context, first)

    first, second = asyncio.run(run())
    assert first != second


def test_certificates_of_a_mounted_secret_are_renewed_by_its_link(authority, tmp_path, monkeypatch):
    """The kubelet points ..data to another folder; tls.crt and tls.key are links through it."""

    def filled(name):
        folder = tmp_path / name
        folder.mkdir()
        for path, kind in zip(authority.issue("mounted"), ("crt", "key"), strict=True):
            (folder / f"tls.{kind}").write_bytes(Path(path).read_bytes())
        return name

    async def run():
        context = trust(authority)
        (tmp_path / "..data").symlink_to(filled("..v1"))
        links = [tmp_path / f"tls.{kind}" for kind in ("crt", "key")]
        for link in links:
            link.symlink_to(f"..data/{link.name}")
        async with served(*links, 0.05, monkeypatch) as port:
            first = await asyncio.to_thread(serial, port, context)
            (tmp_path / "..data_tmp").symlink_to(filled("..v2"))
            os.replace(tmp_path / "..data_tmp", tmp_path / "..data")
            return first, await until_it_changes(port, context, first)

    first, second = asyncio.run(run())
    assert first != second


def test_a_certificate_that_is_read_again_or_cannot_be_is_audited_once(authority, monkeypatch):
    lines = []
    log = AuditLog(b"0123456789abcdef" * 4, None, 1_000_000, echo=lines.append)

    async def run():
        certificate, key = authority.issue("audited")
        async with served(certificate, key, 0.05, monkeypatch, log):
            await asyncio.sleep(0.1)  # the watch has seen the first one
            authority.issue("audited")
            await until(lambda: len(lines) == 1)
            good = certificate.read_bytes()
            certificate.write_text("garbage")
            await until(lambda: len(lines) == 2)
            await asyncio.sleep(0.3)  # tried six times more
            certificate.write_bytes(good)
            await until(lambda: len(lines) == 3)
            return ssl.PEM_cert_to_DER_cert(good.decode())

    async def until(is_so):
        async with asyncio.timeout(10):
            while not is_so():
                await asyncio.sleep(0.02)

    content = asyncio.run(run())
    read, unread, read_again = (json.loads(line) for line in lines)
    assert {event["subtype"][0]["code"] for event in (read, unread, read_again)} == {"110129"}
    assert [event["outcome"] for event in (read, unread, read_again)] == ["0", "8", "0"]
    assert unread["outcomeDesc"] == "certificate changed and not read: the old one stays"
    assert read_again["entity"][0]["what"]["identifier"]["value"] == hashlib.sha256(content).hexdigest()
