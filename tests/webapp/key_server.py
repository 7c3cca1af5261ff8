"""A login service for tests: it holds private keys, signs tokens, and publishes its key set over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

PEM = serialization.Encoding.PEM
PUBLIC = serialization.PublicFormat.SubjectPublicKeyInfo


class SigningKey:
    """A key pair that signs tokens under an id."""

    def __init__(self, kid: str, algorithm: str = "ES256", *, bits: int = 2048) -> None:
        self.kid = kid
        self.algorithm = algorithm
        self._private: Any = (
            ec.generate_private_key(ec.SECP256R1())
            if algorithm == "ES256"
            else rsa.generate_private_key(public_exponent=65537, key_size=bits)
        )

    @property
    def pem(self) -> str:
        """The public key as a file holds it."""
        return str(self._private.public_key().public_bytes(PEM, PUBLIC).decode())

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key as a key set lists it."""
        kind = ECAlgorithm if self.algorithm == "ES256" else RSAAlgorithm
        public = kind.to_jwk(self._private.public_key(), as_dict=True)
        return {**public, "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    def sign(self, *, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return a token of the user "owner" for ten minutes, with other claims or headers where given."""
        now = int(time.time())
        claims = {"sub": "owner", "iat": now, "exp": now + 600} | claims
        return jwt.encode(claims, self._private, self.algorithm, headers={"kid": self.kid} | (headers or {}))


class KeyServer:
    """Publishes ``keys``, or ``body`` when that is set; counts who asked."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = list(keys)
        self.body: bytes | None = None
        self.status = 200
        self.asked = 0
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"server_": self}))
        self._http.daemon_threads = True

    @property
    def url(self) -> str:
        """The value for ``JWT_JWKS_URL``."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/.well-known/jwks.json"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Go down, as in an outage."""
        self._http.shutdown()
        self._http.server_close()

    def answer(self) -> bytes:
        """Return what the next caller gets."""
        self.asked += 1
        return (
            self.body if self.body is not None else json.dumps({"keys": [k.jwk for k in self.keys]}).encode()
        )


class _Handler(BaseHTTPRequestHandler):
    server_: KeyServer

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        body = self.server_.answer()
        self.send_response(self.server_.status)
        if self.server_.status == 302:
            self.send_header("Location", "/elsewhere.json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
