"""Who may sign in at the town hall, and what for."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Role, User
from tests.desk import errors_of
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_bernd

LIST = "/rathaus/verwaltung/mitarbeitende/"
UDO = {
    "given_name": "Udo",
    "family_name": "Uhl",
    "email": "Udo.Uhl@lage.example",
    "roles": ["case_worker", "cash_office"],
}


def test_somebody_is_invited_by_mail(astrid: TownClient) -> None:
    answer = astrid.post(f"{LIST}einladen/", UDO, follow=True)

    udo = User.objects.get(login="udo.uhl@lage.example")
    assert udo.roles == ["case_worker", "cash_office"]
    assert not udo.has_usable_password()
    assert "Die Einladung an Udo.Uhl@lage.example ist unterwegs." in text_of(answer)
    assert "Udo Uhl" in text_of(answer)
    assert "eingeladen" in text_of(answer)
    run_jobs()
    assert [message.to for message in mail.outbox] == [["udo.uhl@lage.example"]]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": ""}, "Geben Sie die dienstliche E-Mail-Adresse ein."),
        ({"email": "udo"}, "Geben Sie eine E-Mail-Adresse ein, zum Beispiel anna@beispiel.de."),
        ({"email": "ASTRID@rathaus.example"}, "Für diese E-Mail-Adresse gibt es schon einen Zugang."),
        ({"given_name": " "}, "Geben Sie den Vornamen ein."),
        ({"roles": []}, "Kreuzen Sie an, was die Person im Rathaus tun darf."),
        ({"roles": ["god"]}, "Bitte wählen Sie eine der Möglichkeiten aus."),
    ],
)
def test_a_wrong_invitation_is_explained_and_what_was_typed_stays(
    astrid: TownClient, changes: dict[str, object], sentence: str
) -> None:
    answer = astrid.post(f"{LIST}einladen/", UDO | changes)

    assert answer.status_code == 422
    assert errors_of(answer) == [sentence]
    assert 'value="Uhl"' in answer.content.decode()
    assert User.objects.count() == 1


def test_roles_are_given_and_taken_away(astrid: TownClient) -> None:
    bernd = make_bernd()

    astrid.post(f"{LIST}{bernd.pk}/", {"roles": ["cash_office"], "is_active": "on"})

    bernd.refresh_from_db()
    assert (bernd.roles, bernd.is_active) == ([Role.CASH_OFFICE], True)


def test_whoever_is_locked_out_is_out_with_the_next_click(astrid: TownClient) -> None:
    bernd = make_bernd()
    his = TownClient(astrid.town).sign_in(bernd)
    assert his.get("/rathaus/eingang/").status_code == 200

    astrid.post(f"{LIST}{bernd.pk}/", {"roles": ["case_worker"]})

    assert his.get("/rathaus/eingang/")["Location"].startswith("/rathaus/anmelden/")
    assert "gesperrt" in text_of(astrid.get(LIST))


@pytest.mark.parametrize("data", [{"roles": ["case_worker"], "is_active": "on"}, {"roles": ["administrator"]}])
def test_the_last_administrator_cannot_lock_herself_out(
    astrid: TownClient, astrid_herself: User, data: dict[str, object]
) -> None:
    answer = astrid.post(f"{LIST}{astrid_herself.pk}/", data)

    assert errors_of(answer) == ["Jemand muss das Portal verwalten können. Geben Sie das zuerst einer anderen Person."]
    astrid_herself.refresh_from_db()
    assert (astrid_herself.roles, astrid_herself.is_active) == ([Role.ADMINISTRATOR], True)


def test_a_link_and_a_new_app_help_who_cannot_sign_in(astrid: TownClient) -> None:
    bernd = make_bernd()
    TownClient(astrid.town).sign_in(bernd)

    astrid.post(f"{LIST}{bernd.pk}/link/")
    astrid.post(f"{LIST}{bernd.pk}/app/")

    run_jobs()
    assert [message.to for message in mail.outbox] == [[bernd.email]]
    assert TOTPDevice.objects.count() == 1  # Astrid's own


@pytest.mark.parametrize("path", ["", "link/", "app/"])
def test_citizens_are_no_staff(astrid: TownClient, path: str) -> None:
    anna = make_anna()

    assert astrid.post(f"{LIST}{anna.pk}/{path}").status_code == 404
    assert "Schröder" not in text_of(astrid.get(LIST))


def test_the_number_of_statements_does_not_grow_with_the_people(astrid: TownClient) -> None:
    astrid.get(LIST)
    with CaptureQueriesContext(connection) as with_one:
        astrid.get(LIST)
    make_bernd()
    astrid.post(f"{LIST}einladen/", UDO)
    astrid.get(LIST)

    with CaptureQueriesContext(connection) as with_three:
        page = astrid.get(LIST)

    assert len(page.context["rows"]) == 3
    assert len(with_three) == len(with_one)
