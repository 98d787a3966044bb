"""What a town still has to do after it has been created, so that everything works for its people."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from operations.queries import Administrator, administrators
from townhall.offering import Obstacle, application_state
from townhall.shopfront import shopfront


@dataclass(frozen=True)
class Task:
    """One thing to do, and whether it is done."""

    title: str
    is_done: bool
    text: str  # what is still missing, or what is there


@dataclass(frozen=True)
class Setup:
    """How far a town has got."""

    administrators: list[Administrator]
    ready: int  # services that people can apply for online
    prepared: int  # those, and those that only wait for amounts or a payment account
    shown: int  # all services that the town shows
    tasks: list[Task]

    @property
    def is_done(self) -> bool:
        return all(task.is_done for task in self.tasks)


def setup_of_current_town(*, today: date) -> Setup:
    """Reads the town that is at work: settings only, no cases."""
    front = shopfront()
    states = [application_state(front, service, today) for service in front.services.values()]
    in_reach = [state for state in states if set(state.obstacles) <= {Obstacle.MISSING_AMOUNT, Obstacle.NO_PAYMENT}]
    missing = {key for state in in_reach for key in state.missing_amounts}
    staff = administrators()
    return Setup(
        administrators=staff,
        ready=sum(state.is_open for state in in_reach),
        prepared=len(in_reach),
        shown=len(front.services),
        tasks=[
            _administrator(staff),
            _fees(len(missing)),
            _payment(front.profile.payment_methods),
            _imprint(
                {
                    _("Vertretung"): front.profile.mayor,
                    _("Telefon"): front.profile.phone,
                    _("E-Mail-Adresse"): front.profile.email,
                }
            ),
        ],
    )


def _administrator(staff: list[Administrator]) -> Task:
    ready = [one for one in staff if one.is_ready]
    if ready:
        return Task(_("Verwaltung meldet sich an"), True, ", ".join(one.user.name for one in ready))
    text = _("Noch hat sich niemand angemeldet.") if staff else _("Es ist noch niemand eingeladen.")
    return Task(_("Verwaltung meldet sich an"), False, text)


def _fees(missing: int) -> Task:
    text = ngettext("Es fehlt ein Betrag.", "Es fehlen %(number)d Beträge.", missing) % {"number": missing}
    return Task(_("Gebühren eintragen"), not missing, text if missing else _("Alle Beträge sind da."))


def _payment(methods: list[str]) -> Task:
    return Task(
        _("Konto für Zahlungen verbinden"),
        bool(methods),
        ", ".join(methods) or _("Ohne Konto sind nur gebührenfreie Anträge online möglich."),
    )


def _imprint(details: dict[str, str]) -> Task:
    missing = [name for name, value in details.items() if not value]
    text = _("Es fehlt: %(details)s.") % {"details": ", ".join(missing)}
    return Task(_("Impressum ergänzen"), not missing, text if missing else _("Alle Angaben sind da."))
