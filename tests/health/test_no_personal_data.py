"""A whole application, from the first search to the last note, and nothing about anybody in the log."""

import json
import logging
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.urls import reverse

from accounts.actions import invite_staff
from accounts.models import Role, User
from accounts.staff import password_link
from submissions.models import Submission
from tenants.context import in_town
from tenants.models import Town
from tests.accounts.forger import CLIENT, SECRET, Forger, new_key, running
from tests.accounts.test_staff_signing_in import PASSWORD, code_of, enter_code, enter_password, give_app, give_password
from tests.factories import make_payable
from tests.files import pdf
from tests.health.capture import Log, captured
from tests.jobs import run_jobs
from tests.people import MONDAY, Browser, TownClient, make_bernd
from tests.submissions.filling import TAG, fill_in, fill_in_dog_registration

# Nothing of this can be in a line for another reason.
SUBJECT = "c0ffee42-subject-of-annegret"
MAIL = "annegret.blaschkewitz@post.example"
TYPED = {
    "vorname": "Annegret Wilhelmine",
    "nachname": "Blaschkewitz",
    "strasse": "Kiebitzgrundstraße",
    "hausnummer": "4711b",
    "markennummer": "90041799",
    "hund_name": "Zottelbär",
}
SEARCHED, MADE_UP = "hund gestorben", "blaschkewitz-annegret"
NOTED, ASKED = "Ruft an: 05232 998877", "Welcher Zottelbär?"
FILE = "Police_Blaschkewitz.pdf"
IP, PROXIED_IP = "198.51.100.77", "2001:db8::77:1"
BERND = "bernd@rathaus.example"
INVITED = "berta.blum@rathaus.example"
PAGES = {page: {field: TYPED.get(field, value) for field, value in fields.items()} for page, fields in TAG.items()}
PAGES["kontakt"] = {"email": MAIL}
# What fill_in_dog_registration types.
DOG = {"Schröder", "Lange Straße", "anna@post.example", "276 0981 0234 5678", "276098102345678", "Tierheim Lippe"}


@dataclass
class Story:
    """What became known about people while it happened."""

    secrets: set[str]

    def keep(self, browser: Browser) -> None:
        """Session and form keys of a browser."""
        self.secrets |= {morsel.value for morsel in browser.cookies.values() if morsel.value}


class Refusing(BaseEmailBackend):
    """A mail server that knows nobody, and says whom."""

    def send_messages(self, email_messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({email_messages[0].to[0]: (550, b"unknown: " + MAIL.encode())})


@pytest.fixture(params=[logging.INFO, logging.DEBUG], ids=["info", "debug"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    """As the operator has it, and as it is while somebody looks for a fault."""
    with captured(request.param) as kept:
        yield kept


@pytest.fixture
def forger(settings: Any) -> Iterator[Forger]:
    """The identity provider. It tells who Annegret is."""
    with running(new_key()) as forger:
        settings.OIDC_ISSUER, settings.OIDC_CALLBACK = forger.issuer, "per-town"
        settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT, SECRET
        forger.claims = {"sub": SUBJECT}
        forger.userinfo = {"sub": SUBJECT, "given_name": "Annegret", "family_name": "Blaschkewitz", "email": MAIL}
        yield forger


@pytest.fixture
def annegret(lage: Town) -> TownClient:
    """Her browser; nobody is signed in. A fault gets a page, as everywhere but in tests."""
    proxied = {"HTTP_X_FORWARDED_FOR": PROXIED_IP}
    return TownClient(lage, REMOTE_ADDR=IP, raise_request_exception=False, **proxied)


def test_nothing_about_anybody_is_logged(
    in_lage: Town, annegret: TownClient, forger: Forger, settings: Any, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:1"  # nobody answers
    make_payable()
    story = Story({SUBJECT, MAIL, SEARCHED, MADE_UP, NOTED, ASKED, FILE, IP, PROXIED_IP, BERND, INVITED, PASSWORD})
    story.secrets |= {*TYPED.values(), "Annegret", *DOG}

    look_around(annegret)
    sign_in(annegret, forger, story)
    numbers = hand_in(annegret)
    story.secrets |= set(numbers)
    mails_are_refused(settings)
    work_on_it(in_lage, numbers[0], story)
    invite(in_lage, story)
    send_a_form_too_late(in_lage, numbers[0])
    story.keep(annegret)
    with in_town(in_lage), connection.cursor() as cursor:
        cursor.execute("SELECT session_key FROM django_session")
        story.secrets |= {key for (key,) in cursor.fetchall()}

    lines = [*log.text.splitlines(), *log.json.splitlines()]
    assert len(story.secrets) > 30
    assert [(secret, line) for secret in story.secrets for line in lines if secret.lower() in line.lower()] == []
    assert MAIL in caplog.text  # an ordinary log of the same would tell
    assert what_was_told(log) >= {
        "config.requests",
        "accounts.openid_views",  # a sign-in was refused
        "billing.views",  # the provider did not answer
        "django.request",  # a page was broken
        "townhall.error_pages",
    }


def look_around(annegret: TownClient) -> None:
    annegret.get("/")
    annegret.get("/suche/", {"q": SEARCHED})
    annegret.get("/suche/vorschlaege/", {"q": SEARCHED})
    annegret.get(f"/{MADE_UP}/")
    annegret.get(f"/meine-antraege/{MADE_UP}/")


def sign_in(annegret: TownClient, forger: Forger, story: Story) -> None:
    """The provider fails her first, then another one answers, then it works."""
    forger.status = {"/token": 400}
    come_back(annegret, forger)
    forger.status = {}
    forger.userinfo["sub"] = "somebody else"
    come_back(annegret, forger)
    forger.userinfo["sub"] = SUBJECT
    assert come_back(annegret, forger).status_code == 302
    story.secrets |= {forger.nonce, forger.id_token().split(".")[1][:40]}


def come_back(annegret: TownClient, forger: Forger) -> Any:
    leaving = annegret.get("/anmelden/?next=/meine-antraege/")
    asked = parse_qs(urlsplit(leaving["Location"]).query)
    forger.nonce = asked["nonce"][0]
    query = {"code": f"code-{SUBJECT}", "state": asked["state"][0], "iss": forger.issuer}
    return annegret.get(f"/anmelden/zurueck/?{urlencode(query)}")


def hand_in(annegret: TownClient) -> list[str]:
    """A tag, for which she cannot pay, and a dog with its papers. Returns the numbers."""
    annegret.post("/antrag/hundemarke-ersatz/halter/", {"vorname": "", "nachname": "Blaschkewitz"})
    fill_in(annegret, "hundemarke-ersatz", PAGES)
    annegret.post("/antrag/hundemarke-ersatz/pruefen/", {"complete": "on", "seen_fee": "10.00"})
    tag = Submission.objects.get()
    annegret.post(f"/zahlung/{tag.number}/")
    fill_in_dog_registration(annegret)
    papers = {"versicherung": "Lippische", "versicherungsnummer": "VN-900417", "haftpflicht": pdf(FILE)}
    annegret.post("/antrag/hund-anmelden/hunde/1/groesse/", {"hoehe": "55", "gewicht": "28"})
    annegret.post("/antrag/hund-anmelden/hunde/1/grosser-hund/", papers | {"sachkunde": [pdf(FILE)]})
    annegret.post("/antrag/hund-anmelden/pruefen/", {"complete": "on", "seen_fee": "0.00"})
    dog = Submission.objects.exclude(pk=tag.pk).get()
    for page in ("", "eingang/", "antrag.pdf"):
        assert annegret.get(f"/meine-antraege/{dog.number}/{page}").status_code == 200
    annegret.get("/meine-antraege/")
    return [dog.number, tag.number]


def mails_are_refused(settings: Any) -> None:
    """The worker logs what a job raises."""
    settings.EMAIL_BACKEND = "config.mail.CountedMail"
    settings.MAIL_TRANSPORT = f"{__name__}.Refusing"
    try:
        run_jobs()
    except smtplib.SMTPRecipientsRefused as problem:
        logging.getLogger("config.worker").error("refused %s", problem, exc_info=problem)
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"


def work_on_it(lage: Town, number: str, story: Story) -> None:
    """Bernd signs in with a typing error, searches, asks and notes."""
    bernd = TownClient(lage, REMOTE_ADDR=IP)
    app = give_app(give_password(make_bernd()))
    enter_password(bernd, BERND, "falsch")
    enter_password(bernd, BERND)
    enter_code(bernd, code_of(app))
    bernd.get("/rathaus/eingang/", {"suche": "Blaschkewitz"})
    case = f"/rathaus/vorgang/{number}/"
    assert bernd.get(case).status_code == 200
    bernd.post(f"{case}uebernehmen/")
    bernd.post(f"{case}notiz/", {"text": NOTED})
    bernd.post(f"{case}rueckfrage/", {"text": ASKED, "reply_by": "2099-01-01"})
    bernd.get(f"{case}antrag.pdf")
    story.keep(bernd)


def invite(lage: Town, story: Story) -> None:
    """The link to choose a password opens a door; so it is a secret."""
    invite_staff(email=INVITED, given_name="Berta", family_name="Blum", roles=[Role.ADMINISTRATOR], now=MONDAY)
    run_jobs()
    path = urlsplit(password_link(User.objects.get(email=INVITED))).path
    story.secrets.add(path.rstrip("/").rpartition("/")[2])
    browser = TownClient(lage)
    assert browser.get(path).status_code == 200
    browser.post(path, {"password": PASSWORD, "again": "anders"})


def send_a_form_too_late(lage: Town, number: str) -> None:
    """Without the token of a form, from a page of which the browser tells the address; and something breaks."""
    browser = TownClient(lage, enforce_csrf_checks=True, raise_request_exception=False)
    came_from = f"https://elsewhere.example/{MADE_UP}/?mail={MAIL}"
    browser.post(f"/zahlung/{number}/", {"mail": MAIL}, headers={"referer": came_from, "x-forwarded-proto": "https"})
    browser.post(f"/zahlung/{number}/", {"mail": MAIL}, headers={"origin": "https://elsewhere.example"})
    patch = pytest.MonkeyPatch()
    with patch.context() as broken:
        broken.setattr("townhall.views.page_for_everybody", _fail)
        browser.get(reverse("townhall:help"), {"mail": MAIL})


def _fail(*_arguments: Any, **_keywords: Any) -> None:
    raise ValueError(MAIL)


def what_was_told(log: Log) -> set[str]:
    return {json.loads(line)["logger"] for line in log.json.splitlines()}
