import base64
from argparse import ArgumentParser
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Kind, OperatorRole, Role, SecondFactor, User
from accounts.staff import split_name
from accounts.staff_openid import ProviderDetails, mark_as_tried, save_provider, switch_provider
from billing.actions import connect_service, set_up_account
from billing.models import Method
from billing.providers.xbezahldienste import Access, services
from operations.actions import bring_town_live
from operations.sample_figures import make_up_figures
from submissions.appointments.actions import save_calendar
from submissions.found.actions import Details, enter
from submissions.handover.actions import TargetDetails, add_target
from submissions.handover.fit_connect.service import service as fit_connect
from submissions.handover.states import Kind as HandoverKind
from tenants.context import in_town
from tenants.models import Town
from tenants.municipalities import municipality
from townhall.actions import OfficeDetails, change_profile, change_setting, save_office, set_fee_amount
from townhall.models import Office

Plain = dict[str, Any]
SAMPLE_AMOUNTS_SINCE = date(2026, 1, 1)


class Command(BaseCommand):
    help = "Prepare the sample towns and people of the local stack. What exists already stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="sample data (YAML)")
        parser.add_argument("--staff-issuer", default="", help="where staff of one town may sign in (OpenID issuer)")

    def handle(self, *_args: Any, file: Path, staff_issuer: str, **_options: Any) -> None:
        sample: Plain = yaml.safe_load(file.read_text(encoding="utf-8"))
        sample["staff_provider"]["issuer"] = staff_issuer
        self.stdout.write("Tabellen anlegen")
        call_command("migrate_towns", verbosity=0)
        self.stdout.write("Leistungskatalog einlesen")
        call_command("import_library", verbosity=0)
        for plain in sample["towns"]:
            self.stdout.write(f"Stadt {plain['slug'].title()} vorbereiten")
            if not Town.objects.filter(slug=plain["slug"]).exists():
                _create(plain, sample)
        for operator in sample["operators"]:
            _person(operator, Kind.OPERATOR)


@transaction.atomic
def _create(plain: Plain, sample: Plain) -> None:
    town = bring_town_live(
        municipality=municipality(plain["ars"]),
        slug=plain["slug"],
        colour=plain["colour"],
        now=timezone.now(),
    )
    with in_town(town):
        change_profile(**plain["profile"])
        _offices(plain["offices"], sample["hours"])
        if "appointments" in plain:
            _appointments(plain["appointments"])
        for key, fee in plain["fees"].items():
            set_fee_amount(
                key=key,
                amount=Decimal(fee["amount"]),
                valid_from=SAMPLE_AMOUNTS_SINCE,
                by_law=fee["by_law"],
                by=None,
                now=timezone.now(),
            )
        account = next(one["id"] for one in sample["payment_accounts"] if one["town"] == town.slug)
        methods = [Method(name) for name in plain["payment_methods"]]
        set_up_account(stripe_account=account, methods=methods)
        if "payment_service" in plain and services():
            _connect_service(plain["payment_service"], methods)
        for person in sample["staff"]:
            if person["town"] == town.slug:
                _person(person, Kind.STAFF)
        if sample["staff_provider"]["town"] == town.slug and sample["staff_provider"]["issuer"]:
            _sign_in_there(sample["staff_provider"])
        if sample["fit_connect"]["town"] == town.slug and fit_connect():
            _hand_over(sample["fit_connect"])
        for key, value in plain.get("settings", {}).items():
            change_setting(key=key, value=value, by=None, now=timezone.now())
        for found in plain.get("found_items", []):
            _found(found)
        if "figures" in plain:
            make_up_figures(plain["figures"], today=timezone.localdate())


def _connect_service(plain: Plain, methods: list[Method]) -> None:
    service = next(iter(services().values()))
    access = Access(
        service=service,
        booking={"haushaltsstelle": "{Buchungsstelle}", "kassenzeichen": "{Kassenzeichen}"},
        **plain,
    )
    connect_service(access=access, methods=methods)


def _sign_in_there(plain: Plain) -> None:
    """Staff of this town may sign in with their account there. Its provider never calls an address verified."""
    by, now = User.objects.administrators().earliest("created_at"), timezone.now()
    registration = {name: value for name, value in plain.items() if name != "town"}
    details = ProviderDetails(**registration, trusts_addresses=True, second_factor=SecondFactor.OURS, acr="")
    save_provider(details=details, by=by, now=now)
    mark_as_tried(by=by, now=now)
    switch_provider(is_on=True, by=by, now=now)


def _hand_over(plain: Plain) -> None:
    """A service goes through FIT-Connect to the specialist system that the local stack shows."""
    by = User.objects.administrators().earliest("created_at")
    details = TargetDetails(plain["name"], plain["destination"], is_whole=True)
    add_target(service_key=plain["service"], kind=HandoverKind.FIT_CONNECT, details=details, by=by, now=timezone.now())


def _found(plain: Plain) -> None:
    """Something that lies in the lost property office; `days` tells how long ago it was found and reported."""
    now = timezone.now()
    day = timezone.localdate(now) - timedelta(days=plain["days"])
    said = {name: value for name, value in plain.items() if name != "days"}
    keeper = User.objects.staff_as(Role.CASE_WORKER).earliest("created_at")
    enter(details=Details(found_on=day, reported_on=day, **said), report=None, by=keeper, now=now)


def _offices(details: Plain, hours: list[Any]) -> None:
    week = _week(hours)
    for office in Office.objects.all():
        save_office(office=office, details=OfficeDetails(details.get(office.units[0], {}), week))


def _appointments(plain: Plain) -> None:
    """The citizens' office can be booked."""
    values = {name: value for name, value in plain.items() if name != "hours"}
    save_calendar(
        office=Office.objects.get(units__contains=["buergerbuero"]),
        values={"place": "rathaus", **values},
        hours=_week(plain["hours"]),
        is_on=True,
        by=None,
        now=timezone.now(),
    )


def _week(hours: list[Any]) -> list[tuple[int, time, time]]:
    return [(day, time.fromisoformat(opens), time.fromisoformat(closes)) for day, opens, closes in hours]


def _person(plain: Plain, kind: Kind) -> None:
    """A member of staff who can sign in at once: password and authenticator are known to everybody here."""
    given_name, family_name = split_name(plain["name"])
    roles = OperatorRole if kind == Kind.OPERATOR else Role
    if User.objects.filter(login=plain["email"]).exists():
        return
    user = User(
        kind=kind,
        login=plain["email"],
        email=plain["email"],
        given_name=given_name,
        family_name=family_name,
        roles=[roles(role).value for role in plain["roles"]],
        created_at=timezone.now(),
    )
    user.set_password(plain["password"])
    user.save()
    key = base64.b32decode(plain["totp_secret"]).hex()
    TOTPDevice.objects.create(user=user, name="app", key=key, confirmed=True)
