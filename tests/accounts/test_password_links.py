"""Links with which staff choose a password: invitations, forgotten passwords, the first operator."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from accounts.actions import InvitationRefused, invite_staff, send_password_link
from accounts.models import Role, User
from accounts.staff import password_link
from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.accounts.test_staff_signing_in import PASSWORD, code_of, give_app, give_password
from tests.jobs import queued_jobs, run_jobs
from tests.pages import text_of
from tests.people import MONDAY, Browser, TownClient, make_anna, make_bernd, make_clara, make_olga

ASK = "/rathaus/passwort/"
NEW = "Ein neuer Satz, den nur ich kenne."


def path_of(link: str) -> str:
    return urlsplit(link).path


def path_in(message: EmailMessage | Any) -> str:
    found = re.search(r"http://\S+", str(message.body))
    assert found
    return path_of(found[0])


def choose(browser: Browser, path: str, password: str = NEW, again: str | None = None) -> Any:
    return browser.post(path, {"password": password, "again": password if again is None else again})


@pytest.fixture
def bernd(in_lage: Town) -> User:
    return make_bernd()


def test_an_invitation_leads_to_a_password_and_an_app(visitor: TownClient, in_lage: Town) -> None:
    invite_staff(
        email=" Berta@Rathaus.Example ", given_name="Berta", family_name="Blum", roles=[Role.ADMINISTRATOR], now=MONDAY
    )
    run_jobs()
    [message] = mail.outbox
    path = path_in(message)

    shown = visitor.get(path)
    chosen = choose(visitor, path)

    assert message.to == ["berta@rathaus.example"]
    assert message.subject == "Ihr Zugang: Serviceportal der Stadt Lage"
    assert "Berta" not in message.body
    assert "gilt 3 Tage" in message.body
    assert "http://lage.localhost:8000/rathaus/passwort/" in message.body
    assert "Berta Blum" in text_of(shown)
    assert chosen["Location"] == "/rathaus/anmelden/code/"
    assert visitor.get(chosen["Location"])["Location"] == "/rathaus/anmelden/einrichten/"
    user = User.objects.get()
    assert (user.check_password(NEW), user.roles) == (True, ["administrator"])
    assert user.link_asked_at == MONDAY
    assert user.link_sent_at is not None


def test_a_link_works_once(visitor: TownClient, bernd: User, lage: Town) -> None:
    path = path_of(password_link(bernd))
    choose(visitor, path)

    answers = [TownClient(lage).get(path), choose(TownClient(lage), path, "Ein dritter Satz nur fuer mich")]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert "Dieser Link gilt nicht mehr" in text_of(answers[0])
    bernd.refresh_from_db()
    assert bernd.check_password(NEW)


def test_looking_at_a_link_does_not_use_it_up(visitor: TownClient, bernd: User) -> None:
    """Mail programmes open links before people do."""
    path = path_of(password_link(bernd))
    for _look in range(3):
        visitor.get(path)

    assert choose(visitor, path).status_code == 302


def test_a_link_is_worthless_after_three_days(visitor: TownClient, bernd: User, settings: Any) -> None:
    path = path_of(password_link(bernd))
    settings.PASSWORD_RESET_TIMEOUT = -1

    assert visitor.get(path).status_code == 410


def test_a_newer_sign_in_makes_a_link_worthless(visitor: TownClient, bernd: User, lage: Town) -> None:
    give_password(bernd)
    path = path_of(password_link(bernd))
    TownClient(lage).post("/rathaus/anmelden/", {"email": bernd.email, "password": PASSWORD})

    assert visitor.get(path).status_code == 410


@pytest.mark.parametrize("path", ["MQ/x-y/", "x/y/", "MQ/dig-" + "0" * 32 + "/", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5/a-b/"])
def test_an_invented_link_is_worthless(visitor: TownClient, bernd: User, path: str) -> None:
    assert visitor.get(f"/rathaus/passwort/{path}").status_code == 410


def test_a_link_of_one_town_is_worthless_in_another(bernd: User, visitor_of_detmold: TownClient, detmold: Town) -> None:
    with in_town(detmold):
        clara = make_clara()
        User.objects.filter(pk=clara.pk).update(id=bernd.pk)
    path = path_of(password_link(bernd))

    assert visitor_of_detmold.get(path).status_code == 410


def test_nobody_blocked_can_use_a_link(visitor: TownClient, bernd: User) -> None:
    path = path_of(password_link(bernd))
    User.objects.update(is_active=False)

    assert visitor.get(path).status_code == 410


@pytest.mark.parametrize(
    ("password", "again", "message"),
    [
        ("Zk7!", None, "Nehmen Sie mindestens 12 Zeichen."),
        ("passwortpasswort", "passwortPasswort", "verschieden"),
        ("", "", "Geben Sie ein Passwort ein."),
        ("1q2w3e4r5t6y", None, "Dieses Passwort nehmen viele."),
        ("bernd@rathaus.example", None, "nichts mit Ihrem Namen oder Ihrer Adresse"),
        ("Brinkmann123", None, "nichts mit Ihrem Namen oder Ihrer Adresse"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(
    visitor: TownClient, bernd: User, password: str, again: str | None, message: str
) -> None:
    path = path_of(password_link(bernd))

    answer = choose(visitor, path, password, again)

    assert (answer.status_code, message in text_of(answer)) == (422, True)
    assert f'value="{password}"' not in answer.content.decode().replace(f'value="{bernd.email}"', "")
    bernd.refresh_from_db()
    assert not bernd.check_password(password)


def test_a_new_password_ends_a_lock_and_all_other_sessions(visitor: TownClient, bernd: User, lage: Town) -> None:
    give_password(bernd)
    elsewhere = TownClient(lage).sign_in(bernd)
    User.objects.update(locked_until=timezone.now() + timedelta(minutes=10), failed_sign_ins=3)
    bernd.refresh_from_db()

    choose(visitor, path_of(password_link(bernd)))

    bernd.refresh_from_db()
    assert (bernd.locked_until, bernd.failed_sign_ins) == (None, 0)
    assert elsewhere.get("/rathaus/eingang/")["Location"].startswith("/rathaus/anmelden/")


def test_a_new_password_does_not_replace_the_app(visitor: TownClient, bernd: User) -> None:
    device = give_app(give_password(bernd))
    choose(visitor, path_of(password_link(bernd)))

    assert visitor.get("/rathaus/eingang/")["Location"].startswith("/rathaus/anmelden/code/")
    assert visitor.post("/rathaus/anmelden/code/", {"code": code_of(device)}).status_code == 302


# --- Forgotten passwords ----------------------------------------------------------------------------------


def test_whoever_has_forgotten_the_password_gets_a_link(visitor: TownClient, bernd: User) -> None:
    give_password(bernd)

    answer = visitor.post(ASK, {"email": bernd.email.upper()})
    run_jobs()

    assert "Sehen Sie in Ihr Postfach" in text_of(answer)
    [message] = mail.outbox
    assert message.to == [bernd.email]
    assert "ein neues Passwort angefordert" in message.body
    assert choose(visitor, path_in(message)).status_code == 302


@pytest.mark.parametrize("who", ["unknown", "citizen", "blocked"])
def test_nobody_learns_whether_an_address_is_known(visitor: TownClient, bernd: User, who: str) -> None:
    known = text_of(visitor.post(ASK, {"email": bernd.email}))
    run_jobs()
    mail.outbox.clear()
    email = {"unknown": "niemand@post.example", "citizen": make_anna().email, "blocked": bernd.email}[who]
    if who == "blocked":
        User.objects.update(is_active=False, link_asked_at=None)

    answer = visitor.post(ASK, {"email": email})

    assert text_of(answer) == known
    assert queued_jobs() == []


def test_a_link_is_sent_at_most_every_five_minutes(
    visitor: TownClient, bernd: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    sent = []
    for minutes in (0, 1, 4, 6):
        monkeypatch.setattr("accounts.staff_views.timezone.now", lambda at=minutes: now + timedelta(minutes=at))
        visitor.post(ASK, {"email": bernd.email})
        sent.append(len(run_jobs()))

    assert sent == [1, 0, 0, 1]


@pytest.mark.parametrize("email", ["", "niemand", "a" * 300 + "@post.example"])
def test_what_is_no_mail_address_is_told_so(visitor: TownClient, in_lage: Town, email: str) -> None:
    answer = visitor.post(ASK, {"email": email})

    assert answer.status_code == 422
    assert queued_jobs() == []


# --- Inviting ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["bernd@rathaus.example", "BERND@rathaus.example "])
def test_nobody_is_invited_twice(bernd: User, email: str) -> None:
    with pytest.raises(InvitationRefused, match="gibt es schon einen Zugang"):
        invite_staff(email=email, given_name="B", family_name="B", roles=[], now=MONDAY)


@pytest.mark.parametrize("email", ["", "bernd", "bernd@", "b ernd@rathaus.example"])
def test_only_mail_addresses_are_invited(in_lage: Town, email: str) -> None:
    with pytest.raises(InvitationRefused, match="ist keine E-Mail-Adresse"):
        invite_staff(email=email, given_name="B", family_name="B", roles=[], now=MONDAY)

    assert User.objects.count() == 0


# --- The operator -----------------------------------------------------------------------------------------


@pytest.fixture
def olga(db: None) -> Iterator[User]:
    with at_operator():
        yield make_olga()


def test_the_operators_staff_gets_a_link_to_the_operators_host(olga: User) -> None:
    send_password_link(user=olga, now=MONDAY)
    run_jobs()
    [message] = mail.outbox
    browser = Browser("betrieb.localhost")

    answer = choose(browser, path_in(message))

    assert message.subject == "Ihr Zugang: Stadttor Betrieb"
    assert "http://betrieb.localhost:8000/konto/passwort/" in message.body
    assert answer["Location"] == "/konto/anmelden/code/"


def test_the_operators_staff_can_ask_for_a_link(olga: User) -> None:
    answer = Browser("betrieb.localhost").post("/konto/passwort/", {"email": olga.email})
    run_jobs()

    assert "Sehen Sie in Ihr Postfach" in text_of(answer)
    assert [message.to for message in mail.outbox] == [[olga.email]]


def test_a_link_of_the_operator_is_worthless_in_a_town(olga: User, visitor: TownClient, lage: Town) -> None:
    with in_town(lage):
        User.objects.filter(pk=make_bernd().pk).update(id=olga.pk)

    assert visitor.get(path_of(password_link(olga)).replace("/konto/", "/rathaus/")).status_code == 410
