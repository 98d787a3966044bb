"""Cases from life: library card, fishing licence, certificates of the register of residents and of the registry office.

What each form asks, where it stops and what it costs.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.trust import TrustLevel
from catalogue.fees import Fee, PayAt, compute
from catalogue.forms.definition import Page
from submissions.journey import Journey
from tests.forms.inventing import Asked
from tests.forms.library import context, shipped_form

Answers = dict[str, Any]


def pages(key: str, answers: Answers, **changes: Any) -> list[str]:
    """The pages and groups that somebody comes to with these answers; a page that ends the form is the last."""
    form = shipped_form(key)
    found: list[str] = []
    for step in Journey(form, answers, frozenset(), context(form, **changes)).steps:
        found.append(step.key)
        if isinstance(step, Page) and step.stop:
            break
    return found


def page(key: str, name: str) -> Page:
    return next(one for one in shipped_form(key).all_pages() if one.key == name)


def asked(key: str, name: str, answers: Answers, **changes: Any) -> list[str]:
    """The fields on a page with these answers."""
    return [one.id for one in page(key, name).visible_fields(answers, context(shipped_form(key), **changes))]


def complaints(key: str, name: str, answers: Answers) -> list[str]:
    here = context(shipped_form(key))
    return [check.error for check in page(key, name).checks if check.condition.holds(answers, here)]


def fee(key: str, answers: Answers, amounts: dict[str, str], **changes: Any) -> Fee:
    form = shipped_form(key)
    prices = {f"{key}.{name}": Decimal(amount) for name, amount in amounts.items()}
    return compute(form.fee, answers, prices, context(form, **changes))


def told(found: Fee) -> list[tuple[str, str]]:
    return [(line.label, str(line.amount)) for line in found.lines]


# --- Library card -----------------------------------------------------------------------------------------

LIBRARY = {
    "erwachsene": "10.00",
    "ermaessigt": "5.00",
    "familie": "15.00",
    "vierteljahr": "4.00",
    "kinder-und-jugendliche": "0.00",
    "ersatz": "3.50",
}
YOUNG = {"vorgang": "neu", "fuer": "kind", "kind_geburtsdatum": "2021-05-04"}
SEVEN = YOUNG | {"kind_geburtsdatum": "2019-11-16"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"vorgang": "neu", "tarif": "erwachsene"}, [("Büchereiausweis: Erwachsene für ein Jahr", "10.00")]),
        ({"vorgang": "verlaengern", "tarif": "ermaessigt"}, [("Büchereiausweis: Ermäßigt für ein Jahr", "5.00")]),
        ({"vorgang": "neu", "tarif": "familie"}, [("Büchereiausweis: Familie für ein Jahr", "15.00")]),
        (
            {"vorgang": "neu", "tarif": "vierteljahr"},
            [("Büchereiausweis: Erwachsene für ein Vierteljahr", "4.00")],
        ),
        ({"vorgang": "neu", "tarif": "kinder"}, [("Büchereiausweis: Kinder und Jugendliche für ein Jahr", "0.00")]),
        ({"vorgang": "ersatz"}, [("Ersatz für den Büchereiausweis", "3.50")]),
    ],
)
def test_a_library_card_costs_what_its_tariff_says(answers: Answers, expected: list[tuple[str, str]]) -> None:
    assert told(fee("buechereiausweis", answers, LIBRARY)) == expected


def test_a_towns_own_tariff_is_charged() -> None:
    own = {"buecherei.tarife": [{"value": "tag", "label": "Für einen Tag", "amount": "buechereiausweis.tag"}]}

    found = fee("buechereiausweis", {"vorgang": "neu", "tarif": "tag"}, {"tag": "3.00"}, settings=own)

    assert told(found) == [("Büchereiausweis: Für einen Tag", "3.00")]


def test_only_a_new_library_card_asks_for_a_passport_and_only_with_a_simple_account() -> None:
    new = {"vorgang": "neu"}

    assert "identitaet" in pages("buechereiausweis", new)
    assert "identitaet" not in pages("buechereiausweis", new, trust=TrustLevel.SUBSTANTIAL)
    assert "identitaet" not in pages("buechereiausweis", new, settings={"buecherei.identitaet-bei-abholung": True})
    assert "identitaet" not in pages("buechereiausweis", {"vorgang": "verlaengern"})


def test_who_extends_a_library_card_keeps_it() -> None:
    assert "ausgabe" not in pages("buechereiausweis", {"vorgang": "verlaengern"})
    assert "tarif" not in pages("buechereiausweis", {"vorgang": "ersatz"})
    assert asked("buechereiausweis", "vorgang", {"vorgang": "verlaengern"}) == [
        "vorgang",
        "ausweisnummer",
        "offene_gebuehren",
    ]


def test_a_reduced_tariff_wants_a_reason_and_a_proof() -> None:
    assert asked("buechereiausweis", "tarif", {"tarif": "ermaessigt"}) == [
        "tarif",
        "ermaessigung_grund",
        "nachweis",
        "nachweis_later",
    ]
    assert asked("buechereiausweis", "tarif", {"tarif": "erwachsene"}) == ["tarif"]


def test_with_a_child_under_seven_a_parent_comes_along_where_the_town_wants_it() -> None:
    strict = {"buecherei.kinder-unter-7-persoenlich": True}

    assert "persoenlich" in asked("buechereiausweis", "ausgabe", YOUNG, settings=strict)
    assert "persoenlich" not in asked("buechereiausweis", "ausgabe", SEVEN, settings=strict)
    assert "persoenlich" not in asked("buechereiausweis", "ausgabe", YOUNG)
    form = shipped_form("buechereiausweis")
    assert [one.key for one in form.flags if one.condition.holds(YOUNG, context(form, settings=strict))] == [
        "in_person_required"
    ]


def test_a_parent_agrees_for_a_child_and_no_minor_applies_alone() -> None:
    alone = {"fuer": "selbst", "geburtsdatum": "2010-01-01"}

    assert "haftung" in asked("buechereiausweis", "regeln", YOUNG)
    assert asked("buechereiausweis", "regeln", alone) == ["benutzungsordnung"]
    assert complaints("buechereiausweis", "person", alone) == [
        "Sind Sie noch nicht 18, stellt bitte ein Elternteil den Antrag für Sie."
    ]
    assert complaints("buechereiausweis", "person", alone | {"geburtsdatum": "2008-11-16"}) == []
    assert complaints("buechereiausweis", "kind", YOUNG | {"kind_geburtsdatum": "2008-11-16"}) == [
        "Wer 18 Jahre oder älter ist, stellt den Antrag selbst oder gibt Ihnen eine Vollmacht."
    ]


# --- Fishing licence --------------------------------------------------------------------------------------

FISHING = {
    "ein-jahr": "16.00",
    "fuenf-jahre": "48.00",
    "jugend": "8.00",
    "sonder-ein-jahr": "16.00",
    "sonder-fuenf-jahre": "48.00",
}
NO_YOUTH = "Den Jugendfischereischein gibt es nur von 10 bis 15 Jahren. Bitte wählen Sie einen anderen Schein."
TOO_YOUNG = "Diesen Schein gibt es erst ab 14 Jahren. Bitte wählen Sie den Jugendfischereischein."


@pytest.mark.parametrize(
    ("kind", "half"),
    [
        ("ein-jahr", "8.00"),
        ("fuenf-jahre", "24.00"),
        ("jugend", "4.00"),
        ("sonder-ein-jahr", "8.00"),
        ("sonder-fuenf-jahre", "24.00"),
    ],
)
def test_half_of_what_a_fishing_licence_costs_is_the_lands(kind: str, half: str) -> None:
    assert told(fee("fischereischein-verlaengern", {"art": kind}, FISHING)) == [
        ("Gebühr Stadt", half),
        ("Fischereiabgabe Land", half),
    ]


@pytest.mark.parametrize(
    ("kind", "born", "expected"),
    [
        ("jugend", "2016-11-17", [NO_YOUTH]),  # ten tomorrow
        ("jugend", "2016-11-16", []),
        ("jugend", "2010-11-17", []),
        ("jugend", "2010-11-16", [NO_YOUTH]),  # sixteen today
        ("ein-jahr", "2012-11-17", [TOO_YOUNG]),
        ("ein-jahr", "2012-11-16", []),
        ("fuenf-jahre", "2012-11-17", [TOO_YOUNG]),
        ("sonder-ein-jahr", "2012-11-17", []),
    ],
)
def test_each_fishing_licence_has_its_age(kind: str, born: str, expected: list[str]) -> None:
    assert complaints("fischereischein-verlaengern", "schein", {"art": kind, "geburtsdatum": born}) == expected


def test_who_is_not_eighteen_says_that_the_parents_agree() -> None:
    minor = asked("fischereischein-verlaengern", "ausgabe", {"geburtsdatum": "2008-11-17"})

    assert minor == ["ausgabe", "zuverl", "sorge"]
    assert asked("fischereischein-verlaengern", "ausgabe", {"geburtsdatum": "2008-11-16"}) == minor[:2]


def test_for_people_from_elsewhere_their_own_town_extends_the_licence() -> None:
    assert pages("fischereischein-verlaengern", {"plz": "32657"})[-1] == "nicht-zustaendig"
    assert pages("fischereischein-verlaengern", {"plz": "32791"})[-1] == "ausgabe"


@pytest.mark.parametrize(
    ("day", "always", "years"),
    [
        (date(2026, 9, 30), False, ["2026"]),
        (date(2026, 10, 1), False, ["2026", "2027"]),
        (date(2026, 3, 1), True, ["2026", "2027"]),
    ],
)
def test_the_next_year_can_be_chosen_from_october_or_when_the_town_allows_it(
    day: date, always: bool, years: list[str]
) -> None:
    form = shipped_form("fischereischein-verlaengern")
    here = context(form, today=day, settings={"fischerei.naechstes-jahr-immer": always})

    field = form.fields_by_id["startjahr"]

    assert [one.value for one in Asked(field, {}, here).offered] == years


def test_who_still_has_a_licence_is_warned_of_paying_twice() -> None:
    asks = ["ganze_jahre", "gilt_noch", "startjahr"]

    assert asked("fischereischein-verlaengern", "beginn", {"gueltig_bis": "2026"}) == asks
    assert asked("fischereischein-verlaengern", "beginn", {"gueltig_bis": "2025"}) == [asks[0], asks[2]]


@pytest.mark.parametrize(
    ("answers", "is_asked"),
    [({"feld_frei": "nein"}, True), ({"feld_frei": "ja", "bild_alt": True}, True), ({"feld_frei": "unsicher"}, False)],
)
def test_a_new_photo_is_wanted_for_a_new_licence_and_for_an_old_picture(answers: Answers, *, is_asked: bool) -> None:
    assert ("lichtbild" in asked("fischereischein-verlaengern", "fotos", answers)) is is_asked


# --- Certificate of registration --------------------------------------------------------------------------

NINE = {"bescheinigung": "9.00"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"art": "einfach", "zweck": "privat", "anzahl": 1}, [("Einfache Meldebescheinigung", "9.00")]),
        ({"art": "haushalt", "zweck": "heirat", "anzahl": 5}, [("Haushaltsbescheinigung", "45.00")]),
        ({"art": "erweitert", "zweck": "rente", "anzahl": 2}, [("Kostenlos: für die Rente", "0.00")]),
    ],
)
def test_each_certificate_of_registration_costs_the_same_but_not_for_a_pension(
    answers: Answers, expected: list[tuple[str, str]]
) -> None:
    assert told(fee("meldebescheinigung", answers, NINE)) == expected


def test_what_is_free_is_the_towns_say() -> None:
    own = {"meldebescheinigung.zwecke": [{"value": "kita", "label": "für die Kita", "marks": ["kostenlos"]}]}
    answers = {"art": "einfach", "zweck": "kita", "anzahl": 1}

    assert told(fee("meldebescheinigung", answers, NINE, settings=own)) == [("Kostenlos: für die Kita", "0.00")]
    assert "frei_nachweis" in asked("meldebescheinigung", "bescheinigung", answers, settings=own)


def test_only_the_extended_certificate_asks_for_its_contents() -> None:
    assert "inhalte" in asked("meldebescheinigung", "bescheinigung", {"art": "erweitert"})
    assert "inhalte" not in asked("meldebescheinigung", "bescheinigung", {"art": "haushalt"})


@pytest.mark.parametrize(
    ("trust", "online", "ways"),
    [
        (TrustLevel.HIGH, True, ["post", "online"]),
        (TrustLevel.HIGH, False, ["post"]),
        (TrustLevel.SUBSTANTIAL, True, ["post"]),
    ],
)
def test_a_certificate_comes_as_a_pdf_only_with_the_identity_card_and_where_the_town_offers_it(
    trust: TrustLevel, online: bool, ways: list[str]
) -> None:
    form = shipped_form("meldebescheinigung")
    here = context(form, trust=trust, settings={"meldebescheinigung.online": online})

    assert [one.value for one in Asked(form.fields_by_id["versand"], {}, here).offered] == ways


def test_a_certificate_can_be_for_a_child_or_with_a_letter_of_attorney() -> None:
    assert pages("meldebescheinigung", {"fuer": "selbst"})[:2] == ["fuer-wen", "person"]
    assert pages("meldebescheinigung", {"fuer": "kind"})[:2] == ["fuer-wen", "kind"]
    assert pages("meldebescheinigung", {"fuer": "vollmacht"})[:2] == ["fuer-wen", "vertretene-person"]
    assert "vollmacht" in asked("meldebescheinigung", "vertretene-person", {"fuer": "vollmacht"})


# --- Information from the register ------------------------------------------------------------------------


def test_each_person_searched_for_costs_the_same() -> None:
    found = fee("melderegisterauskunft", {"personen": [{}, {}, {}]}, {"person": "11.00"})

    assert told(found) == [("Einfache Melderegisterauskunft", "33.00")]


def test_a_name_alone_is_not_enough() -> None:
    name = {"gesucht_vorname": "Paweł", "gesucht_nachname": "Łoś"}
    message = "Bitte geben Sie mindestens zwei weitere Angaben an, zum Beispiel Geburtsdatum und frühere Anschrift."

    assert complaints("melderegisterauskunft", "gesucht", name) == [message]
    assert complaints("melderegisterauskunft", "gesucht", name | {"gesucht_geburtsort": "Łódź"}) == [message]
    known = name | {"gesucht_geburtsort": "Łódź", "gesucht_geburtsdatum": "1970"}
    assert complaints("melderegisterauskunft", "gesucht", known) == []


def test_only_who_asks_for_business_says_what_for() -> None:
    assert asked("melderegisterauskunft", "zweck", {"auskunft_fuer": "privat"}) == ["auskunft_fuer", "werbung"]
    assert asked("melderegisterauskunft", "zweck", {"auskunft_fuer": "gewerblich"}) == [
        "auskunft_fuer",
        "firma",
        "zweck",
        "werbung",
    ]


# --- Certificates of the registry office ------------------------------------------------------------------

CERTIFICATES = ["geburtsurkunde", "eheurkunde", "sterbeurkunde"]
PRICES = {"erste": "15.00", "weitere": "7.50", "suche-mindestens": "17.00", "suche-hoechstens": "66.00"}
DAY_OF = {"geburtsurkunde": "geburt", "eheurkunde": "ehe", "sterbeurkunde": "sterbe"}
KEPT_FOR = {"geburtsurkunde": 110, "eheurkunde": 80, "sterbeurkunde": 30}
A4, FAMILY_BOOK = "Urkunde in DIN A4", "Urkunde für das Stammbuch"


@pytest.mark.parametrize("key", CERTIFICATES)
@pytest.mark.parametrize(
    ("ordered", "expected"),
    [
        ({"a4": 1}, [(A4, "15.00")]),
        ({"a4": 3}, [(A4, "15.00"), (A4, "15.00")]),
        ({"stammbuch": 1, "a4": 2}, [(A4, "15.00"), (A4, "7.50"), (FAMILY_BOOK, "15.00")]),
    ],
)
def test_only_further_certificates_of_the_same_format_are_cheaper(
    key: str, ordered: dict[str, int], expected: list[tuple[str, str]]
) -> None:
    assert told(fee(key, {"positionen": ordered, "zweck": "privat"}, PRICES)) == expected


@pytest.mark.parametrize(
    ("key", "purpose", "text"),
    [
        ("geburtsurkunde", "sozialversicherung", "Kostenlos, nur für die Sozialversicherung"),
        ("eheurkunde", "sozialversicherung", "Kostenlos, nur für die Sozialversicherung"),
        ("sterbeurkunde", "rente", "Kostenlos, nur für die Rente"),
        ("sterbeurkunde", "krankenkasse", "Kostenlos, nur für die Krankenkasse"),
    ],
)
def test_for_the_social_insurance_a_certificate_is_free_and_the_office_knows(key: str, purpose: str, text: str) -> None:
    answers = {"positionen": {"a4": 2}, "zweck": purpose}
    form = shipped_form(key)

    assert told(fee(key, answers, PRICES)) == [(text, "0.00")]
    assert [one.key for one in form.flags if one.condition.holds(answers, context(form))] == ["only_social_insurance"]


@pytest.mark.parametrize("key", CERTIFICATES)
def test_a_search_is_paid_when_its_price_is_known(key: str) -> None:
    form = shipped_form(key)
    answers = {"positionen": {"a4": 1}, "zweck": "privat", f"{DAY_OF[key]}_nur_jahr": True}

    found = fee(key, answers, PRICES)

    assert found.span == (Decimal("32.00"), Decimal("81.00"))
    assert form.fee is not None
    assert form.fee.pay_for(answers, context(form)) == PayAt.DECISION
    assert form.fee.pay_for({"zweck": "privat"}, context(form)) == PayAt.SUBMISSION
    assert told(fee(key, answers, {"erste": "15.00", "weitere": "7.50"})) == [(A4, "15.00")]


@pytest.mark.parametrize("key", CERTIFICATES)
def test_what_happened_elsewhere_belongs_to_another_office(key: str) -> None:
    assert pages(key, {"bezirk": "nein"})[-1] == "anderes-standesamt"
    for here in ("ja", "unsicher"):
        assert pages(key, {"bezirk": here})[-1] == "versand"


@pytest.mark.parametrize("key", CERTIFICATES)
def test_what_is_very_old_is_in_the_archive(key: str) -> None:
    day, years = DAY_OF[key], KEPT_FOR[key]

    assert pages(key, {f"{day}_datum": f"{2026 - years}-11-16"})[-1] == "archiv"
    assert pages(key, {f"{day}_datum": f"{2026 - years}-11-17"})[-1] == "versand"
    assert pages(key, {f"{day}_jahr": str(2026 - years - 1), f"{day}_nur_jahr": True})[-1] == "archiv"
    assert pages(key, {f"{day}_jahr": str(2026 - years), f"{day}_nur_jahr": True})[-1] == "versand"
    [archive] = [one for one in shipped_form(key).all_pages() if one.key == "archiv"]
    assert archive.related == ("stadtarchiv",)


@pytest.mark.parametrize("key", CERTIFICATES)
def test_certificates_are_for_people_from_sixteen_years_on(key: str) -> None:
    message = "Eine Urkunde können Sie ab 16 Jahren anfordern. Bitte lassen Sie das einen Elternteil tun."

    assert complaints(key, "person", {"geburtsdatum": "2010-11-17"}) == [message]
    assert complaints(key, "person", {"geburtsdatum": "2010-11-16"}) == []


@pytest.mark.parametrize("key", CERTIFICATES)
def test_a_passport_is_shown_where_the_account_proves_little(key: str) -> None:
    assert "identitaet" in pages(key, {})
    assert "identitaet" not in pages(key, {}, trust=TrustLevel.SUBSTANTIAL)


def test_who_wants_the_own_certificate_proves_nothing_and_all_others_do() -> None:
    assert "belege" not in pages("geburtsurkunde", {"berechtigung": "selbst"})
    assert "belege" not in pages("eheurkunde", {"berechtigung": "selbst"})
    for key in CERTIFICATES:
        [question] = [one for one in page(key, "verhaeltnis").fields if one.id == "berechtigung"]
        for choice in question.choices:
            assert ("belege" in pages(key, {"berechtigung": choice.value})) is (choice.value != "selbst")


@pytest.mark.parametrize("who", ["geschwister", "sonstige"])
def test_who_has_to_explain_is_asked_why(who: str) -> None:
    assert asked("geburtsurkunde", "verhaeltnis", {"berechtigung": who}) == ["berechtigung", "interesse"]
    assert asked("geburtsurkunde", "verhaeltnis", {"berechtigung": "kind"}) == ["berechtigung"]
    assert asked("geburtsurkunde", "verhaeltnis", {"berechtigung": "behoerde"}) == ["berechtigung", "behoerde"]


def test_an_undertaker_acts_for_the_family() -> None:
    answers = {"berechtigung": "bestattung", "firma_firma": "Bestattungen Őzdemir", "nachname": "Şahin"}

    assert {"bestattungshaus", "belege"} <= set(pages("sterbeurkunde", answers))
    assert shipped_form("sterbeurkunde").applicant[0] == "firma_firma"


@pytest.mark.parametrize(
    ("day", "takes_longer"),
    [("1957-12-31", False), ("1958-01-01", True), ("2008-12-31", True), ("2009-01-01", False)],
)
def test_marriages_from_the_time_of_the_family_books_take_longer(day: str, *, takes_longer: bool) -> None:
    answers = {"art": "ehe", "ehe_datum": day}

    assert ("familienbuch" in asked("eheurkunde", "ehe", answers)) is takes_longer
    assert "familienbuch" not in asked("eheurkunde", "ehe", answers | {"art": "lebenspartnerschaft"})
