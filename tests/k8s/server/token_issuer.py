"""An issuer of bearer tokens for tests: its keys, its tokens, and the https address at which it publishes its keys."""

import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from k8s.server.access.clients import READ_SCOPE

ISSUER, AUDIENCE = "https://login.hospital.example", "xray-endpoint"


class SigningKey:
    """A private key with an id."""

    def __init__(self, key_id, algorithm="RS256", rsa_bits=2048):
        self.key_id, self.algorithm = key_id, algorithm
        is_rsa = algorithm.startswith("RS")
        self.private = rsa.generate_private_key(65537, rsa_bits) if is_rsa else ec.generate_private_key(ec.SECP256R1())
        public = (RSAAlgorithm if is_rsa else ECAlgorithm).to_jwk(self.private.public_key(), as_dict=True)
        self.jwk = {**public, "kid": key_id, "use": "sig", "alg": algorithm}

    @property
    def public_pem(self):
        form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(*form)

    def token(self, *, algorithm=None, key_id=None, token_type="JWT", without=(), **claims):
        """Good for five minutes; `claims` are put over the usual ones, those named in `without` left out."""
        now = int(time.time())
        usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "pacs", "iat": now, "exp": now + 300, "scope": READ_SCOPE}
        said = {name: value for name, value in (usual | claims).items() if name not in without}
        header = {"kid": key_id or self.key_id, "typ": token_type}
        return jwt.encode(said, self.private, algorithm or self.algorithm, header)


def key_set(*keys):
    """The document of RFC 7517 with these keys."""
    return json.dumps({"keys": [key.jwk for key in keys]})


class IssuerSite:
    """https://127.0.0.1:PORT/keys. Counts what is fetched; `is_down` makes it fail, `may_answer` makes it hang."""

    def __init__(self, certificate, private_key, *keys):
        self.keys, self.fetches, self.is_down = keys, 0, False
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.is_asked = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.fetches += 1
                site.is_asked.set()
                site.may_answer.wait(30)
                body = key_set(*site.keys).encode()
                self.send_response(500 if site.is_down else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, private_key)

        class Server(ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                """A client that did not wait, or does not believe the certificate, is part of the tests."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"https://127.0.0.1:{self._server.server_port}/keys"

    def close(self):
        self.may_answer.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
