"""What several people see is reported once: the next one is told, and says that she means the same, or goes on."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from submissions.casework import actions as casework
from submissions.casework.actions import Ruling
from submissions.models import Draft, Submission
from submissions.states import Outcome
from tenants.context import in_town
from tenants.models import Town
from tests.factories import make_submission
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_bernd
from tests.submissions.filling import errors_of, fill_in

LAMP = {"kategorie": "laterne", "gefahr": "nein", "text": "Die Laterne ist seit drei Tagen dunkel."}
HERE = {"ort": "Sedanstraße 4", "ort_latitude": "51.991720", "ort_longitude": "8.793910", "ort_accuracy": "10"}
NEAR = HERE | {"ort": "vor der Bäckerei", "ort_latitude": "51.991900", "ort_longitude": "8.794100"}  # 24 metres
FAR = HERE | {"ort_latitude": "51.992020"}  # 33 metres
REVIEW, SECOND = "/antrag/maengelmelder/pruefen/", "/antrag/maengelmelder/schon-gemeldet/"
SEND = {"complete": "on", "seen_fee": "0.00"}
FOUND = "Das hat wohl schon jemand gemeldet"


@pytest.fixture(autouse=True)
def nothing_sent_before() -> None:
    cache.clear()


@pytest.fixture
def reported(in_lage: Town) -> Submission:
    """A dark lamp, reported yesterday with name and mail address."""
    somebody = TownClient(in_lage)
    contact = {"name": "Łucja Őzdemir", "email": "lucja@post.example"}
    fill_in(somebody, "maengelmelder", {"schaden": LAMP, "ort": HERE, "kontakt": contact})
    assert somebody.post(REVIEW, SEND).status_code == 302
    return Submission.objects.get()


def fill_in_damage(client: TownClient, place: dict[str, str], **damage: str) -> Any:
    """The review of a report of another person."""
    fill_in(client, "maengelmelder", {"schaden": LAMP | damage, "ort": place, "kontakt": {}})
    return client.get(REVIEW)


def test_who_reports_the_same_close_by_is_told_kind_day_and_state_and_nothing_else(
    visitor: TownClient, reported: Submission
) -> None:
    page = text_of(fill_in_damage(visitor, NEAR, text="Hier ist es abends stockfinster."))

    day = timezone.localtime(reported.frozen_at)
    assert f"Ganz in der Nähe: Straßenlaterne, am {day.day}." in page
    assert "Stand: gemeldet." in page
    for secret in ("Łucja", "lucja@post.example", "seit drei Tagen dunkel", "Sedanstraße", reported.number):
        assert secret not in page


def test_what_is_worked_on_is_told_as_that(visitor: TownClient, reported: Submission) -> None:
    casework.take(submission=reported, by=make_bernd(), now=timezone.now())

    assert "Stand: in Arbeit." in text_of(fill_in_damage(visitor, NEAR))


def test_yes_counts_one_more_and_keeps_nothing_else(visitor: TownClient, reported: Submission) -> None:
    fill_in_damage(visitor, NEAR)

    answer = visitor.post(SECOND)

    assert answer["Location"] == SECOND
    assert "Danke für den Hinweis" in text_of(visitor.get(SECOND))
    assert [one.seconded for one in Submission.objects.all()] == [1]
    assert not Draft.objects.exists()
    assert visitor.get("/antrag/maengelmelder/")["Location"] == "/antrag/maengelmelder/schaden/"  # an empty form


def test_one_browser_counts_once(visitor: TownClient, reported: Submission) -> None:
    for _time in range(2):
        fill_in_damage(visitor, NEAR)
        visitor.post(SECOND)

    reported.refresh_from_db()
    assert reported.seconded == 1


def test_one_place_does_not_count_without_end(in_lage: Town, reported: Submission) -> None:
    for _browser in range(12):
        other = TownClient(in_lage)
        fill_in_damage(other, NEAR)
        assert other.post(SECOND).status_code == 302

    reported.refresh_from_db()
    assert reported.seconded == 10


def test_no_goes_on_and_hands_in(visitor: TownClient, reported: Submission) -> None:
    fill_in_damage(visitor, NEAR)

    silent = visitor.post(REVIEW, SEND)
    assert errors_of(silent) == {
        "another": ["Bitte sagen Sie, ob Sie etwas anderes melden. Sonst wählen Sie „Ja, das meine ich auch“."]
    }
    assert visitor.post(REVIEW, SEND | {"another": "on"}).status_code == 302

    assert sorted(Submission.objects.values_list("seconded", flat=True)) == [0, 0]


@pytest.mark.parametrize(
    ("place", "damage"),
    [
        (FAR, {}),
        ({"ort": "Sedanstraße 4"}, {}),  # it is not known where that is
        (NEAR, {"kategorie": "muell"}),
        (NEAR, {"gefahr": "ja"}),  # who sees a danger always sends it
    ],
)
def test_something_else_is_handed_in_as_ever(
    visitor: TownClient, reported: Submission, place: dict[str, str], damage: dict[str, str]
) -> None:
    assert FOUND not in text_of(fill_in_damage(visitor, place, **damage))
    assert visitor.post(REVIEW, SEND).status_code == 302


def test_an_old_report_is_not_the_same(visitor: TownClient, in_lage: Town, reported: Submission) -> None:
    answers: dict[str, Any] = reported.answers
    long_ago = timezone.now() - timedelta(days=15)
    Submission.objects.all().delete()
    make_submission(None, now=long_ago, service_key="maengelmelder", answers=answers, form_version=2)

    assert FOUND not in text_of(fill_in_damage(visitor, NEAR))


def test_what_is_decided_is_reported_anew(visitor: TownClient, reported: Submission) -> None:
    fill_in_damage(visitor, NEAR)
    bernd = make_bernd()
    taken = casework.take(submission=reported, by=bernd, now=timezone.now())
    casework.decide(submission=taken, ruling=Ruling(Outcome.RECORDED, "Sie leuchtet."), by=bernd, now=timezone.now())

    assert visitor.post(SECOND)["Location"] == REVIEW  # it has ended while she was reading
    assert FOUND not in text_of(visitor.get(REVIEW))
    assert Draft.objects.exists()


def test_of_ones_own_report_one_is_told_by_number(in_lage: Town) -> None:
    anna = TownClient(in_lage).sign_in(make_anna())
    for _time in range(2):
        page = text_of(fill_in_damage(anna, HERE))
        assert FOUND not in page
        anna.post(REVIEW, SEND)

    assert "Sie haben so einen Antrag schon abgeschickt" in page


def test_another_towns_people_are_told_nothing(visitor: TownClient, reported: Submission, detmold: Town) -> None:
    with in_town(detmold):
        assert FOUND not in text_of(fill_in_damage(TownClient(detmold), NEAR))

    assert Submission.objects.get().seconded == 0


def test_the_case_worker_sees_how_many_mean_the_same(visitor: TownClient, in_lage: Town, reported: Submission) -> None:
    for _number in (1, 2, 3):
        other = TownClient(in_lage)
        fill_in_damage(other, NEAR)
        other.post(SECOND)
    bernd = TownClient(in_lage).sign_in(make_bernd())

    assert "+3 Menschen melden dasselbe" in text_of(bernd.get(f"/rathaus/vorgang/{reported.number}/"))
