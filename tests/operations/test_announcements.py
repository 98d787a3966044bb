"""Maintenance is announced: town halls know it beforehand, citizens while it lasts, and it ends by itself."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, Role, User
from operations.announcing import Wanted, announce, change
from tenants import announcements, held
from tenants.context import in_town
from tenants.models import Announcement, Town, TownState
from tests.conftest import Clock
from tests.desk import errors_of
from tests.jobs import queued_jobs, run_jobs
from tests.operations.conftest import Desk
from tests.pages import text_of
from tests.people import BERLIN, MONDAY, TownClient, make_astrid, make_bernd, make_staff

SATURDAY = datetime(2026, 11, 21, 6, 0, tzinfo=BERLIN)
TEXT = "Das Portal ist einige Minuten nicht zu erreichen."
FORM = {
    "text": TEXT,
    "starts_on_day": "21",
    "starts_on_month": "11",
    "starts_on_year": "2026",
    "starts_at": "6",
    "ends_on_day": "21",
    "ends_on_month": "11",
    "ends_on_year": "2026",
    "ends_at": "8:30",
    "for_whom": "all",
    "towns": "",
    "for_citizens": "on",
}
WHEN = "Wartung 21. November 2026, 6 bis 8:30 Uhr:"
PUBLIC = ["/", "/leistungen/", "/leistungen/hund-anmelden/", "/aemter/", "/suche/?q=hund", "/gibt-es-nicht/"]


@pytest.fixture
def desk(olga: User, clock: Clock) -> Desk:
    """Olga's browser, on the Monday before."""
    return Desk().sign_in(olga)


@pytest.fixture
def bernd(lage: Town, clock: Clock) -> TownClient:
    with in_town(lage):
        return TownClient(lage).sign_in(make_bernd())


def said(browser: TownClient, page: str = "/") -> bool:
    return TEXT in text_of(browser.get(page))


def at(clock: Clock, moment: datetime, browser: TownClient | None = None) -> None:
    """Some other time; whoever is at work signs in again."""
    clock(moment)
    announcements.forget()
    if browser:
        with in_town(browser.town):
            browser.sign_in(User.objects.get(given_name="Bernd"))


# --- The desk ------------------------------------------------------------------------------------------------


def test_what_is_announced_stands_at_the_desk(desk: Desk, lage: Town) -> None:
    answer = desk.post("/wartung/neu/", FORM, follow=True)

    [one] = Announcement.objects.all()
    assert (one.text, one.starts_at, one.ends_at, one.for_all, one.for_citizens) == (
        TEXT,
        SATURDAY,
        SATURDAY + timedelta(hours=2, minutes=30),
        True,
        True,
    )
    shown = text_of(answer)
    for words in ("21. November 2026, 6 bis 8:30 Uhr angekündigt", TEXT, "Alle Städte", "auch für Bürgerinnen"):
        assert words in shown


def test_it_can_be_for_some_towns_only(desk: Desk, lage: Town, detmold: Town) -> None:
    desk.post("/wartung/neu/", FORM | {"for_whom": "some", "towns": " LAGE,\n\ndetmold; Lage"})

    [one] = Announcement.objects.all()
    assert (one.for_all, sorted(town.slug for town in one.towns.all())) == (False, ["detmold", "lage"])
    assert "Detmold, Lage" in text_of(desk.get("/wartung/"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": " "}, "Schreiben Sie, was die Rathäuser wissen sollen."),
        ({"text": "x" * 501}, "Bitte kürzen Sie auf 500 Zeichen. Jetzt sind es 501."),
        ({"starts_at": ""}, "Geben Sie an, um wie viel Uhr es beginnt, zum Beispiel 6 oder 6:30."),
        ({"ends_at": "25"}, "Geben Sie die Uhrzeit so an: 8 oder 8:30."),
        ({"ends_on_day": "31"}, "Dieses Datum gibt es nicht."),
        ({"ends_at": "5:59"}, "Das Ende liegt vor dem Anfang. Bitte prüfen Sie beide Zeiten."),
        ({"ends_at": "6"}, "Das Ende liegt vor dem Anfang. Bitte prüfen Sie beide Zeiten."),
        ({"starts_on_day": "14", "ends_on_day": "14"}, "Diese Zeit ist schon vorbei."),
        ({"for_whom": ""}, "Bitte treffen Sie eine Auswahl: Für wen?"),
        ({"for_whom": "some"}, "Nennen Sie mindestens eine Stadt."),
        (
            {"for_whom": "some", "towns": "Lage\nLgae"},
            "Diese Stadt gibt es hier nicht: Lgae. Prüfen Sie die Schreibweise.",
        ),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    desk: Desk, lage: Town, changes: dict[str, str], sentence: str
) -> None:
    answer = desk.post("/wartung/neu/", FORM | changes)

    assert (answer.status_code, errors_of(answer)) == (422, [sentence])
    assert 'value="2026"' in answer.content.decode()
    assert (Announcement.objects.count(), queued_jobs()) == (0, [])


def test_each_change_is_written_down(desk: Desk, lage: Town) -> None:
    desk.post("/wartung/neu/", FORM)
    one = Announcement.objects.get()
    desk.post(f"/wartung/{one.pk}/", FORM | {"text": "Doch länger"})
    desk.post(f"/wartung/{one.pk}/zurueckziehen/")

    entries = AuditEntry.objects.filter(object_kind="announcement", object_key=str(one.pk))
    assert [(entry.action, entry.text) for entry in entries] == [
        ("announcement_withdrawn", ""),
        ("announcement_changed", "Doch länger"),
        ("announced", TEXT),
    ]
    assert "Olga Ostmann" in text_of(desk.get(f"/wartung/{one.pk}/"))


def test_the_form_to_change_it_begins_with_what_is_there(desk: Desk, lage: Town) -> None:
    desk.post("/wartung/neu/", FORM | {"for_whom": "some", "towns": "Lage"})
    one = Announcement.objects.get()

    form = desk.get(f"/wartung/{one.pk}/").context["form"]

    assert {name: form[name].value() for name in ("text", "starts_at", "ends_at", "for_whom", "towns")} == {
        "text": TEXT,
        "starts_at": "6",
        "ends_at": "8:30",
        "for_whom": "some",
        "towns": "Lage",
    }


@pytest.mark.parametrize("how", ["over", "withdrawn"])
def test_what_is_over_stays_as_it_was(desk: Desk, olga: User, lage: Town, clock: Clock, how: str) -> None:
    desk.post("/wartung/neu/", FORM)
    one = Announcement.objects.get()
    if how == "over":
        clock(SATURDAY + timedelta(days=1))
        desk.sign_in(olga)
    else:
        desk.post(f"/wartung/{one.pk}/zurueckziehen/")
    before = Announcement.objects.values().get()

    changed = desk.post(f"/wartung/{one.pk}/", FORM | {"text": "Anders", "ends_on_day": "30"})
    desk.post(f"/wartung/{one.pk}/zurueckziehen/")

    assert errors_of(changed) == ["Diese Ankündigung ist schon vorbei oder zurückgezogen."]
    assert Announcement.objects.values().get() == before
    assert "Vorbei" in text_of(desk.get("/wartung/"))


# --- In town halls -------------------------------------------------------------------------------------------


def test_town_halls_see_it_from_a_week_before_until_it_ends(desk: Desk, bernd: TownClient, clock: Clock) -> None:
    desk.post("/wartung/neu/", FORM)
    seen = {}
    for moment in (
        SATURDAY - timedelta(days=7, seconds=1),
        SATURDAY - timedelta(days=7),
        SATURDAY,
        SATURDAY + timedelta(hours=2, minutes=29),
        SATURDAY + timedelta(hours=2, minutes=30),
    ):
        at(clock, moment, bernd)
        seen[moment] = said(bernd, "/rathaus/eingang/")

    assert list(seen.values()) == [False, True, True, True, False]


def test_it_is_on_every_page_of_the_town_hall(desk: Desk, lage: Town, clock: Clock) -> None:
    with in_town(lage):
        everybody = TownClient(lage).sign_in(make_staff("ulla", "Ulla", "Ude", *Role))
    desk.post("/wartung/neu/", FORM)
    pages = ["/rathaus/eingang/", "/rathaus/kasse/", "/rathaus/verwaltung/leistungen/", "/rathaus/verwaltung/zugriff/"]

    assert [page for page in pages if WHEN not in text_of(everybody.get(page))] == []
    stranger = TownClient(lage)
    assert WHEN in text_of(stranger.get("/rathaus/anmelden/"))


def test_only_towns_that_it_names_see_it(desk: Desk, bernd: TownClient, detmold: Town) -> None:
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_bernd())
    desk.post("/wartung/neu/", FORM | {"for_whom": "some", "towns": "Lage"})

    assert (said(bernd, "/rathaus/eingang/"), said(clara, "/rathaus/eingang/")) == (True, False)


def test_a_change_is_seen_at_once(desk: Desk, bernd: TownClient) -> None:
    desk.post("/wartung/neu/", FORM)
    one = Announcement.objects.get()
    said(bernd, "/rathaus/eingang/")
    desk.post(f"/wartung/{one.pk}/", FORM | {"starts_at": "22", "ends_at": "23"})
    changed = text_of(bernd.get("/rathaus/eingang/"))
    desk.post(f"/wartung/{one.pk}/zurueckziehen/")

    assert "Wartung 21. November 2026, 22 bis 23 Uhr:" in changed
    assert not said(bernd, "/rathaus/eingang/")


def test_other_processes_see_it_within_seconds(lage: Town, bernd: TownClient, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = time.monotonic()
    monkeypatch.setattr(held, "monotonic", lambda: moment)
    said(bernd, "/rathaus/eingang/")
    Announcement.objects.create(  # passes by `changed`, as another process does
        text=TEXT,
        starts_at=SATURDAY,
        ends_at=SATURDAY + timedelta(hours=1),
        for_all=True,
        for_citizens=False,
        announced_at=MONDAY,
    )
    before = said(bernd, "/rathaus/eingang/")
    moment += announcements.MOST_SECONDS + 0.1

    assert announcements.MOST_SECONDS <= 5
    assert (before, said(bernd, "/rathaus/eingang/")) == (False, True)


# --- For citizens --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PUBLIC)
def test_citizens_see_it_while_it_lasts(desk: Desk, visitor: TownClient, clock: Clock, page: str) -> None:
    desk.post("/wartung/neu/", FORM)
    seen = []
    for moment in (SATURDAY - timedelta(seconds=1), SATURDAY, SATURDAY + timedelta(hours=2, minutes=30)):
        clock(moment)
        seen.append(said(visitor, page))
        assert said(visitor, page) == seen[-1]  # once more, from memory

    assert seen == [False, True, False]


def test_citizens_see_nothing_that_is_for_town_halls_only(desk: Desk, visitor: TownClient, clock: Clock) -> None:
    desk.post("/wartung/neu/", {name: value for name, value in FORM.items() if name != "for_citizens"})
    clock(SATURDAY)

    assert [page for page in PUBLIC if said(visitor, page)] == []


def test_a_change_reaches_public_pages_that_are_kept(desk: Desk, olga: User, visitor: TownClient, clock: Clock) -> None:
    desk.post("/wartung/neu/", FORM)
    one = Announcement.objects.get()
    clock(SATURDAY)
    desk.sign_in(olga)
    before = said(visitor)
    desk.post(f"/wartung/{one.pk}/", FORM | {"text": "Es dauert etwas länger."})
    changed = text_of(visitor.get("/"))
    desk.post(f"/wartung/{one.pk}/zurueckziehen/")

    assert before
    assert "Es dauert etwas länger." in changed
    assert "Es dauert etwas länger." not in text_of(visitor.get("/"))


def test_citizens_of_other_towns_see_nothing(
    desk: Desk, visitor: TownClient, visitor_of_detmold: TownClient, clock: Clock
) -> None:
    desk.post("/wartung/neu/", FORM | {"for_whom": "some", "towns": "Lage"})
    clock(SATURDAY)

    assert (said(visitor), said(visitor_of_detmold)) == (True, False)


def test_what_somebody_typed_is_text_and_nothing_else(desk: Desk, visitor: TownClient, clock: Clock) -> None:
    desk.post("/wartung/neu/", FORM | {"text": "<script>alert(1)</script> & mehr"})
    clock(SATURDAY)

    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; mehr" in visitor.get("/").content.decode()


def test_pages_cost_no_statement_more(
    desk: Desk, visitor: TownClient, bernd: TownClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "monotonic", lambda: 4711.0)  # what is held does not grow old meanwhile

    def statements() -> list[int]:
        counts = []
        for browser, page in ((visitor, "/"), (visitor, "/leistungen/"), (bernd, "/rathaus/eingang/")):
            for _time in range(2):  # the first visit of a worker reads the town, the second the versions of all
                browser.get(page)
            with CaptureQueriesContext(connection) as captured:
                browser.get(page)
            counts.append(len(captured))
        return counts

    at(clock, SATURDAY, bernd)
    before = statements()
    for number in range(3):
        announce(wanted=wanted(text=f"Nummer {number}"), by=User.objects.get(given_name="Olga"), now=SATURDAY)

    assert statements() == before
    assert "Nummer 2" in text_of(visitor.get("/"))


def wanted(**changes: Any) -> Wanted:
    given: dict[str, Any] = {
        "text": TEXT,
        "starts_at": SATURDAY,
        "ends_at": SATURDAY + timedelta(hours=2),
        "towns": None,
        "for_citizens": True,
    }
    return Wanted(**given | changes)


# --- Mails ---------------------------------------------------------------------------------------------------


@pytest.fixture
def administrators(lage: Town, detmold: Town) -> None:
    """Astrid in both towns; in Lage a colleague too, and others who are not told."""
    for town in (lage, detmold):
        with in_town(town):
            User.objects.filter(pk=make_astrid().pk).update(email=f"astrid@{town.slug}.example")
    with in_town(lage):
        make_staff("armin", "Armin", "Aal", Role.ADMINISTRATOR)
        make_bernd()
        gone = make_staff("gerda", "Gerda", "Gone", Role.ADMINISTRATOR)
        User.objects.filter(pk=gone.pk).update(is_active=False)


def mails() -> dict[str, str]:
    """Who got which mail, since the last time."""
    for _round in range(3):
        run_jobs()
    found = {message.to[0]: str(message.subject) for message in mail.outbox}
    mail.outbox.clear()
    return found


def test_administrators_are_told_when_it_is_announced_changed_and_withdrawn(
    desk: Desk, administrators: None, lage: Town
) -> None:
    desk.post("/wartung/neu/", FORM)
    announced = mails()
    one = Announcement.objects.get()
    desk.post(f"/wartung/{one.pk}/", FORM | {"starts_at": "5"})
    changed = mails()
    desk.post(f"/wartung/{one.pk}/zurueckziehen/")

    when = "21.\N{NO-BREAK SPACE}November 2026"
    assert announced == {
        "astrid@lage.example": f"Wartung: {when}, 6 bis 8:30 Uhr – Stadt Lage",
        "armin@rathaus.example": f"Wartung: {when}, 6 bis 8:30 Uhr – Stadt Lage",
        "astrid@detmold.example": f"Wartung: {when}, 6 bis 8:30 Uhr – Stadt Detmold",
    }
    assert set(changed.values()) >= {f"Wartung geändert: {when}, 5 bis 8:30 Uhr – Stadt Lage"}
    assert set(mails().values()) >= {f"Wartung abgesagt: {when}, 5 bis 8:30 Uhr – Stadt Lage"}


def test_the_mail_says_what_and_whether_citizens_see_it(desk: Desk, administrators: None) -> None:
    desk.post("/wartung/neu/", FORM | {"text": "Sätze mit „Zeichen“ & <mehr>"})
    for _round in range(3):
        run_jobs()

    body = str(mail.outbox[0].body)
    assert "Sätze mit „Zeichen“ & <mehr>" in body
    assert "auch auf den Seiten für Bürgerinnen und Bürger" in body


def test_only_towns_that_are_there_are_told(desk: Desk, administrators: None, detmold: Town) -> None:
    Town.objects.filter(pk=detmold.pk).update(state=TownState.SUSPENDED)
    desk.post("/wartung/neu/", FORM)

    assert set(mails()) == {"astrid@lage.example", "armin@rathaus.example"}


def test_when_the_towns_change_each_is_told_what_is_new_for_it(
    desk: Desk, olga: User, administrators: None, lage: Town, detmold: Town
) -> None:
    one = announce(wanted=wanted(towns=[lage]), by=olga, now=MONDAY)
    mails()
    change(announcement=one, wanted=wanted(towns=[detmold]), by=olga, now=MONDAY)

    told = mails()

    assert told["astrid@lage.example"].startswith("Wartung abgesagt:")
    assert told["astrid@detmold.example"].startswith("Wartung: ")


def test_a_mail_that_comes_late_does_not_announce_what_was_withdrawn(
    desk: Desk, olga: User, administrators: None, lage: Town
) -> None:
    one = announce(wanted=wanted(towns=[lage]), by=olga, now=MONDAY)
    run_jobs()
    desk.post(f"/wartung/{one.pk}/zurueckziehen/")

    assert {subject.partition(":")[0] for subject in mails().values()} == {"Wartung abgesagt"}
