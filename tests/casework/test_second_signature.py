"""Where a service demands it, a decision counts once a second person has signed."""

import pytest

from accounts.models import Role, User
from submissions.casework import actions as casework
from submissions.casework.actions import Ruling
from submissions.models import Decision, Event, Proposal, Submission
from submissions.states import Outcome, State
from submissions.steps import SubmissionRefused
from tenants.models import Town
from tests.desk import errors_of
from tests.jobs import queued_jobs
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_staff, make_theresa
from tests.threads import at_once
from townhall.actions import change_offer

YES = {"outcome": "granted_with_conditions", "text": "Sie dürfen.", "obligations": "Leine\nMaulkorb"}


@pytest.fixture
def theresa_herself(in_lage: Town) -> User:
    return make_theresa()


@pytest.fixture
def theresa(lage: Town, theresa_herself: User) -> TownClient:
    """Theresa at her desk."""
    return TownClient(lage).sign_in(theresa_herself)


@pytest.fixture
def taken(bernd_himself: User, case: Submission) -> Submission:
    """Bernd works on a case whose decisions are signed by a second person."""
    change_offer(service_key=case.service_key, needs_second_signature=True)
    return casework.take(submission=case, by=bernd_himself, now=MONDAY)


@pytest.fixture
def proposed(bernd_himself: User, taken: Submission) -> Submission:
    """Bernd has decided; nobody has signed."""
    casework.propose(
        submission=taken, ruling=Ruling(Outcome.REJECTED, "Nein.", reasons="§ 4"), by=bernd_himself, now=MONDAY
    )
    return taken


def address(case: Submission, step: str = "") -> str:
    return f"/rathaus/vorgang/{case.number}/{step}"


def state(case: Submission) -> str:
    return Submission.objects.get(pk=case.pk).state


def test_a_decision_waits_for_the_signature_and_the_citizen_learns_nothing(
    bernd: TownClient, taken: Submission
) -> None:
    before = len(queued_jobs())
    assert "Zur Unterschrift geben" in text_of(bernd.get(address(taken)))

    bernd.post(address(taken, "entscheiden/"), YES)

    assert (state(taken), Decision.objects.count(), len(queued_jobs())) == (State.TO_SIGN, 0, before)
    assert not Event.objects.filter(submission=taken, new_state=State.TO_SIGN, is_public=True).exists()
    assert Proposal.objects.get().obligations == "Leine\nMaulkorb"


def test_the_team_lead_signs_and_it_counts(
    theresa: TownClient, theresa_herself: User, bernd_himself: User, proposed: Submission
) -> None:
    page = text_of(theresa.get(address(proposed)))
    assert "Bernd Brinkmann möchte so entscheiden Abgelehnt Nein. Begründung § 4" in page

    theresa.post(address(proposed, "unterschreiben/"))

    decision = Decision.objects.get()
    assert (decision.outcome, decision.reasons, decision.decided_by, decision.signed_by) == (
        Outcome.REJECTED,
        "§ 4",
        bernd_himself,
        theresa_herself,
    )
    assert state(proposed) == State.DECIDED
    assert not Proposal.objects.exists()
    assert queued_jobs()[-1] == "submissions.jobs.send_notice"


def test_she_gives_it_back_with_a_reason(theresa: TownClient, bernd: TownClient, proposed: Submission) -> None:
    refused = theresa.post(address(proposed, "nicht-unterschreiben/"), {"reason": ""})
    assert errors_of(refused) == ["Schreiben Sie, was geändert werden soll."]

    theresa.post(address(proposed, "nicht-unterschreiben/"), {"reason": "Die Begründung fehlt."})

    assert (state(proposed), Proposal.objects.count()) == (State.IN_REVIEW, 0)
    assert "Die Begründung fehlt." in text_of(bernd.get(address(proposed)))


def test_nobody_signs_her_own_decision(lage: Town, theresa_herself: User, taken: Submission) -> None:
    casework.take(submission=taken, by=theresa_herself, now=MONDAY, instead_of=taken.case_worker)
    casework.propose(submission=taken, ruling=Ruling(Outcome.GRANTED, "Ja."), by=theresa_herself, now=MONDAY)
    client = TownClient(lage).sign_in(theresa_herself)

    assert "Unterschreiben und mitteilen" not in text_of(client.get(address(taken)))
    assert errors_of(client.post(address(taken, "unterschreiben/"))) == [
        "Ihre eigene Entscheidung unterschreibt eine andere Person."
    ]
    assert state(taken) == State.TO_SIGN


def test_only_those_who_lead_sign(lage: Town, proposed: Submission) -> None:
    sabine = TownClient(lage).sign_in(make_staff("sabine", "Sabine", "Lehmann", Role.CASE_WORKER))

    assert "Unterschreiben und mitteilen" not in text_of(sabine.get(address(proposed)))
    assert errors_of(sabine.post(address(proposed, "unterschreiben/"))) == ["Das unterschreibt die Teamleitung."]
    assert state(proposed) == State.TO_SIGN


def test_whoever_has_prepared_it_takes_it_back(bernd: TownClient, proposed: Submission) -> None:
    assert "Das unterschreibt die Teamleitung" in text_of(bernd.get(address(proposed)))

    bernd.post(address(proposed, "entscheidung-zuruecknehmen/"))

    assert (state(proposed), Proposal.objects.count()) == (State.IN_REVIEW, 0)


def test_a_pile_shows_what_waits_for_a_signature(theresa: TownClient, proposed: Submission) -> None:
    rows = theresa.get("/rathaus/eingang/?status=unterschrift").context["rows"]

    assert [(row.case.number, row.status.label) for row in rows] == [(proposed.number, "Zur Unterschrift")]


@pytest.mark.django_db(transaction=True)
def test_two_who_sign_at_once_sign_once(bernd_himself: User, theresa_herself: User, proposed: Submission) -> None:
    other = make_staff("tom", "Tom", "Test", Role.TEAM_LEAD)
    hands = iter([theresa_herself, other])
    lage = Town.objects.get(slug="lage")

    def sign() -> Decision:
        from tenants.context import in_town

        with in_town(lage):
            return casework.sign(submission=proposed, by=next(hands), now=MONDAY)

    outcomes = at_once(2, sign)

    assert sum(isinstance(one, SubmissionRefused) for one in outcomes) == 1
    assert Decision.objects.count() == 1
