"""The administrator lets other programs of the town hall in at the API, and out again."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tokens.actions import opened_by
from accounts.tokens.models import ApiToken
from tests.pages import text_of
from tests.people import TownClient

LIST = "/rathaus/verwaltung/schnittstellen/"
NEW = f"{LIST}neu/"


def filled(**changes: Any) -> dict[str, Any]:
    until = timezone.localdate() + timedelta(days=100)
    typed = {
        "name": "Steuerverfahren",
        "contact": "it@rathaus.example",
        "scopes": ["submissions:read", "submissions:write"],
        "units": ["steueramt"],
        "services": ["hund-anmelden"],
        "expires_on_day": until.day,
        "expires_on_month": until.month,
        "expires_on_year": until.year,
    }
    return typed | changes


def test_a_program_is_let_in_and_its_key_is_shown_once(astrid: TownClient, astrid_herself: User) -> None:
    page = astrid.post(NEW, filled())

    found = re.search(r"stadttor_[0-9]+_[A-Za-z0-9_-]{43}", page.content.decode())
    assert found is not None
    token = opened_by(found[0], today=timezone.localdate())
    assert token is not None
    assert (token.system.name, token.system.email, token.system.units) == (
        "Steuerverfahren",
        "it@rathaus.example",
        ["steueramt"],
    )
    assert (token.scopes, token.services) == (["submissions:read", "submissions:write"], ["hund-anmelden"])
    assert (token.created_by, token.expires_on) == (astrid_herself, timezone.localdate() + timedelta(days=100))
    shown = text_of(astrid.get(LIST))
    assert found[0] not in astrid.get(LIST).content.decode()
    for words in ("Steuerverfahren", "Vorgänge lesen, Vorgänge bearbeiten", "Steueramt", "Hund anmelden", "noch nie"):
        assert words in shown
    assert "no-store" in page.headers["Cache-Control"]


def test_it_is_not_among_the_staff_and_gets_no_work(astrid: TownClient) -> None:
    astrid.post(NEW, filled())

    assert "Steuerverfahren" not in text_of(astrid.get("/rathaus/verwaltung/mitarbeitende/"))


def test_it_is_let_out_again(astrid: TownClient) -> None:
    astrid.post(NEW, filled())
    token = ApiToken.objects.get()

    page = astrid.post(f"{LIST}{token.pk}/zurueckziehen/", follow=True)

    token.refresh_from_db()
    assert not token.is_valid(timezone.localdate())
    assert "zurückgezogen von Astrid Althoff" in " ".join(text_of(page).split())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Geben Sie dem Programm einen Namen."),
        ({"contact": ""}, "Geben Sie an, wer sich um das Programm kümmert."),
        ({"scopes": []}, "Kreuzen Sie an, was das Programm tun darf."),
        ({"expires_on_year": 2020}, "Geben Sie einen Tag ab"),
        ({"expires_on_year": 2099}, "Geben Sie einen Tag bis"),
    ],
)
def test_what_is_missing_is_said(astrid: TownClient, changes: dict[str, Any], sentence: str) -> None:
    page = astrid.post(NEW, filled(**changes))

    assert page.status_code == 422
    assert sentence in text_of(page)
    assert not ApiToken.objects.exists()
