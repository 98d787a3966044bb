"""The inbox tells case workers what to do next."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role, User
from billing.models import Payment
from billing.states import PaymentState
from submissions import actions
from submissions.casework import actions as casework
from submissions.casework.actions import Ruling
from submissions.models import Submission
from submissions.states import Outcome
from tests.factories import make_submission
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_staff

INBOX = "/rathaus/eingang/"


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def shown(client: TownClient, query: str = "") -> list[tuple[str, str, str]]:
    """Number, due and status of each row."""
    rows = client.get(INBOX + query).context["rows"]
    return [(row.case.number, row.due.text if row.due else "", row.status.label) for row in rows]


def numbers(client: TownClient, query: str = "") -> list[str]:
    return [number for number, _due, _status in shown(client, query)]


def ask(case: Submission, by: User, due_on: date) -> None:
    casework.take(submission=case, by=by, now=MONDAY)
    casework.ask_back(submission=case, question="Welche Farbe?", due_on=due_on, by=by, now=MONDAY)


def test_what_is_late_stands_on_top_then_what_is_due_next(bernd: TownClient, anna: User, today: date) -> None:
    make_submission(anna, due_on=today + timedelta(days=3))
    make_submission(anna, due_on=today - timedelta(days=2))
    make_submission(anna, due_on=today)

    assert shown(bernd) == [
        ("LAGE-2026-000002", "2 Tage überfällig", "Neu"),
        ("LAGE-2026-000003", "heute", "Neu"),
        ("LAGE-2026-000001", "noch 3 Tage", "Neu"),
    ]


def test_it_counts_what_is_open_and_late(bernd: TownClient, anna: User, today: date) -> None:
    make_submission(anna, due_on=today + timedelta(days=3))
    make_submission(anna, due_on=today - timedelta(days=1))

    assert "Eingang 2 offene Vorgänge, 1 davon überfällig" in text_of(bernd.get(INBOX))


def test_while_the_citizen_has_to_answer_her_date_counts(
    bernd: TownClient, bernd_himself: User, case: Submission, today: date
) -> None:
    Submission.objects.update(due_on=today - timedelta(days=5))
    ask(case, bernd_himself, today + timedelta(days=7))

    assert shown(bernd) == [(case.number, "noch 7 Tage", "Wartet auf Antwort")]


def test_an_answer_is_announced_until_something_is_done_with_it(
    bernd: TownClient, bernd_himself: User, anna: User, case: Submission
) -> None:
    ask(case, bernd_himself, date(2026, 12, 1))
    actions.answer_question(submission=case, answer="Braun.", files=[], by=anna, now=MONDAY + timedelta(hours=1))
    assert [status for _number, _due, status in shown(bernd)] == ["Antwort ist da"]

    casework.decide(
        submission=case,
        ruling=Ruling(Outcome.RECORDED, "Eingetragen."),
        by=bernd_himself,
        now=MONDAY + timedelta(hours=2),
    )

    assert shown(bernd) == [(case.number, "", "Eingetragen")]


def test_a_question_given_up_announces_no_answer(bernd: TownClient, bernd_himself: User, case: Submission) -> None:
    ask(case, bernd_himself, date(2026, 12, 1))
    casework.go_on_without_answer(submission=case, by=bernd_himself, now=MONDAY + timedelta(hours=1))

    assert [status for _number, _due, status in shown(bernd)] == ["In Prüfung"]


def test_it_is_filtered_by_status_service_and_person(bernd: TownClient, bernd_himself: User, anna: User) -> None:
    mine = make_submission(anna)
    casework.take(submission=mine, by=bernd_himself, now=MONDAY)
    new = make_submission(anna)
    tag = make_submission(anna, paid=True)
    actions.payment_arrived(submission=tag, now=MONDAY)

    assert numbers(bernd, "?status=neu") == [new.number, tag.number]
    assert numbers(bernd, "?status=in-pruefung") == [mine.number]
    assert numbers(bernd, "?leistung=hundemarke-ersatz") == [tag.number]
    assert numbers(bernd, "?person=ich") == [mine.number]
    assert numbers(bernd, "?person=niemand&leistung=hund-anmelden") == [new.number]


@pytest.mark.parametrize("query", ["?status=quatsch", "?leistung=%00", "?person=42", "?seite=abc", "?seite=999"])
def test_a_filter_that_does_not_exist_filters_nothing(bernd: TownClient, case: Submission, query: str) -> None:
    assert numbers(bernd, query) == [case.number]


def test_closed_cases_are_there_when_asked_for(bernd: TownClient, bernd_himself: User, case: Submission) -> None:
    casework.take(submission=case, by=bernd_himself, now=MONDAY)
    casework.decide(submission=case, ruling=Ruling(Outcome.RECORDED, "Ja."), by=bernd_himself, now=MONDAY)
    casework.close(submission=case, by=bernd_himself, now=MONDAY)

    assert numbers(bernd) == []
    assert numbers(bernd, "?status=abgeschlossen") == [case.number]
    assert numbers(bernd, "?status=alle") == [case.number]
    assert numbers(bernd, "?q=schröder") == [case.number]


@pytest.mark.parametrize("words", ["000001", "lage-2026", "Schröder", "anna schröder", "HUND anmelden", "hund schröd"])
def test_the_search_looks_into_number_name_and_service(bernd: TownClient, case: Submission, words: str) -> None:
    assert numbers(bernd, f"?q={words}") == [case.number]


@pytest.mark.parametrize("words", ["Müller", "%", "_", "000001 Müller", "Łódź", "\x00"])
def test_the_search_finds_nothing_else(bernd: TownClient, case: Submission, words: str) -> None:
    page = bernd.get(INBOX, {"q": words})

    assert [row.case.number for row in page.context["rows"]] == ([case.number] if words == "\x00" else [])


def test_what_does_not_count_is_found_by_its_number_only(bernd: TownClient, anna: User) -> None:
    unpaid = make_submission(anna, paid=True)

    assert numbers(bernd) == []
    assert numbers(bernd, "?status=alle") == []
    assert numbers(bernd, "?q=schröder") == []
    assert shown(bernd, f"?q={unpaid.number.lower()}") == [(unpaid.number, "", "Wartet auf Zahlung")]


def test_a_case_is_taken_right_from_the_list(bernd: TownClient, bernd_himself: User, case: Submission) -> None:
    page = bernd.get(INBOX)
    answer = bernd.post(f"/rathaus/vorgang/{case.number}/uebernehmen/")

    assert f"Übernehmen : {case.number}" in text_of(page)
    assert answer["Location"] == f"/rathaus/vorgang/{case.number}/"
    assert Submission.objects.get().case_worker == bernd_himself
    assert "B. Brinkmann" in text_of(bernd.get(INBOX))


def test_the_navigation_counts_what_waits(bernd: TownClient, bernd_himself: User, anna: User) -> None:
    make_submission(anna)
    casework.take(submission=make_submission(anna), by=bernd_himself, now=MONDAY)

    rooms = [
        (room.title, room.count, room.is_current) for room in bernd.get(f"{INBOX}?person=ich").context["navigation"]
    ]

    assert rooms == [
        ("Eingang", 2, False),
        ("Meine Vorgänge", 1, True),
        ("Post", None, False),
        ("Textbausteine", None, False),
        ("Löschfristen", None, False),
    ]


def test_somebody_with_all_roles_sees_all_rooms(bernd: TownClient) -> None:
    jana = TownClient(bernd.town).sign_in(make_staff("jana", "Jana", "Jacob", *Role))

    rooms = [room.title for room in jana.get(INBOX).context["navigation"]]

    assert rooms == [
        "Eingang",
        "Meine Vorgänge",
        "Post",
        "Textbausteine",
        "Leistungen",
        "Gebühren",
        "Listen und Schalter",
        "Ämter und Zeiten",
        "Auftritt",
        "Briefe",
        "Karten und Schilder",
        "Ihre Website",
        "Bezahlen",
        "Mitarbeitende",
        "Schnittstellen",
        "Weitergabe",
        "Zugriff des Betriebs",
        "Barrieren",
        "Checkliste",
        "Zahlen",
        "Kasse",
        "Überweisungen",
        "Erstattungen",
        "Tagesabschlüsse",
        "Löschfristen",
        "Datenschutz",
    ]


def test_long_lists_have_pages_that_keep_the_filter(bernd: TownClient, anna: User) -> None:
    for _number in range(27):
        make_submission(anna)

    first, second = bernd.get(f"{INBOX}?status=neu"), bernd.get(f"{INBOX}?status=neu&seite=2")

    assert "1 bis 25 von 27" in text_of(first)
    assert "?status=neu&amp;seite=2" in first.content.decode()
    assert len(second.context["rows"]) == 2


def test_an_empty_inbox_says_so(bernd: TownClient) -> None:
    assert "Der Eingang ist leer" in text_of(bernd.get(INBOX))


def test_names_of_citizens_are_shown_as_they_are(bernd: TownClient, anna: User) -> None:
    make_submission(anna, applicant="<script>alert(1)</script>")

    page = bernd.get(INBOX).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_number_of_statements_does_not_grow_with_the_rows(
    bernd: TownClient, anna: User, bernd_himself: User
) -> None:
    casework.take(submission=make_submission(anna), by=bernd_himself, now=MONDAY)
    bernd.get(INBOX)  # fills what is held in memory
    with CaptureQueriesContext(connection) as with_one:
        bernd.get(INBOX)
    for _number in range(2):
        ask(make_submission(anna), bernd_himself, date(2026, 12, 1))

    with CaptureQueriesContext(connection) as with_three:
        bernd.get(INBOX)

    assert len(with_three) == len(with_one)


def test_browsers_do_not_keep_the_page(bernd: TownClient) -> None:
    assert "no-store" in bernd.get(INBOX)["Cache-Control"]


# --- Columns and piles ------------------------------------------------------------------------------------


def headings(client: TownClient) -> list[str]:
    page = client.get(INBOX).content.decode()
    return re.findall(r'scope="col"[^>]*>([^<]+)</th>', page)


def test_everybody_chooses_her_own_columns(bernd: TownClient, case: Submission) -> None:
    assert headings(bernd) == ["Vorgang", "Person", "Eingang", "Frist", "Status", "Bearbeitung"]

    bernd.post(f"{INBOX}spalten/", {"columns": ["fee", "unit"]})
    assert headings(bernd) == ["Vorgang", "Stelle", "Gebühr"]

    bernd.post(f"{INBOX}spalten/", {"columns": ["nonsense"]})
    assert headings(bernd) == ["Vorgang", "Stelle", "Gebühr"]
    bernd.post(f"{INBOX}spalten/", {})
    assert headings(bernd) == ["Vorgang"]


def test_piles_of_what_is_paid_and_of_who_must_come_in_person(bernd: TownClient, anna: User, case: Submission) -> None:
    dangerous = make_submission(anna, flags=["in_person_required"])
    ordered = make_submission(anna, paid=True)
    Payment.objects.create(
        submission=ordered,
        reference="LAGE-1",
        amount=Decimal("5.00"),
        account="acct_probe_lage",
        state=PaymentState.PAID,
        created_at=MONDAY,
        paid_at=MONDAY,
    )
    actions.payment_arrived(submission=ordered, now=MONDAY)

    assert numbers(bernd, "?status=bezahlt") == [ordered.number]
    assert numbers(bernd, "?status=persoenlich") == [dangerous.number]


def test_a_page_of_the_inbox_takes_few_statements(bernd: TownClient, anna: User) -> None:
    for _number in range(3):
        make_submission(anna)
    bernd.get(INBOX)

    for query in ("", "?person=ich", "?status=ueberfaellig", "?q=hund"):
        with CaptureQueriesContext(connection) as asked:
            bernd.get(INBOX + query)
        assert len(asked) <= 12
