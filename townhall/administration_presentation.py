"""A town's services as its administrators see them: how each is offered, and what keeps it from being online."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue import german
from catalogue.content import Service
from catalogue.forms.choices import Setting, SettingKind
from templates.components import Tone
from townhall.models import OfferState
from townhall.offering import Obstacle, application_state, charged_first
from townhall.shopfront import Amount, OfficeView, Shopfront

# Not obstacles but what the administrator herself has chosen.
_CHOSEN = frozenset({Obstacle.NOT_OFFERED, Obstacle.PAUSED})


class Standing(models.TextChoices):
    """How a service stands, as the address bar names it."""

    ONLINE = "online", gettext_lazy("online")
    NOT_YET = "noch-nicht-online", gettext_lazy("noch nicht online")  # the town has something to do
    NO_FORM = "ohne-formular", gettext_lazy("noch ohne Formular")  # the catalogue has none yet
    PAUSED = "angehalten", gettext_lazy("angehalten")
    INFO = "auskunft", gettext_lazy("nur Auskunft")
    LINK = "andere-adresse", gettext_lazy("online an anderer Adresse")
    HIDDEN = "nicht-angeboten", gettext_lazy("nicht angeboten")


_TONES: dict[Standing, Tone] = {
    Standing.ONLINE: "success",
    Standing.NOT_YET: "danger",
    Standing.NO_FORM: "",
    Standing.PAUSED: "warning",
    Standing.INFO: "info",
    Standing.LINK: "info",
    Standing.HIDDEN: "",
}


@dataclass(frozen=True)
class OfferedService:
    """A service of the catalogue as the town offers it."""

    service: Service
    state: OfferState
    standing: Standing
    reasons: tuple[str, ...]  # what keeps it from being online, as sentences
    missing_amounts: tuple[str, ...]  # keys
    office: str
    unit: str

    @property
    def tone(self) -> Tone:
        return _TONES[self.standing]

    @property
    def is_shown(self) -> bool:
        """Whether people see it."""
        return self.state != OfferState.HIDDEN

    @property
    def wants_to_be_online(self) -> bool:
        return self.state in (OfferState.ONLINE, OfferState.PAUSED)


def offered_service(front: Shopfront, service: Service, today: date) -> OfferedService:
    """How the town offers a service today."""
    offer = front.offers.get(service.key)
    state = offer.state if offer else OfferState.HIDDEN
    office = front.office_for(service)
    return OfferedService(
        service=service,
        state=state,
        standing=_standing(front, service, state, today),
        reasons=tuple(reasons_against_online(front, service, today)),
        missing_amounts=application_state(front, service, today).missing_amounts,
        office=office.name if office else "",
        unit=front.catalogue.unit_of(service).name,
    )


def usual_office(front: Shopfront, service: Service) -> OfficeView | None:
    """Where people go as long as no office is chosen for the service."""
    return next((office for office in front.offices if service.unit in office.units), None) or front.main_office


def reasons_against_online(front: Shopfront, service: Service, today: date) -> list[str]:
    """What must happen before people can apply for it here, as sentences; nothing if they could."""
    state = application_state(front, service, today)
    reasons = [str(one.label) for one in state.obstacles if one not in _CHOSEN | {Obstacle.MISSING_AMOUNT}]
    missing = [
        _("Es fehlt der Betrag „%(label)s“.") % {"label": label_of_amount(front, key)} for key in state.missing_amounts
    ]
    return [*reasons, *missing]


def offered_services(
    front: Shopfront, *, text: str, standing: Standing | None, situation: str, today: date
) -> list[OfferedService]:
    """The services of the catalogue that match, by title. Every word must stand in title or keywords."""
    words = german.words(text)
    return [
        offered
        for service in front.catalogue.services.values()
        if (not situation or situation in service.life_situations) and _mentions(service, words)
        for offered in [offered_service(front, service, today)]
        if standing is None or offered.standing == standing
    ]


def _standing(front: Shopfront, service: Service, state: OfferState, today: date) -> Standing:
    match state:
        case OfferState.ONLINE:
            obstacles = application_state(front, service, today).obstacles
            if Obstacle.NO_FORM in obstacles:
                return Standing.NO_FORM
            return Standing.NOT_YET if obstacles else Standing.ONLINE
        case OfferState.PAUSED:
            return Standing.PAUSED
        case OfferState.INFO:
            return Standing.INFO
        case OfferState.LINK:
            return Standing.LINK
        case _:
            return Standing.HIDDEN


def _mentions(service: Service, words: list[str]) -> bool:
    known = " ".join(german.words(" ".join([service.title, *service.keywords])))
    return all(word in known for word in words)


# --- Amounts ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AmountLine:
    """An amount of a service: what it is today, and whose it is."""

    key: str
    label: str
    today: Decimal | None  # EUR, gross; None if the town has not said
    is_federal: bool
    valid: Amount | None  # the town's own row that counts today
    coming: Amount | None
    is_needed: bool  # without it nobody can apply online

    @property
    def is_missing(self) -> bool:
        return self.is_needed and self.today is None


def amounts_of(front: Shopfront, service: Service, today: date) -> list[AmountLine]:
    """All amounts that a service needs: those the catalogue tells people, and those its form charges."""
    needed = charged_first(front, service)
    told = [amount.key for amount in service.fee.amounts]
    return [
        amount_line(front, key, today, is_needed=key in needed)
        for key in dict.fromkeys([*told, *sorted(_charged(front, service))])
    ]


@dataclass(frozen=True)
class FeeTableLine:
    """An amount in the whole table, with the services that it belongs to, by title."""

    amount: AmountLine
    services: tuple[str, ...]


def fee_table(front: Shopfront, today: date) -> list[FeeTableLine]:
    """Every amount of every service that people find here: first without what nobody can pay, then by service."""
    lines: dict[str, AmountLine] = {}
    titles: dict[str, list[str]] = {}
    for service in front.catalogue.services.values():
        if offered_service(front, service, today).standing == Standing.HIDDEN:
            continue
        for line in amounts_of(front, service, today):
            lines[line.key] = line if line.is_needed else lines.get(line.key, line)
            titles.setdefault(line.key, []).append(service.title)
    table = [FeeTableLine(line, tuple(titles[key])) for key, line in lines.items()]
    return sorted(table, key=_place_in_table)


def _place_in_table(one: FeeTableLine) -> tuple[bool, bool, str, str]:
    return not one.amount.is_missing, one.amount.today is None, one.services[0].casefold(), one.amount.label


def amount_line(front: Shopfront, key: str, today: date, *, is_needed: bool = False) -> AmountLine:
    central = front.catalogue.amounts.get(key)
    return AmountLine(
        key=key,
        label=label_of_amount(front, key),
        today=front.price(key, today),
        is_federal=central is not None and central.federal is not None,
        valid=front.amount(key, today),
        coming=front.coming_amount(key, today),
        is_needed=is_needed,
    )


def label_of_amount(front: Shopfront, key: str) -> str:
    central = front.catalogue.amounts.get(key)
    return central.label if central else _entries_with_amount(front).get(key, key)


def amount_is_known(front: Shopfront, key: str) -> bool:
    """Whether there is such an amount: in the catalogue, or charged by a form."""
    return key in front.catalogue.amounts or any(
        key in form.fee.keys_in(front.setting_values) for form in front.forms.values() if form.fee
    )


def _entries_with_amount(front: Shopfront) -> dict[str, str]:
    """The entries of the town's own lists by the amount that they cost."""
    lists = (value for key, value in front.setting_values.items() if front.settings[key].kind == SettingKind.LIST)
    return {entry.amount: entry.label for entries in lists for entry in entries if entry.amount}


def services_with_amount(front: Shopfront, key: str) -> list[Service]:
    """The services that an amount belongs to, by title."""
    return [service for service in front.catalogue.services.values() if key in set(_all_keys(front, service))]


def _all_keys(front: Shopfront, service: Service) -> Iterator[str]:
    yield from (amount.key for amount in service.fee.amounts)
    yield from _charged(front, service)


def _charged(front: Shopfront, service: Service) -> set[str]:
    form = front.forms.get(service.key)
    return form.fee.keys_in(front.setting_values) if form and form.fee else set()


# --- What the town says in its forms -----------------------------------------------------------------------


@dataclass(frozen=True)
class SettingLine:
    """A setting as it holds today, in words."""

    key: str
    setting: Setting
    value: str
    is_own: bool
    services: tuple[Service, ...]  # in whose forms it stands


def setting_lines(front: Shopfront, service: Service | None = None) -> list[SettingLine]:
    """All settings, or those of one service, by their labels."""
    form = front.forms.get(service.key) if service else None
    keys = front.settings if service is None else form.settings if form else ()
    return sorted((setting_line(front, key) for key in keys), key=lambda line: german.sort_key(line.setting.label))


def setting_line(front: Shopfront, key: str) -> SettingLine:
    setting = front.settings[key]
    return SettingLine(
        key=key,
        setting=setting,
        value=_setting_in_words(setting, front.setting_values[key]),
        is_own=key in front.own_settings,
        services=tuple(services_with_setting(front, key)),
    )


def services_with_setting(front: Shopfront, key: str) -> list[Service]:
    """The services in whose forms a setting stands, by title."""
    return [
        service
        for service in front.catalogue.services.values()
        if service.key in front.forms and key in front.forms[service.key].settings
    ]


def _setting_in_words(setting: Setting, value: Any) -> str:
    match setting.kind:
        case SettingKind.LIST:
            return ", ".join(entry.label for entry in value)
        case SettingKind.LINES | SettingKind.FORMATS:
            return ", ".join(value) or _("nichts")
        case SettingKind.SWITCH:
            return _("ja") if value else _("nein")
        case SettingKind.NUMBER:
            return f"{value} {setting.unit}".strip()
        case _:
            return str(value) or _("nichts")
