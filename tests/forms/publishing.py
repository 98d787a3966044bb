"""Releases forms that the library does not ship, as an operator would."""

import shutil
from pathlib import Path

import yaml

from catalogue.actions import release
from catalogue.forms.definition import FormDefinition
from catalogue.reading import SHIPPED_LIBRARY
from tests.factories import make_amount, make_payable
from tests.people import MONDAY
from townhall.models import FeeAmount, Offer, OfferState

SAMPLES = Path(__file__).parent / "samples"
EVERY_KIND = "hund-abmelden"  # the sample with one question of each kind


def publish(folder: Path, *texts: str) -> None:
    """Release the library with these forms (texts of their files) and let the town of the test offer them."""
    library = folder / "library"
    if not library.exists():
        shutil.copytree(SHIPPED_LIBRARY, library)
    for text in texts:
        key = yaml.safe_load(text)["key"]
        (library / "forms" / f"{key}.yaml").write_text(text, encoding="utf-8")
        Offer.objects.update_or_create(service_key=key, defaults={"state": OfferState.ONLINE})
    release(library, by="Olga", now=MONDAY, notes="")


def publish_sample(folder: Path, key: str = EVERY_KIND) -> FormDefinition:
    """Release a sample; what it costs has an amount."""
    from catalogue.forms.current import form_definition

    publish(folder, (SAMPLES / f"{key}.yaml").read_text(encoding="utf-8"))
    make_payable()
    definition = form_definition(key)
    for name in definition.amount_keys:
        if not FeeAmount.objects.filter(key=name).exists():
            make_amount(name, "7.50")
    return definition
