"""What stands around every page of the town hall: the rooms that a person may enter, and how much waits there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.guards import may_open
from accounts.models import Kind, User
from billing.bank.queries import count_to_do
from billing.queries import count_to_settle
from operations.queries import count_open_requests
from submissions.appointments.models import Calendar
from submissions.casework.desk import counts_of
from submissions.casework.forms import MINE
from submissions.found.queries import keeps_items
from submissions.handover.queries import count_failed
from templates.components import NavigationItem
from tenants.announcements import for_town_hall
from tenants.context import current_town, has_town
from townhall.queries import count_unanswered_reports
from townhall.shopfront import shopfront

TOWN_HALL = "/rathaus/"


@dataclass(frozen=True)
class Search:
    """The search in the header: of cases, services or payments, wherever one is."""

    url: str
    label: str | Promise


_SEARCHES = {
    "casework": ("casework:inbox", gettext_lazy("Nummer, Name oder Leistung")),
    "administration": ("administration:services", gettext_lazy("Leistung suchen")),
    "treasury": ("treasury:payments", gettext_lazy("Kassenzeichen, Name oder Betrag")),
}


def desk(request: HttpRequest) -> dict[str, Any]:
    """Context processor: on pages of the town hall `announcements`, and for its staff `navigation`, `role`, `search`.

    For somebody of the operator who looks into the town hall also `guest`.
    """
    if not has_town() or not request.path.startswith(TOWN_HALL):
        return {}
    announced = {"announcements": for_town_hall(current_town(), now=timezone.now())}
    user = getattr(request, "user", None)
    if not isinstance(user, User) or user.kind not in (Kind.STAFF, Kind.GUEST):
        return announced
    return announced | {
        "navigation": SimpleLazyObject(lambda: list(_rooms(request, user))),
        "role": _("nur lesen") if user.is_guest else ", ".join(user.role_labels),
        "search": _search(request),
        "guest": _guest(user) if user.is_guest else None,
    }


@dataclass(frozen=True)
class Guest:
    """What the banner says to somebody of the operator."""

    until: datetime | None
    desk: str  # where she came from


def _guest(user: User) -> Guest:
    path = reverse("operations:access", args=[current_town().slug], urlconf=settings.OPERATOR_URLCONF)
    return Guest(user.access.ends_at, settings.OPERATOR_URL + path)


def _search(request: HttpRequest) -> Search | None:
    namespace = request.resolver_match.namespace if request.resolver_match else ""
    if namespace not in _SEARCHES:
        return None
    name, label = _SEARCHES[namespace]
    return Search(reverse(name), label)


def _rooms(request: HttpRequest, user: User) -> Iterator[NavigationItem]:
    rooms = (
        (_casework, "casework:inbox"),
        (_administration, "administration:services"),
        (_figures, "administration:figures"),
        (_treasury, "treasury:payments"),
        (_retention, "retention:calendar"),
        (_data_protection, "data_protection:overview"),
    )
    for items, entrance in rooms:
        if may_open(user, reverse(entrance)):
            yield from items(request, user)


def _retention(request: HttpRequest, _user: User) -> Iterator[NavigationItem]:
    address = reverse("retention:calendar")
    yield NavigationItem(_("Löschfristen"), address, "timer", is_current=request.path.startswith(address))


def _data_protection(request: HttpRequest, _user: User) -> Iterator[NavigationItem]:
    address = reverse("data_protection:overview")
    yield NavigationItem(_("Datenschutz"), address, "verified_user", is_current=request.path.startswith(address))


def _casework(request: HttpRequest, user: User) -> Iterator[NavigationItem]:
    counts = counts_of(request)
    address = reverse("casework:inbox")
    is_inbox = request.path == address
    is_mine = is_inbox and request.GET.get("person") == MINE
    is_case = request.path.startswith(reverse("casework:inbox").replace("eingang", "vorgang"))
    yield NavigationItem(_("Eingang"), address, "inbox", counts.open, is_current=(is_inbox and not is_mine) or is_case)
    blocks = reverse("casework:text_blocks")
    yield NavigationItem(_("Meine Vorgänge"), f"{address}?person={MINE}", "how_to_reg", counts.mine, is_current=is_mine)
    post = reverse("casework:post")
    yield NavigationItem(_("Post"), post, "mail", counts.to_post or None, is_current=request.path.startswith(post))
    if Calendar.objects.exists():
        days = reverse("appointments:days")
        yield NavigationItem(_("Termine"), days, "schedule", is_current=request.path.startswith(days))
    if keeps_items(user, shopfront()):
        found = reverse("found_desk:items")
        yield NavigationItem(_("Fundsachen"), found, "search", is_current=request.path.startswith(found))
    yield NavigationItem(_("Textbausteine"), blocks, "description", is_current=request.path.startswith(blocks))


def _administration(request: HttpRequest, user: User) -> Iterator[NavigationItem]:
    waiting: dict[str, Callable[[], int | None]] = {
        "handover:overview": lambda: count_failed() or None,
        "access:requests": lambda: count_open_requests(now=timezone.now()),
        "administration:barrier_reports": count_unanswered_reports,
    }
    for title, name, icon in (
        (_("Leistungen"), "administration:services", "description"),
        (_("Gebühren"), "administration:amounts", "euro"),
        (_("Listen und Schalter"), "administration:settings", "filter_list"),
        (_("Ämter und Zeiten"), "administration:offices", "schedule"),
        (_("Auftritt"), "administration:looks", "palette"),
        (_("Briefe"), "administration:letters", "mail"),
        (_("Karten und Schilder"), "administration:cards", "badge"),
        (_("Ihre Website"), "administration:home_page", "public"),
        (_("Bezahlen"), "payment_account:settings", "payments"),
        (_("Mitarbeitende"), "administration:staff", "group"),
        (_("Schnittstellen"), "administration:systems", "lock"),
        (_("Weitergabe"), "handover:overview", "arrow_forward"),
        (_("Zugriff des Betriebs"), "access:requests", "verified_user"),
        (_("Barrieren"), "administration:barrier_reports", "accessibility_new"),
        (_("Checkliste"), "own_checklist:checklist", "task_alt"),
    ):
        address = reverse(name)
        if may_open(user, address):  # editors enter some of them only
            count = waiting[name]() if name in waiting else None
            yield NavigationItem(title, address, icon, count, is_current=request.path.startswith(address))


def _figures(request: HttpRequest, _user: User) -> Iterator[NavigationItem]:
    address = reverse("administration:figures")
    yield NavigationItem(_("Zahlen"), address, "bar_chart", is_current=request.path.startswith(address))


def _treasury(request: HttpRequest, _user: User) -> Iterator[NavigationItem]:
    payments, refunds, statements = (reverse(f"treasury:{page}") for page in ("payments", "refunds", "statements"))
    transfers = reverse("bank:overview")
    is_here = request.path.startswith
    is_payments = is_here(payments) and not is_here((refunds, statements, transfers))
    yield NavigationItem(_("Kasse"), payments, "receipt_long", count_to_settle(), is_current=is_payments)
    yield NavigationItem(_("Überweisungen"), transfers, "euro", count_to_do(), is_current=is_here(transfers))
    yield NavigationItem(_("Erstattungen"), refunds, "payments", is_current=is_here(refunds))
    yield NavigationItem(_("Tagesabschlüsse"), statements, "task_alt", is_current=is_here(statements))
