"""What must be done before a town goes live: what the town shows itself, and what the operator ticks."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from operations.checklist import ITEMS, checklist_of
from operations.host_actions import ask_for_host
from operations.models import Contact, ContactTask, EventKind, Onboarding, Tick, TownEvent
from tenants.context import in_town
from tenants.host_check import Finding, Verdict
from tenants.models import Town, TownState
from tests.factories import make_other_amounts, make_payable
from tests.operations.conftest import BLOMBERG, Desk, live
from tests.operations.library import MISSING_AMOUNTS, PREPARED, READY
from tests.pages import links_of, text_of
from tests.people import MONDAY, Browser, TownClient, make_bernd
from townhall.actions import OfficeDetails, change_profile, save_office
from townhall.models import Office

PAGE = "/staedte/blomberg/checkliste/"
BY_HAND = ["approval", "avv", "mailboxes", "payment_test", "training", "treasury"]
TODAY = date(2026, 11, 16)


@pytest.fixture
def trial(olga: User) -> Town:
    """Blomberg is being tried out."""
    return live(BLOMBERG, by=olga, state=TownState.TEST)


def answers(town: Town) -> dict[str, tuple[bool, str]]:
    return {entry.item.key: (entry.is_done, entry.answer.text) for entry in checklist_of(town, today=TODAY).entries}


def do_all(town: Town, olga: User) -> None:
    """Everything that is necessary is done."""
    with in_town(town):
        make_payable()
        make_other_amounts()
        change_profile(
            mayor="Ida Iding",
            phone="05235 1",
            email="info@blomberg.example",
            data_protection_contact="Dora Dachs",
            accessibility_reviewed_on=TODAY,
        )
        main = Office.objects.get(is_main=True)
        save_office(office=main, details=OfficeDetails({}, [(0, time(8), time(12))]))
        berta = User.objects.get()
        berta.set_password("Ein Satz nur fuer Berta")
        berta.save()
        TOTPDevice.objects.create(user=berta, name="app", confirmed=True)
        make_bernd()
    Contact.objects.create(town=town, name="Kim Kaiser", tasks=ContactTask.values, email="kim@blomberg.example")
    for key in BY_HAND:
        Tick.objects.create(town=town, key=key, at=MONDAY, by=olga)


# --- What the town shows --------------------------------------------------------------------------------------


def test_a_new_town_lacks_nearly_everything(trial: Town) -> None:
    assert {key: answer for key, answer in answers(trial).items() if key not in BY_HAND} == {
        "contacts": (
            False,
            "Noch niemand für: Einführung des Portals, Texte und Leistungen, Sachbearbeitung, Kasse und Zahlungen, "
            "Technik: DNS und Postfächer, Datenschutz.",
        ),
        "administrator": (False, "Noch hat sich niemand angemeldet."),
        "case_workers": (False, "Noch niemand hat diese Aufgabe."),
        "base_data": (False, "Es fehlt: Telefon, E-Mail-Adresse."),
        "imprint": (False, "Es fehlt: Vertretung."),
        "privacy": (False, "Es fehlt: Kontakt der oder des Datenschutzbeauftragten."),
        "accessibility": (False, "Die Stadt hat sie noch nicht geprüft."),
        "crest": (False, "So lange steht dort ein gezeichneter Schild."),
        "hours": (False, answers(trial)["hours"][1]),
        "services": (True, f"{READY} von {PREPARED} vorbereiteten Anträgen kann man heute online stellen."),
        "fees": (False, f"Es fehlen {MISSING_AMOUNTS} Beträge."),
        "letters": (False, "Die Rechtsbehelfsbelehrung ist noch nicht geprüft."),
        "payment": (False, "Ohne Konto sind nur gebührenfreie Anträge online möglich."),
        "hosts": (True, "blomberg.localhost"),
    }
    assert "Noch ohne: Bürgerbüro" in answers(trial)["hours"][1]


def test_what_is_necessary_and_what_the_operator_ticks(trial: Town) -> None:
    checklist = checklist_of(trial, today=TODAY)

    assert sorted(key for key, item in ITEMS.items() if item.look is None) == BY_HAND
    assert sorted(key for key, item in ITEMS.items() if not item.is_necessary) == ["crest", "letters", "treasury"]
    assert len(checklist.necessary) == 17


def test_a_town_that_has_done_everything_is_ready(trial: Town, olga: User) -> None:
    do_all(trial, olga)

    checklist = checklist_of(trial, today=TODAY)

    assert [entry.item.key for entry in checklist.missing] == []
    assert (checklist.is_ready, checklist.ready, checklist.prepared) == (True, PREPARED, PREPARED)


def test_a_host_that_waits_is_not_done(trial: Town, olga: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.host_actions.check", lambda _host, target: Finding(Verdict.MISSING, target))
    ask_for_host(town=trial, host="portal.blomberg.example", by=olga, now=MONDAY)

    assert answers(trial)["hosts"] == (False, "Der DNS-Eintrag fehlt noch für: portal.blomberg.example.")


def test_nothing_about_cases_is_read(trial: Town, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(14) as queries:
        checklist_of(trial, today=TODAY)

    assert not [query for query in queries.captured_queries if "submissions_" in query["sql"]]


# --- What the operator ticks ----------------------------------------------------------------------------------


def test_who_ticks_an_item_is_remembered_with_day_and_note(desk: Desk, trial: Town, olga: User) -> None:
    done = text_of(desk.post(f"{PAGE}avv/", {"note": "Ordner 12"}, follow=True))

    tick = Tick.objects.get(town=trial)
    assert (tick.key, tick.by, tick.note) == ("avv", olga, "Ordner 12")
    assert "„Vertrag zur Auftragsverarbeitung“ ist erledigt." in done
    assert "Ordner 12" in done
    assert "Olga Ostmann" in done
    newest = TownEvent.objects.filter(town=trial).first()
    assert newest is not None
    assert (newest.kind, newest.text) == (EventKind.TICKED, "Vertrag zur Auftragsverarbeitung: Ordner 12")


def test_a_second_click_ticks_nothing_twice(desk: Desk, trial: Town) -> None:
    for _click in range(2):
        desk.post(f"{PAGE}avv/", {"note": "Ordner 12"})

    assert Tick.objects.count() == 1
    assert TownEvent.objects.filter(town=trial, kind=EventKind.TICKED).count() == 1


def test_an_item_can_be_opened_again(desk: Desk, trial: Town) -> None:
    desk.post(f"{PAGE}avv/", {"note": ""})
    desk.post(f"{PAGE}avv/oeffnen/", {"note": "Unterschrift fehlt"})
    desk.post(f"{PAGE}avv/oeffnen/", {"note": "Unterschrift fehlt"})

    assert Tick.objects.count() == 0
    kinds = list(TownEvent.objects.filter(town=trial).values_list("kind", "text"))[:2]
    assert kinds == [
        (EventKind.UNTICKED, "Vertrag zur Auftragsverarbeitung: Unterschrift fehlt"),
        (EventKind.TICKED, "Vertrag zur Auftragsverarbeitung"),
    ]


@pytest.mark.parametrize("key", ["imprint", "hosts", "nirgends", "AVV"])
@pytest.mark.parametrize("path", ["", "oeffnen/"])
def test_what_the_town_shows_itself_nobody_ticks(desk: Desk, trial: Town, key: str, path: str) -> None:
    page = f"{PAGE}{key}/{path}"

    assert (desk.get(page).status_code, desk.post(page, {"note": ""}).status_code) == (404, 404)
    assert Tick.objects.count() == 0


def test_a_note_that_is_too_long_stays_typed(desk: Desk, trial: Town) -> None:
    answer = desk.post(f"{PAGE}avv/", {"note": "x" * 301})

    assert answer.status_code == 422
    assert "Bitte kürzen Sie auf 300 Zeichen. Jetzt sind es 301." in text_of(answer)
    assert "x" * 301 in answer.content.decode()


def test_a_note_typed_before_signing_in_again_is_still_there(trial: Town, olga: User) -> None:
    browser = Desk()
    sent = browser.post(f"{PAGE}avv/", {"note": "Ordner 12"})

    page = browser.sign_in(olga).get(f"{PAGE}avv/")

    assert sent.status_code == 302
    assert "Ordner 12" in page.content.decode()
    assert Tick.objects.count() == 0


def test_one_towns_ticks_are_not_anothers(desk: Desk, trial: Town, lage: Town) -> None:
    desk.post(f"{PAGE}avv/", {"note": "Ordner 12"})

    assert "Ordner 12" not in text_of(desk.get("/staedte/lage/checkliste/"))


def test_when_a_town_is_to_start_is_kept(desk: Desk, trial: Town) -> None:
    page = f"{PAGE}planen/"
    wrong = desk.post(page, {"note": "Frau Blum ruft zurück", **day_of(31, 2)})
    desk.post(page, {"note": "Frau Blum ruft zurück", **day_of(1, 3)})

    assert (wrong.status_code, "Dieses Datum gibt es nicht." in text_of(wrong)) == (422, True)
    assert "Frau Blum ruft zurück" in wrong.content.decode()
    kept = Onboarding.objects.get(town=trial)
    assert (kept.starts_on, kept.note) == (date(2027, 3, 1), "Frau Blum ruft zurück")
    said = text_of(desk.get(PAGE))
    assert ("1. März 2027" in said, "Frau Blum ruft zurück" in said) == (True, True)


def day_of(day: int, month: int) -> dict[str, str]:
    return {"starts_on_day": str(day), "starts_on_month": str(month), "starts_on_year": "2027"}


# --- Going live -----------------------------------------------------------------------------------------------


def test_a_trial_that_is_ready_goes_live_without_a_word(desk: Desk, trial: Town, olga: User) -> None:
    do_all(trial, olga)

    answer = desk.post("/staedte/blomberg/fortsetzen/", {"reason": ""}, follow=True)

    assert "Stadt Blomberg ist online." in text_of(answer)
    assert Town.objects.get(pk=trial.pk).is_live
    assert not TownEvent.objects.filter(kind=EventKind.LIVE_UNREADY).exists()


def test_a_trial_that_is_not_ready_goes_live_with_a_reason_only(desk: Desk, trial: Town, olga: User) -> None:
    do_all(trial, olga)
    Tick.objects.filter(key__in=["avv", "approval"]).delete()
    page = text_of(desk.get("/staedte/blomberg/fortsetzen/"))
    without = desk.post("/staedte/blomberg/fortsetzen/", {"reason": " "})
    still = Town.objects.get(pk=trial.pk).state
    desk.post("/staedte/blomberg/fortsetzen/", {"reason": "Der Vertrag liegt beim Bürgermeister"})

    assert "2 Punkte der Checkliste sind noch offen" in page
    assert (without.status_code, still) == (422, TownState.TEST)
    assert Town.objects.get(pk=trial.pk).is_live
    assert list(TownEvent.objects.filter(town=trial).values_list("kind", "text", "by"))[:2] == [
        (EventKind.LIVE_UNREADY, "Vertrag zur Auftragsverarbeitung, Zustimmung der Stadt", olga.pk),
        (EventKind.RESUMED, "Der Vertrag liegt beim Bürgermeister", olga.pk),
    ]


def test_what_is_freely_chosen_keeps_no_town_from_going_live(desk: Desk, trial: Town, olga: User) -> None:
    do_all(trial, olga)
    Tick.objects.filter(key="treasury").delete()

    desk.post("/staedte/blomberg/fortsetzen/", {"reason": ""})

    assert Town.objects.get(pk=trial.pk).is_live


def test_a_town_that_was_only_suspended_needs_a_reason_but_no_checklist(desk: Desk, trial: Town) -> None:
    Town.objects.filter(pk=trial.pk).update(state=TownState.SUSPENDED)
    page = text_of(desk.get("/staedte/blomberg/fortsetzen/"))
    without = desk.post("/staedte/blomberg/fortsetzen/", {"reason": ""})
    desk.post("/staedte/blomberg/fortsetzen/", {"reason": "Wartung ist fertig"})

    assert "Checkliste" not in page
    assert without.status_code == 422
    assert [event.kind for event in TownEvent.objects.filter(town=trial)][:1] == [EventKind.RESUMED]


# --- Contacts -------------------------------------------------------------------------------------------------

KIM = {
    "name": "Kim Kaiser",
    "tasks": ["cash", "it"],
    "email": "kim@blomberg.example",
    "phone": "05235 504-1",
    "note": "erreichbar bis 12 Uhr",
}
CONTACTS = "/staedte/blomberg/kontakte/"


def test_somebody_in_the_town_hall_is_kept_changed_and_forgotten(desk: Desk, trial: Town) -> None:
    desk.post(f"{CONTACTS}neu/", KIM)
    listed = desk.get(CONTACTS)
    kim = Contact.objects.get(town=trial)
    desk.post(f"{CONTACTS}{kim.pk}/", KIM | {"tasks": ["cash"], "email": ""})
    changed = text_of(desk.get(CONTACTS))
    desk.post(f"{CONTACTS}{kim.pk}/entfernen/")

    for value in ("Kim Kaiser", "Kasse und Zahlungen, Technik: DNS und Postfächer", "erreichbar bis 12 Uhr"):
        assert value in text_of(listed)
    assert {"tel:+4952355041", "mailto:kim@blomberg.example"} <= set(links_of(listed))
    assert ("Technik" in changed, "kim@blomberg.example" in changed) == (False, False)
    assert Contact.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "Bitte ausfüllen: Name"),
        ({"tasks": []}, "Bitte treffen Sie eine Auswahl: Wofür ist die Person da?"),
        ({"tasks": ["king"]}, "Bitte wählen Sie eine der Möglichkeiten aus."),
        ({"email": "", "phone": ""}, "Bitte geben Sie eine E-Mail-Adresse oder eine Telefonnummer an."),
        ({"email": "kim"}, "Geben Sie eine E-Mail-Adresse ein"),
        ({"phone": "1" * 41}, "Bitte kürzen Sie auf 40 Zeichen."),
    ],
    ids=str,
)
def test_a_mistake_in_a_contact_is_told(desk: Desk, trial: Town, changes: dict[str, Any], message: str) -> None:
    answer = desk.post(f"{CONTACTS}neu/", KIM | changes)

    assert (answer.status_code, message in text_of(answer)) == (422, True)
    assert Contact.objects.count() == 0


def test_the_contacts_of_another_town_are_not_there(desk: Desk, trial: Town, lage: Town) -> None:
    kim = Contact.objects.create(town=trial, name="Kim Kaiser", tasks=["it"], phone="1")

    pages = [f"/staedte/lage/kontakte/{kim.pk}/", f"/staedte/lage/kontakte/{kim.pk}/entfernen/"]
    assert [desk.post(page, KIM | {"name": "Falsch"}).status_code for page in pages] == [404, 404]
    assert "Kim Kaiser" not in text_of(desk.get("/staedte/lage/kontakte/"))
    assert Contact.objects.get().name == "Kim Kaiser"


def test_nothing_of_it_is_in_the_towns_own_schema(desk: Desk, trial: Town) -> None:
    desk.post(f"{CONTACTS}neu/", KIM)
    desk.post(f"{PAGE}avv/", {"note": "Ordner 12"})

    for path in ("/", "/kontakt/", "/impressum/", "/rathaus/anmelden/"):
        assert "Kim Kaiser" not in text_of(Browser("blomberg.localhost").get(path))
    assert timezone.now() - Tick.objects.get().at < timedelta(minutes=1)


# --- In the town hall --------------------------------------------------------------------------------------------

IN_THE_TOWN = "/rathaus/verwaltung/checkliste/"


@pytest.fixture
def berta(trial: Town) -> TownClient:
    """Blomberg's administrator at her desk."""
    with in_town(trial):
        return TownClient(trial).sign_in(User.objects.get())


def test_the_town_sees_what_it_has_to_do_and_where(berta: TownClient) -> None:
    page = berta.get(IN_THE_TOWN)

    said = text_of(page)
    assert "Live gehen 1 von 10 nötigen Punkten sind erledigt." in said
    assert "Impressum – offen Nennt, wer die Stadt vertritt. Es fehlt: Vertretung. Erledigen : Impressum" in said
    assert "Das klären wir gemeinsam" in said
    assert "Vertrag zur Auftragsverarbeitung" in said
    assert {"/rathaus/verwaltung/auftritt/", "/rathaus/verwaltung/betraege/"} <= set(links_of(page))


def test_what_is_done_is_said_to_be(trial: Town, olga: User) -> None:
    do_all(trial, olga)
    with in_town(trial):
        berta = TownClient(trial).sign_in(User.objects.administrators().get())

    assert "10 von 10 nötigen Punkten sind erledigt." in text_of(berta.get(IN_THE_TOWN))


def test_a_statement_that_is_older_than_a_year_is_to_be_looked_at_again(trial: Town) -> None:
    with in_town(trial):
        change_profile(accessibility_reviewed_on=date(2025, 11, 1))

    assert answers(trial)["accessibility"] == (
        False,
        "Zuletzt geprüft am 1.\u00a0November 2025. Das ist über ein Jahr her.",
    )


def test_the_towns_list_shows_nothing_that_the_operator_has_noted(berta: TownClient, trial: Town, olga: User) -> None:
    Tick.objects.create(town=trial, key="avv", note="Ordner 12", at=MONDAY, by=olga)
    Contact.objects.create(town=trial, name="Kim Kaiser", tasks=ContactTask.values, email="kim@blomberg.example")

    said = text_of(berta.get(IN_THE_TOWN))
    assert ("Ordner 12" in said, "Kim Kaiser" in said) == (False, False)
