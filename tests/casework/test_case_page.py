"""A case shows all that is needed to decide, and what can be done now."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.trust import TrustLevel
from billing.models import Payment
from billing.states import PaymentState
from submissions import actions
from submissions.casework import actions as casework
from submissions.casework.actions import Ruling
from submissions.models import Event, Submission, Upload
from submissions.states import Outcome
from tests.factories import DOG_ANSWERS, make_submission
from tests.files import PDF, PNG, accepted
from tests.pages import links_of, text_of
from tests.people import MONDAY, TownClient


def page_of(client: TownClient, case: Submission) -> str:
    return text_of(client.get(f"/rathaus/vorgang/{case.number}/"))


def add_upload(case: Submission, name: str = "Impfpass.png", content: bytes = PNG, kind: str = "image/png") -> Upload:
    upload = Upload(
        submission=case, place="nachweis", name=name, content_type=kind, size=len(content), uploaded_at=MONDAY
    )
    upload.file.save(name, ContentFile(content), save=False)
    upload.save(force_insert=True)
    return upload


def test_it_shows_the_answers_as_the_citizen_saw_them(bernd: TownClient, case: Submission) -> None:
    page = page_of(bernd, case)

    assert "Familienname Schröder" in page
    assert "Bello, Beagle: Größe Höhe bis zur Schulter 38 cm" in page
    assert "Wann ist der Hund geboren? März 2026" in page
    assert "Stelle Steueramt" in page


def test_verified_answers_and_trust_level_are_marked(bernd: TownClient, anna: User) -> None:
    case = make_submission(anna, verified=["nachname"], trust_level=TrustLevel.SUBSTANTIAL)

    page = page_of(bernd, case)

    assert "Familienname Schröder geprüft" in page
    assert "Vorname(n) Anna geprüft" not in page
    assert "Stufe 2 von 3: geprüftes Konto" in page


def test_flags_are_told_in_the_words_of_the_form(bernd: TownClient, anna: User) -> None:
    case = make_submission(anna, flags=["big_dog"])

    assert "Bitte beachten Großer Hund (§ 11 LHundG NRW)" in page_of(bernd, case)


def test_payments_are_shown_with_their_state(bernd: TownClient, anna: User) -> None:
    case = make_submission(anna, paid=True)
    Payment.objects.create(
        submission=case,
        reference=f"{case.number}-1",
        amount=Decimal("5.00"),
        state=PaymentState.PAID,
        account="acct_1",
        method="card",
        created_at=MONDAY,
        paid_at=MONDAY,
    )
    actions.payment_arrived(submission=case, now=MONDAY)

    page = page_of(bernd, case)

    assert "Gebühr Ersatz-Hundemarke 5,00 € Bezahlt LAGE-2026-000001-1 16. November 2026, 9:30 Uhr, Karte" in page


def test_what_is_not_paid_yet_says_that_it_does_not_count(bernd: TownClient, anna: User) -> None:
    case = make_submission(anna, paid=True)

    page = page_of(bernd, case)

    assert "Dieser Antrag zählt noch nicht" in page
    assert "Übernehmen" not in page


def test_the_newest_answer_stands_above_everything_else(
    bernd: TownClient, bernd_himself: User, anna: User, case: Submission
) -> None:
    casework.take(submission=case, by=bernd_himself, now=MONDAY)
    casework.ask_back(
        submission=case, question="Ein Foto, bitte.", due_on=date(2026, 12, 1), by=bernd_himself, now=MONDAY
    )
    photo = accepted("Chip.png")
    actions.answer_question(
        submission=case, answer="Hier ist es.", files=[photo], by=anna, now=MONDAY + timedelta(hours=1)
    )

    page = bernd.get(f"/rathaus/vorgang/{case.number}/")

    text = text_of(page)
    assert text.index("Die Antwort ist da") < text.index("Entscheiden") < text.index("Angaben")
    assert "Hier ist es. Chip.png" in text
    assert "Ein Foto, bitte." in text
    assert f"/rathaus/vorgang/{case.number}/datei/{Upload.objects.get().pk}/" in links_of(page)


def test_the_history_names_who_and_when_and_what_is_internal(
    bernd: TownClient, bernd_himself: User, anna: User, case: Submission
) -> None:
    casework.take(submission=case, by=bernd_himself, now=MONDAY)
    casework.add_note(submission=case, text="Angerufen.", by=bernd_himself, now=MONDAY + timedelta(hours=1))
    actions.withdraw(submission=case, by=anna, now=MONDAY + timedelta(hours=2))

    entries = bernd.get(f"/rathaus/vorgang/{case.number}/").context["history"]

    assert [(entry.title, entry.by, entry.text, entry.is_internal) for entry in entries] == [
        ("Antrag zurückgezogen", "Anna Schröder", "", False),
        ("Notiz", "Bernd Brinkmann", "Angerufen.", True),
        ("Die Bearbeitung hat begonnen", "Bernd Brinkmann", "", False),
        ("Antrag eingegangen", "Anna Schröder", "", False),
    ]


def test_looking_at_a_case_is_written_down_once_an_hour(
    bernd: TownClient, bernd_himself: User, case: Submission
) -> None:
    page_of(bernd, case)
    page_of(bernd, case)

    assert list(Event.objects.filter(title="Angesehen").values_list("by", "is_public")) == [(bernd_himself.pk, False)]
    assert "Wer hat den Vorgang angesehen? Bernd Brinkmann" in page_of(bernd, case)


def test_citizens_do_not_see_who_looked(bernd: TownClient, anna: User, case: Submission) -> None:
    page_of(bernd, case)
    casework.add_note(submission=case, text="Streng geheim.", by=User.objects.get(given_name="Bernd"), now=MONDAY)

    hers = text_of(TownClient(bernd.town).sign_in(anna).get(f"/meine-antraege/{case.number}/"))

    assert "Angesehen" not in hers
    assert "Streng geheim." not in hers


# --- Files -----------------------------------------------------------------------------------------------------


def test_a_file_is_opened_without_being_able_to_do_anything(bernd: TownClient, case: Submission) -> None:
    upload = add_upload(case)

    answer = bernd.get(f"/rathaus/vorgang/{case.number}/datei/{upload.pk}/")

    assert b"".join(answer.streaming_content) == PNG  # type: ignore[attr-defined]
    headers = {name: answer[name] for name in ("Content-Type", "X-Content-Type-Options", "Content-Security-Policy")}
    assert headers == {
        "Content-Type": "image/png",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    assert "no-store" in answer["Cache-Control"]
    assert Event.objects.filter(title="Angesehen").count() == 1


def test_a_file_is_found_only_through_its_own_case(bernd: TownClient, anna: User, case: Submission) -> None:
    upload = add_upload(case)
    other = make_submission(anna)

    assert bernd.get(f"/rathaus/vorgang/{other.number}/datei/{upload.pk}/").status_code == 404


def test_the_application_is_there_as_a_pdf(bernd: TownClient, case: Submission) -> None:
    answer = bernd.get(f"/rathaus/vorgang/{case.number}/antrag.pdf")

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize("number", ["LAGE-2026-999999", "quatsch", "1"])
def test_a_number_that_nobody_has_is_a_404(bernd: TownClient, number: str) -> None:
    assert bernd.get(f"/rathaus/vorgang/{number}/").status_code == 404


@pytest.mark.parametrize("path", ["/rathaus/vorgang/%00/", "/rathaus/vorgang/../eingang/", "/rathaus/vorgang/ä/"])
def test_an_address_that_is_none_is_a_404(bernd: TownClient, path: str) -> None:
    assert bernd.get(path).status_code == 404


def test_the_number_of_statements_does_not_grow_with_what_happened(
    bernd: TownClient, bernd_himself: User, anna: User, case: Submission
) -> None:
    def go_round(moment: int) -> None:
        now = MONDAY + timedelta(hours=moment)
        casework.ask_back(submission=case, question="?", due_on=date(2027, 1, 1), by=bernd_himself, now=now)
        file = accepted("Antwort.pdf", PDF, "application/pdf")
        actions.answer_question(submission=case, answer="!", files=[file], by=anna, now=now + timedelta(minutes=30))

    casework.take(submission=case, by=bernd_himself, now=MONDAY)
    go_round(1)
    page_of(bernd, case)
    with CaptureQueriesContext(connection) as with_one:
        page_of(bernd, case)
    go_round(2)
    go_round(3)

    with CaptureQueriesContext(connection) as with_three:
        page_of(bernd, case)

    assert len(with_three) == len(with_one)


def test_decided_cases_show_the_decision_and_who_made_it(
    bernd: TownClient, bernd_himself: User, case: Submission
) -> None:
    casework.take(submission=case, by=bernd_himself, now=MONDAY)
    casework.decide(submission=case, ruling=Ruling(Outcome.GRANTED, "Ja.\nAlles gut."), by=bernd_himself, now=MONDAY)

    shown = "Entscheidung: Bewilligt Bernd Brinkmann, 16. November 2026, 9:30 Uhr Bewilligt Ja. Alles gut."
    assert shown in page_of(bernd, case)


def test_two_entries_of_a_group_are_told_apart(bernd: TownClient, anna: User) -> None:
    second = DOG_ANSWERS["hunde"][0] | {"_id": "bbb222", "hund_name": "Rex"}
    case = make_submission(anna, answers=DOG_ANSWERS | {"hunde": [*DOG_ANSWERS["hunde"], second]})

    page = page_of(bernd, case)

    assert "Bello, Beagle: Hund" in page
    assert "Rex, Beagle: Hund" in page
