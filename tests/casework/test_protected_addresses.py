"""Where somebody with a protected address lives, nobody sees by the way (§ 51 BMG)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from catalogue.forms.current import form_definition
from submissions.casework import actions as casework
from submissions.documents import application_pdf
from submissions.models import Event, Submission
from submissions.presentation import fields_of_address
from tests.conftest import Clock
from tests.desk import errors_of
from tests.factories import make_submission
from tests.forms.library import read, shipped_shelf
from tests.pages import text_of
from tests.people import MONDAY, TownClient

SECRETS = ("Lange Straße", "32791", "anna@post.example")


@pytest.fixture
def protected(bernd_himself: User, case: Submission) -> Submission:
    return casework.protect(submission=case, is_protected=True, reason="Bescheid vom Amt", by=bernd_himself, now=MONDAY)


def seen(client: TownClient, case: Submission) -> list[str]:
    page = text_of(client.get(f"/rathaus/vorgang/{case.number}/"))
    return [secret for secret in SECRETS if secret in page]


def test_a_case_worker_notes_it_and_takes_it_back(bernd: TownClient, case: Submission) -> None:
    address = f"/rathaus/vorgang/{case.number}/auskunftssperre/"
    assert errors_of(bernd.post(address, {"reason": ""})) == ["Nennen Sie den Grund. Er steht später in der Akte."]

    bernd.post(address, {"reason": "Bescheid vom Amt"})
    case.refresh_from_db()
    assert case.is_protected
    assert "Auskunftssperre" in text_of(bernd.get("/rathaus/eingang/"))

    bernd.post(address, {"reason": "Aufgehoben"})
    case.refresh_from_db()
    assert not case.is_protected


def test_address_and_mail_are_hidden_on_the_page_and_in_the_pdf(bernd: TownClient, protected: Submission) -> None:
    assert seen(bernd, protected) == []

    definition = form_definition(protected.service_key, protected.form_version)
    hidden = fields_of_address(definition)
    assert {"strasse", "hausnummer", "plz", "ort", "email"} <= hidden
    assert "vorname" not in hidden
    assert application_pdf(protected, hidden=hidden) != application_pdf(protected)


def test_who_must_see_it_says_why_and_sees_it_for_a_while(
    bernd: TownClient, protected: Submission, clock: Clock
) -> None:
    now = timezone.now()
    bernd.post(f"/rathaus/vorgang/{protected.number}/geschuetzte-angaben/", {"reason": "Bescheid per Post"})

    assert seen(bernd, protected) == list(SECRETS)
    event = Event.objects.get(title="Geschützte Angaben angesehen")
    assert (event.text, event.is_public) == ("Bescheid per Post", False)
    clock(now + timedelta(minutes=16))
    assert seen(bernd, protected) == []


def test_as_data_it_is_taken_away_with_a_reason_only(bernd: TownClient, protected: Submission) -> None:
    address = f"/rathaus/vorgang/{protected.number}/antrag.json"
    assert bernd.get(address)["Location"] == f"/rathaus/vorgang/{protected.number}/"

    bernd.post(f"/rathaus/vorgang/{protected.number}/geschuetzte-angaben/", {"reason": "Bescheid per Post"})

    assert bernd.get(address).json()["answers"]["strasse"] == "Lange Straße"


def test_where_another_person_lives_is_hidden_too() -> None:
    page = {"key": "kind", "title": "Kind", "fields": [{"block": "anschrift", "prefix": "kind_"}]}

    definition = read(
        {"key": "kind", "title": "Kind", "version": 1, "retention": "10 Jahre", "steps": [page]}, shipped_shelf()
    )

    assert {"kind_strasse", "kind_hausnummer", "kind_plz", "kind_ort"} <= fields_of_address(definition)


def test_without_a_reason_nothing_is_shown(bernd: TownClient, protected: Submission) -> None:
    refused = bernd.post(f"/rathaus/vorgang/{protected.number}/geschuetzte-angaben/", {"reason": " "})

    assert refused.status_code == 422
    assert seen(bernd, protected) == []


def test_files_are_closed_also_where_the_form_asks_for_no_address(
    bernd: TownClient, anna: User, bernd_himself: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file may show where somebody lives, whatever the form asks."""
    monkeypatch.setattr("submissions.casework.case_views.fields_of_address", lambda _definition: frozenset())
    case = casework.protect(
        submission=make_submission(anna), is_protected=True, reason="Amt", by=bernd_himself, now=MONDAY
    )
    here = f"/rathaus/vorgang/{case.number}/"
    documents = [f"{here}{name}" for name in ("vorgang.zip", "akte.pdf", "antrag.json")]

    assert {bernd.get(one).get("Location") for one in documents} == {here}
    assert "Geschützte Angaben ansehen" in text_of(bernd.get(here))

    bernd.post(f"{here}geschuetzte-angaben/", {"reason": "Rückfrage der Polizei"})

    assert {b"".join(bernd.get(one)) != b"" for one in documents} == {True}
