"""The same on the server: commands for a new town and for somebody at the operator's desk."""

import io
import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Kind, OperatorRole, User
from catalogue.models import Release, ReleaseState
from tenants.context import in_town
from tenants.models import Host, Town
from tests.accounts.test_staff_signing_in import code_of
from tests.jobs import run_jobs
from tests.operations.conftest import BLOMBERG
from tests.people import Browser, make_bernd, make_operator
from tests.tenants.test_creating_towns import schemas
from townhall.models import Profile


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command(*arguments, stdout=output, no_color=True)
    return output.getvalue()


# --- A new town -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["Blomberg", "blomberg", "Blom", "05766016", "057660016016"])
def test_a_town_is_created_by_name_or_key(db: None, named: str) -> None:
    said = run("create_town", named)

    assert said.splitlines() == [
        "Stadt Blomberg ist im Probebetrieb: http://blomberg.localhost:8000/",
        "Es ist noch niemand eingeladen. Das geht im Betrieb auf der Seite der Stadt.",
    ]
    assert Browser("blomberg.localhost").get("/").status_code == 200


def test_everything_can_be_said_on_the_line(db: None) -> None:
    said = run(
        "create_town", "Köln", "--slug", "domstadt", "--host", "https://rathaus.köln.example/", "--colour", "#9d2235",
        "--live", "Umzug", "--admin", "kathi@koeln.example", "--admin-name", "Kathi von Köln",
    )  # fmt: skip
    run_jobs()

    town = Town.objects.get(slug="domstadt")
    assert "Stadt Köln ist online" in said
    assert "Die Einladung ist an kathi@koeln.example unterwegs." in said
    assert [message.to for message in mail.outbox] == [["kathi@koeln.example"]]
    assert [host.domain for host in town.hosts.order_by("pk")] == ["domstadt.localhost", "rathaus.xn--kln-sna.example"]
    with in_town(town):
        assert Profile.objects.get().colour == "#9d2235"
        kathi = User.objects.get()
        assert (kathi.given_name, kathi.family_name) == ("Kathi", "von Köln")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Bad"], "Bitte genauer. In Frage kommen: Bad Berleburg"),
        (["Wolkenkuckucksheim"], "steht nicht in der amtlichen Liste"),
        (["99999999"], "Den Schlüssel 99999999 gibt es in der amtlichen Liste nicht"),
        (["Lage"], "Lage gibt es hier schon"),
        (["Blomberg", "--slug", "lage"], "schon vergeben"),
        (["Blomberg", "--slug", "betrieb"], "brauchen wir selbst"),
        (["Blomberg", "--slug", "blömberg"], "Schreiben Sie ä als ae"),
        (["Blomberg", "--host", "lage.localhost"], "vergeben wir selbst"),
        (["Blomberg", "--size", "kreisfrei"], "Blomberg kann keine Stadt dieser Art sein: Kreisfreie Stadt."),
        (["Blomberg", "--host", "kein host"], "ist keine Adresse"),
        (["Blomberg", "--colour", "rot"], "Geben Sie die Farbe mit # und sechs Zeichen an"),
        (["Blomberg", "--admin", "a@b.example"], "Bitte auch den Namen angeben"),
        (["Blomberg", "--admin", "keine", "--admin-name", "A B"], "ist keine E-Mail-Adresse"),
    ],
)
def test_what_does_not_work_is_said_in_german_and_leaves_nothing(
    lage: Town, arguments: list[str], message: str
) -> None:
    before = schemas(), Host.objects.count()

    with pytest.raises(CommandError, match=re.escape(message)):
        run("create_town", *arguments)

    assert (schemas(), Host.objects.count()) == before
    assert not Town.objects.filter(ars=BLOMBERG.ars).exists()


def test_without_a_catalogue_it_says_what_to_do_first(db: None) -> None:
    Release.objects.filter(state=ReleaseState.RELEASED).update(state=ReleaseState.SUPERSEDED)

    with pytest.raises(CommandError, match="Es gibt noch keinen freigegebenen Leistungskatalog"):
        run("create_town", "Blomberg")


# --- Somebody at the desk ---------------------------------------------------------------------------------


def link_in(said: str) -> str:
    found = re.search(r"http://betrieb\.localhost:8000(/konto/passwort/\S+)", said)
    assert found, said
    return urlsplit(found[0]).path


def test_the_first_operator_gets_a_link_for_password_and_app(db: None) -> None:
    said = run("create_operator", "Oskar@Betrieb.example", "Oskar Otto")
    browser = Browser("betrieb.localhost")
    chosen = browser.post(
        link_in(said), {"password": "Ein Satz fuer den Betrieb", "again": "Ein Satz fuer den Betrieb"}
    )
    set_up = browser.get(chosen["Location"])["Location"]
    browser.get(set_up)
    done = browser.post(set_up, {"code": code_of(TOTPDevice.objects.get())})

    assert said.startswith("Oskar Otto wählt hier ein Passwort (einmal, innerhalb von 3 Tagen):")
    assert (set_up, done["Location"]) == ("/konto/anmelden/einrichten/", "/konto/")
    assert browser.get("/").status_code == 200
    oskar = User.objects.get()
    assert (oskar.kind, oskar.login, oskar.name) == (Kind.OPERATOR, "oskar@betrieb.example", "Oskar Otto")


def test_without_a_role_somebody_new_may_do_everything(db: None) -> None:
    said = run("create_operator", "oskar@betrieb.example", "Oskar Otto")

    assert User.objects.get().roles == list(OperatorRole)
    assert "Darf: Städte, Leistungskatalog, Unterstützung der Städte, Mitarbeitende des Betriebs" in said


def test_roles_are_given_by_name(db: None) -> None:
    run("create_operator", "oskar@betrieb.example", "Oskar Otto", "--role", "support", "--role", "fleet")

    assert User.objects.get().roles == ["support", "fleet"]


def test_somebody_known_keeps_her_roles_unless_others_are_named(olga: User) -> None:
    oskar = make_operator("oskar", "Oskar", "Otto", OperatorRole.SUPPORT)
    User.objects.filter(pk=oskar.pk).update(is_active=False)
    run("create_operator", olga.email)
    run("create_operator", oskar.email, "--role", "people")

    oskar.refresh_from_db()
    olga.refresh_from_db()
    assert (olga.roles, oskar.roles, oskar.is_active) == (list(OperatorRole), ["people"], True)


def test_the_last_who_lets_others_in_cannot_lose_that_by_command(olga: User) -> None:
    with pytest.raises(CommandError, match="Jemand muss die Mitarbeitenden verwalten können"):
        run("create_operator", olga.email, "--role", "support")


@pytest.mark.django_db
def test_a_role_that_does_not_exist_is_told() -> None:
    with pytest.raises(CommandError, match="invalid choice: 'god'"):
        run("create_operator", "oskar@betrieb.example", "Oskar Otto", "--role", "god")


def test_whoever_is_there_already_gets_a_new_link(olga: User) -> None:
    said = run("create_operator", olga.email)

    assert Browser("betrieb.localhost").get(link_in(said)).status_code == 200
    assert User.objects.count() == 1


def test_a_lost_phone_is_forgotten_only_when_asked(olga: User) -> None:
    TOTPDevice.objects.create(user=olga, name="app", confirmed=True)
    run("create_operator", olga.email)
    kept = TOTPDevice.objects.count()

    run("create_operator", olga.email, "--new-app")

    assert (kept, TOTPDevice.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["oskar@betrieb.example"], "Bitte mit Namen"),
        (["oskar@betrieb.example", "Oskar"], "Bitte mit Namen"),
        (["oskar", "Oskar Otto"], "ist keine E-Mail-Adresse"),
    ],
)
def test_an_operator_needs_a_name_and_a_mail_address(db: None, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run("create_operator", *arguments)

    assert User.objects.count() == 0


def test_staff_of_a_town_with_the_same_address_is_somebody_else(lage: Town, olga: User) -> None:
    with in_town(lage):
        bernd = make_bernd()

    said = run("create_operator", bernd.email, "Bernd Brinkmann")

    assert User.objects.filter(kind=Kind.OPERATOR).count() == 2
    assert "/konto/passwort/" in said
