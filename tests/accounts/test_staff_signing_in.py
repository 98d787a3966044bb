"""Staff of a town and of the operator: password, then a code."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Role, User
from accounts.staff import TooManyTries, accepts
from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.pages import text_of
from tests.people import Browser, TownClient, make_anna, make_astrid, make_bernd, make_clara, make_olga
from tests.threads import at_once

PASSWORD = "Ein Satz, den nur ich kenne."
WRONG = "E-Mail-Adresse oder Passwort stimmen nicht."
START = "/rathaus/"


def give_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def give_app(user: User) -> TOTPDevice:
    return TOTPDevice.objects.create(user=user, name="app", confirmed=True)


def code_of(device: TOTPDevice, *, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = timezone.now().timestamp() + steps * device.step
    return f"{totp.token():06d}"


def enter_password(browser: Browser, email: str, password: str = PASSWORD, **query: str) -> Any:
    return browser.post("/rathaus/anmelden/", {"email": email, "password": password}, query_params=query)


def enter_code(browser: Browser, code: str, **query: str) -> Any:
    return browser.post("/rathaus/anmelden/code/", {"code": code}, query_params=query)


@pytest.fixture
def bernd(in_lage: Town) -> User:
    return give_password(make_bernd())


@pytest.fixture
def app(bernd: User) -> TOTPDevice:
    return give_app(bernd)


# --- Both factors -----------------------------------------------------------------------------------------


def test_password_and_code_lead_to_the_page_somebody_wanted(visitor: TownClient, bernd: User, app: TOTPDevice) -> None:
    wanted = visitor.get("/rathaus/eingang/")
    first = enter_password(visitor, bernd.email, next="/rathaus/eingang/")
    second = enter_code(visitor, code_of(app), next="/rathaus/eingang/")

    assert wanted["Location"] == "/rathaus/anmelden/?next=%2Frathaus%2Feingang%2F"
    assert first["Location"] == "/rathaus/anmelden/code/?next=%2Frathaus%2Feingang%2F"
    assert second["Location"] == "/rathaus/eingang/"
    assert visitor.get("/rathaus/eingang/").status_code == 200


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Role.CASE_WORKER, "/rathaus/eingang/"),
        (Role.ADMINISTRATOR, "/rathaus/verwaltung/leistungen/"),
        (Role.CASH_OFFICE, "/rathaus/kasse/"),
        (Role.CONTENT_EDITOR, "/rathaus/verwaltung/leistungen/"),
    ],
)
def test_without_a_wanted_page_each_role_starts_where_its_work_is(
    visitor: TownClient, bernd: User, app: TOTPDevice, role: Role, page: str
) -> None:
    User.objects.update(roles=[role])
    enter_password(visitor, bernd.email)

    assert enter_code(visitor, code_of(app))["Location"] == START
    assert visitor.get(START)["Location"] == page


def test_the_password_alone_opens_nothing(visitor: TownClient, bernd: User, app: TOTPDevice) -> None:
    enter_password(visitor, bernd.email)

    answers = [visitor.get(page)["Location"] for page in ("/rathaus/eingang/", "/rathaus/verwaltung/leistungen/")]

    assert [answer.partition("?")[0] for answer in answers] == ["/rathaus/anmelden/code/"] * 2


def test_the_mail_address_may_be_written_in_capitals(visitor: TownClient, bernd: User, app: TOTPDevice) -> None:
    answer = enter_password(visitor, f" {bernd.email.upper()} ")

    assert answer.status_code == 302


def test_each_factor_gives_the_session_a_new_key(visitor: TownClient, bernd: User, app: TOTPDevice) -> None:
    keys = [visitor.session.session_key or ""]  # this makes one, as an attacker might have planted it
    enter_password(visitor, bernd.email)
    keys.append(visitor.cookies["session"].value)
    enter_code(visitor, code_of(app))
    keys.append(visitor.cookies["session"].value)

    assert len(set(keys)) == 3
    assert [SessionStore().exists(key) for key in keys] == [False, False, True]


def test_signing_out_ends_the_session(visitor: TownClient, bernd: User, app: TOTPDevice) -> None:
    visitor.sign_in(bernd)
    key = visitor.cookies["session"].value

    answer = visitor.post("/rathaus/abmelden/")

    assert answer["Location"] == "/rathaus/anmelden/"
    assert not SessionStore().exists(key)
    assert "Sie sind abgemeldet." in text_of(visitor.get("/rathaus/anmelden/"))


def test_whoever_is_signed_in_is_not_asked_again(visitor: TownClient, bernd: User) -> None:
    visitor.sign_in(bernd)

    assert visitor.get("/rathaus/anmelden/?next=/hilfe/")["Location"] == "/rathaus/anmelden/code/?next=%2Fhilfe%2F"
    assert visitor.get("/rathaus/anmelden/code/?next=/hilfe/")["Location"] == "/hilfe/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://boese.example/",
        "//boese.example/",
        "/\\boese.example",
        "javascript:alert(1)",
        "http://lage.localhost@boese.example/",
    ],
)
def test_only_pages_of_the_own_host_are_led_to(
    visitor: TownClient, bernd: User, app: TOTPDevice, elsewhere: str
) -> None:
    enter_password(visitor, bernd.email, next=elsewhere)

    assert enter_code(visitor, code_of(app), next=elsewhere)["Location"] == START


# --- Passwords --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who", ["wrong password", "unknown", "citizen", "blocked", "without password", "of another town"]
)
def test_nobody_learns_why_a_password_is_refused(
    visitor: TownClient, bernd: User, app: TOTPDevice, detmold: Town, who: str
) -> None:
    email, password = bernd.email, PASSWORD
    match who:
        case "wrong password":
            password = "falsch"
        case "unknown":
            email = "niemand@rathaus.example"
        case "citizen":
            email = give_password(make_anna()).login
        case "blocked":
            User.objects.update(is_active=False)
        case "without password":
            email = make_astrid().email
        case "of another town":
            with in_town(detmold):
                email = give_password(make_clara()).email

    answer = visitor.post("/rathaus/anmelden/", {"email": email, "password": password})

    assert answer.status_code == 422
    assert WRONG in text_of(answer) or who == "citizen"
    assert "_auth_user_id" not in visitor.session


def test_five_wrong_passwords_lock_for_fifteen_minutes(
    visitor: TownClient, bernd: User, app: TOTPDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = timezone.now()
    for _attempt in range(5):
        assert enter_password(visitor, bernd.email, "falsch").status_code == 422

    monkeypatch.setattr("accounts.staff.timezone.now", lambda: start + timedelta(minutes=14))
    locked = enter_password(visitor, bernd.email)
    monkeypatch.setattr("accounts.staff.timezone.now", lambda: start + timedelta(minutes=16))
    open_again = enter_password(visitor, bernd.email)

    assert (locked.status_code, WRONG in text_of(locked)) == (422, True)
    assert open_again.status_code == 302


def test_four_wrong_passwords_are_forgotten_after_the_right_one(
    visitor: TownClient, bernd: User, app: TOTPDevice
) -> None:
    for _round in range(2):
        for _attempt in range(4):
            enter_password(visitor, bernd.email, "falsch")
        assert enter_password(visitor, bernd.email).status_code == 302
        visitor.post("/rathaus/abmelden/")


def test_a_lock_in_one_town_is_none_in_another(
    visitor: TownClient, visitor_of_detmold: TownClient, bernd: User, app: TOTPDevice, detmold: Town
) -> None:
    with in_town(detmold):
        other = give_password(make_bernd())
    for _attempt in range(5):
        enter_password(visitor, bernd.email, "falsch")

    assert enter_password(visitor_of_detmold, other.email).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_are_counted_one_by_one() -> None:
    town = Town.objects.get(slug="lage")
    with in_town(town):
        give_password(make_bernd())

    def guess() -> Any:
        return enter_password(TownClient(town), "bernd@rathaus.example", "falsch").status_code

    answers = at_once(8, guess)

    assert answers == [422] * 8
    with in_town(town):
        bernd = User.objects.get()
        assert bernd.locked_until is not None
        assert enter_password(TownClient(town), bernd.email).status_code == 422


# --- Codes ------------------------------------------------------------------------------------------------


def test_a_code_works_only_once(visitor: TownClient, bernd: User, app: TOTPDevice, lage: Town) -> None:
    code = code_of(app)
    enter_password(visitor, bernd.email)
    enter_code(visitor, code)
    thief = TownClient(lage)
    enter_password(thief, bernd.email)

    answer = enter_code(thief, code)

    assert answer.status_code == 422
    assert "war schon benutzt" in text_of(answer)


@pytest.mark.django_db(transaction=True)
def test_a_code_entered_twice_at_the_same_moment_works_once() -> None:
    town = Town.objects.get(slug="lage")
    with in_town(town):
        device = give_app(give_password(make_bernd()))
    code = code_of(device)

    def enter() -> bool:
        with in_town(town):
            return accepts(device, code)

    answers = at_once(4, enter)

    assert sorted(answer is True for answer in answers) == [False, False, False, True]
    assert all(answer in (True, False) or isinstance(answer, TooManyTries) for answer in answers)


@pytest.mark.parametrize("steps", [-4, 4])
def test_a_code_of_another_time_is_refused(visitor: TownClient, bernd: User, app: TOTPDevice, steps: int) -> None:
    enter_password(visitor, bernd.email)

    assert enter_code(visitor, code_of(app, steps=steps)).status_code == 422


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "12 34", "²²²²²²"])
def test_what_is_no_code_is_told_so_and_costs_no_try(
    visitor: TownClient, bernd: User, app: TOTPDevice, typed: str
) -> None:
    enter_password(visitor, bernd.email)

    answer = enter_code(visitor, typed)

    assert answer.status_code == 422
    assert "sechs Ziffern" in text_of(answer) or "Geben Sie den Code" in text_of(answer)
    app.refresh_from_db()
    assert app.throttling_failure_count == 0


def test_a_code_may_be_typed_with_a_space(visitor: TownClient, bernd: User, app: TOTPDevice) -> None:
    enter_password(visitor, bernd.email)
    code = code_of(app)

    assert enter_code(visitor, f"{code[:3]} {code[3:]}").status_code == 302


def test_after_wrong_codes_even_the_right_one_has_to_wait(visitor: TownClient, bernd: User, app: TOTPDevice) -> None:
    enter_password(visitor, bernd.email)
    enter_code(visitor, "000000")
    TOTPDevice.objects.update(throttling_failure_count=7)

    answer = enter_code(visitor, code_of(app))
    waiting = text_of(answer)
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(minutes=2))
    later = enter_code(visitor, code_of(app))

    assert answer.status_code == 422
    assert "Bitte warten Sie 2 Minuten." in waiting
    assert later.status_code == 302


# --- Setting up an app ------------------------------------------------------------------------------------


def test_whoever_has_no_app_sets_one_up(visitor: TownClient, bernd: User) -> None:
    enter_password(visitor, bernd.email, next="/rathaus/eingang/")
    page = visitor.get("/rathaus/anmelden/code/?next=/rathaus/eingang/")
    shown = visitor.get(page["Location"])
    device = TOTPDevice.objects.get()

    answer = visitor.post(page["Location"], {"code": code_of(device)})

    assert page["Location"] == "/rathaus/anmelden/einrichten/?next=%2Frathaus%2Feingang%2F"
    assert 'src="data:image/svg+xml' in shown.content.decode()
    assert answer["Location"] == "/rathaus/eingang/"
    device.refresh_from_db()
    assert device.confirmed
    assert "Ihre App ist verbunden." in text_of(visitor.get("/rathaus/eingang/"))


def test_the_key_shown_is_the_one_of_the_picture_and_stays_until_it_is_confirmed(
    visitor: TownClient, bernd: User
) -> None:
    enter_password(visitor, bernd.email)
    keys = [visitor.get("/rathaus/anmelden/einrichten/").context["key"] for _look in range(2)]

    assert keys[0] == keys[1]
    assert TOTPDevice.objects.count() == 1
    assert f"secret={keys[0].replace(' ', '')}" in TOTPDevice.objects.get().config_url


def test_a_wrong_first_code_connects_nothing(visitor: TownClient, bernd: User) -> None:
    enter_password(visitor, bernd.email)
    visitor.get("/rathaus/anmelden/einrichten/")

    answer = visitor.post("/rathaus/anmelden/einrichten/", {"code": "000000"})

    assert (answer.status_code, TOTPDevice.objects.get().confirmed) == (422, False)
    assert "Prüfen Sie die Uhr Ihres Telefons" in text_of(answer)


def test_whoever_knows_only_the_password_cannot_connect_a_second_app(
    visitor: TownClient, bernd: User, app: TOTPDevice
) -> None:
    enter_password(visitor, bernd.email)

    answer = visitor.get("/rathaus/anmelden/einrichten/")

    assert answer["Location"] == "/rathaus/anmelden/code/"
    assert TOTPDevice.objects.count() == 1


@pytest.mark.parametrize("page", ["/rathaus/anmelden/code/", "/rathaus/anmelden/einrichten/"])
def test_without_the_password_there_is_no_second_step(visitor: TownClient, page: str) -> None:
    assert visitor.get(page)["Location"] == "/rathaus/anmelden/"


# --- Other towns, other people ----------------------------------------------------------------------------


def test_a_session_of_one_town_is_worth_nothing_in_another(
    visitor: TownClient, visitor_of_detmold: TownClient, bernd: User
) -> None:
    visitor.sign_in(bernd)
    visitor_of_detmold.cookies = visitor.cookies

    assert visitor_of_detmold.get("/rathaus/eingang/")["Location"].startswith("/rathaus/anmelden/")


def test_a_citizen_is_no_staff(visitor: TownClient, in_lage: Town) -> None:
    visitor.sign_in(make_anna())

    assert visitor.get("/rathaus/eingang/")["Location"].startswith("/rathaus/anmelden/")
    assert visitor.get("/rathaus/anmelden/code/")["Location"] == "/rathaus/anmelden/"


def test_staff_is_no_citizen(visitor: TownClient, bernd: User) -> None:
    visitor.sign_in(bernd)

    assert visitor.get("/meine-antraege/")["Location"].startswith("/anmelden/")


def test_staff_of_a_town_cannot_sign_in_at_the_operators_host(bernd: User, app: TOTPDevice) -> None:
    browser = Browser("betrieb.localhost")

    answer = browser.post("/konto/anmelden/", {"email": bernd.email, "password": PASSWORD})

    assert (answer.status_code, WRONG in text_of(answer)) == (422, True)


@pytest.fixture
def at_the_operators(db: None) -> Callable[[], User]:
    with at_operator():
        return lambda: give_password(make_olga())


def test_the_operators_staff_signs_in_on_the_operators_host(at_the_operators: Callable[[], User]) -> None:
    olga = at_the_operators()
    device = give_app(olga)
    browser = Browser("betrieb.localhost")

    away = browser.get("/")
    first = browser.post("/konto/anmelden/?next=/", {"email": olga.email, "password": PASSWORD})
    second = browser.post("/konto/anmelden/code/?next=/", {"code": code_of(device)})

    assert away["Location"] == "/konto/anmelden/?next=%2F"
    assert (first["Location"], second["Location"]) == ("/konto/anmelden/code/?next=%2F", "/")
    assert browser.get("/konto/")["Location"] == "/"
    assert browser.get("/").status_code == 200


def test_the_operators_staff_cannot_sign_in_in_a_town(
    visitor: TownClient, at_the_operators: Callable[[], User]
) -> None:
    olga = at_the_operators()

    assert enter_password(visitor, olga.email).status_code == 422
