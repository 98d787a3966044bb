"""What is particular about permits, festivals, markets and trades: fees, branches, cases from life."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from catalogue.fees import Fee, PayAt, compute
from catalogue.forms.conditions import parse_condition
from catalogue.forms.days import Day
from catalogue.forms.texts import Reader
from tests.forms.library import context, shipped_form


def fee(key: str, answers: dict[str, Any], amounts: dict[str, str], **settings: Any) -> Fee:
    """What these answers cost at these amounts in a town that has set this; keys of settings with _ for . and -."""
    form = shipped_form(key)
    prices = {f"{key}.{name}": Decimal(amount) for name, amount in amounts.items()}
    rule = form.fee
    assert rule
    return compute(rule, answers, prices, context(form, settings=_named(key, settings)))


def told(of: Fee) -> list[tuple[str, str]]:
    return [(line.label, str(line.amount)) for line in of.lines]


def pages(key: str, answers: dict[str, Any], **settings: Any) -> list[str]:
    """The pages that these answers call for, in order, to the one that ends the form."""
    form = shipped_form(key)
    found: list[str] = []
    for step in form.steps_for(answers, context(form, settings=_named(key, settings))):
        found.append(step.key)
        if getattr(step, "stop", False):
            break
    return found


def asked(key: str, page: str, answers: dict[str, Any], **settings: Any) -> set[str]:
    """What is asked or said on a page."""
    form = shipped_form(key)
    found = next(one for one in form.all_pages() if one.key == page)
    return {one.id for one in found.visible_fields(answers, context(form, settings=_named(key, settings)))}


def said(key: str, field_id: str, answers: dict[str, Any]) -> str:
    """What a hint says to these answers."""
    form = shipped_form(key)
    hint = form.fields_by_id[field_id]
    return Reader(answers, context(form)).fill(hint.text, hint.computed).replace("\xa0", " ")


def complaints(key: str, page: str, answers: dict[str, Any]) -> list[str]:
    """What the checks of a page say about answers."""
    form = shipped_form(key)
    found = next(one for one in form.all_pages() if one.key == page)
    return [check.error for check in found.checks if check.condition.holds(answers, context(form))]


def _named(key: str, settings: dict[str, Any]) -> dict[str, Any]:
    known = {name.replace(".", "_").replace("-", "_"): name for name in shipped_form(key).settings}
    return {known[name]: value for name, value in settings.items()}


# --- What a town's switches rule out ----------------------------------------------------------------------

ON, OFF, ANSWERED = {"town": "x.an"}, {"town": "x.aus"}, {"field": "art", "filled": True}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (ON, True),
        (OFF, False),
        (ANSWERED, None),
        ({"not": OFF}, True),
        ({"not": ANSWERED}, None),
        ({"all": [ON, ANSWERED]}, None),
        ({"all": [OFF, ANSWERED]}, False),
        ({"all": [ON, ON]}, True),
        ({"any": [ON, ANSWERED]}, True),
        ({"any": [OFF, ANSWERED]}, None),
        ({"any": [OFF, OFF]}, False),
        ({"some": "hunde", "where": OFF}, None),
    ],
)
def test_a_condition_is_known_before_anything_is_answered_if_the_town_decides_it(
    condition: dict[str, Any], expected: bool | None
) -> None:
    assert parse_condition(condition).known_from({"x.an": True, "x.aus": False}) is expected


# --- Bewohnerparkausweis ----------------------------------------------------------------------------------

PARKING = {"ein-jahr": "25.00", "aenderung": "10.20"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"vorgang": "neu", "laufzeit": "12"}, [("Bewohnerparkausweis: 12 Monate", "25.00")]),
        ({"vorgang": "verlaengerung", "laufzeit": "12"}, [("Bewohnerparkausweis: 12 Monate", "25.00")]),
        ({"vorgang": "kennzeichen"}, [("Änderung oder Ersatz", "10.20")]),
        ({"vorgang": "umzug"}, [("Änderung oder Ersatz", "10.20")]),
        ({"vorgang": "ersatz"}, [("Änderung oder Ersatz", "10.20")]),
    ],
)
def test_a_parking_permit_costs_what_its_time_costs_and_a_change_less(answers: Any, expected: Any) -> None:
    assert told(fee("bewohnerparkausweis", answers, PARKING)) == expected


def test_a_town_says_how_long_a_parking_permit_is_valid_and_what_that_costs() -> None:
    times = [
        {"value": "6", "label": "6 Monate", "amount": "bewohnerparkausweis.halb"},
        {"value": "24", "label": "24 Monate", "amount": "bewohnerparkausweis.doppelt"},
    ]

    for chosen, expected in (("6", "14.00"), ("24", "48.00")):
        answers = {"vorgang": "neu", "laufzeit": chosen}
        amounts = {"halb": "14.00", "doppelt": "48.00"}
        assert fee("bewohnerparkausweis", answers, amounts, bewohnerparken_laufzeiten=times).total == Decimal(expected)


def test_who_lives_in_no_zone_is_told_so_before_paying() -> None:
    zones = [{"value": "mitte", "label": "Mitte", "words": ["Lange Straße"]}]
    elsewhere = {"vorgang": "neu", "strasse": "Feldweg", "in_zone": "nein"}

    assert pages("bewohnerparkausweis", elsewhere, bewohnerparken_zonen=zones)[-1] == "keine-zone"
    assert pages("bewohnerparkausweis", elsewhere | {"in_zone": "ja"}, bewohnerparken_zonen=zones)[-1] == "ausgabe"
    at_home = elsewhere | {"strasse": "lange str."}
    assert pages("bewohnerparkausweis", at_home, bewohnerparken_zonen=zones)[-1] == "ausgabe"
    assert asked("bewohnerparkausweis", "zone", at_home, bewohnerparken_zonen=zones) == {"zone"}


def test_the_parents_of_a_young_driver_agree() -> None:
    assert "eltern" in pages("bewohnerparkausweis", {"geburtsdatum": "2009-01-01"})
    assert "eltern" not in pages("bewohnerparkausweis", {"geburtsdatum": "2008-11-16"})


def test_papers_of_the_car_are_asked_for_only_where_they_tell_something_new() -> None:
    for kind, papers in (("neu", True), ("kennzeichen", True), ("verlaengerung", False), ("ersatz", False)):
        assert ("schein" in asked("bewohnerparkausweis", "fahrzeug", {"vorgang": kind, "halter": "mich"})) is papers
    for keeper, statement in (("mich", False), ("andere", True), ("firma", True), ("carsharing", True)):
        found = asked("bewohnerparkausweis", "fahrzeug", {"vorgang": "ersatz", "halter": keeper})
        assert ("ueberlassung" in found) is statement


def test_an_extension_begins_the_day_after_the_old_permit_ends() -> None:
    answers = {"vorgang": "verlaengerung", "altes_ende": "2026-12-31"}

    assert asked("bewohnerparkausweis", "gueltigkeit", answers) == {"anschluss", "laufzeit"}
    assert "ab dem 1. Januar 2027" in said("bewohnerparkausweis", "anschluss", answers)


# --- Sondernutzung Container ------------------------------------------------------------------------------

SPACE = {"quadratmeter-und-tag": "0.80", "verwaltungsgebuehr": "25.00", "mindestens": "0.00"}
SIX_SQUARE_METRES = {
    "art": "container",
    "anzahl": 1,
    "laenge": "3.00",
    "breite": "2.00",
    "von": "2026-12-01",
    "bis": "2026-12-03",
}


def test_six_square_metres_for_three_days_come_to_39_40() -> None:
    assert told(fee("sondernutzung-container", SIX_SQUARE_METRES, SPACE)) == [
        ("Container, je m² und Tag", "14.40"),
        ("Bearbeitung", "25.00"),
    ]
    assert fee("sondernutzung-container", SIX_SQUARE_METRES, SPACE).total == Decimal("39.40")


def test_two_containers_take_twice_the_space() -> None:
    assert fee("sondernutzung-container", SIX_SQUARE_METRES | {"anzahl": 2}, SPACE).total == Decimal("53.80")


def test_a_town_may_ask_for_a_least_amount() -> None:
    least = SPACE | {"mindestens": "20.00"}

    assert fee("sondernutzung-container", SIX_SQUARE_METRES, least).total == Decimal("45.00")
    assert fee("sondernutzung-container", SIX_SQUARE_METRES | {"anzahl": 2}, least).total == Decimal("53.80")


def test_what_stands_there_and_in_which_zone_may_cost_differently() -> None:
    kinds = [
        {"value": "container", "label": "Container", "amount": "sondernutzung-container.quadratmeter-und-tag"},
        {"value": "lager", "label": "Lager", "amount": "sondernutzung-container.lager"},
    ]
    zones = [{"value": "mitte", "label": "Mitte", "number": 1.5}, {"value": "rand", "label": "Rand", "number": 1}]
    settings = {
        "sondernutzung_arten": kinds,
        "sondernutzung_zonen": zones,
        "sondernutzung_nach_zonen": True,
    }
    amounts = SPACE | {"lager": "0.30"}

    for kind, zone, expected in (
        ("container", "mitte", [("Container, je m² und Tag (Mitte)", "21.60"), ("Bearbeitung", "25.00")]),
        ("lager", "rand", [("Lager, je m² und Tag (Rand)", "5.40"), ("Bearbeitung", "25.00")]),
    ):
        answers = SIX_SQUARE_METRES | {"art": kind, "zone": zone}
        assert told(fee("sondernutzung-container", answers, amounts, **settings)) == expected


def test_the_fee_for_space_is_paid_after_the_check() -> None:
    form = shipped_form("sondernutzung-container")

    assert form.fee
    assert form.fee.pay_for(SIX_SQUARE_METRES, context(form)) == PayAt.DECISION


@pytest.mark.parametrize(("lead", "first"), [(10, date(2026, 11, 30)), (0, date(2026, 11, 16))])
def test_the_town_says_how_early_space_is_asked_for(lead: int, first: date) -> None:
    form = shipped_form("sondernutzung-container")
    earliest = form.fields_by_id["von"].earliest

    assert isinstance(earliest, Day)
    assert earliest.of({}, context(form, settings={"sondernutzung.vorlauf": lead})) == first


def test_space_is_given_for_180_days_at_most() -> None:
    form = shipped_form("sondernutzung-container")
    latest = form.fields_by_id["bis"].latest

    assert isinstance(latest, Day)
    assert latest.of({"von": "2027-01-01"}, context(form)) == date(2027, 6, 29)


def test_who_closes_the_road_shows_a_plan_or_names_who_makes_one() -> None:
    def found(**answers: Any) -> set[str]:
        return asked("sondernutzung-container", "verkehr", answers)

    assert found(flaeche_art=["fahrbahn"], verkehr="nein") == {"verkehr"}
    assert found(flaeche_art=["gehweg"]) == {"restbreite", "verkehr"}
    closed = {"verkehr", "anordnung", "beschilderung"}
    assert found(verkehr="ja", beschilderung="firma") == closed
    assert found(verkehr="ja", beschilderung="plan") == closed | {"beschilderungsplan"}


def test_space_is_not_given_to_minors() -> None:
    [complaint] = complaints("sondernutzung-container", "person", {"geburtsdatum": "2008-11-17"})

    assert complaint.startswith("Die Erlaubnis bekommt nur, wer 18 Jahre oder älter ist.")
    assert complaints("sondernutzung-container", "person", {"geburtsdatum": "2008-11-16"}) == []


def test_the_bill_goes_to_another_firm_only_if_there_is_one() -> None:
    alone, with_firm = {"aufsteller": "selbst"}, {"aufsteller": "firma"}

    assert "rechnung" not in pages("sondernutzung-container", alone)
    assert "rechnung" in pages("sondernutzung-container", with_firm)


# --- Gestattung -------------------------------------------------------------------------------------------

FRAME = {"mindestens": "25.00", "hoechstens": "200.00"}
STEPS = {
    "ein-tag": "40.00",
    "ein-tag-mehrere-staende": "60.00",
    "mehrere-tage": "80.00",
    "mehrere-tage-mehrere-staende": "120.00",
}
IN_TIME, LATE = {"datum": "2026-11-30"}, {"datum": "2026-11-29"}  # 14 days after the Monday of the tests, and 13


def test_without_alcohol_nobody_needs_a_permission() -> None:
    assert pages("gestattung", {"staende_alkohol": 0}) == ["ausschank", "keine-gestattung"]
    assert pages("gestattung", {"staende_alkohol": 1})[-1] == "unterlagen"


def test_a_festival_costs_what_is_set_later_within_a_frame() -> None:
    found = fee("gestattung", {"staende_alkohol": 2, "tage": [IN_TIME]}, FRAME)

    assert (found.is_open, found.span) == (True, (Decimal("25.00"), Decimal("200.00")))


@pytest.mark.parametrize(
    ("days", "stalls", "expected"), [(1, 1, "40.00"), (1, 3, "60.00"), (2, 1, "80.00"), (3, 2, "120.00")]
)
def test_a_town_may_charge_by_days_and_stalls(days: int, stalls: int, expected: str) -> None:
    answers = {"staende_alkohol": stalls, "tage": [IN_TIME] * days}

    assert told(fee("gestattung", answers, STEPS, gestattung_staffel=True)) == [
        ("Gestattung nach Tagen und Ständen", expected)
    ]


def test_who_asks_late_is_warned_and_pays_more_where_the_town_says_so() -> None:
    answers = {"staende_alkohol": 1, "tage": [IN_TIME, LATE]}

    assert fee("gestattung", answers, FRAME | {"spaet": "15.00"}).span == (Decimal("40.00"), Decimal("215.00"))
    assert fee("gestattung", answers, FRAME).span == (Decimal("25.00"), Decimal("200.00"))
    assert fee("gestattung", {"tage": [IN_TIME]}, FRAME | {"spaet": "15.00"}).span[0] == Decimal("25.00")
    assert "spaet" in asked("gestattung", "tag", LATE)
    assert "spaet" not in asked("gestattung", "tag", IN_TIME)


def test_a_town_needs_only_the_amounts_of_its_own_way_to_charge() -> None:
    form = shipped_form("gestattung")
    assert form.fee

    framed = form.fee.keys_in(context(form).settings, only_needed=True)
    stepped = form.fee.keys_in(context(form, settings={"gestattung.staffel": True}).settings, only_needed=True)

    assert framed == {"gestattung.mindestens", "gestattung.hoechstens"}
    assert stepped == {f"gestattung.{name}" for name in STEPS}


def test_only_adults_ask_for_a_festival_and_answer_for_it() -> None:
    young = {"geburtsdatum": "2009-01-01", "verantwortlich_geburtsdatum": "2009-01-01"}

    assert len(complaints("gestattung", "person", young)) == 1
    assert complaints("gestattung", "verantwortlich", young) == [
        "Die verantwortliche Person muss 18 Jahre oder älter sein."
    ]


def test_there_is_always_something_without_alcohol_to_drink() -> None:
    assert len(complaints("gestattung", "angebot", {"getraenke": ["bier"]})) == 1
    assert complaints("gestattung", "angebot", {"getraenke": ["bier", "alkoholfrei"]}) == []


@pytest.mark.parametrize(
    ("until", "is_night"), [("21:30", False), ("22:00", False), ("22:30", True), ("00:00", True), ("03:00", True)]
)
def test_music_after_ten_needs_an_exception(until: str, is_night: bool) -> None:
    assert ("nachtruhe" in asked("gestattung", "musik", {"musik": "dj", "musik_bis": until})) is is_night


@pytest.mark.parametrize(("size", "is_large"), [(75, False), (76, True)])
def test_a_large_tent_is_inspected(size: int, is_large: bool) -> None:
    assert ("fliegender_bau" in asked("gestattung", "zelt", {"zelt": "ja", "zelt_groesse": size})) is is_large


@pytest.mark.parametrize(("guests", "is_asked"), [(500, False), (501, True)])
def test_security_is_asked_about_where_many_come(guests: int, is_asked: bool) -> None:
    assert ("sicherheitsdienst" in asked("gestattung", "gaeste", {"teilnehmer": guests})) is is_asked


# --- Gewerberegisterauskunft ------------------------------------------------------------------------------

REGISTER = {"einfach": "23.00", "ohne-treffer": "5.00", "erweitert": "40.00", "zweitschrift": "15.00"}


def when(key: str, answers: dict[str, Any], **settings: Any) -> PayAt:
    """When these answers are paid for."""
    form = shipped_form(key)
    assert form.fee
    return form.fee.pay_for(answers, context(form, settings=_named(key, settings)))


@pytest.mark.parametrize(
    ("kind", "expected", "paid"),
    [
        ("einfach", [("Einfache Auskunft", "23.00")], PayAt.SUBMISSION),
        ("erweitert", [("Erweiterte Auskunft", "40.00")], PayAt.DECISION),
        ("zweitschrift", [("Zweitschrift der eigenen Gewerbeanzeige", "15.00")], PayAt.SUBMISSION),
    ],
)
def test_each_answer_from_the_trade_register_has_its_amount_and_its_time(kind: str, expected: Any, paid: PayAt) -> None:
    assert told(fee("gewerberegisterauskunft", {"art": kind}, REGISTER)) == expected
    assert when("gewerberegisterauskunft", {"art": kind}) == paid


def test_where_finding_nothing_costs_less_it_is_paid_afterwards() -> None:
    cheaper = {"gewerberegister_ohne_treffer_guenstiger": True}

    found = fee("gewerberegisterauskunft", {"art": "einfach"}, REGISTER, **cheaper)
    assert found.span == (Decimal("5.00"), Decimal("23.00"))
    assert when("gewerberegisterauskunft", {"art": "einfach"}, **cheaper) == PayAt.DECISION
    assert when("gewerberegisterauskunft", {"art": "zweitschrift"}, **cheaper) == PayAt.SUBMISSION
    copy = fee("gewerberegisterauskunft", {"art": "zweitschrift"}, REGISTER, **cheaper)
    assert copy.total == Decimal("15.00")


def test_more_from_the_trade_register_needs_a_reason_and_a_proof() -> None:
    assert "interesse" in pages("gewerberegisterauskunft", {"art": "erweitert"})
    assert "interesse" not in pages("gewerberegisterauskunft", {"art": "einfach"})


def test_a_copy_is_only_for_ones_own_trade() -> None:
    own = asked("gewerberegisterauskunft", "betrieb", {"art": "zweitschrift"})

    assert own == {"betrieb_name", "betrieb_anschrift", "registrierungsdatum", "eigener_betrieb"}
    assert "schuld" not in asked("gewerberegisterauskunft", "versand", {"art": "zweitschrift"})


# --- Marktstand -------------------------------------------------------------------------------------------

MARKET = {"frontmeter-und-markttag": "2.50", "strom-und-markttag": "3.00"}


def test_a_stall_costs_by_its_front_and_its_days_and_power_by_the_day() -> None:
    answers = {"stand_laenge": "4.50", "tage": ["mittwoch", "samstag"], "strom": "v400-16"}

    assert told(fee("marktstand", answers, MARKET)) == [
        ("Standgeld für eine Woche, je Meter und Markttag", "22.50"),
        ("Strom für eine Woche, je Markttag", "6.00"),
    ]
    assert fee("marktstand", answers | {"strom": "keiner"}, MARKET).total == Decimal("22.50")
    assert when("marktstand", answers) == PayAt.DECISION


@pytest.mark.parametrize(
    ("trade", "proof"),
    [("stehend", "gewerbeanzeige"), ("reise", "reisegewerbekarte"), ("erzeuger", "erzeugernachweis")],
)
def test_who_sells_shows_the_paper_that_belongs_to_it(trade: str, proof: str) -> None:
    assert asked("marktstand", "gewerbe", {"gewerbe": trade}) == {"gewerbe", proof}


def test_who_cooks_with_gas_shows_that_it_is_inspected() -> None:
    assert "gas" not in pages("marktstand", {"waren": ["obst"]})
    assert "gas" in pages("marktstand", {"waren": ["obst", "imbiss"]})
    assert asked("marktstand", "gas", {"gas": "ja"}) == {"gas", "gaspruefung"}


def test_a_stall_is_not_given_to_minors() -> None:
    assert len(complaints("marktstand", "person", {"geburtsdatum": "2009-01-01"})) == 1


# --- Gewerbe anmelden -------------------------------------------------------------------------------------

TRADE = {"natuerliche-person": "26.00", "juristische-person": "33.00", "weitere-vertretung": "13.00"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"wer": "person"}, [("Gewerbeanmeldung", "26.00")]),
        ({"wer": "personengesellschaft", "geschaeftsfuehrende": 3}, [("Gewerbeanmeldung", "26.00")]),
        ({"wer": "juristisch", "vertretung": [{}]}, [("Gewerbeanmeldung", "33.00")]),
        (
            {"wer": "juristisch", "vertretung": [{}, {}, {}]},
            [("Gewerbeanmeldung", "33.00"), ("Weitere Person in der Geschäftsführung", "26.00")],
        ),
    ],
)
def test_a_trade_costs_by_who_runs_it_and_each_further_director(answers: Any, expected: Any) -> None:
    assert told(fee("gewerbe-anmelden", answers, TRADE)) == expected
    assert when("gewerbe-anmelden", answers) == PayAt.SUBMISSION


@pytest.mark.parametrize(("nationality", "is_asked"), [("de", False), ("pl", False), ("ch", False), ("tr", True)])
def test_only_who_needs_a_residence_title_shows_one(nationality: str, is_asked: bool) -> None:
    assert ("aufenthalt" in pages("gewerbe-anmelden", {"staatsangehoerigkeit": nationality})) is is_asked


def test_a_minor_shows_what_the_family_court_says() -> None:
    assert "familiengericht" in pages("gewerbe-anmelden", {"geburtsdatum": "2009-01-01"})
    assert "familiengericht" not in pages("gewerbe-anmelden", {"geburtsdatum": "2008-11-16"})


@pytest.mark.parametrize(
    ("who", "legal_form", "fits"),
    [
        ("juristisch", "gmbh", True),
        ("juristisch", "ausland", True),
        ("juristisch", "gbr", False),
        ("personengesellschaft", "kg", True),
        ("personengesellschaft", "gmbh", False),
    ],
)
def test_the_legal_form_fits_who_runs_the_trade(who: str, legal_form: str, fits: bool) -> None:
    answers = {"wer": who, "unternehmen_rechtsform": legal_form}

    assert (complaints("gewerbe-anmelden", "unternehmen", answers) == []) is fits


def test_a_craft_shows_its_card_and_a_permission_is_added() -> None:
    assert asked("gewerbe-anmelden", "erlaubnis", {"erlaubnis_noetig": "nein", "art": ["handel"]}) == {
        "erlaubnis_noetig"
    }
    assert "handwerkskarte" in asked("gewerbe-anmelden", "erlaubnis", {"art": ["handwerk"], "handwerkskarte_da": "ja"})
    assert "erlaubnis" in asked("gewerbe-anmelden", "erlaubnis", {"erlaubnis_noetig": "ja", "art": ["handel"]})


def test_only_a_branch_names_its_head_office() -> None:
    assert "hauptniederlassung" in pages("gewerbe-anmelden", {"betriebsart": "zweig"})
    assert "hauptniederlassung" not in pages("gewerbe-anmelden", {"betriebsart": "haupt"})
