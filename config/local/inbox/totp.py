"""The codes that staff type after their password (TOTP, RFC 6238: SHA-1, 30 seconds, 6 digits)."""

import base64
import hmac
import struct

STEP = 30  # seconds
DIGITS = 6


def code(secret: str, now: float) -> str:
    """The code for a secret (base32) at `now` (seconds since 1970)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(now // STEP)), "sha1").digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def seconds_left(now: float) -> int:
    """How long the code of `now` is still the current one."""
    return STEP - int(now % STEP)
