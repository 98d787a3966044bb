"""A case worker puts a case aside until a day (Wiedervorlage)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.absences import plan_absence
from accounts.models import Role, User
from submissions.casework import actions as casework
from submissions.casework.actions import Ruling
from submissions.models import Event, Submission
from submissions.states import Outcome
from tenants.models import Town
from tests.desk import errors_of, form_of
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_staff

INBOX = "/rathaus/eingang/"
WISH = "Fachamt anrufen"


@pytest.fixture
def taken(bernd_himself: User, case: Submission) -> Submission:
    return casework.take(submission=case, by=bernd_himself, now=MONDAY)


def remind(client: TownClient, case: Submission, day: date, of: str = WISH) -> Any:
    parts = {"day_day": str(day.day), "day_month": str(day.month), "day_year": str(day.year)}
    return client.post(f"/rathaus/vorgang/{case.number}/wiedervorlage/", {**parts, "of": of}, follow=True)


def the_day_has_come() -> None:
    Submission.objects.update(remind_on=timezone.localdate())


def numbers(client: TownClient) -> list[str]:
    return [row.case.number for row in client.get(f"{INBOX}?status=wiedervorlage").context["rows"]]


def test_on_that_day_and_not_before_the_inbox_says_so(bernd: TownClient, taken: Submission) -> None:
    page = remind(bernd, taken, timezone.localdate() + timedelta(days=3))
    assert "Vorgemerkt." in text_of(page)
    assert WISH in text_of(page)
    assert "Wiedervorlage" not in text_of(bernd.get(INBOX)).split("Leistung Alle")[1]
    assert numbers(bernd) == []

    the_day_has_come()

    assert "1 Wiedervorlage Das wollten Sie heute wieder ansehen." in text_of(bernd.get(INBOX))
    assert numbers(bernd) == [taken.number]


def test_it_is_part_of_the_history_and_the_citizen_does_not_see_it(bernd: TownClient, taken: Submission) -> None:
    remind(bernd, taken, date(timezone.localdate().year + 1, 1, 4))

    event = Event.objects.filter(title__startswith="Wiedervorlage").first()
    assert event
    assert (event.title.split(" am ")[0], event.text, event.is_public) == ("Wiedervorlage", WISH, False)


def test_done_is_done_once(bernd: TownClient, taken: Submission) -> None:
    remind(bernd, taken, timezone.localdate() + timedelta(days=1))
    address = f"/rathaus/vorgang/{taken.number}/wiedervorlage-erledigt/"
    bernd.post(address)
    bernd.post(address)

    found = Submission.objects.get()
    assert (found.remind_on, found.remind_of) == (None, "")
    assert Event.objects.filter(title="Wiedervorlage erledigt").count() == 1


@pytest.mark.parametrize("days", [-1, 0, 366])
def test_a_day_that_cannot_be_meant_is_refused_and_stays_in_the_form(
    bernd: TownClient, taken: Submission, days: int
) -> None:
    day = timezone.localdate() + timedelta(days=days)
    page = remind(bernd, taken, day)

    assert page.status_code == 422
    assert errors_of(page)
    assert form_of(page, "remind")["of"].value() == WISH
    assert Submission.objects.get().remind_on is None


def test_whoever_stands_in_is_reminded_and_nobody_else(
    lage: Town, bernd_himself: User, bernd: TownClient, taken: Submission
) -> None:
    sabine = make_staff("sabine", "Sabine", "Lehmann", Role.CASE_WORKER)
    desk = TownClient(lage).sign_in(sabine)
    remind(bernd, taken, timezone.localdate() + timedelta(days=1))
    the_day_has_come()
    assert "Das wollten Sie heute wieder ansehen." not in text_of(desk.get(INBOX))

    today = timezone.localdate()
    plan_absence(user=bernd_himself, first_day=today, last_day=today, substitute=sabine, today=today)

    assert "Das wollten Sie heute wieder ansehen." in text_of(desk.get(INBOX))


def test_only_who_has_the_case_in_hand_is_offered_it(lage: Town, bernd: TownClient, case: Submission) -> None:
    assert "Wiedervorlage" not in text_of(bernd.get(f"/rathaus/vorgang/{case.number}/"))
    page = remind(bernd, case, timezone.localdate() + timedelta(days=1))

    assert errors_of(page) == ["Übernehmen Sie den Vorgang zuerst. Zurzeit bearbeitet ihn niemand."]


def test_a_case_that_ends_reminds_nobody(bernd: TownClient, bernd_himself: User, taken: Submission) -> None:
    remind(bernd, taken, timezone.localdate() + timedelta(days=1))
    casework.decide(submission=taken, ruling=Ruling(Outcome.RECORDED, "Fertig."), by=bernd_himself, now=MONDAY)
    assert Submission.objects.get().remind_on

    casework.close(submission=taken, by=bernd_himself, now=MONDAY)

    found = Submission.objects.get()
    assert (found.remind_on, found.remind_of) == (None, "")
