"""Impressum, Datenschutz, Barrierefreiheit, help and offices."""

from datetime import date, datetime

from tenants.models import Town
from tests.conftest import Clock
from tests.pages import links_of, text_of
from tests.people import BERLIN, TownClient
from tests.townhall.town import MORNING, change_office, close_on, take_payments
from townhall.actions import change_profile

PLACEHOLDERS = ("None", "TODO", "…:", "[", "Muster", "XXX", ": .", "()", " ,")


def test_the_imprint_leaves_out_what_the_town_has_not_entered(visitor: TownClient) -> None:
    text = text_of(visitor.get("/impressum/"))

    assert "Stadt Lage Am Drawen Hof 1 32791 Lage" in text
    assert (
        "Die Stadt Lage ist eine Körperschaft des öffentlichen Rechts. Die Kommunalaufsicht führt: Kreis Lippe." in text
    )
    assert [word for word in ("vertreten durch", "Umsatzsteuer", *PLACEHOLDERS) if word in text] == []


def test_the_imprint_tells_what_the_town_has_entered(in_lage: Town, visitor: TownClient) -> None:
    change_profile(
        mayor="Bürgermeisterin Ida Iding",
        vat_id="DE123456789",
        phone="05232 601-0",
        email="info@lage.example",
        website="https://www.lage.example",
    )

    page = visitor.get("/impressum/")

    assert "Sie wird vertreten durch: Bürgermeisterin Ida Iding." in text_of(page)
    assert "Umsatzsteuer-Identifikationsnummer nach § 27a des Umsatzsteuergesetzes: DE123456789" in text_of(page)
    assert {"tel:+4952326010", "mailto:info@lage.example", "https://www.lage.example"} <= set(links_of(page))


def test_the_privacy_page_names_controller_officer_rights_and_how_long_data_is_kept(
    in_lage: Town, visitor: TownClient
) -> None:
    without = text_of(visitor.get("/datenschutz/"))
    assert "Datenschutzbeauftragte" not in without
    assert "Stripe" not in without

    change_profile(data_protection_contact="Dora Datenschutz\nTelefon 05232 601-999")
    take_payments("Karte")
    text = text_of(visitor.get("/datenschutz/"))

    for part in (
        "Wer verantwortlich ist Stadt Lage Am Drawen Hof 1 32791 Lage",
        "Dora Datenschutz Telefon 05232 601-999",
        "Artikel 28 der Datenschutz-Grundverordnung",
        "drei Monate nach der letzten Änderung",
        "90 Tage nach dem Abschluss",
        "Belege sechs Jahre, Bücher zehn Jahre",
        "Wenn Sie nur lesen und suchen, setzen wir keine Cookies.",
        "Artikel 15 DSGVO",
        "Landesbeauftragte für Datenschutz und Informationsfreiheit Nordrhein-Westfalen",
        "Zahlungsdienstes Stripe",
    ):
        assert part in text


def test_the_statement_on_accessibility_names_gaps_date_feedback_and_ombudsman(
    in_lage: Town, visitor: TownClient
) -> None:
    change_profile(
        accessibility_gaps="Die Karte der Parkzonen hat keine Beschreibung.\n\nDer Ratskalender ist ein Bild.\n",
        accessibility_reviewed_on=date(2026, 11, 2),
    )

    page = visitor.get("/barrierefreiheit/")

    text = text_of(page)
    for part in (
        "teilweise vereinbar",
        "Leichter Sprache",
        "Die Karte der Parkzonen hat keine Beschreibung.",
        "Der Ratskalender ist ein Bild.",
        "Die Stadt Lage hat diese Erklärung zuletzt am 2. November 2026 überprüft.",
        "Ombudsstelle für barrierefreie Informationstechnik",
    ):
        assert part in text
    assert {"/barriere-melden/", "mailto:ombudsstelle-barrierefreie-it@mags.nrw.de"} <= set(links_of(page))


def test_the_offices_stand_with_their_week_and_the_days_that_differ(
    in_lage: Town, visitor: TownClient, clock: Clock
) -> None:
    change_office("standesamt", (0, *MORNING), room="Zimmer 8", access_note="Der Eingang am Markt ist ohne Stufen.")
    close_on("standesamt", date(2026, 11, 20), "Fortbildung")
    clock(datetime(2026, 11, 16, 9, tzinfo=BERLIN))

    text = text_of(visitor.get("/aemter/"))

    assert (
        "Standesamt Geburt, Heirat, Sterbefall und Urkunden Jetzt geöffnet – heute bis 12:30 Uhr "
        "Freitag, 20. November 2026: geschlossen (Fortbildung) Am Drawen Hof 1, Zimmer 8 32791 Lage "
        "Der Eingang am Markt ist ohne Stufen. Öffnungszeiten dieser Woche : Standesamt "
        "Montag (heute) 8–12:30 Uhr Dienstag geschlossen"
    ) in text
    assert "Kreis Lippe" in text


def test_the_help_explains_steps_account_levels_payment_and_phone(in_lage: Town, visitor: TownClient) -> None:
    change_profile(phone="05232 601-0")
    take_payments("Karte", "PayPal")

    page = visitor.get("/hilfe/")

    text = text_of(page)
    for part in (
        "In fünf Schritten",
        "BundID",
        "Stufe 3 von 3",
        "Online bezahlen können Sie so: Karte, PayPal.",
        "115",
    ):
        assert part in text
    assert page.content.decode().count("<li><strong>") == 5
    assert {"tel:115", "tel:+4952326010"} <= set(links_of(page))
