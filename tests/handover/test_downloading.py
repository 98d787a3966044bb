"""Case workers take a case, or several of a service, with them as one file."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from accounts.models import User
from submissions.casework.actions import VIEWED
from submissions.models import Event, Submission
from tenants.models import Town
from tests.factories import make_submission
from tests.pages import text_of
from tests.people import TownClient, make_bernd

MANY = "/rathaus/eingang/viele/"


@pytest.fixture
def bernd(lage: Town, in_lage: Town) -> TownClient:
    return TownClient(lage).sign_in(make_bernd())


def names(answer: object) -> list[str]:
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return ZipFile(BytesIO(content)).namelist()


def test_a_case_is_one_file(bernd: TownClient, anna: User) -> None:
    case = make_submission(anna)
    answer = bernd.get(f"/rathaus/vorgang/{case.number}/vorgang.zip")

    assert answer["Content-Disposition"] == f'attachment; filename="{case.number}.zip"'
    assert names(answer) == ["Antrag.pdf", "Angaben.json", "Nachrichten.txt"]
    assert Event.objects.filter(submission=case, title=VIEWED).count() == 1


def test_several_are_one_file_with_a_folder_each(bernd: TownClient, anna: User) -> None:
    first, second = make_submission(anna), make_submission(anna)
    answer = bernd.post(MANY, {"vorgang": [second.number, first.number], "schritt": "download"})

    assert [name for name in names(answer) if name.endswith(".pdf")] == [
        f"{first.number}/Antrag.pdf",
        f"{second.number}/Antrag.pdf",
    ]
    assert Event.objects.filter(title=VIEWED).count() == 2


def test_cases_of_different_services_are_not_mixed(bernd: TownClient, anna: User) -> None:
    cases = [make_submission(anna), make_submission(anna, service_key="hund-abmelden")]
    sent = {"vorgang": [one.number for one in cases], "schritt": "download"}
    page = bernd.post(MANY, sent, follow=True)

    assert "nur Vorgänge derselben Leistung" in text_of(page)
    assert Event.objects.filter(title=VIEWED).count() == 0


def test_a_protected_case_is_downloaded_with_a_reason_only(bernd: TownClient, anna: User) -> None:
    case = make_submission(anna)
    Submission.objects.update(is_protected=True)

    one = bernd.get(f"/rathaus/vorgang/{case.number}/vorgang.zip")
    many = bernd.post(MANY, {"vorgang": [case.number], "schritt": "download"}, follow=True)

    assert one["Location"] == f"/rathaus/vorgang/{case.number}/"
    assert f"Für {case.number} gilt eine Auskunftssperre." in text_of(many)
