"""What becomes of applications: begun, given up at which page, arrived, paid, decided. Old figures never change."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from procrastinate.contrib.django import app

from accounts.models import User
from billing import figures as payments
from billing.models import Payment
from billing.states import PaymentState
from submissions import actions, attempts, draft_actions
from submissions import figures as applications
from submissions.casework import actions as casework
from submissions.casework.actions import Ruling
from submissions.models import Attempt, Draft, Submission
from submissions.states import Outcome, State
from tenants.context import in_town
from tenants.models import Town
from tests.conftest import Clock
from tests.factories import make_payable, make_submission
from tests.figures.conftest import LAST_WEEK, THIS_WEEK, figures, of
from tests.jobs import run_jobs
from tests.people import MONDAY, TownClient, make_anna, make_bernd, make_oemer
from tests.submissions.filling import CONTACT, TAG, fill_in, fill_in_dog_registration
from tests.threads import at_once
from townhall.figures.actions import Key, add
from townhall.figures.measures import Measure
from townhall.models import Figure

DAY = timedelta(days=1)
DOGS, TAGS = "hund-anmelden", "hundemarke-ersatz"


def count(now: datetime = MONDAY) -> None:
    applications.count(now=now)
    payments.count(now=now)


@pytest.fixture
def nobody(visitor: TownClient, in_lage: Town, clock: Clock) -> TownClient:
    """Somebody without an account."""
    make_payable()
    return visitor


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town, clock: Clock) -> TownClient:
    make_payable()
    return visitor.sign_in(make_anna())


# --- Attempts ------------------------------------------------------------------------------------------------


def test_a_form_is_begun_with_its_first_saved_page(nobody: TownClient) -> None:
    nobody.get(f"/antrag/{TAGS}/halter/")
    count()
    looked = figures()
    fill_in(nobody, TAGS, TAG, until="kontakt")
    for _time in range(2):
        count()

    assert looked == {}
    assert figures() == {("started", TAGS, ""): 1}


def test_of_a_sealed_draft_pages_are_known_and_nothing_that_was_typed(nobody: TownClient) -> None:
    fill_in(nobody, TAGS, TAG, until="kontakt")

    attempt = Attempt.objects.get()
    assert attempt.steps == ["halter", "anschrift", "kontakt"]
    assert {field.name for field in Attempt._meta.get_fields()} == {
        *("draft_id", "service_key", "steps", "started_at", "moved_at", "is_counted")
    }


def test_after_seven_days_it_counts_as_given_up_at_the_page_where_she_stopped(nobody: TownClient) -> None:
    fill_in(nobody, TAGS, TAG, until="kontakt")
    count(MONDAY + 7 * DAY)
    not_yet = of(Measure.GIVEN_UP)
    count(MONDAY + 7 * DAY + timedelta(minutes=1))

    assert not_yet == {}
    assert of(Measure.GIVEN_UP) == {(TAGS, "kontakt"): 1}
    assert of(Measure.REACHED) == {(TAGS, "halter"): 1, (TAGS, "anschrift"): 1, (TAGS, "kontakt"): 1}
    assert {one.week for one in Figure.objects.all()} == {THIS_WEEK}
    assert not Attempt.objects.exists()


def test_a_page_with_mistakes_is_where_she_stopped(anna: TownClient) -> None:
    fill_in(anna, TAGS, TAG, until="kontakt")
    anna.post(f"/antrag/{TAGS}/kontakt/", {"email": "keine Adresse"})
    count(MONDAY + 8 * DAY)

    assert of(Measure.GIVEN_UP) == {(TAGS, "kontakt"): 1}


def test_a_form_that_ends_early_is_given_up_there(anna: TownClient) -> None:
    fill_in(anna, TAGS, TAG | {"hund": {"angemeldet": "nein"}}, until="grund")
    count(MONDAY + 8 * DAY)

    assert of(Measure.GIVEN_UP) == {(TAGS, "erst-anmelden"): 1}


def test_a_draft_that_is_thrown_away_is_given_up_at_once(anna: TownClient) -> None:
    fill_in(anna, TAGS, TAG, until="anschrift")
    anna.post(f"/antrag/{TAGS}/neu/")
    count()

    assert of(Measure.GIVEN_UP) == {(TAGS, "anschrift"): 1}


def test_a_draft_that_was_deleted_because_it_was_old_is_given_up(nobody: TownClient) -> None:
    fill_in(nobody, TAGS, TAG, until="anschrift")
    later = MONDAY + 20 * DAY
    assert draft_actions.delete_old_drafts(now=later) == 1
    count(later)

    assert of(Measure.GIVEN_UP) == {(TAGS, "anschrift"): 1}
    assert Figure.objects.get(measure=Measure.GIVEN_UP).week == THIS_WEEK


def test_who_goes_on_after_that_makes_another_attempt_and_no_figure_is_taken_back(
    anna: TownClient, clock: Clock
) -> None:
    fill_in(anna, TAGS, TAG, until="kontakt")
    count(MONDAY + 8 * DAY)
    before = figures()
    clock(MONDAY + 9 * DAY)
    anna.sign_in(User.objects.get(given_name="Anna"))
    anna.post(f"/antrag/{TAGS}/kontakt/", CONTACT)
    count(MONDAY + 9 * DAY)
    count(MONDAY + 17 * DAY)

    assert {key: number for key, number in figures().items() if key in before} == before | {
        ("started", TAGS, ""): 2,
        **{("reached", TAGS, page): 2 for page in ("halter", "anschrift", "kontakt")},
    }
    assert of(Measure.GIVEN_UP) == {(TAGS, "kontakt"): 1, (TAGS, "hund"): 1}
    assert Figure.objects.get(measure=Measure.STARTED, week=THIS_WEEK).number == 1


def test_a_draft_taken_over_into_an_account_is_still_one_attempt(nobody: TownClient) -> None:
    fill_in(nobody, TAGS, TAG, until="anschrift")
    nobody.sign_in(make_anna())
    nobody.get(f"/antrag/{TAGS}/anschrift/")
    fill_in(nobody, TAGS, {"anschrift": TAG["anschrift"]})
    count()

    assert Draft.objects.get().citizen is not None
    assert of(Measure.STARTED) == {(TAGS, ""): 1}
    assert of(Measure.GIVEN_UP) == {}


def test_what_was_typed_in_an_ended_session_is_no_attempt_of_its_own(anna: TownClient) -> None:
    fill_in(anna, TAGS, TAG, until="kontakt")
    page = anna.get(f"/antrag/{TAGS}/kontakt/")
    anna.session.flush()
    anna.post(f"/antrag/{TAGS}/kontakt/", CONTACT | {"account": page.context["account"]})
    count()

    assert of(Measure.STARTED) == {(TAGS, ""): 1}


def test_an_application_that_has_arrived_reached_all_pages_and_was_not_given_up(anna: TownClient) -> None:
    end = fill_in_dog_registration(anna)
    anna.post(end, {"complete": "on", "seen_fee": "0.00"})
    count()
    count(MONDAY + 30 * DAY)

    steps = ("halter", "anschrift", "kontakt", "weitere-halter", "bestand", "hunde", "verguenstigung", "zahlung")
    assert of(Measure.REACHED) == {(DOGS, step): 1 for step in (*steps, "pruefen")}
    assert of(Measure.GIVEN_UP) == {}
    assert of(Measure.HANDED_IN) == {(DOGS, ""): 1}
    assert of(Measure.STARTED) == {(DOGS, ""): 1}


def test_stopping_before_the_button_is_given_up_while_checking(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    count(MONDAY + 8 * DAY)

    assert of(Measure.GIVEN_UP) == {(DOGS, "pruefen"): 1}


def test_an_unpaid_application_is_given_up_while_paying_but_only_after_thirty_days(anna: TownClient) -> None:
    end = fill_in(anna, TAGS, TAG)
    anna.post(end, {"complete": "on", "seen_fee": "10.00"})
    count(MONDAY + 29 * DAY)
    not_yet = of(Measure.GIVEN_UP)
    count(MONDAY + 31 * DAY)

    assert not_yet == {}
    assert of(Measure.GIVEN_UP) == {(TAGS, "bezahlen"): 1}
    assert of(Measure.REACHED)[TAGS, "pruefen"] == 1


def test_every_attempt_ends_once_in_whatever_steps_it_is_counted(
    nobody: TownClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "AT_ONCE", 2)
    for _number in range(5):
        other = TownClient(nobody.town)
        fill_in(other, TAGS, TAG, until="anschrift")
    count(MONDAY + 8 * DAY)

    assert (of(Measure.STARTED), of(Measure.GIVEN_UP)) == ({(TAGS, ""): 5}, {(TAGS, "anschrift"): 5})


@pytest.mark.django_db(transaction=True)
def test_counting_that_is_killed_goes_on_and_counts_nothing_twice(
    nobody: TownClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_in(nobody, TAGS, TAG, until="anschrift")
    make_submission(make_anna())
    really = attempts.add  # type: ignore[attr-defined]  # it is broken where it is used

    def dies_at_the_second(counts: Any, calls: list[int] = []) -> None:  # noqa: B006 -- remembers
        really(counts)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(attempts, "add", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        count(MONDAY + 8 * DAY)
    after_death = (of(Measure.STARTED), of(Measure.GIVEN_UP))
    for _time in range(2):
        count(MONDAY + 8 * DAY)

    assert after_death == ({(TAGS, ""): 1}, {})
    assert (of(Measure.STARTED), of(Measure.GIVEN_UP)) == ({(TAGS, ""): 1}, {(TAGS, "anschrift"): 1})
    assert of(Measure.HANDED_IN) == {(DOGS, ""): 1}


@pytest.mark.django_db(transaction=True)
def test_counting_eight_times_at_once_counts_once(nobody: TownClient) -> None:
    fill_in(nobody, TAGS, TAG, until="anschrift")
    make_submission(make_anna())

    def count_in_lage() -> None:
        with in_town(nobody.town):
            count(MONDAY + 8 * DAY)

    assert at_once(8, count_in_lage) == [None] * 8
    assert figures() == {
        ("started", TAGS, ""): 1,
        ("reached", TAGS, "halter"): 1,
        ("reached", TAGS, "anschrift"): 1,
        ("given_up", TAGS, "anschrift"): 1,
        ("handed_in", DOGS, ""): 1,
    }


# --- Cases ---------------------------------------------------------------------------------------------------


def decide(submission: Submission, now: datetime) -> Submission:
    bernd = make_bernd() if not submission.case_worker else submission.case_worker
    casework.take(submission=submission, by=bernd, now=now)
    casework.decide(submission=submission, ruling=Ruling(Outcome.RECORDED, "Fertig."), by=bernd, now=now)
    submission.refresh_from_db()
    return submission


def test_arrived_decided_and_withdrawn_count_in_the_week_in_which_they_happened(in_lage: Town) -> None:
    anna = make_anna()
    first = make_submission(anna, now=MONDAY - 5 * DAY)
    second = make_submission(anna, now=MONDAY)
    decide(first, MONDAY + DAY)
    actions.withdraw(submission=second, by=anna, now=MONDAY + DAY)
    count(MONDAY + 2 * DAY)

    counted = {(one.week, one.measure): one.number for one in Figure.objects.all()}
    assert counted == {
        (LAST_WEEK, "handed_in"): 1,
        (THIS_WEEK, "handed_in"): 1,
        (THIS_WEEK, "decided"): 1,
        (THIS_WEEK, "decision_days"): 6,
        (THIS_WEEK, "withdrawn"): 1,
    }


def test_a_case_that_is_decided_again_counts_once(in_lage: Town) -> None:
    case = decide(make_submission(make_anna()), MONDAY + DAY)
    bernd = case.case_worker
    assert bernd is not None
    casework.close(submission=case, by=bernd, now=MONDAY + 2 * DAY)
    casework.reopen(submission=case, reason="Widerspruch", by=bernd, now=MONDAY + 3 * DAY)
    casework.decide(submission=case, ruling=Ruling(Outcome.REJECTED, "Nein."), by=bernd, now=MONDAY + 4 * DAY)
    count(MONDAY + 5 * DAY)

    assert of(Measure.DECIDED) == {(DOGS, ""): 1}
    assert of(Measure.DECISION_DAYS) == {(DOGS, ""): 1}


def test_what_waits_for_its_payment_or_was_replaced_has_not_arrived(in_lage: Town) -> None:
    anna = make_anna()
    make_submission(anna, paid=True)
    make_submission(anna, paid=True, state=State.SUPERSEDED)
    count()

    assert figures() == {}


def test_paid_is_what_arrived_and_counts(in_lage: Town) -> None:
    anna = make_anna()
    for number, (state, paid_at) in enumerate(
        [
            (PaymentState.PAID, MONDAY),
            (PaymentState.PAID, MONDAY - DAY),
            (PaymentState.REFUNDED, MONDAY),
            (PaymentState.CHARGED_BACK, MONDAY),
            (PaymentState.FAILED, None),
        ]
    ):
        Payment.objects.create(
            submission=make_submission(anna, paid=True),
            reference=f"x-{number}",
            amount=Decimal("5.00"),
            state=state,
            account="acct_x",
            created_at=MONDAY,
            paid_at=paid_at,
        )
    count()

    paid = Figure.objects.filter(measure=Measure.PAID).values_list("week", "service_key", "number")
    assert sorted(paid) == [(LAST_WEEK, TAGS, 1), (THIS_WEEK, TAGS, 2)]


def test_old_figures_stay_when_their_cases_are_deleted(in_lage: Town) -> None:
    anna = make_anna()
    make_submission(anna, now=MONDAY)
    count(MONDAY)
    count(MONDAY + 14 * DAY)
    Submission.objects.all().delete()
    make_submission(anna, now=MONDAY + 28 * DAY)
    count(MONDAY + 28 * DAY)

    weeks = Figure.objects.filter(measure=Measure.HANDED_IN).values_list("week", "number")
    assert dict(weeks) == {THIS_WEEK: 1, THIS_WEEK + 28 * DAY: 1}


def test_weeks_in_which_nobody_counted_are_made_up_for(in_lage: Town) -> None:
    anna = make_anna()
    count(MONDAY)
    for weeks in range(6):
        make_submission(anna, now=MONDAY + weeks * 7 * DAY)
    count(MONDAY + 70 * DAY)

    assert of(Measure.HANDED_IN) == {(DOGS, ""): 6}


def test_what_happened_on_sunday_night_is_counted_on_monday(in_lage: Town) -> None:
    sunday_night = MONDAY.replace(day=22, hour=23, minute=59)
    count(sunday_night - timedelta(hours=1))
    make_submission(make_anna(), now=sunday_night)
    count(sunday_night + timedelta(minutes=5))
    make_submission(make_oemer(), now=sunday_night)  # its transaction took that long
    count(sunday_night + timedelta(minutes=65))

    handed_in = Figure.objects.get(measure=Measure.HANDED_IN)
    assert (handed_in.week, handed_in.number) == (THIS_WEEK, 2)


def test_a_town_that_comes_with_history_gets_figures_of_all_of_it(in_lage: Town) -> None:
    anna = make_anna()
    for weeks in (0, 10, 100):
        make_submission(anna, now=MONDAY - weeks * 7 * DAY)
    count()

    counted = Figure.objects.values_list("week", flat=True)
    assert sorted(counted) == [THIS_WEEK - weeks * 7 * DAY for weeks in (100, 10, 0)]


def test_figures_of_others_stay_as_they_are(in_lage: Town) -> None:
    add({Key(THIS_WEEK, Measure.HANDED_IN, "wohngeld"): 7})
    make_submission(make_anna())
    count()

    assert of(Measure.HANDED_IN) == {("wohngeld", ""): 7, (DOGS, ""): 1}


def test_each_hour_every_town_counts_its_own(lage: Town, detmold: Town) -> None:
    with in_town(lage):
        make_submission(make_anna())

    app.tasks["operations.jobs.keep_summary.in_every_town"].func(timestamp=0)
    run_jobs(also_later=True)

    with in_town(lage):
        assert of(Measure.HANDED_IN) == {(DOGS, ""): 1}
    with in_town(detmold):
        assert figures() == {}
