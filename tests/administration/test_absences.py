"""Who is away, and who does her work meanwhile."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Absence, User
from tests.desk import errors_of
from tests.pages import text_of
from tests.people import TownClient, make_bernd, make_karin

TODAY = timezone.localdate()


@pytest.fixture
def bernd(astrid: TownClient) -> User:
    return make_bernd()


@pytest.fixture
def karin(astrid: TownClient) -> User:
    return make_karin()


def plan(client: TownClient, person: User, first: date, last: date, substitute: User | str) -> Any:
    days = {
        f"{name}_{part}": getattr(day, part)
        for name, day in (("first_day", first), ("last_day", last))
        for part in ("day", "month", "year")
    }
    key = substitute.pk if isinstance(substitute, User) else substitute
    return client.post(f"/rathaus/verwaltung/mitarbeitende/{person.pk}/abwesenheit/", {**days, "substitute": key})


def test_an_absence_is_entered_shown_and_taken_back(astrid: TownClient, bernd: User, karin: User) -> None:
    plan(astrid, bernd, TODAY, TODAY + timedelta(days=6), karin)

    absence = Absence.objects.get()
    assert (absence.user, absence.substitute) == (bernd, karin)
    for page in ("/rathaus/verwaltung/mitarbeitende/", f"/rathaus/verwaltung/mitarbeitende/{bernd.pk}/"):
        assert "Vertretung: Karin Köster" in text_of(astrid.get(page))

    astrid.post(f"/rathaus/verwaltung/mitarbeitende/{bernd.pk}/abwesenheit/{absence.pk}/loeschen/")
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (3, 2, "Der letzte Tag liegt vor dem ersten."),
        (-9, -1, "Diese Tage sind schon vorbei."),
        (6, 20, "Für "),
    ],
)
def test_days_that_cannot_be_are_refused_with_a_reason(
    astrid: TownClient, bernd: User, karin: User, first: int, last: int, sentence: str
) -> None:
    plan(astrid, bernd, TODAY + timedelta(days=5), TODAY + timedelta(days=6), karin)

    refused = plan(astrid, bernd, TODAY + timedelta(days=first), TODAY + timedelta(days=last), karin)

    assert refused.status_code == 422
    assert errors_of(refused)[0].startswith(sentence)
    assert Absence.objects.count() == 1


def test_nobody_stands_in_for_herself_nor_does_somebody_who_is_gone(
    astrid: TownClient, bernd: User, karin: User
) -> None:
    User.objects.filter(pk=karin.pk).update(is_active=False)

    for substitute in (bernd, karin, ""):
        assert plan(astrid, bernd, TODAY, TODAY, substitute).status_code == 422
    assert not Absence.objects.exists()
