"""What the portal looks at by itself, so that nobody has to: hints for the case worker, never a decision."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.trust import TrustLevel
from catalogue.fees import MissingAmount
from catalogue.forms.current import form_definition
from catalogue.forms.days import full_years
from submissions.casework.queries import NOT_COUNTING
from submissions.found.models import FoundItem
from submissions.found.queries import NUMBER, REPORT, SEARCH, has_own_list
from submissions.models import Submission
from submissions.presentation import journey_of
from templates.components import euro, euro_span, german_date
from tenants.context import current_town
from townhall.fees import Prices
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
    return [
        *_age(case),
        *_address(case),
        *_similar(case),
        *_account(case),
        *_missing_files(case),
        *_fee(case),
        *_found(case),
    ]


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


def _fee(case: Submission) -> Iterator[Check]:
    """Whether it is paid, or will have to be, and whether it is what the answers come to."""
    if not case.fee_is_due:
        return
    payments, requests = case.payments.all(), case.payment_requests.all()
    yield from _paid(payments)
    for asked in requests:
        if asked.is_open:
            told = {"amount": euro(asked.amount), "day": german_date(asked.due_on)}
            text = _("Die Gebühr von %(amount)s ist noch nicht bezahlt. Sie ist fällig am %(day)s.") % told
            yield Check(text, is_fine=False)
    if case.is_paid_first and not requests and not any(one.has_arrived for one in payments):
        text = _("Die Gebühr von %(amount)s ist noch nicht bezahlt.") % {"amount": euro(case.fee_total)}
        yield Check(text, is_fine=False)
    elif not case.is_paid_first and not requests:
        text = _("Die Gebühr wird nach der Prüfung fällig: voraussichtlich %(amount)s.")
        yield Check(text % {"amount": euro_span(case.fee.span)}, is_fine=False)
    yield from _recomputed(case)


def _paid(payments: Iterable[Any]) -> Iterator[Check]:
    """What has come, the oldest first. Of what was taken back nothing is said once it was paid again."""
    is_paid = any(one.counts for one in payments)
    for one in reversed(list(payments)):
        if not one.has_arrived or one.is_surplus or (not one.counts and is_paid):
            continue
        text = _NOT_FINE.get(one.state, gettext_lazy("Die Gebühr von %(amount)s ist bezahlt."))
        yield Check(str(text) % {"amount": euro(one.amount)}, is_fine=one.state not in _NOT_FINE)


# What became of money that had come, by the state of its payment (billing.states).
_NOT_FINE = {
    "refund_requested": gettext_lazy("Die Erstattung der Gebühr von %(amount)s ist beantragt."),
    "refund_approved": gettext_lazy("Die Erstattung der Gebühr von %(amount)s ist freigegeben."),
    "refunded": gettext_lazy("Die Gebühr von %(amount)s ist erstattet."),
    "partly_refunded": gettext_lazy("Die Gebühr von %(amount)s ist zum Teil erstattet."),
    "refund_failed": gettext_lazy("Die Erstattung der Gebühr von %(amount)s hat nicht geklappt."),
    "disputed": gettext_lazy("Die Zahlung der Gebühr von %(amount)s wird bestritten."),
    "charged_back": gettext_lazy("Die Gebühr von %(amount)s wurde zurückgebucht."),
}


def _recomputed(case: Submission) -> Iterator[Check]:
    """The fee once more: for the answers and settings that were frozen, at what counts for the day of handing in.

    An amount that a town enters later on that day counts for all of it. Nothing is said where it cannot be known: of
    what was handed in without its settings, and where an amount of that day is not known any more.
    """
    if not case.surroundings:
        return
    day = timezone.localdate(case.frozen_at)
    journey = journey_of(case, form_definition(case.service_key, case.form_version))
    try:
        fee = journey.fee(Prices(shopfront(), day))
    except MissingAmount:
        return
    if fee.span != case.fee.span:
        told = {"day": german_date(day), "now": euro_span(fee.span), "frozen": euro_span(case.fee.span)}
        text = _("Nach den Angaben und den Beträgen vom %(day)s wären es %(now)s statt %(frozen)s.")
        yield Check(text % told, is_fine=False)


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
