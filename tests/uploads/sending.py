"""Sends files as the page's script does: piece by piece."""

import base64
import hashlib
import html
import json
import re
from typing import Any

from tests.people import TownClient

FILES = "/antrag/hund-anmelden/dateien/"
PAPERS = "/antrag/hund-anmelden/hunde/1/grosser-hund/"
TUS = {"Tus-Resumable": "1.0.0"}


def insurance_field(client: TownClient) -> dict[str, str]:
    """What the page of the papers says along with a file for the insurance; an entry has an id of its own."""
    page = client.get(PAPERS).content.decode()
    said = [json.loads(html.unescape(about)) for about in re.findall(r'data-about="([^"]*)"', page)]
    return next(about for about in said if about["feld"] == "haftpflicht")


def begin(
    client: TownClient,
    content: bytes,
    name: str = "Police.pdf",
    *,
    to: str = FILES,
    length: int | None = None,
    digest: str | None = None,
    **about: str,
) -> Any:
    """Say that a file is going to come."""
    known = {"filename": name, "digest": hashlib.sha256(content).hexdigest() if digest is None else digest}
    field = insurance_field(client) if to == FILES and "seite" not in about else {}
    about = field | known | about  # what is given wins
    size = str(len(content) if length is None else length)
    headers = TUS | {"Upload-Length": size, "Upload-Metadata": metadata(**about)}
    return client.post(to, headers=headers)


def metadata(**about: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in about.items())


def send_piece(client: TownClient, address: str, piece: bytes, offset: int = 0) -> Any:
    headers = TUS | {"Upload-Offset": str(offset)}
    return client.patch(address, piece, content_type="application/offset+octet-stream", headers=headers)


def offset_of(client: TownClient, address: str) -> int | None:
    """How much has arrived; None if there is nothing."""
    answer = client.head(address, headers=TUS)
    return int(answer["Upload-Offset"]) if answer.status_code == 200 else None


def send(client: TownClient, content: bytes, name: str = "Police.pdf", *, piece: int = 1024, **more: Any) -> Any:
    """A whole file; returns the last answer."""
    answer = begin(client, content, name, **more)
    if answer.status_code != 201:
        return answer
    address, offset = answer["Location"], 0
    while offset < len(content):
        answer = send_piece(client, address, content[offset : offset + piece], offset)
        if answer.status_code != 204:
            return answer
        offset += piece
    return answer


def listed(client: TownClient, to: str = FILES) -> str:
    """The list of files as the script gets it."""
    return str(client.get(to, insurance_field(client) if to == FILES else {}).content.decode())
