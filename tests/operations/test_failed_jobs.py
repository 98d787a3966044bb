"""Jobs that have failed for good: the desk shows them, and somebody decides."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.jobs import send_password_link
from accounts.models import User
from billing.jobs import process_event
from operations.models import EventKind, TownEvent
from submissions.jobs import send_notice
from tenants.context import in_town
from tenants.models import JobFailure, Town
from tests.jobs import fail_all_queued_jobs, queued_jobs
from tests.operations.conftest import Desk
from tests.pages import text_of
from tests.people import Browser, TownClient, make_astrid, make_bernd

PAGES = ["/auftraege/", "/auftraege/verwerfen/?job=1", "/auftraege/noch-einmal/?job=1"]
NOTICE, LINK, EVENT = "submissions.jobs.send_notice", "accounts.jobs.send_password_link", "billing.jobs.process_event"


@pytest.fixture
def failures(lage: Town, detmold: Town) -> None:
    """Two mails of Lage, one of Detmold, and one job that belongs to no town."""
    with in_town(lage):
        send_notice.queue(submission="4711-geheim", notice="received")
        send_password_link.queue(user_pk=4711)
    with in_town(detmold):
        send_notice.queue(submission="4712-geheim", notice="received")
    process_event.queue(event=4713)
    fail_all_queued_jobs()


def number_of(task: str, town: str | None = None) -> int:
    found = ProcrastinateJob.objects.filter(task_name=task)
    return int((found.filter(args__town=town) if town else found).get().pk)


def listed(desk: Desk, **query: str) -> list[tuple[str, str | None]]:
    return [(job.label, job.schema) for job in desk.get("/auftraege/", query).context["rows"]]


ALL = [
    ("Meldung über eine Zahlung verarbeiten", None),
    ("E-Mail zu einem Antrag schicken", "detmold"),
    ("Link für ein neues Passwort schicken", "lage"),
    ("E-Mail zu einem Antrag schicken", "lage"),
]


# --- Who may sit there ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_nobody_sees_it_without_signing_in(lage: Town, page: str) -> None:
    answers = [getattr(Browser("betrieb.localhost"), method)(page) for method in ("get", "post")]

    assert [answer["Location"].partition("?")[0] for answer in answers] == ["/konto/anmelden/"] * 2


@pytest.mark.parametrize("page", PAGES)
def test_only_the_operators_own_staff_gets_in(lage: Town, page: str) -> None:
    assert Desk().sign_in(make_bernd()).post(page).status_code in (404, 405)


def test_it_is_on_no_towns_host(visitor: TownClient, in_lage: Town) -> None:
    visitor.sign_in(make_astrid())

    assert visitor.get("/auftraege/").status_code == 404


def test_it_is_not_kept_by_browsers(desk: Desk, failures: None) -> None:
    for page in ("/auftraege/", f"/auftraege/verwerfen/?job={number_of(EVENT)}"):
        assert "no-store" in desk.get(page)["Cache-Control"]


# --- The list ---------------------------------------------------------------------------------------------


def test_it_says_what_failed_where_and_with_what_kind_of_error(desk: Desk, failures: None) -> None:
    said = text_of(desk.get("/auftraege/"))

    assert listed(desk) == ALL
    assert "E-Mail zu einem Antrag schicken smtplib.SMTPServerDisconnected Detmold" in said
    assert "smtplib.SMTPServerDisconnected Betrieb" in said


def test_it_does_not_show_what_a_job_was_given(desk: Desk, failures: None) -> None:
    pages = desk.get("/auftraege/").content + desk.get(f"/auftraege/verwerfen/?job={number_of(LINK)}").content

    assert re.findall(rb"geheim|471[123]", pages) == []


def test_jobs_that_wait_or_run_are_not_listed(desk: Desk, failures: None, lage: Town) -> None:
    with in_town(lage):
        send_notice.queue(submission="x", notice="received")

    assert listed(desk) == ALL


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ({"town": "lage"}, [2, 3]),
        ({"town": "-"}, [0]),
        ({"task": NOTICE}, [1, 3]),
        ({"town": "detmold", "task": NOTICE}, [1]),
        ({"town": "detmold", "task": EVENT}, []),
        ({"town": "erfunden"}, [0, 1, 2, 3]),
        ({"town": "", "task": ""}, [0, 1, 2, 3]),
    ],
    ids=str,
)
def test_it_can_be_filtered(desk: Desk, failures: None, query: dict[str, str], rows: list[int]) -> None:
    assert listed(desk, **query) == [ALL[row] for row in rows]


def test_the_navigation_says_how_many_there_are(desk: Desk, failures: None) -> None:
    assert "Aufträge4 offen" in text_of(desk.get("/")).replace(" 4", "4")


def test_where_nothing_failed_it_says_so(desk: Desk, lage: Town) -> None:
    said = text_of(desk.get("/auftraege/"))

    assert "Alles hat geklappt" in said
    assert "Filtern" not in said


def test_a_kind_of_job_that_is_no_more_is_listed_too(desk: Desk, failures: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET task_name = 'old.jobs.gone', args = '{\"town\": \"weg\"}'")
    JobFailure.objects.all().delete()

    said = text_of(desk.get("/auftraege/"))

    assert "Unbekannter Auftrag (old.jobs.gone) Diese Art von Auftrag gibt es hier nicht mehr." in said
    assert "weg (gibt es nicht mehr)" in said


def test_more_failures_cost_no_more_statements(desk: Desk, failures: None, lage: Town) -> None:
    statements(desk)  # the first click notes in the session who is at work
    before = statements(desk)
    with in_town(lage):
        for number in range(20):
            send_notice.queue(submission=str(number), notice="received")
    fail_all_queued_jobs()

    assert statements(desk) == before


def statements(desk: Desk) -> int:
    with CaptureQueriesContext(connection) as queries:
        desk.get("/auftraege/")
    return len(queries)


@pytest.mark.parametrize(("seconds", "says"), [(5, False), (300, True)])
def test_it_says_when_no_worker_runs(desk: Desk, lage: Town, seconds: int, says: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 s')", [seconds]
        )
    process_event.queue(event=1)

    said = text_of(desk.get("/auftraege/"))

    assert ("Der Dienst für Aufträge läuft nicht" in said, "Gerade wartet ein anderer Auftrag." in said) == (
        says,
        not says,
    )


# --- Deciding ---------------------------------------------------------------------------------------------


def all_of(**wanted: str) -> str:
    """The query of the buttons below the list."""
    return urlencode(wanted | {"until": timezone.now().isoformat()})


def events() -> list[tuple[str, str | None, str]]:
    found = TownEvent.objects.filter(kind__in=[EventKind.JOBS_RETRIED, EventKind.JOBS_DISCARDED]).order_by("pk")
    return [(event.kind, event.town and event.town.slug, event.text) for event in found]


def test_one_can_be_tried_again(desk: Desk, failures: None, olga: User) -> None:
    answer = desk.post(f"/auftraege/noch-einmal/?job={number_of(NOTICE, 'lage')}", follow=True)

    assert "Ein Auftrag läuft noch einmal." in text_of(answer)
    assert (queued_jobs(), len(listed(desk))) == ([NOTICE], 3)
    assert events() == [("jobs_retried", "lage", "1 × E-Mail zu einem Antrag schicken")]
    assert TownEvent.objects.latest("pk").by == olga


def test_all_of_a_filter_can_be_tried_again(desk: Desk, failures: None) -> None:
    answer = desk.post(f"/auftraege/noch-einmal/?{all_of(task=NOTICE)}", follow=True)

    assert "2 Aufträge laufen noch einmal." in text_of(answer)
    assert (queued_jobs(), listed(desk)) == ([NOTICE, NOTICE], [ALL[0], ALL[2]])
    assert sorted(town or "" for _kind, town, _text in events()) == ["detmold", "lage"]


def test_what_is_tried_again_is_due_at_once(desk: Desk, failures: None) -> None:
    desk.post(f"/auftraege/noch-einmal/?{all_of()}")

    waiting = ProcrastinateJob.objects.filter(status="todo")
    assert [job.scheduled_at <= timezone.now() for job in waiting] == [True] * 4


def test_one_can_be_discarded_with_a_reason(desk: Desk, failures: None, olga: User) -> None:
    page = f"/auftraege/verwerfen/?job={number_of(EVENT)}"
    asked = text_of(desk.get(page))

    answer = desk.post(page, {"reason": "Von Hand gebucht"}, follow=True)

    assert "Soll dieser Auftrag verworfen werden?" in asked
    assert "Meldung über eine Zahlung verarbeiten, Betrieb" in asked
    said = text_of(answer)
    assert "Ein Auftrag verworfen." in said
    assert "Aufträge verworfen : 1 × Meldung über eine Zahlung verarbeiten: Von Hand gebucht Betrieb" in said
    assert (queued_jobs(), listed(desk), JobFailure.objects.count()) == ([], ALL[1:], 3)
    assert events() == [("jobs_discarded", None, "1 × Meldung über eine Zahlung verarbeiten: Von Hand gebucht")]


def test_all_of_a_filter_can_be_discarded(desk: Desk, failures: None) -> None:
    page = f"/auftraege/verwerfen/?{all_of(town='lage')}"
    asked = text_of(desk.get(page))

    desk.post(page, {"reason": "Probe"})

    assert "Sollen diese 2 Aufträge verworfen werden?" in asked
    assert listed(desk) == ALL[:2]
    assert sorted(text for _kind, _town, text in events()) == [
        "1 × E-Mail zu einem Antrag schicken: Probe",
        "1 × Link für ein neues Passwort schicken: Probe",
    ]


def test_the_towns_page_tells_of_it(desk: Desk, failures: None) -> None:
    desk.post(f"/auftraege/verwerfen/?{all_of(town='lage', task=NOTICE)}", {"reason": "Adresse gibt es nicht"})

    said = text_of(desk.get("/staedte/lage/"))

    assert "Aufträge verworfen : 1 × E-Mail zu einem Antrag schicken: Adresse gibt es nicht" in said


@pytest.mark.parametrize("reason", ["", "   ", "x" * 401])
def test_without_a_proper_reason_nothing_is_discarded(desk: Desk, failures: None, reason: str) -> None:
    answer = desk.post(f"/auftraege/verwerfen/?{all_of()}", {"reason": reason})

    assert (answer.status_code, listed(desk), events()) == (422, ALL, [])


def test_the_longest_reason_is_kept_whole(desk: Desk, failures: None) -> None:
    desk.post(f"/auftraege/verwerfen/?job={number_of(EVENT)}", {"reason": "ä" * 400})

    assert events()[0][2].endswith("verarbeiten: " + "ä" * 400)


def try_again(desk: Desk, query: str) -> str:
    return text_of(desk.post(f"/auftraege/noch-einmal/?{query}", follow=True))


def give_up(desk: Desk, query: str) -> str:
    return text_of(desk.post(f"/auftraege/verwerfen/?{query}", {"reason": "Probe"}, follow=True))


@pytest.mark.parametrize("decide", [try_again, give_up])
def test_what_fails_after_the_page_was_made_is_not_decided_on(
    desk: Desk, failures: None, decide: Callable[[Desk, str], str]
) -> None:
    before = urlencode({"until": (timezone.now() - timedelta(hours=1)).isoformat()})

    assert "Darüber hat schon jemand entschieden." in decide(desk, before)
    assert (listed(desk), events()) == (ALL, [])


@pytest.mark.parametrize("decide", [try_again, give_up])
def test_two_people_do_not_decide_on_the_same(desk: Desk, failures: None, decide: Callable[[Desk, str], str]) -> None:
    query = f"job={number_of(EVENT)}"
    decide(desk, query)

    assert "Darüber hat schon jemand entschieden." in decide(desk, query)
    assert len(events()) == 1


@pytest.mark.parametrize("query", ["", "job=x", "job=0", "town=lage", "until=gestern"])
def test_a_button_that_is_about_nothing_is_not_found(desk: Desk, failures: None, query: str) -> None:
    answers = [desk.post(f"/auftraege/{page}/?{query}", {"reason": "x"}) for page in ("noch-einmal", "verwerfen")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert listed(desk) == ALL


def test_a_job_that_waits_cannot_be_discarded(desk: Desk, lage: Town) -> None:
    process_event.queue(event=1)

    assert "Darüber hat schon jemand entschieden." in give_up(desk, f"job={number_of(EVENT)}")
    assert queued_jobs() == [EVENT]
