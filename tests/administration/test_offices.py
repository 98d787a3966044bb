"""Offices with their week and the days that differ; people see a change at once."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.conftest import Clock
from tests.desk import errors_of
from tests.pages import text_of
from tests.people import TownClient
from townhall.models import Office, OpeningHours, SpecialDay

LIST = "/rathaus/verwaltung/aemter/"


@pytest.fixture
def tax_office(astrid: TownClient) -> Office:
    return Office.objects.get(units=["steueramt"])


def save(client: TownClient, office: Office, **values: Any) -> Any:
    return client.post(f"{LIST}{office.pk}/", {"name": office.name, "units": office.units, **values})


def hours(office: Office) -> list[tuple[int, time, time]]:
    return list(OpeningHours.objects.filter(office=office).values_list("weekday", "opens", "closes"))


def day_parts(days_ahead: int) -> dict[str, int]:
    day = timezone.localdate() + timedelta(days=days_ahead)
    return {"day_day": day.day, "day_month": day.month, "day_year": day.year}


def test_the_week_of_an_office_is_on_the_public_page_at_once(
    astrid: TownClient, visitor: TownClient, tax_office: Office, clock: Clock
) -> None:
    for day in range(5):
        save(
            astrid,
            tax_office,
            phone="05232 601-42",
            **{
                f"day_{day}_0_opens": "8",
                f"day_{day}_0_closes": "12:30",
                f"day_{day}_1_opens": "14.00",
                f"day_{day}_1_closes": "18 Uhr",
            },
        )

    assert hours(tax_office) == [(4, time(8), time(12, 30)), (4, time(14), time(18))]
    page = text_of(visitor.get("/aemter/"))
    assert "Freitag 8–12:30 und 14–18 Uhr" in page
    assert "05232 601-42" in page


def test_the_form_shows_the_week_as_it_is(astrid: TownClient, tax_office: Office) -> None:
    save(astrid, tax_office, day_0_0_opens="8:30", day_0_0_closes="12")

    page = astrid.get(f"{LIST}{tax_office.pk}/").content.decode()

    assert 'name="day_0_0_opens" value="8:30"' in page
    assert 'name="day_0_0_closes" value="12:00"' in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"day_0_0_opens": "8"}, "Montag: Bis wann ist offen?"),
        ({"day_0_0_closes": "12"}, "Montag: Ab wann ist offen?"),
        (
            {"day_1_0_opens": "12", "day_1_0_closes": "8"},
            "Dienstag: Das Ende liegt vor dem Anfang. Bitte prüfen Sie beide Uhrzeiten.",
        ),
        (
            {"day_1_0_opens": "8", "day_1_0_closes": "8"},
            "Dienstag: Das Ende liegt vor dem Anfang. Bitte prüfen Sie beide Uhrzeiten.",
        ),
        (
            {"day_2_0_opens": "8", "day_2_0_closes": "13", "day_2_1_opens": "12", "day_2_1_closes": "16"},
            "Mittwoch: Die zweite Zeit beginnt, bevor die erste endet.",
        ),
        ({"day_3_0_opens": "acht", "day_3_0_closes": "12"}, "Donnerstag: Geben Sie die Uhrzeit so an: 8 oder 8:30."),
        ({"day_3_0_opens": "25", "day_3_0_closes": "26"}, "Donnerstag: Geben Sie die Uhrzeit so an: 8 oder 8:30."),
        (
            {"phone": "ruf mich an"},
            "Eine Telefonnummer hat nur Ziffern, Leerzeichen und + / - ( ), zum Beispiel 05232 601-0.",
        ),
        ({"postal_code": "3279"}, "Eine Postleitzahl hat fünf Ziffern, zum Beispiel 32791."),
        ({"email": "keine"}, "Geben Sie eine E-Mail-Adresse ein, zum Beispiel anna@beispiel.de."),
        ({"name": ""}, "Geben Sie der Stelle einen Namen, zum Beispiel Bürgerbüro."),
        ({"name": "x" * 121}, "Bitte kürzen Sie auf 120 Zeichen. Jetzt sind es 121."),
        ({"units": ["gibt-es-nicht"]}, "Bitte wählen Sie eine der Möglichkeiten aus."),
    ],
)
def test_what_is_wrong_is_explained_and_everything_typed_stays(
    astrid: TownClient, tax_office: Office, typed: dict[str, Any], sentence: str
) -> None:
    answer = save(astrid, tax_office, **{"room": "Zimmer 7", **typed})

    assert answer.status_code == 422
    assert sentence in errors_of(answer)
    content = answer.content.decode()
    assert 'value="Zimmer 7"' in content
    assert all(f'value="{value}"' in content for value in typed.values() if isinstance(value, str) and value)
    assert hours(tax_office) == []


def test_the_second_stretch_alone_is_enough(astrid: TownClient, tax_office: Office) -> None:
    save(astrid, tax_office, day_0_1_opens="14", day_0_1_closes="16")

    assert hours(tax_office) == [(0, time(14), time(16))]


def test_an_office_is_added_and_removed(astrid: TownClient, visitor: TownClient) -> None:
    created = astrid.post(f"{LIST}neu/", {"name": "Fundbüro am Bahnhof"})
    office = Office.objects.get(name="Fundbüro am Bahnhof")
    assert created["Location"] == f"{LIST}{office.pk}/"
    assert "Fundbüro am Bahnhof" in text_of(visitor.get("/aemter/"))

    question = astrid.get(f"{LIST}{office.pk}/entfernen/")
    astrid.post(f"{LIST}{office.pk}/entfernen/")

    assert "Fundbüro am Bahnhof entfernen?" in text_of(question)
    assert "Fundbüro am Bahnhof" not in text_of(visitor.get("/aemter/"))


def test_the_main_office_changes_and_is_never_missing(astrid: TownClient, tax_office: Office) -> None:
    old = Office.objects.get(is_main=True)

    refused = save(astrid, old)  # the box not ticked
    removed = astrid.post(f"{LIST}{old.pk}/entfernen/", follow=True)
    save(astrid, tax_office, is_main="on")

    assert errors_of(refused) == [
        "Eine Stelle steht immer auf der Startseite. Wählen Sie das bei einer anderen Stelle aus, dann wechselt es."
    ]
    assert "Diese Stelle steht auf der Startseite." in text_of(removed)
    assert list(Office.objects.filter(is_main=True)) == [tax_office]


def test_a_special_day_is_added_shown_and_removed(astrid: TownClient, visitor: TownClient, tax_office: Office) -> None:
    astrid.post(
        f"{LIST}{tax_office.pk}/besonderer-tag/", {**day_parts(3), "kind": "closed", "reason": "Betriebsausflug"}
    )
    assert "Betriebsausflug" in text_of(astrid.get(f"{LIST}{tax_office.pk}/"))

    special = SpecialDay.objects.get()
    assert (special.opens, special.closes) == (None, None)
    astrid.post(f"{LIST}{tax_office.pk}/besonderer-tag/entfernen/", {"day": special.pk})

    assert SpecialDay.objects.count() == 0


def test_a_special_day_may_have_other_hours(astrid: TownClient, visitor: TownClient, tax_office: Office) -> None:
    save(
        astrid,
        tax_office,
        **{f"day_{day}_0_opens": "8" for day in range(7)},
        **{f"day_{day}_0_closes": "12" for day in range(7)},
    )
    astrid.post(
        f"{LIST}{tax_office.pk}/besonderer-tag/",
        {**day_parts(2), "kind": "open", "opens": "10", "closes": "11", "reason": "Inventur"},
    )

    assert "10–11 Uhr" in text_of(visitor.get("/aemter/"))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({**day_parts(1), "kind": "open"}, "Ab wann ist offen?"),
        ({**day_parts(1), "kind": "open", "opens": "8"}, "Bis wann ist offen?"),
        (
            {**day_parts(1), "kind": "open", "opens": "9", "closes": "8"},
            "Das Ende liegt vor dem Anfang. Bitte prüfen Sie beide Uhrzeiten.",
        ),
        ({**day_parts(-1), "kind": "closed"}, "Der Tag ist schon vorbei."),
        ({"kind": "closed"}, "Geben Sie Tag, Monat und Jahr an."),
        (day_parts(1), "Bitte treffen Sie eine Auswahl: Was ist an dem Tag?"),
    ],
)
def test_a_wrong_special_day_is_explained(
    astrid: TownClient, tax_office: Office, typed: dict[str, Any], sentence: str
) -> None:
    answer = astrid.post(f"{LIST}{tax_office.pk}/besonderer-tag/", typed)

    assert answer.status_code == 422
    assert [str(error) for errors in answer.context["special_form"].errors.values() for error in errors] == [sentence]
    assert SpecialDay.objects.count() == 0


@pytest.mark.parametrize("pk", ["0", "99999999", "99999999999999999999999999"])
def test_an_office_that_is_not_there_is_a_404(astrid: TownClient, pk: str) -> None:
    assert astrid.get(f"{LIST}{pk}/").status_code == 404


@pytest.mark.parametrize("day", ["", "abc", "0", "²", "99999999999999999999"])
def test_a_special_day_that_is_not_there_is_a_404(astrid: TownClient, tax_office: Office, day: str) -> None:
    assert astrid.post(f"{LIST}{tax_office.pk}/besonderer-tag/entfernen/", {"day": day}).status_code == 404


def test_tasks_without_an_office_are_named(astrid: TownClient, tax_office: Office) -> None:
    save(astrid, tax_office, units=[])

    assert "Für diese Aufgaben gibt es keine Stelle Steueramt" in text_of(astrid.get(LIST))


def test_the_number_of_statements_does_not_grow_with_the_offices(astrid: TownClient) -> None:
    Office.objects.exclude(is_main=True).delete()
    astrid.post(f"{LIST}neu/", {"name": "Eins"})
    astrid.get(LIST)
    astrid.get(LIST)
    with CaptureQueriesContext(connection) as with_two:
        astrid.get(LIST)
    for name in ("Zwei", "Drei"):
        astrid.post(f"{LIST}neu/", {"name": name})
    astrid.get(LIST)

    with CaptureQueriesContext(connection) as with_four:
        page = astrid.get(LIST)

    assert len(page.context["offices"]) == 4
    assert len(with_four) == len(with_two)
