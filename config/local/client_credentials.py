"""Tokens for programs that show their client id and secret (OAuth 2.0, client credentials)."""

import base64
import binascii
import hmac
import secrets
import time

from flask import Response, jsonify, request

TOKEN_SECONDS = 600


class Client:
    """The one program that may ask. After a restart no token of before is good."""

    def __init__(self, identifier: str, secret: str, *, seconds: int = TOKEN_SECONDS) -> None:
        self.known = identifier, secret
        self.seconds = seconds
        self._key = secrets.token_bytes(32)

    def token(self) -> Response | tuple[Response, int]:
        """The answer to the request of now."""
        if _shown() != self.known or request.form.get("grant_type") != "client_credentials":
            return jsonify(error="invalid_client"), 401
        until = str(int(time.time()) + self.seconds)
        token = f"{until}.{self._proof(until)}"
        return jsonify(access_token=token, token_type="Bearer", expires_in=self.seconds)  # noqa: S106 -- a kind

    def may_ask(self) -> bool:
        """Whether the request of now has a token that is ours and still good."""
        until, _, proof = request.headers.get("Authorization", "").removeprefix("Bearer ").partition(".")
        if not until.isdigit() or int(until) < time.time():
            return False
        return hmac.compare_digest(proof, self._proof(until))

    def forget_tokens(self) -> None:
        """None that was given is good any more."""
        self._key = secrets.token_bytes(32)

    def _proof(self, until: str) -> str:
        return hmac.digest(self._key, until.encode(), "sha256").hex()


def _shown() -> tuple[str, str]:
    """Client id and secret of the request of now, in its header or its body."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return name, secret
    return request.form.get("client_id", ""), request.form.get("client_secret", "")
