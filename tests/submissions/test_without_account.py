"""What needs no account is handed in without one, and found again by an address that only its person has."""

import logging
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache

from config.logs import message_of
from submissions import senders
from submissions.casework import actions as casework
from submissions.links import secret_of
from submissions.models import Draft, Submission
from submissions.states import State
from tenants.context import in_town
from tenants.models import Town
from tests.factories import make_amount, make_payable, make_submission
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_bernd
from tests.submissions.filling import DAMAGE, errors_of, fill_in

SENT = {"complete": "on", "seen_fee": "0.00"}


@pytest.fixture(autouse=True)
def nothing_sent_before() -> None:
    cache.clear()


@pytest.fixture
def somebody(visitor: TownClient, in_lage: Town) -> TownClient:
    """A browser in Lage without an account."""
    return visitor


def report(client: TownClient, **changes: str) -> str:
    """Report a dark street lamp; returns the address that only this person has."""
    end = fill_in(client, "maengelmelder", DAMAGE | {"kontakt": DAMAGE["kontakt"] | changes})
    sent = client.post(end, SENT)
    assert sent.status_code == 302, errors_of(sent)
    return str(sent["Location"])


def test_a_damage_is_reported_without_an_account(somebody: TownClient) -> None:
    receipt = somebody.get(report(somebody))

    submission = Submission.objects.get()
    assert (submission.state, submission.citizen) == (State.RECEIVED, None)
    assert submission.applicant == "Łucja Őzdemir"
    assert submission.number in text_of(receipt)
    assert "Heben Sie diese Adresse auf" in text_of(receipt)
    assert not Draft.objects.exists()


def test_nobody_has_to_say_who_she_is(somebody: TownClient) -> None:
    report(somebody, name="", email="")
    run_jobs()

    submission = Submission.objects.get()
    assert (submission.applicant, submission.email) == ("ohne Namen", "")
    assert mail.outbox == []


def test_its_person_sees_how_it_stands_with_all_that_she_said(somebody: TownClient, lage: Town) -> None:
    address = report(somebody).removesuffix("eingang/")

    page = TownClient(lage).get(address)  # another device

    assert "Die Laterne ist seit drei Tagen dunkel." in text_of(page)
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert page["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert TownClient(lage).get(f"{address}antrag.pdf").content.startswith(b"%PDF")


def test_who_left_a_mail_address_gets_the_link(somebody: TownClient) -> None:
    address = report(somebody).removesuffix("eingang/")

    run_jobs()

    [message] = mail.outbox
    assert message.to == ["lucja@post.example"]
    assert address in message.body
    assert "Laterne" not in message.body


def test_clicking_twice_hands_in_once(somebody: TownClient) -> None:
    end = fill_in(somebody, "maengelmelder", DAMAGE)

    first, second = somebody.post(end, SENT), somebody.post(end, SENT)

    assert first["Location"] == second["Location"]
    assert Submission.objects.count() == 1


def test_the_next_damage_begins_with_an_empty_form(somebody: TownClient) -> None:
    report(somebody)

    assert somebody.get("/antrag/maengelmelder/")["Location"] == "/antrag/maengelmelder/schaden/"
    report(somebody)

    assert Submission.objects.count() == 2


def test_its_person_takes_it_back(somebody: TownClient) -> None:
    address = report(somebody).removesuffix("eingang/")
    assert f"{address}zurueckziehen/" in somebody.get(address).content.decode()

    answer = somebody.post(f"{address}zurueckziehen/", {"sure": "on"})

    assert answer["Location"] == address
    assert Submission.objects.get().state == State.WITHDRAWN


# --- Nobody else ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "eingang/", "antrag.pdf"])
def test_whoever_changes_or_guesses_the_address_sees_nothing(somebody: TownClient, page: str) -> None:
    address = report(somebody).removesuffix("eingang/")
    submission = Submission.objects.get()
    changed = address[:-2] + ("A" if address[-2] != "A" else "B") + "/"

    for guessed in (changed, f"/vorgang/{submission.pk}/", f"/vorgang/{submission.number}/", "/vorgang/x/"):
        assert somebody.get(f"{guessed}{page}").status_code == 404


def test_the_address_opens_nothing_in_another_town(somebody: TownClient, visitor_of_detmold: TownClient) -> None:
    address = report(somebody).removesuffix("eingang/")

    assert visitor_of_detmold.get(address).status_code == 404


def test_another_town_signs_another_address(somebody: TownClient, detmold: Town) -> None:
    report(somebody)
    submission = Submission.objects.get()

    here = secret_of(submission)
    with in_town(detmold):
        assert secret_of(submission) != here


def test_what_belongs_to_an_account_has_no_such_address(somebody: TownClient) -> None:
    submission = make_submission(make_anna())

    assert somebody.get(f"/vorgang/{secret_of(submission)}/").status_code == 404


def test_somebody_signed_in_does_not_find_it_by_its_number(somebody: TownClient) -> None:
    report(somebody)
    number = Submission.objects.get().number
    anna = somebody.sign_in(make_anna())

    assert number not in anna.get("/meine-antraege/").content.decode()
    assert anna.get(f"/meine-antraege/{number}/").status_code == 404


def test_the_address_is_never_logged(somebody: TownClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        address = report(somebody)
        somebody.get(address)
        somebody.get(f"{address}gibt-es-nicht/")
        run_jobs()

    secret = address.split("/")[2]
    written = [message_of(record) for record in caplog.records if not record.name.startswith("procrastinate")]
    assert any("vorgang/<str:secret>" in line for line in written)
    assert not any(secret in line for line in written)


# --- The town hall ----------------------------------------------------------------------------------------


def test_a_case_worker_sees_that_nobody_is_known_and_asks_back(somebody: TownClient, lage: Town) -> None:
    address = report(somebody).removesuffix("eingang/")
    submission = Submission.objects.get()
    citizen = make_bernd()
    bernd = TownClient(lage).sign_in(citizen)
    case = bernd.get(f"/rathaus/vorgang/{submission.number}/")
    assert "Ohne Konto abgeschickt" in text_of(case)

    casework.take(submission=submission, by=citizen, now=MONDAY)
    due = (MONDAY + timedelta(days=14)).date()
    casework.ask_back(submission=submission, question="Welche Laterne genau?", due_on=due, by=citizen, now=MONDAY)
    assert "Welche Laterne genau?" in text_of(somebody.get(address))
    answered = somebody.post(f"{address}antwort/", {"answer": "Die vor dem Haus."})

    assert answered["Location"] == address
    answer = text_of(bernd.get(f"/rathaus/vorgang/{submission.number}/"))
    assert "Die vor dem Haus." in answer
    assert "ohne Konto" in answer


# --- When an account is needed ----------------------------------------------------------------------------

WASTE = {
    "sachen": {"gegenstaende_sofa": "1"},
    "abholort": {
        "strasse": "Lange Straße",
        "hausnummer": "72",
        "plz": "32791",
        "ort": "Lage",
        "wohnart": "einfamilienhaus",
        "stellplatz": "gehweg",
    },
    "person": {"vorname": "Anna", "nachname": "Schröder", "telefon": "05232 601-0"},
    "termin": {"rechtzeitig": "on"},
}


def test_what_is_paid_needs_an_account(somebody: TownClient) -> None:
    make_payable()
    make_amount("sperrmuell.abholung", "25.00")
    end = fill_in(somebody, "sperrmuell", WASTE)

    assert "Anmelden und weiter" in text_of(somebody.get(end))
    assert somebody.post(end, {"complete": "on", "seen_fee": "25.00"})["Location"].startswith("/anmelden/")
    assert not Submission.objects.exists()


def test_the_same_costs_nothing_elsewhere_and_needs_none(somebody: TownClient) -> None:
    end = fill_in(somebody, "sperrmuell", WASTE)

    assert somebody.post(end, SENT)["Location"].startswith("/vorgang/")


def test_a_service_that_asks_for_an_account_keeps_asking(somebody: TownClient) -> None:
    end = fill_in(
        somebody,
        "fundsache-suchen",
        {
            "sache": {"kategorie": "brille", "beschreibung": "Braunes Etui", "wert": "bis-25"},
            "verlust": {"verlustort": "Marktplatz", **_day("von"), **_day("bis")},
            "nachweis": {},
            "person": {"vorname": "Anna", "nachname": "Schröder", **_day("geburtsdatum", 1961)},
            "anschrift": {"staat": "de", "strasse": "Lange Straße 72", "plz": "32791", "ort": "Lage"},
            "kontakt": {"email": "anna@post.example"},
            "abholung": {"abholung": "selbst"},
        },
    )

    assert somebody.post(end, SENT)["Location"].startswith("/anmelden/")
    assert not Submission.objects.exists()


def _day(name: str, year: int = 2026) -> dict[str, str]:
    return {f"{name}_day": "2", f"{name}_month": "11", f"{name}_year": str(year)}


# --- Too much ---------------------------------------------------------------------------------------------


def test_too_much_from_one_place_is_refused_and_nothing_typed_is_lost(
    somebody: TownClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "MOST", 2)
    report(somebody)
    report(somebody)
    end = fill_in(somebody, "maengelmelder", DAMAGE)

    refused = somebody.post(end, SENT)

    assert refused.status_code == 422
    assert "in einer Stunde noch einmal" in text_of(refused)
    assert Submission.objects.count() == 2
    assert "Sedanstraße 4" in text_of(somebody.get(end))
    elsewhere = TownClient(somebody.town, REMOTE_ADDR="198.51.100.7")
    assert report(elsewhere)


def test_a_program_that_fills_in_every_field_is_refused(somebody: TownClient) -> None:
    end = fill_in(somebody, "maengelmelder", DAMAGE)

    assert somebody.post(end, SENT | {"homepage": "https://spam.example"}).status_code == 422
    assert not Submission.objects.exists()
