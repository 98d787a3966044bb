"""The operator's desk: who may sit there, the list of towns, and one town."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Kind, User
from operations.models import EventKind, TownEvent, TownSummary
from operations.summary import keep_summary
from tenants.context import in_town
from tenants.models import Host, Town, TownState
from tenants.municipalities import municipality
from tests.factories import make_submission
from tests.jobs import queued_jobs, run_jobs
from tests.operations.conftest import BLOMBERG, Desk, live
from tests.operations.library import PREPARED, READY, SHOWN
from tests.pages import text_of
from tests.people import Browser, TownClient, make_anna, make_astrid, make_bernd

PAGES = [
    "/",
    "/geloescht/",
    "/staedte/neu/",
    "/staedte/neu/vorschlaege/",
    f"/staedte/neu/{BLOMBERG.ars}/",
    "/staedte/lage/",
    "/staedte/lage/angelegt/",
    "/staedte/lage/anhalten/",
    "/staedte/lage/fortsetzen/",
    "/staedte/lage/adressen/",
    "/staedte/lage/aufgaben/",
    "/staedte/lage/checkliste/",
    "/staedte/lage/checkliste/planen/",
    "/staedte/lage/checkliste/avv/",
    "/staedte/lage/checkliste/avv/oeffnen/",
    "/staedte/lage/kontakte/",
    "/staedte/lage/kontakte/neu/",
    "/staedte/lage/export/",
    "/staedte/lage/loeschen/",
]
ONLY_BUTTONS = [
    "/staedte/lage/einladung/",
    "/staedte/lage/kontakte/1/entfernen/",
    "/staedte/lage/loeschen/zuruecknehmen/",
    "/pakete/1/",
]


# --- Who may sit there ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [*PAGES, *ONLY_BUTTONS, "/staedte/lage/adressen/x.example/ohne-pruefung/"])
def test_nobody_sees_a_page_without_signing_in(lage: Town, page: str) -> None:
    answers = [getattr(Browser("betrieb.localhost"), method)(page) for method in ("get", "post")]

    assert [answer["Location"].partition("?")[0] for answer in answers] == ["/konto/anmelden/"] * 2


@pytest.mark.parametrize("page", PAGES)
def test_the_password_alone_is_not_enough(lage: Town, olga: User, page: str) -> None:
    browser = Browser("betrieb.localhost")
    browser.force_login(olga, backend="accounts.staff.StaffBackend")

    assert browser.get(page)["Location"].startswith("/konto/anmelden/code/")


@pytest.mark.parametrize("page", PAGES)
def test_only_the_operators_own_staff_gets_in(lage: Town, page: str) -> None:
    """In `public` nobody else exists; if somebody did, it would not help."""
    somebody = make_bernd()

    assert Desk().sign_in(somebody).get(page).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_the_desk_is_on_no_towns_host(visitor: TownClient, in_lage: Town, page: str) -> None:
    visitor.sign_in(make_astrid())

    answer = visitor.get(page)

    assert answer.status_code == (200 if page == "/" else 404)
    assert "operations/" not in "".join(template.name or "" for template in answer.templates)


def test_no_page_is_kept_by_browsers(desk: Desk, lage: Town) -> None:
    for page in PAGES:
        assert "no-store" in desk.get(page)["Cache-Control"]


@pytest.mark.parametrize("slug", ["nirgends", "Lage", "lage%20"])
def test_a_town_that_does_not_exist_is_not_found(desk: Desk, lage: Town, slug: str) -> None:
    assert desk.get(f"/staedte/{slug}/").status_code == 404


# --- The list ---------------------------------------------------------------------------------------------


def listed(desk: Desk, **query: str) -> list[str]:
    return [town.name for town in desk.get("/", query).context["page"].object_list]


def test_the_list_shows_each_town_with_its_figures_and_their_sum(desk: Desk, lage: Town, detmold: Town) -> None:
    with in_town(lage):
        anna = make_anna()
        make_submission(anna, now=timezone.now())
        make_submission(anna, now=timezone.now() - timedelta(days=40))
        keep_summary(now=timezone.now())
    with in_town(detmold):
        make_submission(make_anna(), now=timezone.now())
        keep_summary(now=timezone.now())

    answer = desk.get("/")

    rows = {town.name: town.summary for town in answer.context["page"].object_list}
    assert {name: (one.received, one.received_lately, one.open_cases) for name, one in rows.items()} == {
        "Detmold": (1, 1, 1),
        "Lage": (2, 1, 2),
    }
    assert (answer.context["total"]["received"], answer.context["total"]["open_cases"]) == (3, 3)
    said = text_of(answer)
    assert "2 Städte" in said
    assert "lage.localhost" in said
    assert "Kreis Lippe" in said


def test_the_list_says_nothing_about_cases(desk: Desk, lage: Town) -> None:
    with in_town(lage):
        submission = make_submission(make_anna())

    page = desk.get("/").content.decode() + desk.get("/staedte/lage/").content.decode()

    for secret in ("Anna", "Schröder", submission.number, "Hund anmelden", "anna@post.example"):
        assert secret not in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Blomberg", "Detmold", "Lage"]),
        ({"q": "blom"}, ["Blomberg"]),
        ({"q": "  LAGE "}, ["Lage"]),
        ({"q": "32791"}, ["Lage"]),
        ({"q": "localhost"}, ["Blomberg", "Detmold", "Lage"]),
        ({"q": "blömberg.example"}, ["Blomberg"]),
        ({"q": "xyz"}, []),
        ({"county": "Kreis Lippe"}, ["Blomberg", "Detmold", "Lage"]),
        ({"county": "Kreis Herford"}, []),
        ({"state": "suspended"}, ["Detmold"]),
        ({"state": "live", "q": "la"}, ["Lage"]),
        ({"county": "erfunden"}, ["Blomberg", "Detmold", "Lage"]),
        ({"q": "x" * 500}, ["Blomberg", "Detmold", "Lage"]),
    ],
    ids=str,
)
def test_the_list_can_be_searched_and_filtered(
    desk: Desk, lage: Town, detmold: Town, query: dict[str, str], names: list[str]
) -> None:
    live(BLOMBERG, own_hosts=["portal.xn--blmberg-b1a.example"])
    Town.objects.filter(pk=detmold.pk).update(state=TownState.SUSPENDED)

    assert listed(desk, **query) == names


def test_towns_stand_where_germans_look_for_them(desk: Desk, lage: Town, detmold: Town) -> None:
    live(BLOMBERG)
    for town, name in ((lage, "Übach-Palenberg"), (detmold, "Unna")):
        Town.objects.filter(pk=town.pk).update(name=name)

    assert listed(desk) == ["Blomberg", "Übach-Palenberg", "Unna"]


def test_the_sum_is_that_of_the_towns_shown(desk: Desk, lage: Town, detmold: Town) -> None:
    for town in (lage, detmold):
        with in_town(town):
            make_submission(make_anna())
            keep_summary(now=timezone.now())

    assert desk.get("/", {"q": "lage"}).context["total"]["received"] == 1


def test_more_towns_cost_no_more_statements(desk: Desk, lage: Town) -> None:
    before = count_of(desk)
    live(BLOMBERG)
    live(municipality("05766004"))

    assert count_of(desk) == before


def count_of(desk: Desk) -> int:
    desk.get("/")  # the first click notes in the session who is at work, and reads what is held in memory
    with CaptureQueriesContext(connection) as queries:
        desk.get("/")
    return len(queries)


def test_a_town_that_has_counted_nothing_yet_is_in_the_list(desk: Desk, lage: Town, detmold: Town) -> None:
    TownSummary.objects.filter(town=detmold).delete()

    said = text_of(desk.get("/"))

    assert "noch keine Zahlen" in said
    assert "Detmold" in said
    assert "hat noch nichts gezählt" in text_of(desk.get("/staedte/detmold/"))


def test_an_empty_portal_says_how_to_begin(desk: Desk, lage: Town) -> None:
    Town.objects.all().delete()

    said = text_of(desk.get("/"))

    assert "Noch keine Stadt" in said
    assert "Neue Stadt" in said


# --- One town ---------------------------------------------------------------------------------------------


def test_a_new_towns_page_says_what_is_missing(desk: Desk, blomberg: Town) -> None:
    answer = desk.get("/staedte/blomberg/")

    checklist = answer.context["checklist"]
    assert (checklist.shown, checklist.prepared, checklist.ready) == (SHOWN, PREPARED, READY)
    assert f"{checklist.done} von 17 nötigen Punkten sind erledigt." in text_of(answer)
    assert "Vertrag zur Auftragsverarbeitung" in text_of(answer)


@pytest.mark.parametrize(
    ("password", "has_app", "sent", "state"),
    [
        (False, False, False, "Einladung wird verschickt"),
        (False, False, True, "eingeladen"),
        (True, False, True, "Passwort gewählt, App fehlt noch"),
        (True, True, True, "aktiv"),
    ],
)
def test_it_shows_how_far_the_first_administrator_is(
    desk: Desk, blomberg: Town, password: bool, has_app: bool, sent: bool, state: str
) -> None:
    if sent:
        run_jobs()
    with in_town(blomberg):
        berta = User.objects.get()
        if password:
            berta.set_password("Ein Satz nur fuer Berta")
            berta.save()
        if has_app:
            TOTPDevice.objects.create(user=berta, name="app", confirmed=True)

    answer = desk.get("/staedte/blomberg/")

    assert [one.state for one in answer.context["checklist"].administrators] == [state]
    assert ("Noch einmal einladen" in text_of(answer)) == (state != "aktiv")


def test_an_invitation_can_be_sent_again(desk: Desk, blomberg: Town, olga: User) -> None:
    run_jobs()
    mail.outbox.clear()
    with in_town(blomberg):
        berta = User.objects.get()

    desk.post("/staedte/blomberg/einladung/", {"again": berta.pk})
    run_jobs()

    assert [message.to for message in mail.outbox] == [["berta@blomberg.example"]]
    assert "Die Einladung ist noch einmal unterwegs." in text_of(desk.get("/staedte/blomberg/"))
    newest = TownEvent.objects.filter(town=blomberg).first()
    assert newest
    assert (newest.kind, newest.text, newest.by) == (EventKind.INVITED, "berta@blomberg.example", olga)


@pytest.mark.parametrize("pk", ["999999", "", "x", "1; DROP"])
def test_nobody_else_can_be_invited_again(desk: Desk, blomberg: Town, pk: str) -> None:
    run_jobs()

    desk.post("/staedte/blomberg/einladung/", {"again": pk})

    assert queued_jobs() == []


def test_case_workers_are_not_the_operators_business(desk: Desk, blomberg: Town) -> None:
    run_jobs()
    with in_town(blomberg):
        bernd = make_bernd()

    page = desk.get("/staedte/blomberg/").content.decode()
    desk.post("/staedte/blomberg/einladung/", {"again": bernd.pk})

    assert bernd.email not in page
    assert queued_jobs() == []


def test_another_administrator_can_be_invited(desk: Desk, blomberg: Town) -> None:
    person = {"given_name": "Benno", "family_name": "Bach", "email": "benno@blomberg.example"}
    desk.post("/staedte/blomberg/einladung/", person)
    run_jobs()

    assert ["benno@blomberg.example"] in [message.to for message in mail.outbox]
    with in_town(blomberg):
        assert User.objects.get(email="benno@blomberg.example").roles == ["administrator"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"email": "berta@blomberg.example"}, "Für diese E-Mail-Adresse gibt es schon einen Zugang."),
        ({"email": "benno"}, "Geben Sie eine E-Mail-Adresse ein"),
        ({"given_name": ""}, "Bitte ausfüllen: Vorname"),
    ],
)
def test_a_wrong_invitation_is_told_and_stays_typed(
    desk: Desk, blomberg: Town, changes: dict[str, str], message: str
) -> None:
    person = {"given_name": "Benno", "family_name": "Bach", "email": "benno@blomberg.example"} | changes

    answer = desk.post("/staedte/blomberg/einladung/", person)

    assert (answer.status_code, message in text_of(answer)) == (422, True)
    assert 'value="Bach"' in answer.content.decode()


def test_hosts_are_added_and_removed(desk: Desk, lage: Town) -> None:
    desk.post("/staedte/lage/adressen/", {"host": "https://Portal.Läge.example"})
    added = Browser("portal.xn--lge-qla.example").get("/").status_code
    queued = queued_jobs()
    page = text_of(desk.get("/staedte/lage/"))
    desk.post("/staedte/lage/adressen/", {"remove": "portal.xn--lge-qla.example"})
    removed = Browser("portal.xn--lge-qla.example").get("/").status_code

    assert (added, removed) == (200, 404)
    assert "portal.läge.example" in page
    assert queued == ["accounts.jobs.register_return_addresses"]
    kinds = TownEvent.objects.filter(town=lage).values_list("kind", flat=True)
    assert list(kinds)[:2] == [EventKind.HOST_REMOVED, EventKind.HOST_ADDED]


@pytest.mark.parametrize("host", ["lage.localhost", "detmold.localhost", "nirgends.example", ""])
def test_no_other_host_is_removed(desk: Desk, lage: Town, detmold: Town, host: str) -> None:
    before = Host.objects.count()

    desk.post("/staedte/lage/adressen/", {"remove": host})

    assert Host.objects.count() == before
    assert "lässt sich nicht entfernen" in text_of(desk.get("/staedte/lage/"))


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("", "Bitte ausfüllen: Eigene Adresse der Stadt"),
        ("x", "ist keine Adresse"),
        ("neu.localhost", "vergeben wir selbst"),
    ],
)
def test_a_wrong_host_is_told(desk: Desk, lage: Town, host: str, message: str) -> None:
    answer = desk.post("/staedte/lage/adressen/", {"host": host})

    assert (answer.status_code, message in text_of(answer)) == (422, True)


# --- Suspending -------------------------------------------------------------------------------------------


def test_a_town_is_suspended_and_resumed_with_a_reason(desk: Desk, lage: Town, olga: User) -> None:
    desk.post("/staedte/lage/anhalten/", {"reason": "Wartung am Netz"})
    suspended = Browser("lage.localhost").get("/")
    page = text_of(desk.get("/staedte/lage/"))
    desk.post("/staedte/lage/fortsetzen/", {"reason": "Wartung ist fertig"})

    assert suspended.status_code == 503
    assert "Wartung" not in text_of(suspended)
    assert "Olga Ostmann: Wartung am Netz" in page
    assert Browser("lage.localhost").get("/").status_code == 200
    assert list(TownEvent.objects.filter(town=lage).values_list("kind", "text", "by"))[:2] == [
        (EventKind.RESUMED, "Wartung ist fertig", olga.pk),
        (EventKind.SUSPENDED, "Wartung am Netz", olga.pk),
    ]


@pytest.mark.parametrize("page", ["/staedte/lage/anhalten/", "/staedte/lage/fortsetzen/"])
@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_without_a_proper_reason_nothing_happens(desk: Desk, lage: Town, page: str, reason: str) -> None:
    answer = desk.post(page, {"reason": reason})

    assert answer.status_code == 422
    assert TownEvent.objects.filter(town=lage).exclude(kind=EventKind.CREATED).count() == 0


def test_suspending_twice_is_told(desk: Desk, lage: Town) -> None:
    desk.post("/staedte/lage/anhalten/", {"reason": "Wartung"})

    answer = desk.post("/staedte/lage/anhalten/", {"reason": "Noch einmal"})

    assert (answer.status_code, "Lage ist schon angehalten." in text_of(answer)) == (422, True)


def test_payments_are_not_lost_while_a_town_is_suspended(desk: Desk, lage: Town) -> None:
    """Figures go on: what arrives meanwhile is booked by the worker, which asks no host."""
    desk.post("/staedte/lage/anhalten/", {"reason": "Wartung"})
    with in_town(lage):
        make_submission(make_anna(), now=timezone.now())
        keep_summary(now=timezone.now())

    summary = desk.get("/staedte/lage/").context["summary"]

    assert (summary.received, summary.paid_sum) == (1, Decimal("0.00"))


def test_signing_out_leads_to_the_operators_sign_in(desk: Desk) -> None:
    assert desk.post("/konto/abmelden/")["Location"] == "/konto/anmelden/"
    assert desk.get("/")["Location"].startswith("/konto/anmelden/")


def test_there_are_no_citizens_at_the_operator(olga: User) -> None:
    assert set(User.objects.values_list("kind", flat=True)) == {Kind.OPERATOR}
