"""An identity provider that says whatever a test wants it to say, with keys of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "stadttor"
SECRET = "a-secret-of-at-least-thirty-two-characters"


class _LeftOut:
    def __repr__(self) -> str:
        return "left out"


LEFT_OUT: Any = _LeftOut()  # a claim that is not there at all


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Forger:
    """What it answers. `claims` go into the id token, on top of correct ones; `userinfo` likewise."""

    issuer: str
    key: rsa.RSAPrivateKey
    nonce: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    signing_key: Any = None  # instead of `key`
    algorithm: str = "RS256"
    header: dict[str, Any] = field(default_factory=lambda: {"kid": "one"})
    token: str | None = None  # the whole id token
    changes: dict[str, Any] = field(default_factory=dict)  # to the discovery document
    status: dict[str, int] = field(default_factory=dict)  # by path
    asked: list[tuple[str, str]] = field(default_factory=list)  # path and body

    def answer(self, path: str) -> Any:
        """The JSON answer of an endpoint."""
        match path:
            case "/.well-known/openid-configuration":
                return _without_left_out(self._discovery() | self.changes)
            case "/jwks":
                public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
                return {"keys": [public | {"kid": "one", "alg": "RS256", "use": "sig"}]}
            case "/token":
                return {"access_token": "access", "token_type": "Bearer", "id_token": self.token or self.id_token()}
            case "/userinfo":
                told = {"sub": "anna", "given_name": "Anna", "family_name": "Schröder", "email": "anna@post.example"}
                return _without_left_out(told | self.userinfo)
        return {}

    def id_token(self) -> str:
        now = int(time())
        correct = {
            "iss": self.issuer,
            "sub": "anna",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
            "acr": "STORK-QAA-Level-1",
        }
        claims = _without_left_out(correct | self.claims)
        key: Any = None if self.algorithm == "none" else self.signing_key or self.key
        return jwt.encode(claims, key, algorithm=self.algorithm, headers=self.header)

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
        }


def _without_left_out(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not LEFT_OUT}


@contextmanager
def running(key: rsa.RSAPrivateKey) -> Iterator[Forger]:
    """The provider, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, body: str) -> None:
            forger.asked.append((self.path, body))
            content = json.dumps(forger.answer(self.path)).encode()
            self.send_response(forger.status.get(self.path, 200))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    forger = Forger(f"http://localhost:{server.server_address[1]}", key)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield forger
    finally:
        server.shutdown()
        server.server_close()
