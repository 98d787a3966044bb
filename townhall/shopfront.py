"""What people see of a town, held in memory until the town changes something.

The first time one statement reads all of it. After that one statement asks for the version of its pages and the number
of the catalogue's release (`townhall.versions`); only when one of them has grown is all read again.
"""

from bisect import bisect_right
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from threading import Lock
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, F, OuterRef, Subquery
from django.db.models.functions import Cast, JSONObject
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from catalogue.content import Catalogue, EntryKind, Responsible, Service
from catalogue.current import released_catalogue
from catalogue.fees import FeeRule
from catalogue.forms import choices
from catalogue.forms.definition import setting_values
from catalogue.models import FormVersion, ReleaseEntry, ReleaseState
from catalogue.parsing import parse
from tenants.context import current_town, has_town
from tenants.models import Town
from tenants.municipalities import TownSize
from townhall import versions
from townhall.hours import Special, Stretch, Week, week_of
from townhall.models import FeeAmount, Offer, OfferState, Office, OpeningHours, Profile, Setting, SpecialDay
from townhall.versions import RELEASED, Version, newest, pages_of, recent


@dataclass(frozen=True)
class OfficeView:
    """An office with its hours."""

    pk: int
    name: str
    task: str
    units: tuple[str, ...]
    is_main: bool
    street: str
    postal_code: str
    city: str
    room: str
    phone: str
    email: str
    access_note: str
    week: Week


@dataclass(frozen=True)
class Amount:
    """What a key of the fee table costs from a day on (EUR, gross)."""

    amount: Decimal
    valid_from: date
    by_law: str
    by_law_url: str


@dataclass(frozen=True)
class OfferView:
    service_key: str
    state: OfferState
    office_pk: int | None
    addition: str
    processing_time: str
    pause_note: str
    needs_second_signature: bool
    drafts_until: date | None
    link: str  # where it is done online instead


@dataclass(frozen=True)
class OnlineForm:
    """What pages tell about a form that the release offers, without reading the form itself."""

    fee: FeeRule | None
    retention: str  # how long the answers are kept
    settings: dict[str, choices.Setting]  # what the town may say in it, by key
    is_guide: bool  # hands nothing in, see FormDefinition


@dataclass(frozen=True)
class Shopfront:
    """A town as people see it, at one version of the town and one release of the catalogue."""

    town: Town
    pages: int  # how often the town has changed something
    profile: Profile
    catalogue: Catalogue
    release: int
    released_on: date | None
    forms: dict[str, OnlineForm]
    offices: tuple[OfficeView, ...]
    offers: dict[str, OfferView]
    amounts: dict[str, tuple[Amount, ...]]  # newest first
    own_settings: dict[str, Any]  # what the town has set in its forms, as JSON, by key
    _boundaries: dict[date, list[time]] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def size(self) -> TownSize:
        """What the town does itself follows from it."""
        return self.town.size

    @property
    def version(self) -> tuple[str, str, int, int, int]:
        """Changes whenever a page of the town may look different."""
        return self.town.schema_name, self.town.state, self.size, self.pages, self.release

    def is_of(self, town: Town, version: Version) -> bool:
        """Whether it says what that town says at that version."""
        seen = (self.town.pk, self.town.state, self.size, self.pages, self.release)
        return seen == (town.pk, town.state, town.size, *version)

    def part_of_day(self, moment: datetime) -> int:
        """Which part of the day it is (local time): until the next one no page changes by itself."""
        return bisect_right(self._boundaries_on(moment.date()), moment.time())

    def _boundaries_on(self, day: date) -> list[time]:
        """When an office opens or closes."""
        if day not in self._boundaries:
            self._boundaries.clear()  # yesterday's
            stretches = [stretch for office in self.offices for stretch in office.week.on(day)]
            self._boundaries[day] = sorted({moment for one in stretches for moment in (one.opens, one.closes)})
        return self._boundaries[day]

    @cached_property
    def services(self) -> dict[str, Service]:
        """What the town shows, by key in the order of the catalogue: all that it does not hide."""
        return {
            key: service
            for key, service in self.catalogue.services.items()
            if key in self.offers and self.offers[key].state != OfferState.HIDDEN
        }

    @cached_property
    def settings(self) -> dict[str, choices.Setting]:
        """All that the town may say in the forms of the release, by key."""
        return {key: setting for form in self.forms.values() for key, setting in sorted(form.settings.items())}

    @cached_property
    def setting_values(self) -> dict[str, Any]:
        """Each of them as it holds today, in the type of its kind."""
        return setting_values(self.settings, self.own_settings)

    @property
    def main_office(self) -> OfficeView | None:
        return next((office for office in self.offices if office.is_main), None)

    def responsible(self, service: Service) -> Responsible:
        return service.responsible(self.size)

    def office_for(self, service: Service) -> OfficeView | None:
        """Where people go with this: the office chosen for it, or the one that stands for its unit."""
        chosen = self.offers[service.key].office_pk if service.key in self.offers else None
        by_pk = next((office for office in self.offices if office.pk == chosen), None)
        by_unit = next((office for office in self.offices if service.unit in office.units), None)
        return by_pk or by_unit or self.main_office

    def amount(self, key: str, on: date) -> Amount | None:
        """What `key` costs on that day, if the town has said so."""
        return next((amount for amount in self.amounts.get(key, ()) if amount.valid_from <= on), None)

    def coming_amount(self, key: str, after: date) -> Amount | None:
        """The next change that the town has announced for `key`."""
        coming = [amount for amount in self.amounts.get(key, ()) if amount.valid_from > after]
        return coming[-1] if coming else None

    def price(self, key: str, on: date) -> Decimal | None:
        """What `key` costs on that day (EUR, gross). Federal amounts win: no town can change them."""
        central = self.catalogue.amounts.get(key)
        if central and central.federal is not None and (central.since is None or central.since <= on):
            return central.federal
        amount = self.amount(key, on)
        return amount.amount if amount else None


_known: dict[str, Shopfront] = {}
_lock = Lock()


# What a request has asked for already: it sees a town at one version from its beginning to its end.
_at_hand: ContextVar[dict[str, Shopfront] | None] = ContextVar("shopfronts", default=None)


class ShopfrontMiddleware:
    """A request asks for the version of its town once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = _at_hand.set({})
        try:
            return self.get_response(request)
        finally:
            _at_hand.reset(before)


def shopfront() -> Shopfront:
    """The current town's shopfront: one statement when nothing has changed, two when the town has.

    The second time in a request it is the same one, unless the request itself has changed something.
    """
    town = current_town()
    at_hand = _at_hand.get()
    if at_hand is not None and town.schema_name in at_hand:
        return at_hand[town.schema_name]
    known = _known.get(town.schema_name)
    found = known if known and known.is_of(town, newest(town)) else _read_and_keep(town)
    if at_hand is not None:
        at_hand[town.schema_name] = found
    return found


def look_again() -> None:
    """This request has changed something: ask for the version once more."""
    at_hand = _at_hand.get()
    if at_hand is not None:
        at_hand.clear()


def recent_shopfront() -> Shopfront:
    """The current town's shopfront as it was a second ago at most: usually without a statement."""
    town = current_town()
    known = _known.get(town.schema_name)
    return known if known and known.is_of(town, recent(town)) else shopfront()


def _read_and_keep(town: Town) -> Shopfront:
    fresh = _read(town)
    with _lock:
        _known[town.schema_name] = fresh
    return fresh


def remembered() -> Shopfront | None:
    """What is held of the current town, however old, without asking the database; None if that is nothing."""
    return _known.get(current_town().schema_name) if has_town() else None


def forget() -> None:
    """Drop what is held in memory (tests roll versions back)."""
    _known.clear()
    versions.forget()


def _read(town: Town) -> Shopfront:
    """Everything in one statement, so that what belongs together is of one moment."""
    profile: Any = Profile.objects.annotate(
        pages=pages_of(town),
        release=Subquery(RELEASED.values("number")),
        released_at=Subquery(RELEASED.values("released_at")),
        all_forms=ArraySubquery(_forms()),
        all_offices=ArraySubquery(_offices()),
        all_offers=ArraySubquery(
            Offer.objects.values(
                json=JSONObject(
                    service_key="service_key",
                    state="state",
                    office_pk="office_id",
                    addition="addition",
                    processing_time="processing_time",
                    pause_note="pause_note",
                    needs_second_signature="needs_second_signature",
                    drafts_until="drafts_until",
                    link="link",
                )
            )
        ),
        all_amounts=ArraySubquery(
            FeeAmount.objects.order_by("key", "-valid_from").values(
                json=JSONObject(
                    key="key",
                    amount=Cast("amount", CharField()),  # as text: JSON numbers would become floats
                    valid_from="valid_from",
                    by_law="by_law",
                    by_law_url="by_law_url",
                )
            )
        ),
        all_settings=ArraySubquery(Setting.objects.values(json=JSONObject(key="key", value="value"))),
    ).get()
    catalogue = released_catalogue(profile.release)
    amounts: dict[str, list[Amount]] = {}
    for row in profile.all_amounts:
        since = date.fromisoformat(row["valid_from"])
        amounts.setdefault(row["key"], []).append(
            Amount(Decimal(row["amount"]), since, row["by_law"], row["by_law_url"])
        )
    return Shopfront(
        town=town,
        pages=profile.pages or 0,
        profile=profile,
        catalogue=catalogue,
        release=catalogue.number,
        released_on=profile.released_at and timezone.localdate(profile.released_at),
        forms={row["key"]: _form(row) for row in profile.all_forms},
        offices=tuple(_office(row) for row in profile.all_offices),
        offers={row["service_key"]: _offer(row) for row in profile.all_offers},
        amounts={key: tuple(rows) for key, rows in amounts.items()},
        own_settings={row["key"]: row["value"] for row in profile.all_settings},
    )


def _forms() -> Any:
    """Of the forms that the release offers, in the version that it offers."""
    offered = ReleaseEntry.objects.filter(
        release__state=ReleaseState.RELEASED,
        kind=EntryKind.FORM,
        key=OuterRef("key"),
        content=JSONObject(key=OuterRef("key"), version=OuterRef("version")),
    )
    return FormVersion.objects.filter(Exists(offered)).values(
        json=JSONObject(
            key="key",
            fee=F("definition__fee"),
            retention=F("definition__retention"),
            settings=F("definition__settings"),
            last_step=F("definition__steps__-1"),
        )
    )


def _form(row: dict[str, Any]) -> OnlineForm:
    return OnlineForm(
        fee=FeeRule.parse_stored(row["fee"]) if row["fee"] else None,
        retention=row["retention"] or "",
        settings={key: parse(choices.Setting, plain) for key, plain in (row["settings"] or {}).items()},
        is_guide=bool(row["last_step"].get("stop")) and "if" not in row["last_step"],
    )


def _offer(row: dict[str, Any]) -> OfferView:
    until = row["drafts_until"]
    return OfferView(
        **row | {"state": OfferState(row["state"]), "drafts_until": until and date.fromisoformat(until)},
    )


def _offices() -> Any:
    hours = OpeningHours.objects.filter(office=OuterRef("pk")).order_by("weekday", "opens")
    specials = SpecialDay.objects.filter(office=OuterRef("pk")).order_by("day")
    return (
        Office.objects.annotate(
            week_hours=ArraySubquery(hours.values(json=JSONObject(day="weekday", opens="opens", closes="closes"))),
            specials=ArraySubquery(
                specials.values(json=JSONObject(day="day", opens="opens", closes="closes", reason="reason"))
            ),
        )
        .order_by("position", "name")
        .values(
            json=JSONObject(
                pk="pk",
                name="name",
                task="task",
                units="units",
                is_main="is_main",
                street="street",
                postal_code="postal_code",
                city="city",
                room="room",
                phone="phone",
                email="email",
                access_note="access_note",
                hours=F("week_hours"),
                specials=F("specials"),
            )
        )
    )


def _office(row: dict[str, Any]) -> OfficeView:
    hours = [(h["day"], time.fromisoformat(h["opens"]), time.fromisoformat(h["closes"])) for h in row.pop("hours")]
    specials = [
        Special(
            date.fromisoformat(s["day"]),
            (Stretch(time.fromisoformat(s["opens"]), time.fromisoformat(s["closes"])),) if s["opens"] else (),
            s["reason"],
        )
        for s in row.pop("specials")
    ]
    return OfficeView(**row | {"units": tuple(row["units"])}, week=week_of(hours, specials))
