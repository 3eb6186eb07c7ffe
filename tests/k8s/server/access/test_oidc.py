"""Bearer tokens of an OpenID Connect issuer, with the issuer's keys from a file and from its address."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import jwt
import pytest
from certificates import Authority
from endpoint import FILM, PHANTOM, audit_events, audit_settings, ends, running
from in_process import Served, opened
from token_issuer import AUDIENCE, ISSUER, IssuerSite, SigningKey, key_set

from k8s.server.access.clients import READ_SCOPE, authenticate
from k8s.server.access.limits import UnauthenticatedLimit
from k8s.server.access.oidc import KeySet, Rules, TokenChecker
from k8s.server.lifecycle import Phase
from k8s.server.problems import Problem

LEEWAY_S = 30
RULES = Rules(ISSUER, AUDIENCE, ("RS256", "ES256"), LEEWAY_S)


@pytest.fixture(scope="module")
def rsa_key():
    return SigningKey("rsa-1")


@pytest.fixture(scope="module")
def ec_key():
    return SigningKey("ec-1", "ES256")


@pytest.fixture(scope="module")
def stranger():
    return SigningKey("stranger-1")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("issuer"), "issuer-authority")


@pytest.fixture
def site(authority, rsa_key, monkeypatch):
    """An issuer that publishes `rsa_key`, trusted by this process."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with contextlib.closing(IssuerSite(*authority.issue("issuer"), rsa_key)) as opened:
        yield opened


@pytest.fixture(scope="module")
def server(tmp_path_factory, authority, rsa_key, ec_key):
    """It takes API keys too, and knows the issuer by its address."""
    folder = tmp_path_factory.mktemp("oidc")
    with (
        contextlib.closing(IssuerSite(*authority.issue("issuer-of-server"), rsa_key, ec_key)) as site,
        running(
            folder,
            oidc_issuer=ISSUER,
            oidc_audience=AUDIENCE,
            oidc_jwks=site.url,
            oidc_leeway_seconds=LEEWAY_S,
            SSL_CERT_FILE=authority.path,
        ) as endpoint,
    ):
        endpoint.site, endpoint.sent = site, []
        yield endpoint


def ask(server, token):
    """A film with this bearer token."""
    server.sent.append(token)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/dicom"}
    return httpx.post(server.url + FILM, content=PHANTOM, headers=headers, trust_env=False, timeout=60)


def encoded(member):
    return base64.urlsafe_b64encode(json.dumps(member).encode()).rstrip(b"=").decode()


def claims(**more):
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "pacs", "iat": now, "exp": now + 300, "scope": READ_SCOPE}
    return usual | more


def test_tokens_of_both_algorithms_and_api_keys_are_taken_by_one_server(server, rsa_key, ec_key):
    assert ask(server, rsa_key.token()).status_code == 200
    assert ask(server, ec_key.token()).status_code == 200
    assert ask(server, server.key).status_code == 200
    assert server.read_film().status_code == 200
    assert server.site.fetches == 1


def test_without_credentials_the_challenge_names_both_ways(server):
    response = httpx.post(server.url + FILM, content=PHANTOM, trust_env=False)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'ApiKey realm="xray", Bearer realm="xray"'


def unsigned(key):  # noqa: ARG001
    return f"{encoded({'alg': 'none', 'kid': 'rsa-1'})}.{encoded(claims())}."


def signed_with_the_public_key(key):
    """The classic confusion: the public key taken as the secret of an HMAC."""
    content = f"{encoded({'alg': 'HS256', 'kid': 'rsa-1'})}.{encoded(claims())}"
    mark = hmac.new(key.public_pem, content.encode(), hashlib.sha256).digest()
    return f"{content}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def with_its_own_key(key):  # noqa: ARG001
    """`jwk` in the header is the sender's word."""
    own = SigningKey("rsa-1")
    return jwt.encode(claims(), own.private, "RS256", {"kid": "rsa-1", "jwk": own.jwk})


def changed(key):
    head, _, mark = key.token().split(".")
    return f"{head}.{encoded(claims(scope='xray:read xray:admin'))}.{mark}"


NOW = int(time.time())
REFUSED = {
    "wrong-audience": (lambda key: key.token(aud="another"), "is meant for another audience"),
    "wrong-issuer": (lambda key: key.token(iss="https://login.hospital.example/"), "is from another issuer"),
    "expired": (lambda key: key.token(exp=NOW - 3600), "has expired"),
    "not-yet-valid": (lambda key: key.token(nbf=NOW + 3600), "is not valid yet"),
    "issued-later": (lambda key: key.token(iat=NOW + 3600), "is not valid yet"),
    "unsigned": (unsigned, "is signed with an algorithm that is not allowed"),
    "hmac-of-public-key": (signed_with_the_public_key, "is signed with an algorithm that is not allowed"),
    "other-algorithm": (lambda key: key.token(algorithm="RS512"), "is signed with an algorithm that is not allowed"),
    "key-of-another-kind": (lambda key: key.token(key_id="ec-1"), "cannot be read"),
    "unknown-key": (lambda key: key.token(key_id="stranger-1"), "is signed with an unknown key"),
    "own-key": (with_its_own_key, "has a wrong signature"),
    "changed": (changed, "has a wrong signature"),
    "no-exp": (lambda key: key.token(without=("exp",)), "lacks one of exp, iss, aud and sub"),
    "no-sub": (lambda key: key.token(without=("sub",)), "lacks one of exp, iss, aud and sub"),
    "no-aud": (lambda key: key.token(without=("aud",)), "lacks one of exp, iss, aud and sub"),
    "no-iss": (lambda key: key.token(without=("iss",)), "lacks one of exp, iss, aud and sub"),
    "far-exp": (lambda key: key.token(exp=NOW + 25 * 3600), "expires in more than 24 hours."),
    "exp-in-the-year-3000": (lambda key: key.token(exp=32_503_680_000), "expires in more than 24 hours."),
    "id-token-by-its-header": (lambda key: key.token(token_type="id+jwt"), "is not an access token (typ)."),
    "logout-token": (lambda key: key.token(token_type="logout+jwt"), "is not an access token (typ)."),
    "id-token-by-its-hash": (lambda key: key.token(at_hash="77QmUPtjPfzWtF2AnpK9RQ"), "is not an access token"),
    "id-token-of-keycloak": (lambda key: key.token(typ="ID"), "is not an access token (typ)."),
    "refresh-token-of-keycloak": (lambda key: key.token(typ="Refresh"), "is not an access token (typ)."),
    "type-no-string": (lambda key: key.token(token_type=["JWT"]), "is not an access token (typ)."),
    "empty-sub": (lambda key: key.token(sub=""), "names no client: sub"),
    "blank-sub-of-a-client": (lambda key: key.token(sub=" ", client_id="viewer"), "names no client: sub"),
    "client-no-text": (lambda key: key.token(client_id={"a": 1}), "names no client: sub, client_id or azp"),
    "client-blank": (lambda key: key.token(azp=" "), "names no client: sub, client_id or azp"),
    "endless": (lambda key: key.token(exp=float("inf")), "cannot be read"),
    "long": (lambda key: key.token(more="x" * 8192), "is too long"),
    "garbage": (lambda _key: "garbage", "cannot be read"),
    "dots": (lambda _key: "..", "cannot be read"),
    "nested": (
        lambda _key: f"{base64.urlsafe_b64encode(b'[' * 3000).decode()}.e30.e30",
        "cannot be read",
    ),
    "key-id-no-string": (lambda _key: f"{encoded({'alg': 'RS256', 'kid': [1]})}.{encoded(claims())}.AAAA", "cannot be"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_token_that_does_not_hold_is_refused_with_the_reason(server, rsa_key, case):
    make, reason = REFUSED[case]
    response = ask(server, make(rsa_key))
    assert response.status_code == 401
    assert response.json()["detail"].startswith(f"The bearer token {reason}")
    assert response.headers["www-authenticate"] == 'Bearer realm="xray", error="invalid_token"'


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"scope": "openid xray:read"}, 200),
        ({"scope": ["xray:read"]}, 200),
        ({"scp": ["xray:write", "xray:read"], "scope": ""}, 200),
        ({"scope": "xray:reader"}, 403),
        ({"scope": "XRAY:READ"}, 403),
        ({"scope": ""}, 403),
        ({"scp": ["xray:write"], "scope": ""}, 403),
        ({"scope": {"xray:read": True}}, 403),
        ({"scope": None}, 403),
    ],
)
def test_the_scope_is_looked_for_in_both_claims(server, rsa_key, said, status):
    response = ask(server, rsa_key.token(**said))
    assert response.status_code == status
    if status == 403:
        assert response.headers["www-authenticate"] == (
            'Bearer realm="xray", error="insufficient_scope", scope="xray:read"'
        )


def test_no_token_is_in_the_log(server, rsa_key):
    ask(server, rsa_key.token())
    ask(server, rsa_key.token(exp=NOW - 3600))
    log = b"".join(server.lines).decode()
    assert '"client": "oidc:pacs"' in log
    assert len(server.sent) > 2
    for token in server.sent:
        for part in token.split("."):
            assert len(part) < 12 or part not in log


def client(checker, token):
    return asyncio.run(authenticate((checker,), None, f"Bearer {token}"))


def checker_of_file(tmp_path, *keys, algorithms=RULES.algorithms):
    path = tmp_path / "jwks.json"
    path.write_text(key_set(*keys))
    return TokenChecker(KeySet(str(path)), Rules(ISSUER, AUDIENCE, algorithms, LEEWAY_S))


def test_keys_may_come_from_a_file(tmp_path, rsa_key, ec_key):
    checker = checker_of_file(tmp_path, rsa_key, ec_key)
    assert client(checker, rsa_key.token()).name == "oidc:pacs"
    assert client(checker, rsa_key.token()).user == ""
    assert client(checker, ec_key.token(client_id="viewer")).name == "oidc:viewer"
    assert client(checker, ec_key.token(client_id="viewer")).user == "pacs"
    assert client(checker, ec_key.token(azp="gateway")).name == "oidc:gateway"


@pytest.mark.parametrize("token_type", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", None])
def test_access_tokens_of_every_spelling_are_taken(tmp_path, rsa_key, token_type):
    checker = checker_of_file(tmp_path, rsa_key)
    token = rsa_key.token(token_type=token_type)
    assert jwt.get_unverified_header(token).get("typ") == token_type
    assert client(checker, token).name == "oidc:pacs"
    assert client(checker, rsa_key.token(typ="Bearer")).name == "oidc:pacs"  # the claim, as Keycloak writes it


def test_a_token_for_a_day_is_taken(tmp_path, rsa_key):
    assert client(checker_of_file(tmp_path, rsa_key), rsa_key.token(exp=int(time.time()) + 86_400)).name == "oidc:pacs"


@pytest.mark.parametrize(("bits", "is_good"), [(1024, False), (2047, False), (2048, True)])
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # of the issuer's side of this test
def test_a_short_rsa_key_opens_nothing(tmp_path, bits, is_good):
    key = SigningKey("short", rsa_bits=bits)
    checker = checker_of_file(tmp_path, key)
    if is_good:
        assert client(checker, key.token()).name == "oidc:pacs"
        return
    with pytest.raises(Problem) as refusal:
        client(checker, key.token())
    assert refusal.value.detail == (
        f"The bearer token is signed with an RSA key of {bits:,} bits. At least 2,048 are required."
    )


@pytest.mark.parametrize(
    ("said", "seconds", "is_good"),
    [
        ("exp", -LEEWAY_S + 5, True),
        ("exp", -LEEWAY_S - 1, False),
        ("nbf", LEEWAY_S - 1, True),
        ("nbf", LEEWAY_S + 5, False),
        ("iat", LEEWAY_S - 1, True),
        ("iat", LEEWAY_S + 5, False),
    ],
)
def test_clocks_may_differ_by_the_leeway_and_no_more(tmp_path, rsa_key, said, seconds, is_good):
    checker = checker_of_file(tmp_path, rsa_key)
    token = rsa_key.token(**{said: int(time.time()) + seconds})
    if is_good:
        assert client(checker, token).scopes == {READ_SCOPE}
    else:
        with pytest.raises(Problem) as refusal:
            client(checker, token)
        assert refusal.value.status == 401


def test_a_symmetric_key_in_the_key_set_opens_nothing(tmp_path, rsa_key):
    """An issuer that publishes one by mistake has given everyone the means to sign."""
    secret = b"0123456789abcdef0123456789abcdef"
    octets = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    checker = checker_of_file(tmp_path, rsa_key)
    document = {"keys": [rsa_key.jwk, {"kty": "oct", "kid": "oct-1", "k": octets, "alg": "HS256"}]}
    (tmp_path / "jwks.json").write_text(json.dumps(document))
    for algorithm in ("HS256", "RS256"):
        content = f"{encoded({'alg': algorithm, 'kid': 'oct-1'})}.{encoded(claims())}"
        mark = base64.urlsafe_b64encode(hmac.digest(secret, content.encode(), "sha256")).rstrip(b"=").decode()
        with pytest.raises(Problem, match=r"algorithm that is not allowed|cannot be read"):
            client(checker, f"{content}.{mark}")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"keys": []}', '{"keys": [{"kty": "RSA"}]}'])
def test_where_no_key_could_ever_be_had_the_answer_is_503(tmp_path, rsa_key, content):
    path = tmp_path / "jwks.json"
    path.write_text(content)
    with pytest.raises(Problem) as refusal:
        client(TokenChecker(KeySet(str(path)), RULES), rsa_key.token())
    assert (refusal.value.status, refusal.value.kind) == (503, "token-issuer-unavailable")
    assert refusal.value.headers["Retry-After"] == "5"


def test_a_server_whose_issuer_was_never_there_answers_503_and_api_keys_go_on(tmp_path, authority, rsa_key):
    with contextlib.closing(IssuerSite(*authority.issue("issuer-down"), rsa_key)) as site:
        site.is_down = True
        settings = {"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "oidc_jwks": site.url}
        with running(tmp_path, SSL_CERT_FILE=authority.path, **settings) as server:
            server.sent = []
            response = ask(server, rsa_key.token())
            assert response.status_code == 503
            assert response.json()["type"] == "/problems/token-issuer-unavailable"
            assert server.read_film().status_code == 200


def test_while_the_issuer_is_away_strangers_share_one_rate_and_what_is_over_it_has_no_audit_line(tmp_path, rsa_key):
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    checker = TokenChecker(KeySet(str(tmp_path / "jwks.json")), RULES)
    limit = UnauthenticatedLimit(60, 2, now=lambda: 1000.0)
    service = replace(opened(**audit_settings(tmp_path)), authenticators=(checker,), unauthenticated=limit)
    service.lifecycle.enter(Phase.READY)
    with Served(service) as server:
        server.sent = []
        statuses = [ask(server, rsa_key.token()).status_code for _ in range(4)]
    service.close()
    assert statuses == [503, 503, 429, 429]
    lines = [event["outcomeDesc"] for event in ends(audit_events(tmp_path))]
    assert lines == ["503 token-issuer-unavailable"] * 2


def test_keys_are_fetched_once_and_kept(site):
    keys = KeySet(site.url)

    async def many():
        return [await keys.key("rsa-1") for _ in range(50)]

    assert all(key is not None for key in asyncio.run(many()))
    assert site.fetches == 1


def test_many_at_a_time_fetch_once(site):
    keys = KeySet(site.url)

    async def many():
        return await asyncio.gather(*(keys.key("rsa-1") for _ in range(50)))

    assert all(key is not None for key in asyncio.run(many()))
    assert site.fetches == 1


def test_a_key_rolled_over_is_fetched_once_and_the_old_one_is_gone(site, rsa_key):
    fresh = SigningKey("rsa-2")
    keys = KeySet(site.url, pause_s=0)
    checker = TokenChecker(keys, RULES)

    async def rolled():
        before = await checker.client(None, rsa_key.token())
        site.keys = (fresh,)
        after = [await checker.client(None, fresh.token()) for _ in range(5)]
        return [before, *after]

    assert [one.name for one in asyncio.run(rolled())] == ["oidc:pacs"] * 6
    assert site.fetches == 2
    with pytest.raises(Problem, match="unknown key"):
        client(checker, rsa_key.token())


def test_keys_that_could_not_be_fetched_anew_for_too_long_are_good_no_more(site, rsa_key):
    checker = TokenChecker(KeySet(site.url, lifetime_s=0, pause_s=0, stale_s=1), RULES)
    assert client(checker, rsa_key.token()).name == "oidc:pacs"
    site.is_down = True
    assert client(checker, rsa_key.token()).name == "oidc:pacs"
    time.sleep(1.1)
    with pytest.raises(Problem) as refusal:
        client(checker, rsa_key.token())
    assert refusal.value.kind == "token-issuer-unavailable"


def test_made_up_key_ids_make_one_fetch_in_a_pause(site):
    keys = KeySet(site.url, pause_s=3600)

    async def made_up():
        first = await keys.key("rsa-1")
        return [first, *await asyncio.gather(*(keys.key(f"made-up-{number}") for number in range(200)))]

    found = asyncio.run(made_up())
    assert found[0] is not None
    assert set(found[1:]) == {None}
    assert site.fetches == 1


def test_made_up_key_ids_at_a_server_are_not_passed_on_to_the_issuer(server, stranger, rsa_key):
    assert ask(server, rsa_key.token()).status_code == 200
    before, start = server.site.fetches, time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        tokens = [stranger.token(key_id=f"made-up-{number}") for number in range(60)]
        statuses = set(pool.map(lambda token: ask(server, token).status_code, tokens))
    pauses = (time.monotonic() - start) / 10
    assert statuses == {401}
    assert server.site.fetches - before <= 1 + pauses


def test_keys_are_fetched_anew_after_their_lifetime(site):
    keys = KeySet(site.url, lifetime_s=0, pause_s=0)

    async def twice():
        await keys.key("rsa-1")
        site.keys = (SigningKey("rsa-2"),)
        return await keys.key("rsa-1")

    assert asyncio.run(twice()) is None  # withdrawn
    assert site.fetches == 2


@pytest.mark.parametrize("trouble", ["down", "garbage"])
def test_while_the_issuer_fails_the_old_keys_go_on(site, trouble):
    keys = KeySet(site.url, lifetime_s=0, pause_s=0)

    async def twice():
        await keys.key("rsa-1")
        if trouble == "down":
            site.is_down = True
        else:
            site.keys = ()
        return await keys.key("rsa-1")

    assert asyncio.run(twice()) is not None
    assert site.fetches == 2


def test_an_issuer_that_hangs_keeps_one_request_waiting_and_not_all(site):
    keys = KeySet(site.url, lifetime_s=0, pause_s=0)

    async def beside_a_fetch():
        await keys.key("rsa-1")
        site.may_answer.clear()
        site.is_asked.clear()
        waiting = asyncio.create_task(keys.key("rsa-1"))
        await asyncio.to_thread(site.is_asked.wait, 10)
        beside = await keys.key("rsa-1")
        was_waiting = not waiting.done()
        site.may_answer.set()
        return beside, was_waiting, await waiting

    beside, was_waiting, waited = asyncio.run(beside_a_fetch())
    assert was_waiting
    assert beside is not None
    assert waited is not None


def test_an_issuer_whose_certificate_is_of_another_authority_is_not_believed(site, tmp_path, monkeypatch, rsa_key):
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path, "another-authority").path))
    with pytest.raises(Problem) as refusal:
        client(TokenChecker(KeySet(site.url), RULES), rsa_key.token())
    assert refusal.value.status == 503
    assert site.fetches == 0
