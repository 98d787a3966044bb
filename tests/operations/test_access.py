"""Somebody of the operator looks into a town hall: only if the town lets her, only reading, and all is written down."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core import mail
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import AuditEntry, Kind, OperatorAccess, OperatorRole, User
from accounts.staff import password_link
from accounts.states import TRANSITIONS, AccessState
from operations import access as actions
from operations.access_presentation import PAGES, page_name
from operations.models import EventKind, TownEvent
from operations.people import change_rights
from submissions.models import Event, Submission
from templates.components import german_datetime
from tenants.context import at_operator, in_town, reading_only
from tenants.models import Town, TownState
from tests.conftest import Clock
from tests.desk import errors_of, fingerprint, urls_of
from tests.factories import make_payable, make_submission
from tests.jobs import queued_jobs, run_jobs
from tests.operations.conftest import Desk
from tests.pages import text_of
from tests.people import (
    MONDAY,
    Browser,
    TownClient,
    make_anna,
    make_astrid,
    make_bernd,
    make_operator,
    make_sven,
)
from tests.threads import at_once
from townhall.models import Office

AT_THE_DESK = "/staedte/lage/zugriff/"
IN_THE_TOWN = "/rathaus/verwaltung/zugriff/"
WISH = {"reason": "Eine Zahlung hängt, Anruf vom 16. November", "hours": "2"}
SIGN_IN = "/rathaus/anmelden/"


@pytest.fixture
def sven(db: None, clock: Clock) -> Desk:
    """Sven's browser at the desk, on Monday morning."""
    return Desk().sign_in(make_sven())


@pytest.fixture
def astrid(lage: Town) -> TownClient:
    """Astrid's browser in the town hall of Lage."""
    with in_town(lage):
        return TownClient(lage).sign_in(make_astrid())


@pytest.fixture
def case(lage: Town) -> Submission:
    with in_town(lage):
        return make_submission(make_anna())


def ask(sven: Desk) -> OperatorAccess:
    assert sven.post(AT_THE_DESK, WISH).status_code == 302
    return newest()


def newest() -> OperatorAccess:
    with in_town(Town.objects.get(slug="lage")):
        return OperatorAccess.objects.select_related("guest", "decided_by", "ended_by")[0]


def grant(sven: Desk, astrid: TownClient) -> OperatorAccess:
    access = ask(sven)
    astrid.post(f"{IN_THE_TOWN}{access.pk}/erlauben/")
    return newest()


def link(sven: Desk, access: OperatorAccess) -> str:
    """The path of a link into the town hall."""
    address = str(sven.post(f"{AT_THE_DESK}{access.pk}/oeffnen/")["Location"])
    assert address.startswith(f"http://lage.localhost:8000{IN_THE_TOWN}eintreten/")
    return urlsplit(address).path


def enter(sven: Desk, access: OperatorAccess) -> TownClient:
    """Sven's browser at the town's host."""
    browser = TownClient(Town.objects.get(slug="lage"))
    assert browser.get(link(sven, access), follow=True).status_code == 200
    return browser


@pytest.fixture
def visit(sven: Desk, astrid: TownClient, case: Submission) -> TownClient:
    """Sven in the town hall, who may look for two hours from Monday, half past nine."""
    return enter(sven, grant(sven, astrid))


# --- Asking --------------------------------------------------------------------------------------------------


def test_the_town_is_asked_by_a_mail_that_names_nobody(sven: Desk, astrid: TownClient, lage: Town) -> None:
    with in_town(lage):
        make_bernd()
    ask(sven)
    run_jobs()

    [message] = mail.outbox
    assert (message.to, message.subject) == (["astrid@rathaus.example"], "Der Betrieb bittet um Zugriff – Stadt Lage")
    assert "http://lage.localhost:8000/rathaus/verwaltung/zugriff/" in message.body
    assert not [word for word in ("Sven", "Sander", "Zahlung", "Astrid") if word in str(message.body)]


def test_the_town_reads_who_asks_why_and_for_how_long(sven: Desk, astrid: TownClient) -> None:
    ask(sven)

    page = text_of(astrid.get(IN_THE_TOWN))

    for said in ("Betrieb: Sven Sander", "sven@betrieb.example", WISH["reason"], "2 Stunden", "wartet auf"):
        assert said in page
    assert "Zugriff des Betriebs 1" in page  # how many wait, at the side


def test_asking_gives_nothing_yet(sven: Desk, astrid: TownClient, case: Submission) -> None:
    access = ask(sven)

    answer = sven.post(f"{AT_THE_DESK}{access.pk}/oeffnen/", follow=True)

    assert "Dieser Zugriff ist nicht mehr erlaubt." in text_of(answer)
    assert newest().ticket == ""


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": " "}, "Schreiben Sie, was Sie sich ansehen müssen und warum."),
        ({"reason": "x" * 401}, "Bitte kürzen Sie auf 400 Zeichen. Jetzt sind es 401."),
        ({"hours": ""}, "Wählen Sie aus, wie lange Sie brauchen."),
        ({"hours": "24"}, "Bitte wählen Sie eine der Möglichkeiten aus."),
    ],
)
def test_a_wrong_request_is_explained(
    sven: Desk, astrid: TownClient, lage: Town, changes: dict[str, str], sentence: str
) -> None:
    answer = sven.post(AT_THE_DESK, WISH | changes)

    assert (answer.status_code, errors_of(answer)) == (422, [sentence])
    with in_town(lage):
        assert OperatorAccess.objects.count() == 0


def test_who_has_asked_does_not_ask_again(sven: Desk, astrid: TownClient, lage: Town) -> None:
    ask(sven)

    answer = sven.post(AT_THE_DESK, WISH)

    assert errors_of(answer) == ["Sie haben diese Stadt schon gebeten."]
    with in_town(lage):
        assert OperatorAccess.objects.count() == 1


def test_a_town_where_nobody_could_decide_is_not_asked(sven: Desk, lage: Town) -> None:
    answer = sven.post(AT_THE_DESK, WISH)

    assert errors_of(answer) == ["Diese Stadt hat noch niemanden, der den Zugriff erlauben könnte."]
    assert queued_jobs() == []


def test_a_town_that_is_not_there_is_not_asked(sven: Desk, astrid: TownClient, lage: Town) -> None:
    Town.objects.filter(pk=lage.pk).update(state=TownState.SUSPENDED)

    answer = sven.post(AT_THE_DESK, WISH)

    assert errors_of(answer) == ["Das Portal der Stadt ist gerade nicht da. Niemand könnte Ihnen den Zugriff erlauben."]


# --- The whole way -------------------------------------------------------------------------------------------


def test_who_is_let_in_reads_a_case_and_all_of_it_is_written_down(
    sven: Desk, astrid: TownClient, case: Submission, lage: Town
) -> None:
    access = grant(sven, astrid)
    visit = enter(sven, access)
    shown = text_of(visit.get(f"/rathaus/vorgang/{case.number}/"))
    visit.get("/rathaus/kasse/")

    assert "Betrieb zu Besuch: Sie lesen nur, bis 11:30 Uhr." in shown
    assert "Schröder" in shown
    assert (access.decided_by and access.decided_by.name, access.ends_at) == (
        "Astrid Althoff",
        MONDAY + timedelta(hours=2),
    )
    with in_town(lage):
        entries = list(AuditEntry.objects.filter(via=access).order_by("pk"))
        assert [(one.action, one.by and one.by.name, one.object_kind, one.object_key) for one in entries] == [
            ("access_asked", "Betrieb: Sven Sander", "operatoraccess", str(access.pk)),
            ("access_granted", "Astrid Althoff", "operatoraccess", str(access.pk)),
            ("access_used", "Betrieb: Sven Sander", "operatoraccess", str(access.pk)),
            ("seen", "Betrieb: Sven Sander", "casework:inbox", ""),
            ("seen", "Betrieb: Sven Sander", "casework:case", case.number),
            ("seen", "Betrieb: Sven Sander", "treasury:payments", ""),
        ]
        assert {one.at for one in entries} == {MONDAY}
    log = text_of(astrid.get(f"{IN_THE_TOWN}{access.pk}/"))
    assert f"16.11.2026 09:30:00 Vorgang {case.number}" in log
    assert "Kasse: alle Zahlungen" in log


def test_the_operators_history_has_the_steps_and_nothing_of_what_was_seen(
    sven: Desk, astrid: TownClient, visit: TownClient, case: Submission, lage: Town
) -> None:
    visit.get(f"/rathaus/vorgang/{case.number}/")
    astrid.post(f"{IN_THE_TOWN}{newest().pk}/beenden/")

    events = list(TownEvent.objects.filter(town=lage, kind__startswith="access_").order_by("pk"))
    assert [(event.kind, event.text, event.who) for event in events] == [
        ("access_asked", f"für 2 Stunden: {WISH['reason']}", "Sven Sander"),
        (
            "access_granted",
            f"Astrid Althoff für Sven Sander, bis {german_datetime(MONDAY + timedelta(hours=2))}",
            "Rathaus",
        ),
        ("access_used", "Sven Sander", "Rathaus"),
        ("access_ended", "Astrid Althoff für Sven Sander", "Rathaus"),
    ]
    page = text_of(sven.get("/staedte/lage/"))
    assert "Zugriff erlaubt : Astrid Althoff für Sven Sander" in page
    assert case.number not in page


def test_the_case_itself_tells_its_workers_who_of_the_operator_looked(
    visit: TownClient, case: Submission, lage: Town
) -> None:
    visit.get(f"/rathaus/vorgang/{case.number}/")
    with in_town(lage):
        bernd = TownClient(lage).sign_in(make_bernd())

    bernd.get(f"/rathaus/vorgang/{case.number}/")

    views = bernd.get(f"/rathaus/vorgang/{case.number}/").context["views"]

    assert {view.by for view in views} == {"Bernd Brinkmann", "Betrieb: Sven Sander"}


def test_a_guest_is_nobody_else_in_the_town_hall(visit: TownClient, astrid: TownClient, lage: Town) -> None:
    """She is in no list of staff, is given no work, and her visit is no sign of life of the town hall."""
    with in_town(lage):
        guest = User.objects.get(kind=Kind.GUEST)
    assert "Sven" not in text_of(astrid.get("/rathaus/verwaltung/mitarbeitende/"))
    assert astrid.get(f"/rathaus/verwaltung/mitarbeitende/{guest.pk}/").status_code == 404


# --- Every way around it -------------------------------------------------------------------------------------


def rooms(browser: TownClient) -> set[str]:
    """Where a browser comes that wants into the town hall."""
    pages = ("/rathaus/eingang/", "/rathaus/kasse/", "/rathaus/verwaltung/leistungen/")
    answers = [browser.get(page) for page in pages]
    return {answer.headers.get("Location", str(answer.status_code)).partition("?")[0] for answer in answers}


OUT = {f"{IN_THE_TOWN}zu-ende/"}


def test_it_ends_by_itself(visit: TownClient, clock: Clock) -> None:
    clock(MONDAY + timedelta(hours=1, minutes=59))
    before = rooms(visit)
    clock(MONDAY + timedelta(hours=2))

    assert (before, rooms(visit)) == ({"200"}, OUT)
    assert "Ihr Zugriff auf dieses Rathaus ist zu Ende" in text_of(visit.get("/rathaus/eingang/", follow=True))


def test_the_town_ends_it_with_the_next_click(visit: TownClient, astrid: TownClient) -> None:
    astrid.post(f"{IN_THE_TOWN}{newest().pk}/beenden/")

    assert rooms(visit) == OUT
    assert newest().ended_by == newest().decided_by


def test_who_asked_ends_it_too(visit: TownClient, sven: Desk) -> None:
    answer = sven.post(f"{AT_THE_DESK}{newest().pk}/zurueckgeben/", follow=True)

    assert "Sie haben keinen Zugriff mehr auf Lage." in text_of(answer)
    assert rooms(visit) == OUT


def test_after_the_end_there_is_no_way_back(visit: TownClient, sven: Desk, astrid: TownClient) -> None:
    access = newest()
    unused = link(sven, access)
    astrid.post(f"{IN_THE_TOWN}{access.pk}/beenden/")

    assert visit.get(unused).status_code == 410
    assert "nicht mehr erlaubt" in text_of(sven.post(f"{AT_THE_DESK}{access.pk}/oeffnen/", follow=True))
    astrid.post(f"{IN_THE_TOWN}{access.pk}/erlauben/")
    assert newest().state == AccessState.ENDED
    assert rooms(visit) == OUT


def test_what_was_refused_stays_refused(sven: Desk, astrid: TownClient) -> None:
    access = ask(sven)
    astrid.post(f"{IN_THE_TOWN}{access.pk}/ablehnen/")

    said = text_of(astrid.post(f"{IN_THE_TOWN}{access.pk}/erlauben/", follow=True))

    assert "Das geht nicht mehr: Der Zugriff ist schon abgelehnt." in said
    assert "nicht mehr erlaubt" in text_of(sven.post(f"{AT_THE_DESK}{access.pk}/oeffnen/", follow=True))
    assert "abgelehnt" in text_of(sven.get(AT_THE_DESK))


def test_an_old_request_cannot_be_granted_any_more(sven: Desk, astrid: TownClient, clock: Clock) -> None:
    access = ask(sven)
    clock(MONDAY + timedelta(days=7))
    with in_town(astrid.town):
        astrid.sign_in(User.objects.get(given_name="Astrid"))
    sven.sign_in(User.objects.get(given_name="Sven"))

    said = text_of(astrid.post(f"{IN_THE_TOWN}{access.pk}/erlauben/", follow=True))

    assert "Diese Bitte ist zu alt." in said
    assert newest().state == AccessState.ASKED
    assert sven.post(AT_THE_DESK, WISH).status_code == 302  # he may ask anew


def test_what_was_taken_back_cannot_be_granted(sven: Desk, astrid: TownClient) -> None:
    access = ask(sven)
    sven.post(f"{AT_THE_DESK}{access.pk}/zurueckgeben/")

    astrid.post(f"{IN_THE_TOWN}{access.pk}/erlauben/")

    assert newest().state == AccessState.WITHDRAWN


def test_a_link_works_once(sven: Desk, astrid: TownClient) -> None:
    path = link(sven, grant(sven, astrid))
    first, second = (TownClient(astrid.town) for _number in range(2))

    answers = [browser.get(path) for browser in (first, second)]

    assert [answer.status_code for answer in answers] == [302, 410]
    assert "Dieser Link gilt nicht mehr" in text_of(answers[1])
    assert (rooms(first), rooms(second)) == ({"200"}, {SIGN_IN})


def test_a_link_works_for_a_minute(sven: Desk, astrid: TownClient, clock: Clock, visitor: TownClient) -> None:
    path = link(sven, grant(sven, astrid))
    clock(MONDAY + timedelta(seconds=60))

    assert visitor.get(path).status_code == 410
    assert rooms(visitor) == {SIGN_IN}


def test_a_new_link_makes_the_one_before_worthless(sven: Desk, astrid: TownClient, visitor: TownClient) -> None:
    access = grant(sven, astrid)
    older, newer = link(sven, access), link(sven, access)

    assert [visitor.get(path).status_code for path in (older, newer)] == [410, 302]


@pytest.mark.parametrize(
    "token", ["x", "0" * 43, "%00", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
)
def test_nobody_guesses_a_link(sven: Desk, astrid: TownClient, visitor: TownClient, token: str) -> None:
    grant(sven, astrid)

    assert visitor.get(f"{IN_THE_TOWN}eintreten/{token}/").status_code == 410


def test_what_is_kept_of_a_link_lets_nobody_in(sven: Desk, astrid: TownClient, visitor: TownClient) -> None:
    link(sven, grant(sven, astrid))

    assert visitor.get(f"{IN_THE_TOWN}eintreten/{newest().ticket}/").status_code == 410


@pytest.mark.parametrize("method", ["head", "post"])
def test_a_link_is_used_by_opening_it_and_in_no_other_way(
    sven: Desk, astrid: TownClient, visitor: TownClient, method: str
) -> None:
    path = link(sven, grant(sven, astrid))

    assert getattr(visitor, method)(path).status_code == 405
    assert visitor.get(path).status_code == 302


def test_a_link_of_lage_lets_nobody_into_detmold(
    sven: Desk, astrid: TownClient, visitor_of_detmold: TownClient
) -> None:
    path = link(sven, grant(sven, astrid))

    assert visitor_of_detmold.get(path).status_code == 410
    assert rooms(visitor_of_detmold) == {SIGN_IN}


def test_a_guest_of_lage_is_nobody_in_detmold(visit: TownClient, visitor_of_detmold: TownClient) -> None:
    visitor_of_detmold.cookies = visit.cookies

    assert rooms(visitor_of_detmold) == {SIGN_IN}


def test_a_guest_of_lage_is_nobody_at_the_desk(visit: TownClient) -> None:
    desk = Browser("betrieb.localhost")
    desk.cookies = visit.cookies

    assert desk.get("/")["Location"].startswith("/konto/anmelden/")


def test_what_lage_allows_one_it_allows_nobody_else(sven: Desk, astrid: TownClient, desk: Desk) -> None:
    access = grant(sven, astrid)

    for step in ("oeffnen", "zurueckgeben"):
        assert desk.post(f"{AT_THE_DESK}{access.pk}/{step}/").status_code == 404
    assert desk.post(f"/staedte/detmold/zugriff/{access.pk}/oeffnen/").status_code == 404
    assert newest().state == AccessState.GRANTED
    with pytest.raises(actions.VisitRefused), at_operator():
        actions.make_link(town=astrid.town, access=access, by=User.objects.get(given_name="Olga"), now=MONDAY)


def test_clara_of_detmold_finds_and_grants_nothing_of_lage(sven: Desk, astrid: TownClient, detmold: Town) -> None:
    access = ask(sven)
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_astrid())
    assert "Sven" not in text_of(clara.get(IN_THE_TOWN))

    steps = ("", "erlauben/", "ablehnen/", "beenden/")
    answers = [
        getattr(clara, "post" if step else "get")(f"{IN_THE_TOWN}{access.pk}/{step}").status_code for step in steps
    ]

    assert answers == [404] * 4
    assert newest().state == AccessState.ASKED


def test_only_administrators_decide(sven: Desk, astrid: TownClient, lage: Town) -> None:
    access = ask(sven)
    with in_town(lage):
        bernd = TownClient(lage).sign_in(make_bernd())

    assert [bernd.get(IN_THE_TOWN).status_code, bernd.post(f"{IN_THE_TOWN}{access.pk}/erlauben/").status_code] == [
        404
    ] * 2
    assert newest().state == AccessState.ASKED


def test_a_guest_cannot_let_another_one_in(visit: TownClient, lage: Town, db: None) -> None:
    second = Desk().sign_in(make_operator("otto", "Otto", "Ohm", OperatorRole.SUPPORT))
    access = ask(second)

    assert visit.post(f"{IN_THE_TOWN}{access.pk}/erlauben/").status_code == 403
    assert newest().state == AccessState.ASKED


def test_who_is_locked_out_at_the_desk_leaves_the_town_hall(visit: TownClient, desk: Desk) -> None:
    sven = User.objects.get(given_name="Sven")

    desk.post(f"/mitarbeitende/{sven.pk}/", {"roles": ["support"]})

    assert rooms(visit) == OUT
    assert TownEvent.objects.filter(kind=EventKind.ACCESS_GIVEN_UP, by__given_name="Olga", text="Sven Sander").exists()


@pytest.mark.parametrize("data", [{"roles": ["fleet"], "is_active": "on"}])
def test_who_loses_the_role_loses_what_was_granted_and_what_was_asked(
    sven: Desk, astrid: TownClient, desk: Desk, data: dict[str, Any]
) -> None:
    ask(sven)

    desk.post(f"/mitarbeitende/{User.objects.get(given_name='Sven').pk}/", data)

    assert newest().state == AccessState.WITHDRAWN
    with pytest.raises(actions.VisitRefused, match="nicht mehr um Zugriff bitten"):
        actions.ask(town=astrid.town, reason="x", hours=1, by=User.objects.get(given_name="Sven"), now=MONDAY)


def test_who_keeps_the_role_keeps_what_was_granted(visit: TownClient, db: None) -> None:
    olga = make_operator("ulla", "Ulla", "Ude", *OperatorRole)

    change_rights(
        person=User.objects.get(given_name="Sven"),
        roles=[OperatorRole.SUPPORT, OperatorRole.FLEET],
        is_active=True,
        by=olga,
        now=MONDAY,
    )

    assert rooms(visit) == {"200"}


def test_a_lost_phone_ends_it(visit: TownClient, desk: Desk) -> None:
    desk.post(f"/mitarbeitende/{User.objects.get(given_name='Sven').pk}/app/")

    assert rooms(visit) == OUT


def test_a_guest_gets_no_password_and_no_second_factor(visit: TownClient, lage: Town) -> None:
    visitor = TownClient(lage)
    visitor.post("/rathaus/passwort/", {"email": "sven@betrieb.example"})
    with in_town(lage):
        guest = User.objects.get(kind=Kind.GUEST)
        address = urlsplit(password_link(guest)).path

    assert "accounts.jobs.send_password_link" not in queued_jobs()
    assert visitor.get(address).status_code == 410
    for page in (SIGN_IN, f"{SIGN_IN}code/", f"{SIGN_IN}einrichten/"):
        assert "data:image" not in visit.get(page, follow=True).content.decode()
    with in_town(lage):
        assert not TOTPDevice.objects.filter(user=guest).exists()


def test_the_desk_invites_nobody_into_a_town_hall_that_can_invite(desk: Desk, astrid: TownClient, lage: Town) -> None:
    with in_town(lage):
        astrid_herself = User.objects.get(given_name="Astrid")
        astrid_herself.set_password("Ein Satz nur fuer Astrid")
        astrid_herself.save()
        TOTPDevice.objects.filter(user=astrid_herself).update(confirmed=True)
    person = {"given_name": "Olga", "family_name": "Ostmann", "email": "olga@betrieb.example"}

    answer = desk.post("/staedte/lage/einladung/", person)

    assert "In dieser Stadt kann sich schon jemand anmelden. Sie lädt selbst ein." in text_of(answer)
    with in_town(lage):
        assert User.objects.filter(kind=Kind.STAFF).count() == 1
    assert "Jemanden einladen" not in text_of(desk.get("/staedte/lage/"))


def test_no_page_of_the_desk_tells_of_a_case(desk: Desk, case: Submission, lage: Town) -> None:
    with in_town(lage):
        make_payable()
    secrets = ("Schröder", case.number, "Hund anmelden", "anna@post.example", "Lange Straße")
    pages = ["/", "/staedte/lage/", AT_THE_DESK, "/auftraege/", "/mitarbeitende/", "/geloescht/"]

    said = "".join(desk.get(page).content.decode() for page in pages)

    assert [secret for secret in secrets if secret in said] == []


# --- Only reading --------------------------------------------------------------------------------------------


NOBODYS = "00000000-0000-4000-8000-000000000000"


def addresses_of_the_town_hall(case: Submission) -> list[tuple[str, str]]:
    """View name and address of every page below /rathaus/, about things that are there."""
    values: dict[str, Any] = {
        "number": case.number,
        "upload_id": NOBODYS,
        "run": NOBODYS,
        "payment_id": NOBODYS,
        "refund_id": NOBODYS,
        "handover": NOBODYS,
        "pk": Office.objects.values_list("pk", flat=True)[0],
        "absence": 1,
        "key": "hund-anmelden",
        "reference": "LAGE-2026-000001-1",
        "colour": "14694f",
        "uid": "MQ",
        "token": "x-y",
        "year": 2026,
        "month": 11,
        "day": 16,
    }

    def address(name: str, pattern: Any) -> str:
        known = values | ({"pk": NOBODYS} if "<uuid:pk>" in str(pattern) else {})
        kwargs = {key: known.get(key, "x") for key in pattern.converters}
        return reverse(name, kwargs=kwargs, urlconf=settings.ROOT_URLCONF)

    return [
        (name, address(name, chain[-1].pattern))
        for name, chain in urls_of(settings.ROOT_URLCONF)
        if str(chain[0].pattern).startswith("rathaus/")
    ]


def status_of(visit: TownClient, address: str) -> int:
    """How a page answers. Whoever begins a download ends it."""
    answer = visit.get(address)
    if answer.streaming:
        answer.getvalue()
    return int(answer.status_code)


def test_a_guest_sends_nothing_anywhere(visit: TownClient, case: Submission, lage: Town) -> None:
    """Every page of the town hall, and pages for citizens too."""
    with in_town(lage):
        addresses = addresses_of_the_town_hall(case)
    before = fingerprint(lage)

    public = ["/", "/barriere-melden/", "/abmelden/", "/antrag/hund-anmelden/"]
    refused = {
        address: {
            getattr(visit, method)(address, {"is_active": "on"}).status_code for method in ("post", "put", "delete")
        }
        for address in (*public, *(address for _name, address in addresses))
    }

    assert {address: statuses for address, statuses in refused.items() if statuses != {403}} == {}
    assert len(refused) > 60
    assert fingerprint(lage) == before
    assert "Hier können Sie nur lesen" in text_of(visit.post("/rathaus/eingang/"))


def test_no_page_that_a_guest_opens_changes_anything(visit: TownClient, case: Submission, lage: Town) -> None:
    with in_town(lage):
        addresses = addresses_of_the_town_hall(case)
    before = fingerprint(lage)

    answers = {name: status_of(visit, address) for name, address in addresses}

    assert set(answers.values()) <= {200, 302, 403, 404, 405, 410}
    assert answers["casework:case"] == answers["treasury:payments"] == answers["administration:looks"] == 200
    assert fingerprint(lage) == before


def test_each_page_that_a_guest_reads_is_in_the_log_by_its_name(
    visit: TownClient, case: Submission, lage: Town
) -> None:
    with in_town(lage):
        addresses = dict(addresses_of_the_town_hall(case))
    for address in addresses.values():
        status_of(visit, address)
    with in_town(lage):
        seen = dict(AuditEntry.objects.filter(action="seen").values_list("object_kind", "object_key"))

    guarded = {name for name in addresses if not name.startswith("staff:")} - {"access:enter", "access:over"}
    assert set(seen) == guarded
    assert set(PAGES) <= guarded
    assert (page_name("casework:case", case.number), page_name("administration:change_legal", "")) == (
        f"Vorgang {case.number}",
        "Verwaltung: eine andere Seite",
    )


def test_postgresql_refuses_what_a_page_for_a_guest_would_write(in_lage: Town) -> None:
    with pytest.raises(InternalError, match="read-only transaction"), reading_only():
        Office.objects.update(name="x")

    Office.objects.update(name="y")  # afterwards all is as before
    assert set(Office.objects.values_list("name", flat=True)) == {"y"}


def test_a_page_that_would_write_says_that_one_can_only_read(
    visit: TownClient, monkeypatch: pytest.MonkeyPatch, lage: Town
) -> None:
    def writing(**_filters: Any) -> None:
        Office.objects.update(name="geändert")

    monkeypatch.setattr("submissions.casework.queries.inbox", lambda *_a, **_k: writing())

    answer = visit.get("/rathaus/eingang/")

    assert (answer.status_code, "Hier können Sie nur lesen" in text_of(answer)) == (403, True)
    with in_town(lage):
        assert not Office.objects.filter(name="geändert").exists()


def test_looking_leaves_the_history_of_the_case_as_it_was(visit: TownClient, case: Submission, lage: Town) -> None:
    visit.get(f"/rathaus/vorgang/{case.number}/")

    with in_town(lage):
        assert not Event.objects.filter(by__kind=Kind.GUEST).exists()


def test_the_banner_is_on_every_page(visit: TownClient, case: Submission) -> None:
    pages = ["/rathaus/eingang/", f"/rathaus/vorgang/{case.number}/", "/rathaus/kasse/", IN_THE_TOWN]
    pages += ["/rathaus/verwaltung/leistungen/", "/rathaus/verwaltung/mitarbeitende/", "/rathaus/verwaltung/bezahlen/"]

    without = [page for page in pages if "Betrieb zu Besuch:" not in text_of(visit.get(page))]

    assert without == []


def test_staff_sees_no_banner(astrid: TownClient) -> None:
    assert "Betrieb zu Besuch" not in text_of(astrid.get(IN_THE_TOWN))


# --- At once -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_use_a_link_at_once_are_one(lage: Town, clock: Clock) -> None:
    astrid = make_administrator(lage)
    sven = make_sven()
    access = granted(lage, sven, astrid)
    token = actions.make_link(town=lage, access=access, by=sven, now=MONDAY).rstrip("/").rpartition("/")[2]

    def use() -> bool:
        with in_town(lage):
            return actions.use_link(token=token, now=MONDAY) is not None

    assert sorted(at_once(8, use), key=str) == [False] * 7 + [True]
    assert TownEvent.objects.filter(kind=EventKind.ACCESS_USED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_decide_at_once_are_one(lage: Town, clock: Clock) -> None:
    astrid = make_administrator(lage)
    sven = make_sven()
    actions.ask(town=lage, reason="Zahlung", hours=2, by=sven, now=MONDAY)
    access = newest()
    steps = iter([actions.grant, actions.refuse])

    def decide() -> None:
        step = next(steps)
        with in_town(lage):
            step(access=access, by=astrid, now=MONDAY)

    outcomes = at_once(2, decide)

    assert sorted(type(outcome).__name__ for outcome in outcomes)[1:] == ["VisitRefused"]
    assert newest().state in (AccessState.GRANTED, AccessState.REFUSED)
    assert TownEvent.objects.filter(kind__in=[EventKind.ACCESS_GRANTED, EventKind.ACCESS_REFUSED]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_ask_once(lage: Town, clock: Clock) -> None:
    make_administrator(lage)
    sven = make_sven()

    outcomes = at_once(4, lambda: actions.ask(town=lage, reason="Zahlung", hours=2, by=sven, now=MONDAY))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", *["VisitRefused"] * 3]
    with in_town(lage):
        assert OperatorAccess.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_guest_reads_without_a_transaction_around_it_as_well(lage: Town, clock: Clock) -> None:
    """As in production: here the page is the outermost transaction, and what comes after it writes again."""
    astrid = make_administrator(lage)
    sven = make_sven()
    access = granted(lage, sven, astrid)
    browser = TownClient(lage)
    browser.get(urlsplit(actions.make_link(town=lage, access=access, by=sven, now=MONDAY)).path)

    shown = [browser.get(page).status_code for page in ("/rathaus/eingang/", "/rathaus/kasse/")]

    assert shown == [200, 200]
    with in_town(lage):
        assert AuditEntry.objects.filter(action="seen").count() == 2
        with transaction.atomic():
            Office.objects.update(name="geht")


def make_administrator(town: Town) -> User:
    with in_town(town):
        return make_astrid()


def granted(town: Town, operator: User, by: User, now: datetime = MONDAY) -> OperatorAccess:
    actions.ask(town=town, reason="Zahlung", hours=2, by=operator, now=now)
    with in_town(town):
        return actions.grant(access=OperatorAccess.objects.get(), by=by, now=now)


# --- States --------------------------------------------------------------------------------------------------


def test_every_state_has_its_steps() -> None:
    assert set(TRANSITIONS) == set(AccessState)


def test_a_page_about_it_costs_the_same_with_few_lines_and_with_many(visit: TownClient, astrid: TownClient) -> None:
    page = f"{IN_THE_TOWN}{newest().pk}/"
    astrid.get(page)
    before = count_of(astrid, page)
    for _time in range(3):
        visit.get("/rathaus/eingang/")

    assert count_of(astrid, page) == before


def count_of(browser: TownClient, page: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        browser.get(page)
    return len(queries)
