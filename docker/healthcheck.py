"""Whether the web server of this container answers; for HEALTHCHECK. The image has no other program that could ask."""

import sys
from http.client import HTTPConnection, HTTPException


def answers(port: int) -> bool:
    """Whether `/healthz` says within three seconds that all is well."""
    connection = HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        # Without this header it would be sent on to https, which is not spoken here.
        connection.request("GET", "/healthz", headers={"X-Forwarded-Proto": "https"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(0 if answers(8000) else 1)
