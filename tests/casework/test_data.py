"""An application for other programs: JSON that keeps to the schema of its form."""

from typing import Any

import jsonschema  # type: ignore[import-untyped]  # has no types
import pytest

from accounts.trust import TrustLevel
from catalogue.forms.answers import answers_schema
from submissions.export import answers_as_json
from submissions.models import Submission
from tenants.models import Town
from tests.factories import make_other_amounts, make_payable, make_submission
from tests.forms.library import context, shipped_form, shipped_forms
from tests.forms.walker import Plan, walk_through_pages
from tests.people import TownClient, make_anna, make_bernd, make_oemer

VALIDATOR = jsonschema.Draft202012Validator


@pytest.fixture
def bernd(in_lage: Town) -> TownClient:
    return TownClient(in_lage).sign_in(make_bernd())


def test_the_town_hall_takes_an_application_away_as_json_that_keeps_to_its_schema(
    bernd: TownClient, visitor: TownClient
) -> None:
    submission = make_submission(make_anna())

    answer = bernd.get(f"/rathaus/vorgang/{submission.number}/antrag.json")
    plain = answer.json()
    schema = visitor.get(plain["$schema"].partition("localhost")[2]).json()

    VALIDATOR.check_schema(schema)
    VALIDATOR(schema).validate(plain)
    assert answer["Content-Disposition"] == f'attachment; filename="{submission.number}.json"'
    assert plain["number"] == submission.number
    assert plain["town"] == ""  # made without the pages, so nothing was kept of the town
    assert plain["answers"]["hunde"] == [
        {
            "hund_name": "Bello",
            "rasse": {"code": "beagle", "name": "Beagle"},
            "geschlecht": {"code": "ruede", "name": "Rüde"},
            "geboren": "2026-03",
            "aufnahme": "2026-11-10",
            "herkunft": {"code": "tierheim", "name": "aus einem Tierheim"},
            "vorhalter": "Tierheim Lippe",
            "hoehe": 38,
            "gewicht": 12,
            "hat_chip": {"code": "ja", "name": "Ja"},
            "chip": "276098102345678",
        }
    ]


@pytest.mark.parametrize("key", sorted(shipped_forms()))
def test_whatever_a_form_asks_its_answers_keep_to_its_schema(visitor: TownClient, in_lage: Town, key: str) -> None:
    make_payable()
    make_other_amounts()
    visitor.sign_in(make_oemer(), TrustLevel.HIGH)
    definition = shipped_form(key)
    if walk_through_pages(visitor, definition, Plan(everything=True)).ended != "review":
        return
    review = visitor.get(f"/antrag/{key}/pruefen/")
    visitor.post(f"/antrag/{key}/pruefen/", {"complete": "on", "seen_fee": review.context["fee"].total})

    plain = answers_as_json(Submission.objects.get(), definition)

    VALIDATOR(answers_schema(definition, context(definition))).validate(plain["answers"])
    assert plain["town"] == "Stadt Lage"


@pytest.mark.parametrize(
    "wrong",
    [
        {"anzahl": "2"},
        {"anzahl": 11},
        {"grund": "verloren"},
        {"grund": {"code": "egal", "name": "Egal"}},
        {"geburtsdatum": "14.3.1961"},
        {"fund": "ja"},
        {"unbekanntes_feld": "x"},
    ],
)
def test_the_schema_refuses_what_the_form_would_refuse(in_lage: Town, wrong: dict[str, Any]) -> None:
    definition = shipped_form("hundemarke-ersatz")
    plain = answers_as_json(make_submission(make_anna(), paid=True), definition)
    validator = VALIDATOR(answers_schema(definition, context(definition)))

    assert validator.is_valid(plain["answers"])
    assert not validator.is_valid(plain["answers"] | wrong)


def test_files_are_named_with_what_they_are(visitor: TownClient, in_lage: Town) -> None:
    make_payable()
    visitor.sign_in(make_oemer(), TrustLevel.HIGH)
    walk_through_pages(visitor, shipped_form("hund-anmelden"), Plan(everything=True))
    visitor.post("/antrag/hund-anmelden/pruefen/", {"complete": "on", "seen_fee": "0.00"})
    submission = Submission.objects.get()

    proof = answers_as_json(submission, shipped_form("hund-anmelden"))["answers"]["verguenstigung_nachweis"]

    [file] = proof["files"]
    assert (file["name"], file["content_type"], proof["comes_later"]) == (
        "verguenstigung_nachweis.pdf",
        "application/pdf",
        False,
    )


def test_a_schema_of_a_form_that_does_not_exist_is_not_there(visitor: TownClient, in_lage: Town) -> None:
    assert visitor.get("/api/v1/forms/gibt-es-nicht/1/schema.json").status_code == 404
    assert visitor.get("/api/v1/forms/hund-anmelden/99/schema.json").status_code == 404
