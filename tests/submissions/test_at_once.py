"""What happens once must happen once, also when eight people press the button in the same moment."""

from datetime import date

import pytest

from accounts.models import Role, User
from accounts.trust import TrustLevel
from catalogue.fees import NO_FEE
from catalogue.forms.context import Surroundings
from catalogue.forms.current import form_definition
from submissions import actions
from submissions.casework import actions as casework
from submissions.journey import Journey
from submissions.models import Draft, NumberRange, Submission
from submissions.states import State
from submissions.steps import SubmissionRefused
from tenants.context import in_town
from tenants.models import Town
from tests.factories import DOG_ANSWERS, make_submission
from tests.jobs import queued_jobs
from tests.people import MONDAY, make_anna, make_bernd, make_staff
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def make_draft(citizen: User) -> Draft:
    return Draft.objects.create(
        service_key="hund-anmelden",
        form_version=form_definition("hund-anmelden").version,
        citizen=citizen,
        answers=DOG_ANSWERS,
        created_at=MONDAY,
        edited_at=MONDAY,
    )


def test_eight_threads_handing_in_the_same_draft_make_one_submission() -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        anna = make_anna()
        draft = make_draft(anna)

    def hand_in() -> str:
        with in_town(lage):
            definition = form_definition("hund-anmelden")
            context = definition.context(Surroundings(date(2026, 11, 16)))
            journey = Journey(definition, DOG_ANSWERS, frozenset(), context)
            offered = actions.Offered("Hund anmelden", "steueramt", 28)
            return actions.hand_in(
                draft=draft,
                journey=journey,
                fee=NO_FEE,
                offered=offered,
                by=anna,
                trust_level=TrustLevel.BASIC,
                verified=[],
                now=MONDAY,
            ).number

    numbers = at_once(8, hand_in)

    with in_town(lage):
        assert set(numbers) == {"LAGE-2026-000001"}
        assert Submission.objects.get().state == State.RECEIVED
        assert Submission.objects.get().events.count() == 1
        assert not Draft.objects.exists()
        assert queued_jobs() == ["submissions.jobs.send_notice"]


def test_eight_submissions_at_once_get_eight_numbers() -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        anna = make_anna()

    def hand_in() -> str:
        with in_town(lage):
            return make_submission(anna).number

    numbers = at_once(8, hand_in)

    with in_town(lage):
        assert sorted(map(str, numbers)) == [f"LAGE-2026-{number:06d}" for number in range(1, 9)]
        assert NumberRange.objects.get().last == 8


def test_of_two_case_workers_one_gets_the_case() -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        submission = make_submission(make_anna())
        bernd, berta = make_bernd(), make_staff("berta", "Berta", "Beispiel", Role.CASE_WORKER)

    hands = iter([bernd, berta])

    def take() -> User | None:
        with in_town(lage):
            return casework.take(submission=submission, by=next(hands), now=MONDAY).case_worker

    outcome = at_once(2, take)

    refused = [one for one in outcome if isinstance(one, SubmissionRefused)]
    taker = next(one for one in outcome if isinstance(one, User))
    assert [str(one) for one in refused] == [f"Diesen Vorgang hat inzwischen {taker.name} übernommen."]
