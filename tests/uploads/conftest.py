"""Anna stands before a page that asks for files: the papers of a big dog."""

from collections.abc import Iterator
from typing import Any

import pytest

from tenants.models import Town
from tests.people import TownClient, make_anna
from tests.submissions.filling import fill_in_dog_registration
from tests.uploads.scanner import Scanner

INSURANCE = {"versicherung": "Lippische", "versicherungsnummer": "77-1"}
BIG = {"hoehe": "55", "gewicht": "28"}


def come_to_the_papers(client: TownClient) -> TownClient:
    fill_in_dog_registration(client)
    client.post("/antrag/hund-anmelden/hunde/1/groesse/", BIG)
    return client


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town) -> TownClient:
    """Signed in."""
    return come_to_the_papers(visitor.sign_in(make_anna()))


@pytest.fixture
def nobody(visitor: TownClient, in_lage: Town) -> TownClient:
    """Not signed in."""
    return come_to_the_papers(visitor)


@pytest.fixture
def scanner(settings: Any) -> Iterator[Scanner]:
    """Something that speaks as ClamAV does, at a real socket."""
    with Scanner() as running:
        settings.CLAMAV_URL = running.url
        yield running
