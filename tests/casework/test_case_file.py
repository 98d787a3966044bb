"""A case as one PDF to print."""

from datetime import date, timedelta
from typing import Any

import pikepdf
import pytest
from django.core.files.base import ContentFile

from accounts.models import User
from submissions import actions
from submissions.casework import actions as casework
from submissions.casework.actions import VIEWED, Ruling
from submissions.models import Event, Submission, Upload
from submissions.states import Outcome
from submissions.uploads.states import Scan
from tests.factories import make_submission
from tests.files import accepted
from tests.people import MONDAY, TownClient
from tests.printed import Pdf
from tests.uploads.making import document, photo, picture

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"


def add_upload(case: Submission, name: str, content: bytes, kind: str = PDF, **values: Any) -> Upload:
    upload = Upload(
        submission=case, place="nachweis", name=name, content_type=kind, size=len(content), uploaded_at=MONDAY, **values
    )
    upload.file.save(name, ContentFile(content), save=False)
    upload.save(force_insert=True)
    return upload


def address_of(case: Submission) -> str:
    return f"/rathaus/vorgang/{case.number}/akte.pdf"


def printed(client: TownClient, case: Submission) -> Pdf:
    return sent(client.get(address_of(case)))


def sent(answer: Any) -> Pdf:
    return Pdf(b"".join(answer.streaming_content))


def texts(pdf: Pdf) -> list[str]:
    """What each page says, with ordinary spaces."""
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in pdf.texts]


@pytest.fixture
def decided(case: Submission, anna: User, bernd_himself: User) -> Submission:
    """A case with a note, a question and its answer, a decision, and two files."""
    casework.take(submission=case, by=bernd_himself, now=MONDAY)
    casework.add_note(submission=case, text="Am Telefon sehr nett.", by=bernd_himself, now=MONDAY + timedelta(hours=1))
    asked_at, answered_at = MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=3)
    casework.ask_back(
        submission=case, question="Welche Rasse?", due_on=date(2027, 1, 1), by=bernd_himself, now=asked_at
    )
    file = accepted("Rasse.pdf", document(words="Rasse"), PDF)
    actions.answer_question(submission=case, answer="Ein Beagle.", files=[file], by=anna, now=answered_at)
    ruling = Ruling(Outcome.GRANTED, "Ihr Hund ist angemeldet.")
    casework.decide(submission=case, ruling=ruling, by=bernd_himself, now=MONDAY + timedelta(hours=4))
    add_upload(case, "Bello.jpg", photo((1200, 800)), JPEG)
    return Submission.objects.get(pk=case.pk)


def test_application_history_letter_and_files_are_one_document(bernd: TownClient, decided: Submission) -> None:
    answer = bernd.get(address_of(decided))
    pdf = sent(answer)
    outline: Any = pdf.reader.outline

    assert answer["Content-Disposition"] == f'inline; filename="{decided.number}-akte.pdf"'
    assert answer["Content-Type"] == "application/pdf"
    assert [one.title for one in outline] == ["Antrag", "Verlauf", "Bescheid", "Bello.jpg", "Rasse.pdf"]
    starts = [pdf.reader.get_destination_page_number(one) or 0 for one in outline]
    assert starts == sorted(set(starts))
    first, history, letter, photo_page, proof = (texts(pdf)[start] for start in starts)
    assert f"Vorgang {decided.number} Hund anmelden" in first
    assert f"Vorgang {decided.number}, Stand" in history
    assert "Ihr Hund ist angemeldet." in letter
    assert photo_page.startswith("Bello.jpg Hochgeladen am 16. November 2026")
    assert proof == "Rasse"
    assert pdf.title == f"Hund anmelden, {decided.number}"
    assert str(pdf.root["/Lang"]) == "de-DE"
    assert Event.objects.filter(title=VIEWED).count() == 1


def test_the_history_tells_questions_answers_and_what_is_internal(bernd: TownClient, decided: Submission) -> None:
    told = " ".join(texts(printed(bernd, decided)))

    assert "Rückfrage Bernd Brinkmann, 16. November 2026, 11:30 Uhr, zu beantworten bis 1. Januar 2027" in told
    assert "Welche Rasse? Antwort 16. November 2026, 12:30 Uhr Ein Beagle. Dateien: Rasse.pdf" in told
    assert "Notiz intern Bernd Brinkmann, 16. November 2026, 10:30 Uhr Am Telefon sehr nett." in told
    assert "Angesehen" not in told
    assert "Nicht dabei" not in told


def test_a_picture_has_a_page_of_its_own_as_it_lies(bernd: TownClient, case: Submission) -> None:
    add_upload(case, "Quer.jpg", photo((1200, 800)), JPEG)
    add_upload(case, "Hoch.png", picture((800, 1200), form="PNG"), PNG)
    pdf = printed(bernd, case)

    assert pdf.sizes[-2:] == [(297, 210), (210, 297)]
    assert [len(page.images) for page in list(pdf.reader.pages)[-2:]] == [1, 1]


def test_what_was_typed_into_a_form_is_printed(bernd: TownClient, case: Submission) -> None:
    def with_field(pdf: pikepdf.Pdf) -> None:
        look = pikepdf.Stream(pdf, b"BT /F1 12 Tf 2 5 Td (Typed) Tj ET")
        look.Type, look.Subtype, look.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 200, 20]
        look.Resources = pdf.pages[0].obj.Resources
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T=pikepdf.String("name"),
                V=pikepdf.String("Typed"), Rect=[72, 600, 272, 620], F=4, AP=pikepdf.Dictionary(N=look),
            )
        )  # fmt: skip
        pdf.pages[0].obj.Annots = pikepdf.Array([field])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))

    add_upload(case, "Formular.pdf", document(with_field))

    page = list(printed(bernd, case).reader.pages)[-1]
    assert "/Annots" not in page or not page["/Annots"]
    assert "Typed" in page.extract_text()


def test_no_file_is_left_out_without_a_word(bernd: TownClient, case: Submission, settings: Any) -> None:
    settings.CLAMAV_URL = "tcp://scanner.example:3310"
    clean: dict[str, Any] = {"scan": Scan.CLEAN, "scanned_at": MONDAY}
    locked = document(encryption=pikepdf.Encryption(owner="a", user="b"))
    add_upload(case, "Virus.pdf", document(), scan=Scan.INFECTED, scanned_at=MONDAY, threat="Eicar")
    add_upload(case, "Neu.pdf", document())
    add_upload(case, "Kaputt.pdf", b"%PDF-1.4\nnothing", **clean)
    add_upload(case, "Halb.jpg", photo((600, 400))[:2000], JPEG, **clean)
    add_upload(case, "Verschlossen.pdf", locked, **clean)
    add_upload(case, "Gut.pdf", document(words="Gut"), **clean)
    gone = add_upload(case, "Weg.pdf", document(), **clean)
    gone.file.storage.delete(str(gone.file.name))
    pdf = printed(bernd, case)
    outline: Any = pdf.reader.outline
    told = " ".join(texts(pdf))

    assert [one.title for one in outline] == ["Antrag", "Verlauf", "Gut.pdf"]
    for missing in (
        "Virus.pdf Nicht dabei: gesperrt, weil ein Virus gefunden wurde",
        "Neu.pdf Nicht dabei: gesperrt, bis sie auf Viren geprüft ist",
        "Kaputt.pdf Nicht dabei: Die Datei ist beschädigt.",
        "Halb.jpg Nicht dabei: Das Bild ist beschädigt.",
        "Verschlossen.pdf Nicht dabei: Sie ist mit einem Passwort geschützt.",
        "Weg.pdf Nicht dabei: Die Datei ist nicht mehr da.",
    ):
        assert missing in told


def test_a_protected_case_is_printed_with_a_reason_only(bernd: TownClient, anna: User) -> None:
    case = make_submission(anna)
    Submission.objects.update(is_protected=True)
    assert bernd.get(address_of(case))["Location"] == f"/rathaus/vorgang/{case.number}/"

    bernd.post(f"/rathaus/vorgang/{case.number}/geschuetzte-angaben/", {"reason": "Bescheid per Post"})

    assert "Auskunftssperre ja, Anschrift nicht weitergeben" in " ".join(texts(printed(bernd, case)))


def test_the_page_of_a_case_leads_to_it(bernd: TownClient, case: Submission) -> None:
    assert f'href="{address_of(case)}"' in bernd.get(f"/rathaus/vorgang/{case.number}/").content.decode()
