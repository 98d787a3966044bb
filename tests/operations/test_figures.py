"""What a town tells the operator: what is counted, what is left out, and that it tells only of itself."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.jobs import register_return_addresses
from accounts.models import User
from billing.models import Payment
from billing.states import PaymentState
from operations import failed_jobs
from operations.attention import Moment
from operations.fleet import fleet, totals
from operations.models import TownSummary
from operations.summary import keep_summary
from submissions.jobs import send_notice
from submissions.models import Submission
from submissions.states import State
from tenants.context import in_town
from tenants.jobs import mail_jobs
from tenants.models import Town
from tests.factories import make_submission
from tests.jobs import fail_all_queued_jobs, run_jobs
from tests.operations.library import PREPARED
from tests.people import BERLIN, MONDAY, make_anna, make_bernd, make_citizen


def figures(town: Town, now: datetime = MONDAY) -> TownSummary:
    with in_town(town):
        keep_summary(now=now)
    return TownSummary.objects.get(town=town)


def pay(submission: Submission, state: PaymentState, paid_at: datetime | None, amount: str = "5.00") -> None:
    Payment.objects.create(
        submission=submission,
        reference=str(uuid4()),
        amount=Decimal(amount),
        state=state,
        account="acct_x",
        created_at=MONDAY,
        paid_at=paid_at,
    )


def test_a_new_town_has_told_its_numbers_already(blomberg: Town) -> None:
    summary = blomberg.summary

    told = (summary.online, summary.received, summary.paid_sum, summary.staff_seen_at)
    assert told == (PREPARED, 0, Decimal(0), None)


def test_submissions_count_once_they_have_arrived(lage: Town) -> None:
    with in_town(lage):
        anna = make_anna()
        make_submission(anna)
        make_submission(anna, paid=True)  # waits for its payment
        make_submission(anna, paid=True, state=State.SUPERSEDED)

    counted = figures(lage)
    assert (counted.received, counted.received_lately, counted.received_this_week, counted.open_cases) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("state", "is_open"),
    [
        (State.RECEIVED, 1),
        (State.IN_REVIEW, 1),
        (State.NEEDS_INFO, 1),
        (State.DECIDED, 1),
        (State.CLOSED, 0),
        (State.WITHDRAWN, 0),
    ],
)
def test_a_case_is_open_until_it_is_closed(lage: Town, state: State, is_open: int) -> None:
    with in_town(lage):
        make_submission(make_anna(), state=state, received_at=MONDAY)

    counted = figures(lage)
    assert (counted.received, counted.open_cases) == (1, is_open)


def test_lately_means_thirty_days_and_a_week_seven(lage: Town) -> None:
    with in_town(lage):
        anna = make_anna()
        for days in (0, 6, 8, 29, 31):
            make_submission(anna, state=State.CLOSED, received_at=MONDAY - timedelta(days=days))

    counted = figures(lage)
    assert (counted.received, counted.received_lately, counted.received_this_week) == (5, 4, 2)


def test_payments_are_those_of_this_month_that_arrived(lage: Town) -> None:
    first = datetime(2026, 11, 1, 0, 0, tzinfo=BERLIN)
    with in_town(lage):
        anna = make_anna()
        for state, paid_at, amount in (
            (PaymentState.PAID, MONDAY, "5.00"),
            (PaymentState.PAID, first, "7.50"),
            (PaymentState.PAID, first - timedelta(seconds=1), "9.00"),
            (PaymentState.CHARGED_BACK, MONDAY, "11.00"),
            (PaymentState.STARTED, None, "13.00"),
            (PaymentState.FAILED, None, "17.00"),
        ):
            pay(make_submission(anna, paid=True), state, paid_at, amount)

    counted = figures(lage)
    assert (counted.paid, counted.paid_sum, counted.failed_payments) == (2, Decimal("12.50"), 1)


def test_the_last_sign_in_is_that_of_staff(lage: Town) -> None:
    with in_town(lage):
        for user, seen in ((make_anna(), MONDAY), (make_bernd(), MONDAY - timedelta(days=1))):
            user.last_login = seen
            user.save()

    assert figures(lage).staff_seen_at == MONDAY - timedelta(days=1)


def test_each_town_has_its_own_figures_and_together_they_add_up(lage: Town, detmold: Town) -> None:
    with in_town(lage):
        make_submission(make_anna())
    with in_town(detmold):
        for name in ("a", "b"):
            make_submission(make_citizen(name, "A", "B"))

    assert {town.slug: figures(town).received for town in (lage, detmold)} == {"lage": 1, "detmold": 2}
    moment = Moment.at(MONDAY)
    assert totals(fleet(moment))["received"] == 3
    nothing = totals(fleet(moment, q="nirgends"))
    assert (nothing["number"], nothing["received"], nothing["paid_sum"]) == (0, 0, Decimal("0.00"))


def test_jobs_that_failed_for_good_are_counted_and_mails_among_them(lage: Town, detmold: Town) -> None:
    with in_town(lage):
        send_notice.queue(submission="1", notice="received")
        send_notice.queue(submission="2", notice="received")
        register_return_addresses.queue()
    with in_town(detmold):
        send_notice.queue(submission="1", notice="received")
    fail_all_queued_jobs()
    with in_town(lage):
        send_notice.queue(submission="3", notice="received")  # not tried yet

    counted = {town.slug: figures(town) for town in (lage, detmold)}

    assert {slug: (one.failed_jobs, one.failed_mails) for slug, one in counted.items()} == {
        "lage": (3, 2),
        "detmold": (1, 1),
    }


def test_what_was_decided_at_the_desk_is_counted_again_at_once(lage: Town, detmold: Town, olga: User) -> None:
    for town in (lage, detmold):
        with in_town(town):
            send_notice.queue(submission="1", notice="received")
            register_return_addresses.queue()
    fail_all_queued_jobs()
    before = [figures(town).failed_jobs for town in (lage, detmold)]

    failed_jobs.retry(jobs=failed_jobs.failed_jobs(town="lage"), by=olga, now=MONDAY)
    failed_jobs.discard(
        jobs=failed_jobs.failed_jobs(town="detmold", task="submissions.jobs.send_notice"),
        reason="egal",
        by=olga,
        now=MONDAY,
    )

    kept = {one.town.slug: (one.failed_jobs, one.failed_mails) for one in TownSummary.objects.select_related("town")}
    assert (before, kept) == ([2, 2], {"lage": (0, 0), "detmold": (1, 0)})


def test_every_job_that_sends_a_mail_is_known_as_one() -> None:
    assert mail_jobs() == [
        "accounts.jobs.send_password_link",
        "billing.jobs.tell_administrators",
        "operations.mails.tell_of_access",
        "operations.mails.tell_of_maintenance",
        "submissions.handover.jobs.tell_somebody",
        "submissions.jobs.send_notice",
        "submissions.jobs.tell_case_worker",
        "townhall.jobs.tell_of_failed_switch",
    ]
    files = [path for path in settings.ROOT.glob("[a-z]*/**/*.py") if "tests" not in path.parts]
    assert sum(path.read_text().count(" send_mail(") for path in files) == len(mail_jobs())


def test_a_town_tells_of_nobody_but_itself(lage: Town, detmold: Town) -> None:
    with in_town(lage), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT operations_keep_summary(
                to_jsonb(summary) || jsonb_build_object('town_id', %s, 'received', 4711)
            ) FROM (
                SELECT now() AS at, 0 AS online, 0 AS received_lately, 0 AS received_this_week, 0 AS open_cases,
                    0 AS paid, 0 AS paid_sum, 0 AS failed_payments, 0 AS stored_bytes
            ) AS summary
            """,
            [detmold.pk],
        )

    assert TownSummary.objects.get(town=lage).received == 4711
    assert TownSummary.objects.get(town=detmold).received == 0


def test_a_town_cannot_read_what_others_told(lage: Town) -> None:
    with in_town(lage), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        TownSummary.objects.exists()


def test_each_hour_every_town_counts_anew(lage: Town, detmold: Town) -> None:
    before = timezone.now()

    app.tasks["operations.jobs.keep_summary.in_every_town"].func(timestamp=0)
    ran = run_jobs(also_later=True)

    assert ran == ["operations.jobs.keep_summary"] * 2
    assert TownSummary.objects.filter(at__gte=before).count() == 2
