"""What the portal looks at by itself."""

from datetime import timedelta

import pytest

from accounts.models import User
from accounts.trust import TrustLevel
from submissions.casework.checks import Check, checks_of
from submissions.models import Submission
from tests.factories import DOG_ANSWERS, make_submission
from tests.people import MONDAY


def said(case: Submission) -> dict[str, bool]:
    return {check.text: check.is_fine for check in checks_of(case)}


def test_of_an_ordinary_case_all_is_fine_but_what_nobody_has_verified(case: Submission) -> None:
    assert said(case) == {
        "Die Person ist volljährig.": True,
        "Die Postleitzahl gehört zu Lage.": True,
        "Kein ähnlicher Antrag dieser Person in den letzten zwei Wochen.": True,
        "Die Angaben zur Person sind nicht geprüft.": False,
    }


def test_what_somebody_should_look_at_is_named(anna: User) -> None:
    dog = DOG_ANSWERS["hunde"][0] | {"haftpflicht_later": True}
    case = make_submission(anna, answers=DOG_ANSWERS | {"geburtsdatum": "2010-01-31", "plz": "32756", "hunde": [dog]})

    assert [text for text, is_fine in said(case).items() if not is_fine] == [
        "Die Person ist minderjährig (16 Jahre).",
        "Die Postleitzahl 32756 gehört nicht zu Lage.",
        "Die Angaben zur Person sind nicht geprüft.",
        "Unterlagen werden nachgereicht.",
    ]


def test_verified_answers_are_said_to_be(anna: User) -> None:
    case = make_submission(anna, verified=["vorname", "nachname"], trust_level=TrustLevel.HIGH)

    assert said(case)["Name und Anschrift sind durch das Konto geprüft."]


@pytest.mark.parametrize(("days", "found"), [(-13, 1), (13, 1), (-15, 0)])
def test_the_same_person_and_service_within_two_weeks_is_similar(
    anna: User, case: Submission, days: int, found: int
) -> None:
    other = make_submission(anna, now=MONDAY + timedelta(days=days))
    make_submission(anna, paid=True)

    similar = [check for check in checks_of(case) if check.url]

    assert (
        similar
        == [
            Check(
                f"Dieselbe Person hat das schon einmal beantragt: {other.number}",
                is_fine=False,
                url=f"/rathaus/vorgang/{other.number}/",
            )
        ]
        * found
    )
