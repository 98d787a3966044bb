"""Who works for the operator: invited by mail, given roles, locked out; and somebody is always left to do it."""

from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import AuditEntry, Kind, OperatorRole, User
from operations.people import change_rights
from tenants.context import in_town
from tenants.models import Town
from tests.desk import errors_of
from tests.jobs import run_jobs
from tests.operations.conftest import Desk
from tests.pages import text_of
from tests.people import MONDAY, make_bernd, make_operator, make_sven
from tests.threads import at_once

LIST = "/mitarbeitende/"
UTE = {
    "given_name": "Ute",
    "family_name": "Unger",
    "email": "Ute@Betrieb.example",
    "roles": ["support", "catalogue"],
}


@pytest.fixture
def sven(db: None) -> User:
    return make_sven()


def test_somebody_is_invited_by_mail(desk: Desk) -> None:
    answer = desk.post(f"{LIST}einladen/", UTE, follow=True)
    run_jobs()

    ute = User.objects.get(login="ute@betrieb.example")
    assert (ute.kind, ute.roles, ute.has_usable_password()) == (Kind.OPERATOR, ["support", "catalogue"], False)
    assert "Die Einladung an Ute@Betrieb.example ist unterwegs." in text_of(answer)
    assert "eingeladen" in text_of(answer)
    [message] = mail.outbox
    assert (message.to, message.subject) == (["ute@betrieb.example"], "Ihr Zugang: Stadttor Betrieb")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": ""}, "Bitte ausfüllen: E-Mail-Adresse"),
        ({"email": "ute"}, "Geben Sie eine E-Mail-Adresse ein, zum Beispiel anna@beispiel.de."),
        ({"email": "OLGA@betrieb.example"}, "Für diese E-Mail-Adresse gibt es schon einen Zugang."),
        ({"family_name": " "}, "Bitte ausfüllen: Nachname"),
        ({"roles": []}, "Kreuzen Sie an, was die Person im Betrieb tun darf."),
        ({"roles": ["administrator"]}, "Bitte wählen Sie eine der Möglichkeiten aus."),
    ],
)
def test_a_wrong_invitation_is_explained_and_what_was_typed_stays(
    desk: Desk, changes: dict[str, Any], sentence: str
) -> None:
    answer = desk.post(f"{LIST}einladen/", UTE | changes)

    assert (answer.status_code, errors_of(answer)) == (422, [sentence])
    assert 'value="Ute"' in answer.content.decode()
    assert User.objects.count() == 1


def test_roles_are_given_and_taken_away_at_once(desk: Desk, sven: User) -> None:
    his = Desk().sign_in(sven)
    before = his.get("/auftraege/").status_code

    desk.post(f"{LIST}{sven.pk}/", {"roles": ["catalogue"], "is_active": "on"})

    sven.refresh_from_db()
    assert (sven.roles, sven.is_active) == (["catalogue"], True)
    assert (before, his.get("/auftraege/").status_code) == (200, 404)


def test_whoever_is_locked_out_is_out_with_the_next_click(desk: Desk, sven: User) -> None:
    his = Desk().sign_in(sven)
    assert his.get("/").status_code == 200

    desk.post(f"{LIST}{sven.pk}/", {"roles": ["support"]})

    assert his.get("/")["Location"].startswith("/konto/anmelden/")
    assert "gesperrt" in text_of(desk.get(LIST))


@pytest.mark.parametrize("data", [{"roles": ["support"], "is_active": "on"}, {"roles": ["people"]}])
def test_the_last_who_manages_people_cannot_lock_herself_out(desk: Desk, olga: User, data: dict[str, Any]) -> None:
    make_operator("lars", "Lars", "Leer", OperatorRole.FLEET)
    gone = make_operator("gerd", "Gerd", "Gone", OperatorRole.PEOPLE)
    User.objects.filter(pk=gone.pk).update(is_active=False)

    answer = desk.post(f"{LIST}{olga.pk}/", data)

    sentence = "Jemand muss die Mitarbeitenden verwalten können. Geben Sie das zuerst einer anderen Person."
    assert errors_of(answer) == [sentence]
    olga.refresh_from_db()
    assert (olga.roles, olga.is_active) == (list(OperatorRole), True)


@pytest.mark.django_db(transaction=True)
def test_two_who_lock_each_other_out_at_once_do_not_leave_nobody(lage: Town) -> None:
    one, other = (make_operator(name, name, name, OperatorRole.PEOPLE) for name in ("eins", "zwei"))
    pairs = iter([(one, other), (other, one)])

    def lock_out() -> None:
        by, person = next(pairs)
        change_rights(person=person, roles=[OperatorRole.PEOPLE], is_active=False, by=by, now=MONDAY)

    outcomes = at_once(2, lock_out)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AccessRefused", "NoneType"]
    assert User.objects.filter(kind=Kind.OPERATOR, is_active=True).count() == 1


def test_who_gives_the_management_away_lands_where_she_may_be(desk: Desk, olga: User, sven: User) -> None:
    desk.post(f"{LIST}{sven.pk}/", {"roles": ["people"], "is_active": "on"})

    answer = desk.post(f"{LIST}{olga.pk}/", {"roles": ["fleet"], "is_active": "on"}, follow=True)

    assert answer.status_code == 200
    assert "Der Zugang von Olga Ostmann ist geändert." in text_of(answer)


def test_a_link_and_a_new_app_help_who_cannot_sign_in(desk: Desk, sven: User) -> None:
    his = Desk().sign_in(sven)
    sven.set_password("Ein Satz nur fuer Sven")
    sven.save()

    desk.post(f"{LIST}{sven.pk}/link/")
    desk.post(f"{LIST}{sven.pk}/app/")
    run_jobs()

    assert [message.to for message in mail.outbox] == [[sven.email]]
    assert not TOTPDevice.objects.filter(user=sven).exists()
    assert his.get("/")["Location"].startswith("/konto/anmelden/")


def test_each_change_is_written_down_with_who_made_it(desk: Desk, sven: User) -> None:
    desk.post(f"{LIST}{sven.pk}/", {"roles": ["fleet", "support"], "is_active": "on"})
    desk.post(f"{LIST}{sven.pk}/", {"roles": ["support"]})
    desk.post(f"{LIST}{sven.pk}/app/")

    entries = list(AuditEntry.objects.filter(object_kind="user", object_key=str(sven.pk)))
    assert [(entry.action, entry.text, entry.by and entry.by.name) for entry in entries] == [
        ("app_forgotten", "", "Olga Ostmann"),
        ("rights_changed", "gesperrt, Unterstützung der Städte", "Olga Ostmann"),
        ("rights_changed", "Städte, Unterstützung der Städte", "Olga Ostmann"),
    ]
    page = text_of(desk.get(f"{LIST}{sven.pk}/"))
    assert "Zugang geändert : gesperrt, Unterstützung der Städte" in page


@pytest.mark.parametrize("change", ["UPDATE accounts_auditentry SET text = 'x'", "DELETE FROM accounts_auditentry"])
@pytest.mark.parametrize("place", ["operator", "town"])
def test_what_is_written_down_stays(desk: Desk, sven: User, lage: Town, change: str, place: str) -> None:
    desk.post(f"{LIST}{sven.pk}/app/")
    with in_town(lage):
        AuditEntry.objects.create(at=MONDAY, action="invited")

    def attempt() -> None:
        with pytest.raises(DatabaseError, match="the audit log only grows"), transaction.atomic():
            connection.cursor().execute(change)

    if place == "operator":
        attempt()
        assert AuditEntry.objects.count() == 1
    else:
        with in_town(lage):
            attempt()
            assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("path", ["", "link/", "app/"])
def test_people_of_a_town_are_nobody_here(desk: Desk, lage: Town, path: str) -> None:
    with in_town(lage):
        bernd = make_bernd()
        User.objects.filter(pk=bernd.pk).update(id=4242)

    assert desk.post(f"{LIST}4242/{path}").status_code == 404
    assert "Brinkmann" not in text_of(desk.get(LIST))


def test_the_number_of_statements_does_not_grow_with_the_people(desk: Desk) -> None:
    desk.get(LIST)
    with CaptureQueriesContext(connection) as with_one:
        desk.get(LIST)
    make_sven()
    make_operator("lars", "Lars", "Leer", OperatorRole.FLEET)

    with CaptureQueriesContext(connection) as with_three:
        page = desk.get(LIST)

    assert len(page.context["people"]) == 3
    assert len(with_three) == len(with_one)
