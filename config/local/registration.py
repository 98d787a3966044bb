"""The portal's registration at the identity provider, as the provider leaves it for the stack."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Registration:
    """What the portal must know to use and to change its registration."""

    client_id: str
    client_secret: str
    management_url: str  # registration_client_uri of RFC 7592
    management_token: str  # registration_access_token of RFC 7592


def write(data: Path, registration: Registration) -> None:
    """Leave the registration in the provider's data directory, readable by us alone."""
    file = data / "registration.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(registration)))


def read(data: Path) -> Registration | None:
    """The registration, or None if the provider never ran with this data."""
    file = data / "registration.json"
    return Registration(**json.loads(file.read_text())) if file.exists() else None
