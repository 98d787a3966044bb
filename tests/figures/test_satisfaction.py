"""How satisfied people are: asked once, answered if they like, and never kept with their case."""

from typing import Any

import pytest

from accounts.models import User
from submissions import satisfaction_actions
from submissions.models import Submission
from submissions.states import State
from tenants.context import in_town
from tenants.models import Town
from tests.factories import make_submission
from tests.figures.conftest import of
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_clara, make_oemer
from tests.submissions.filling import errors_of
from tests.threads import at_once
from townhall.figures.measures import Measure
from townhall.models import Figure, Remark

QUESTION = "Wie zufrieden sind Sie mit diesem Online-Antrag?"


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town) -> TownClient:
    return visitor.sign_in(make_anna())


@pytest.fixture
def submission(anna: TownClient) -> Submission:
    return make_submission(User.objects.get(subject="anna"))


def page_of(submission: Submission, path: str = "") -> str:
    return f"/meine-antraege/{submission.number}/{path}"


def rate(client: TownClient, submission: Submission, **answers: Any) -> Any:
    return client.post(page_of(submission, "rueckmeldung/"), answers)


def test_she_is_asked_after_handing_in_and_need_not_answer(anna: TownClient, submission: Submission) -> None:
    receipt = text_of(anna.get(page_of(submission, "eingang/")))
    status = anna.get(page_of(submission))

    assert QUESTION in receipt
    assert "Bitte schreiben Sie keine Namen, Adressen oder anderen persönlichen Angaben." in receipt
    assert (status.status_code, QUESTION in text_of(status)) == (200, False)


@pytest.mark.parametrize(
    ("state", "is_asked"),
    [(State.IN_REVIEW, False), (State.NEEDS_INFO, False), (State.DECIDED, True), (State.CLOSED, True)],
)
def test_she_is_asked_again_at_the_end(anna: TownClient, submission: Submission, state: State, is_asked: bool) -> None:
    Submission.objects.update(state=state)

    assert (QUESTION in text_of(anna.get(page_of(submission)))) is is_asked


def test_a_grade_counts_and_a_sentence_is_kept_and_nobody_knows_whose(anna: TownClient, submission: Submission) -> None:
    answer = rate(anna, submission, grade="4", remark="Gut erklärt.")

    assert answer["Location"] == page_of(submission)
    assert "Danke für Ihre Rückmeldung!" in text_of(anna.get(page_of(submission)))
    assert of(Measure.RATED) == {("hund-anmelden", "4"): 1}
    remark = Remark.objects.get()
    assert (remark.service_key, remark.text, remark.month.day) == ("hund-anmelden", "Gut erklärt.", 1)
    for model in (Figure, Remark):
        assert [field for field in model._meta.get_fields() if field.is_relation] == []


def test_the_sentence_may_be_left_out(anna: TownClient, submission: Submission) -> None:
    rate(anna, submission, grade="1")

    assert of(Measure.RATED) == {("hund-anmelden", "1"): 1}
    assert not Remark.objects.exists()


def test_it_counts_once_and_she_is_not_asked_again(anna: TownClient, submission: Submission) -> None:
    rate(anna, submission, grade="4")
    again = rate(anna, submission, grade="1", remark="Doch nicht.")
    Submission.objects.update(state=State.CLOSED)

    assert again["Location"] == page_of(submission)
    assert of(Measure.RATED) == {("hund-anmelden", "4"): 1}
    assert not Remark.objects.exists()
    for path in ("", "eingang/"):
        assert QUESTION not in text_of(anna.get(page_of(submission, path)))


@pytest.mark.django_db(transaction=True)
def test_pressing_eight_times_at_once_counts_once(submission: Submission) -> None:
    lage = Town.objects.get(slug="lage")

    def rate_in_lage() -> bool:
        with in_town(lage):
            return satisfaction_actions.rate(submission=submission, grade=5, remark="Schnell.", now=MONDAY)

    assert sorted(map(str, at_once(8, rate_in_lage))) == ["False"] * 7 + ["True"]
    assert (of(Measure.RATED), Remark.objects.count()) == ({("hund-anmelden", "5"): 1}, 1)


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"remark": "Gut."}, {"grade": ["Bitte wählen Sie aus, wie zufrieden Sie sind."]}),
        ({"grade": "6"}, {"grade": ["Bitte wählen Sie eine der Möglichkeiten aus."]}),
        ({"grade": "sehr"}, {"grade": ["Bitte wählen Sie eine der Möglichkeiten aus."]}),
        (
            {"grade": "3", "remark": "x" * 301},
            {"remark": ["Bitte kürzen Sie auf 300 Zeichen. Jetzt sind es 301."]},
        ),
    ],
)
def test_what_is_wrong_is_said_and_what_was_written_stays(
    anna: TownClient, submission: Submission, answers: dict[str, str], errors: dict[str, list[str]]
) -> None:
    answer = rate(anna, submission, **answers)

    assert (answer.status_code, errors_of(answer)) == (422, errors)
    assert answers.get("remark", "") in answer.content.decode()
    assert of(Measure.RATED) == {}


def test_what_has_not_arrived_cannot_be_rated(anna: TownClient) -> None:
    unpaid = make_submission(User.objects.get(subject="anna"), paid=True)

    assert (rate(anna, unpaid, grade="4").status_code, of(Measure.RATED)) == (404, {})


def test_nobody_rates_what_is_somebody_elses(anna: TownClient, submission: Submission, detmold: Town) -> None:
    oemer = TownClient(anna.town).sign_in(make_oemer())
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_clara())
    nobody = TownClient(anna.town)

    assert [rate(client, submission, grade="1").status_code for client in (oemer, clara, nobody)] == [404, 302, 302]
    assert oemer.get(page_of(submission, "rueckmeldung/")).status_code == 404
    assert of(Measure.RATED) == {}
