"""A draft goes from one town to another, in the hands of the person whose it is.

No town may write into another (tenants.wall). So the first one packs the draft and seals it with a key that only the
other one uses; the person's browser carries the package there in a form, and the other town opens it, once and within
minutes. Nothing of it stands in `public`, in an address or in a log.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac

from catalogue.forms.definition import FormDefinition, Page
from catalogue.german import fold
from submissions.content import Content
from submissions.drafts import OpenDraft
from submissions.models import Submission
from tenants.context import current_town
from tenants.hosts import all_towns
from tenants.models import Town

LIFETIME = 15 * 60  # seconds to read the page and press the button
_PART = re.compile(r"[-(,/]")  # "Lage-Kachtenhausen", "Lemgo (Brake)"


class PackageRefused(Exception):
    """A package that cannot be opened here: forged, too old, or meant for another town."""


@dataclass(frozen=True)
class Package:
    """A draft on its way. `origin` is the address of the town that it comes from."""

    id: UUID
    origin: str
    town: str  # "Stadt Lage"
    service_key: str
    form_version: int
    content: Content


def home_town(answers: Mapping[str, Any], definition: FormDefinition) -> Town | None:
    """Another town of the platform in which the person lives, by her own answer; None if it is this one or unknown."""
    places = _names_of(str(answers.get(_city_field(definition), "")))
    here = current_town()
    if not places or fold(here.name) in places:
        return None
    return next((town for town in all_towns() if town.is_live and fold(town.name) in places), None)


def responsible_town(submission: Submission) -> Town | None:
    """Another town of the platform that is responsible for what was handed in here, by the decision on it."""
    decision = submission.decision
    ars = decision.authority_ars if decision else ""
    return next((town for town in all_towns() if town.is_live and town.ars == ars != current_town().ars), None)


def _city_field(definition: FormDefinition) -> str:
    pages = (step for step in definition.steps if isinstance(step, Page))
    return next((one.id for page in pages for one in page.fields if one.prefill == "city"), "")


def _names_of(place: str) -> set[str]:
    """What may be the name of the town in what somebody calls her home."""
    return {fold(name.strip()) for name in (place, _PART.split(place)[0]) if name.strip()}


def pack(draft: OpenDraft, *, target: Town) -> str:
    """The draft as `target` can open it. What concerns this town only stays here: files, prices, notices."""
    content = draft.content
    here = current_town()
    package = {
        "id": str(uuid4()),
        "origin": here.url,
        "town": here.full_name,
        "service_key": draft.service_key,
        "form_version": draft.definition.version,
        "content": {"answers": content.answers, "typed": content.typed, "done": content.done},
    }
    return _key_of(target).encrypt(json.dumps(package).encode()).decode()


def unpack(sealed: str) -> Package:
    """A package that was meant for this town. Raises PackageRefused."""
    try:
        plain = json.loads(_key_of(current_town()).decrypt(sealed.encode(), ttl=LIFETIME))
    except (InvalidToken, ValueError) as problem:
        raise PackageRefused from problem
    return Package(**plain | {"id": UUID(plain["id"]), "content": Content.of(plain["content"])})


def _key_of(town: Town) -> Fernet:
    """What is sealed with it opens in this town only."""
    digest = salted_hmac("submissions.other_towns", town.schema_name, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))
