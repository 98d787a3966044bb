"""What the portal looks at by itself, so that nobody has to: hints for the case worker, never a decision."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.trust import TrustLevel
from catalogue.forms.days import full_years
from submissions.casework.queries import NOT_COUNTING
from submissions.found.models import FoundItem
from submissions.found.queries import NUMBER, REPORT, SEARCH, has_own_list
from submissions.models import Submission
from tenants.context import current_town
from townhall.shopfront import shopfront

SIMILAR_WITHIN = timedelta(days=14)
OF_AGE = 18


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `url` leads to what it speaks of."""

    text: str
    is_fine: bool
    url: str = ""


def checks_of(case: Submission) -> list[Check]:
    """All that there is to say; what cannot be judged is left out."""
    return [*_age(case), *_address(case), *_similar(case), *_account(case), *_missing_files(case), *_found(case)]


def _age(case: Submission) -> Iterator[Check]:
    born = _as_date(case.answers.get("geburtsdatum"))
    if born is None:
        return
    age = full_years(born, case.frozen_at.date())
    if age < OF_AGE:
        yield Check(_("Die Person ist minderjährig (%(age)d Jahre).") % {"age": age}, is_fine=False)
    else:
        yield Check(_("Die Person ist volljährig."), is_fine=True)


def _address(case: Submission) -> Iterator[Check]:
    postal_code = str(case.answers.get("plz") or "")
    if not postal_code:
        return
    town = current_town()
    if postal_code in town.municipality.postal_codes:
        yield Check(_("Die Postleitzahl gehört zu %(town)s.") % {"town": town.name}, is_fine=True)
    else:
        found = {"code": postal_code, "town": town.name}
        yield Check(_("Die Postleitzahl %(code)s gehört nicht zu %(town)s.") % found, is_fine=False)


def _similar(case: Submission) -> Iterator[Check]:
    """Of the same person for the same service, open or handed in about the same time."""
    if case.citizen_id is None:
        return  # who it was is not known
    others = Submission.objects.filter(citizen_id=case.citizen_id, service_key=case.service_key).exclude(pk=case.pk)
    counting = others.exclude(state__in=NOT_COUNTING)
    near = counting.filter(
        frozen_at__gte=case.frozen_at - SIMILAR_WITHIN, frozen_at__lte=case.frozen_at + SIMILAR_WITHIN
    ).order_by("frozen_at")
    for other in near[:3]:
        text = _("Dieselbe Person hat das schon einmal beantragt: %(number)s") % {"number": other.number}
        yield Check(text, is_fine=False, url=reverse("casework:case", args=[other.number]))
    if not near:
        yield Check(_("Kein ähnlicher Antrag dieser Person in den letzten zwei Wochen."), is_fine=True)


def _account(case: Submission) -> Iterator[Check]:
    if case.verified:
        yield Check(_("Name und Anschrift sind durch das Konto geprüft."), is_fine=True)
    elif case.citizen_id is None:
        yield Check(_("Ohne Konto abgeschickt: Wer es war, ist nicht geprüft."), is_fine=False)
    elif case.trust_level <= TrustLevel.BASIC:
        yield Check(_("Die Angaben zur Person sind nicht geprüft."), is_fine=False)


def _missing_files(case: Submission) -> Iterator[Check]:
    if _names_later(case.answers):
        yield Check(_("Unterlagen werden nachgereicht."), is_fine=False)


def _found(case: Submission) -> Iterator[Check]:
    """Where something found stands in the town's register, or could."""
    if case.service_key not in (REPORT, SEARCH) or not has_own_list(shopfront()):
        return
    if case.service_key == SEARCH:
        items = FoundItem.objects.filter(number=case.answers.get(NUMBER, ""))
    else:
        items = FoundItem.objects.filter(report=case)
    item = items.first()
    if item:
        text = _("Fundsache %(number)s: ansehen und vergleichen") % {"number": item.number}
        yield Check(text, is_fine=True, url=reverse("found_desk:item", args=[item.number]))
    elif case.service_key == REPORT:
        url = reverse("found_desk:take_over", args=[case.number])
        yield Check(_("Steht noch nicht im Fundverzeichnis. Jetzt übernehmen"), is_fine=False, url=url)


def _names_later(answers: object) -> bool:
    """Whether somebody has ticked that a file comes later, in the form or in an entry of a group."""
    if isinstance(answers, dict):
        return any(
            (str(name).endswith("_later") and value is True) or _names_later(value) for name, value in answers.items()
        )
    return isinstance(answers, list) and any(_names_later(entry) for entry in answers)


def _as_date(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
