"""A citizen sees what the town has about her, takes it along, and has her account deleted."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from accounts.models import Kind, User
from catalogue.forms.current import form_definition
from submissions import retention
from submissions.models import Draft, Event, Submission, Upload
from submissions.states import State
from tenants.context import in_town
from tenants.models import Town
from tests.factories import make_submission
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_bernd, make_oemer
from tests.submissions.test_retention import end, pay

PAGE, DELETE, ARCHIVE = "/meine-daten/", "/meine-daten/konto-loeschen/", "/meine-daten/meine-daten.zip"


@pytest.fixture
def anna(in_lage: Town) -> User:
    return make_anna()


@pytest.fixture
def hers(lage: Town, anna: User) -> TownClient:
    return TownClient(lage).sign_in(anna)


def make_draft(citizen: User) -> tuple[Draft, str]:
    draft = Draft.objects.create(
        citizen=citizen,
        service_key="hund-anmelden",
        form_version=form_definition("hund-anmelden").version,
        answers={"vorname": "Anna"},
        created_at=MONDAY,
        edited_at=MONDAY,
    )
    upload = Upload(draft=draft, place="nachweis", name="Bello.pdf", content_type="application/pdf", size=4)
    upload.uploaded_at = MONDAY
    upload.file.save("nachweis.pdf", ContentFile(b"%PDF"), save=False)
    upload.save()
    return draft, str(upload.file.name)


def archive_of(client: TownClient) -> dict[str, bytes]:
    answer: Any = client.get(ARCHIVE)
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    with ZipFile(BytesIO(b"".join(answer.streaming_content))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_archive_holds_account_drafts_applications_receipts_and_files(anna: User, hers: TownClient) -> None:
    make_draft(anna)
    paid, other = make_submission(anna, paid=True), make_submission(make_oemer())
    pay(paid)

    found = archive_of(hers)

    case = f"Antraege/{paid.number}"
    assert sorted(found) == sorted(
        [
            "Konto.json",
            "Entwuerfe/hund-anmelden/Entwurf.json",
            "Entwuerfe/hund-anmelden/Dateien/Bello.pdf",
            f"{case}/Antrag.pdf",
            f"{case}/Angaben.json",
            f"{case}/Nachrichten.txt",
            f"{case}/Quittung-{paid.number}-1.pdf",
        ]
    )
    assert json.loads(found["Konto.json"])["email"] == "anna@post.example"
    assert json.loads(found[f"{case}/Angaben.json"])["answers"] == paid.answers
    assert other.number.encode() not in b"".join(found.values())


def test_the_page_says_what_there_is(anna: User, hers: TownClient) -> None:
    make_draft(anna)
    make_submission(anna)

    page = text_of(hers.get(PAGE))

    assert "1 angefangener Antrag" in page
    assert "1 offener Antrag" in page
    assert "0 erledigte Anträge" in page
    assert PAGE in hers.get(reverse("submissions:mine")).content.decode()


def test_account_and_drafts_go_at_once(anna: User, hers: TownClient) -> None:
    make_draft(anna)
    oemer = make_oemer()
    make_draft(oemer)

    assert hers.post(DELETE, {}).status_code == 422
    answer = hers.post(DELETE, {"sure": "on"})

    assert answer["Location"] == reverse("accounts:signed_out")
    assert User.objects.get(pk=anna.pk).own_name == ""
    assert list(Draft.objects.values_list("citizen", flat=True)) == [oemer.pk]
    assert hers.get(PAGE).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_the_files_of_drafts_go_too(lage: Town) -> None:
    with in_town(lage):
        anna = make_anna()
        _draft, name = make_draft(anna)
        assert default_storage.exists(name)

        TownClient(lage).sign_in(anna).post(DELETE, {"sure": "on"})

        assert not default_storage.exists(name)


def test_while_a_case_is_open_the_account_stays(anna: User, hers: TownClient) -> None:
    case = make_submission(anna)

    assert "Sie haben noch offene Anträge" in text_of(hers.get(DELETE))
    assert hers.post(DELETE, {"sure": "on"}).status_code == 422

    assert User.objects.filter(pk=anna.pk, is_active=True).exists()
    assert Submission.objects.get().number == case.number


def test_while_money_is_open_the_account_stays(anna: User, hers: TownClient) -> None:
    pay(end(make_submission(anna)), "disputed")

    assert "Eine Zahlung oder Erstattung ist offen." in text_of(hers.get(DELETE))
    assert hers.post(DELETE, {"sure": "on"}).status_code == 422

    assert User.objects.filter(pk=anna.pk, is_active=True).exists()


def test_what_stays_is_told_with_its_day_and_goes_then(lage: Town, anna: User, hers: TownClient) -> None:
    case = end(make_submission(anna))
    Event.objects.create(submission=case, at=MONDAY, by=anna, title="Ihre Antwort")
    second = TownClient(lage).sign_in(anna)
    page = text_of(hers.get(DELETE))
    assert case.number in page
    assert "Belege sechs Jahre" in page

    hers.post(DELETE, {"sure": "on"})

    shell = User.objects.get(kind=Kind.CITIZEN)
    assert (shell.name, shell.email, shell.attributes, shell.is_active) == ("", "", {}, False)
    assert "anna" not in f"{shell.login}{shell.subject}{shell.issuer}"
    assert second.get(PAGE).status_code == 302  # also where she was signed in elsewhere
    assert TownClient(lage).sign_in(make_bernd()).get(f"/rathaus/vorgang/{case.number}/").status_code == 200
    retention.mark_due(now=MONDAY + retention.KEPT)
    retention.purge_due(now=MONDAY + retention.KEPT + retention.UNDO)
    assert Submission.objects.get().state == State.PURGED


def test_who_comes_back_gets_a_new_account(lage: Town, anna: User, hers: TownClient) -> None:
    case = end(make_submission(anna))
    hers.post(DELETE, {"sure": "on"})

    again = TownClient(lage).sign_in(make_anna())

    assert case.number not in text_of(again.get(PAGE))
    assert again.get(f"/meine-antraege/{case.number}/").status_code == 404


@pytest.mark.parametrize("page", [PAGE, DELETE, ARCHIVE])
def test_these_pages_are_for_citizens_who_are_signed_in(lage: Town, in_lage: Town, page: str) -> None:
    assert TownClient(lage).get(page)["Location"].startswith("/anmelden/")
    assert TownClient(lage).sign_in(make_bernd()).get(page)["Location"].startswith("/anmelden/")


def test_in_another_town_there_is_nothing_of_it(detmold: Town, anna: User) -> None:
    make_draft(anna)
    end(make_submission(anna), MONDAY - timedelta(days=1))
    with in_town(detmold):
        there = TownClient(detmold).sign_in(make_anna())

    assert list(archive_of(there)) == ["Konto.json"]
    there.post(DELETE, {"sure": "on"})

    assert (User.objects.filter(pk=anna.pk).exists(), Draft.objects.count()) == (True, 1)
