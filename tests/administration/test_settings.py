"""Lists and switches: what a town says in its forms."""

from typing import Any

import pytest

from catalogue.forms.choices import Setting as Described
from catalogue.forms.choices import SettingKind
from submissions.models import Submission
from tenants.context import current_town
from tests.desk import errors_of
from tests.factories import make_payable
from tests.forms.library import shipped_form
from tests.pages import text_of
from tests.people import TownClient, make_anna
from tests.submissions.filling import errors_of as page_errors
from tests.submissions.filling import fill_in, fill_in_dog_registration
from townhall.models import Setting
from townhall.setting_forms import EntryForm, SettingForm
from townhall.shopfront import shopfront
from townhall.versions import newest

LIST = "/rathaus/verwaltung/listen/hundesteuer.gruende/"
NUMBER = "/rathaus/verwaltung/listen/hundesteuer.frist-tage/"
FORMATS = "/rathaus/verwaltung/listen/kasse.kassenzeichen/"


def reasons() -> list[str]:
    return [entry.label for entry in shopfront().setting_values["hundesteuer.gruende"]]


def test_all_settings_of_the_forms_are_listed_with_what_holds_today(astrid: TownClient) -> None:
    page = text_of(astrid.get("/rathaus/verwaltung/listen/"))

    assert "Gründe für weniger Hundesteuer Assistenzhund oder Blindenführhund, Rettungshund mit Prüfung" in page
    assert "Frist für die Anmeldung eines Hundes 14 Tage" in page
    assert "eigene Angabe" not in page


def test_a_service_names_the_settings_of_its_form(astrid: TownClient) -> None:
    assert "Gründe für weniger Hundesteuer" in text_of(astrid.get("/rathaus/verwaltung/leistungen/hund-anmelden/"))
    assert "Listen und Schalter im Formular" not in text_of(
        astrid.get("/rathaus/verwaltung/leistungen/personalausweis/")
    )


def test_a_number_of_the_town_counts_at_once(astrid: TownClient) -> None:
    before = newest(current_town()).pages
    answer = astrid.post(NUMBER, {"value": "30"})

    assert answer["Location"] == NUMBER
    assert shopfront().setting_values["hundesteuer.frist-tage"] == 30
    assert newest(current_town()).pages == before + 1
    assert "eigene Angabe" in text_of(astrid.get("/rathaus/verwaltung/listen/"))
    assert "Zuletzt geändert von Astrid Althoff" in text_of(astrid.get(NUMBER))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("0", "Geben Sie mindestens 1 Tage ein."),
        ("91", "Geben Sie höchstens 90 Tage ein."),
        ("bald", "Geben Sie eine ganze Zahl ein, zum Beispiel 12."),
        ("", "Bitte ausfüllen: Frist für die Anmeldung eines Hundes"),
    ],
)
def test_a_number_has_its_limits(astrid: TownClient, typed: str, expected: str) -> None:
    answer = astrid.post(NUMBER, {"value": typed})

    assert (answer.status_code, errors_of(answer)) == (422, [expected])
    assert not Setting.objects.exists()


def test_an_entry_is_added_and_can_be_chosen(astrid: TownClient, visitor: TownClient) -> None:
    added = {"label": "Hund in Ausbildung", "hint": "bis zur Prüfung", "marks": ["ausbildung"]}
    astrid.post(f"{LIST}neu/", added)
    make_payable()
    visitor.sign_in(make_anna())
    fill_in_dog_registration(visitor)

    page = visitor.get("/antrag/hund-anmelden/verguenstigung/").content.decode()
    sent = {"verguenstigung": "ermaessigung", "verguenstigung_grund": "hund-in-ausbildung"}
    answer = visitor.post("/antrag/hund-anmelden/verguenstigung/", sent | {"verguenstigung_nachweis_later": "on"})

    assert '<option value="hund-in-ausbildung"' in page
    assert answer.status_code == 302
    assert shopfront().own_settings["hundesteuer.gruende"][-1] == {"value": "hund-in-ausbildung", **added}


def test_what_was_chosen_stays_as_it_was_when_the_list_changes(astrid: TownClient, visitor: TownClient) -> None:
    make_payable()
    astrid.post(f"{LIST}sozial/", {"label": "Wenig Geld", "hint": ""})
    visitor.sign_in(make_anna())
    end = fill_in_dog_registration(visitor)
    reason = {"verguenstigung": "ermaessigung", "verguenstigung_grund": "sozial", "verguenstigung_nachweis_later": "on"}
    fill_in(visitor, "hund-anmelden", {"verguenstigung": reason})
    visitor.post(end, {"complete": "on", "seen_fee": "0.00"})
    number = Submission.objects.get().number

    astrid.post(f"{LIST}sozial/", {"label": "Bürgergeld", "hint": ""})
    astrid.post(f"{LIST}sozial/entfernen/")

    assert "Wenig Geld" in text_of(visitor.get(f"/meine-antraege/{number}/"))
    assert "Bürgergeld" not in text_of(visitor.get(f"/meine-antraege/{number}/"))


def test_who_has_chosen_what_is_gone_by_now_is_asked_again(astrid: TownClient, visitor: TownClient) -> None:
    make_payable()
    visitor.sign_in(make_anna())
    end = fill_in_dog_registration(visitor)
    reason = {"verguenstigung": "ermaessigung", "verguenstigung_grund": "sozial", "verguenstigung_nachweis_later": "on"}
    fill_in(visitor, "hund-anmelden", {"verguenstigung": reason})
    astrid.post(f"{LIST}sozial/entfernen/")

    answer = visitor.post(end, {"complete": "on", "seen_fee": "0.00"})

    assert answer["Location"] == "/antrag/hund-anmelden/verguenstigung/"
    assert not Submission.objects.exists()


def test_entries_are_renamed_moved_and_removed(astrid: TownClient) -> None:
    astrid.post(f"{LIST}wache/", {"label": "Hof im Außenbereich", "hint": "", "marks": []})
    astrid.post(f"{LIST}wache/hoch/")
    astrid.post(f"{LIST}assistenz/hoch/")
    astrid.post(f"{LIST}tierheim/entfernen/")

    assert reasons() == [
        "Assistenzhund oder Blindenführhund",
        "Rettungshund mit Prüfung",
        "Hof im Außenbereich",
        "Bürgergeld oder Sozialhilfe",
        "anderer Grund nach der Satzung",
    ]


def test_the_last_entry_stays(astrid: TownClient) -> None:
    for entry in shopfront().setting_values["hundesteuer.gruende"]:
        answer = astrid.post(f"{LIST}{entry.value}/entfernen/", follow=True)

    assert reasons() == ["anderer Grund nach der Satzung"]
    assert "Ein Eintrag muss bleiben" in text_of(answer)


def test_two_entries_cannot_be_called_the_same(astrid: TownClient) -> None:
    answer = astrid.post(f"{LIST}neu/", {"label": "rettungshund mit prüfung"})

    assert errors_of(answer) == ["„rettungshund mit prüfung“ steht schon in der Liste."]


def test_entries_whose_names_look_alike_have_values_of_their_own(astrid: TownClient) -> None:
    astrid.post(f"{LIST}neu/", {"label": "Sozial!"})

    assert shopfront().own_settings["hundesteuer.gruende"][-1]["value"] == "sozial-2"


def test_a_town_goes_back_to_what_the_catalogue_proposes(astrid: TownClient) -> None:
    astrid.post(f"{LIST}neu/", {"label": "Etwas anderes"})
    astrid.post(f"{LIST}vorgabe/")

    assert "Etwas anderes" not in reasons()
    assert not Setting.objects.exists()


def test_a_format_of_the_town_is_asked_for(astrid: TownClient, visitor: TownClient) -> None:
    make_payable()
    astrid.post(FORMATS, {"value": "######/##/#\n######/##/##"})
    visitor.sign_in(make_anna())
    for typed, is_fine in (("123456/78/9", True), ("123456/78/90", True), ("4711", False)):
        answer = visitor.post("/antrag/hundemarke-ersatz/hund/", {"angemeldet": "ja", "kassenzeichen": typed})
        assert page_errors(answer).get("kassenzeichen") if not is_fine else answer.status_code == 302
    assert page_errors(answer) == {"kassenzeichen": ["So sieht die Nummer aus: 111111/11/1. Bitte prüfen Sie sie."]}


def test_a_format_is_written_with_signs_that_mean_something(astrid: TownClient) -> None:
    answer = astrid.post(FORMATS, {"value": "######/##\n^\\d{6}$"})

    assert errors_of(answer) == [
        "Zeile 2: Schreiben Sie # für eine Ziffer und @ für einen Buchstaben, zum Beispiel ######/##."
    ]


def test_what_is_no_list_has_no_entries_and_what_is_unknown_is_not_there(astrid: TownClient) -> None:
    assert astrid.get(f"{NUMBER}neu/").status_code == 404
    assert astrid.get("/rathaus/verwaltung/listen/gibt.es-nicht/").status_code == 404
    assert astrid.get(f"{LIST}gibt-es-nicht/").status_code == 404


# --- Kinds that the shipped settings do not have yet -------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "typed", "plain"),
    [
        ("switch", "ja", True),
        ("switch", "nein", False),
        ("text", " DE98 ZZZ ", "DE98 ZZZ"),
        ("address", "www.lage.de/ordnung", "https://www.lage.de/ordnung"),
        ("address", "", ""),
        ("lines", "Lange Straße\n\n Am Markt ", ["Lange Straße", "Am Markt"]),
    ],
)
def test_each_kind_of_setting_has_its_form(kind: str, typed: str, plain: Any) -> None:
    setting = Described(SettingKind(kind), "Etwas", default=[] if kind == "lines" else "" if kind != "switch" else True)

    form = SettingForm({"value": typed}, setting=setting, value=setting.default)

    assert form.is_valid(), form.errors
    assert form.plain == plain
    assert setting.fits(plain)


def test_an_address_that_leads_nowhere_is_refused() -> None:
    setting = Described(SettingKind.ADDRESS, "Satzung", default="")

    form = SettingForm({"value": "javascript:alert(1)"}, setting=setting, value="")

    assert form.errors == {"value": ["Geben Sie die ganze Adresse ein, zum Beispiel https://www.stadt.de."]}


def test_entries_may_have_a_number_and_words() -> None:
    setting = Described(SettingKind.LIST, "Zonen", default=[], number="Rauminhalt in m³", words="Straßen")

    form = EntryForm(
        {"label": "Zone A", "number": "1,25", "words": "Am Markt\nWall"}, setting=setting, entry=None, others=[]
    )

    assert form.is_valid(), form.errors
    assert form.plain == {"label": "Zone A", "number": "1.25", "words": ["Am Markt", "Wall"]}
    assert setting.fits([form.plain])


def test_every_setting_of_the_shipped_forms_is_described() -> None:
    for key, setting in shipped_form("hund-anmelden").settings.items():
        assert setting.label, key
