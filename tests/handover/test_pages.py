"""Administrators say where applications go, try it, and see what did not arrive."""

import json
import re
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from submissions.handover import urls
from submissions.handover.models import Attempt, Handover, Target
from submissions.handover.states import HandoverState, Kind
from submissions.models import Submission
from tenants import sealing
from tenants.context import in_town
from tenants.models import Town
from tests.desk import addresses_of, errors_of, is_not_there, is_sent_to_sign_in, make_clara_of_all_trades
from tests.factories import make_submission
from tests.handover.receiver import Receiver
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import TownClient, make_bernd, make_karin

HERE = "/rathaus/verwaltung/weitergabe/"
SERVICE = f"{HERE}leistung/hund-anmelden/"
FAR = 4242  # no target of Detmold has this key
PAGES = addresses_of(urls, key="hund-anmelden", kind="webhook", pk=FAR, handover=uuid4())


def test_a_webhook_is_set_up_and_its_secret_shown_once(astrid: TownClient, receiver: Receiver) -> None:
    sent = {"name": "Migewa", "address": receiver.url}
    page = astrid.post(f"{SERVICE}neu/webhook/", sent)

    target = Target.objects.get()
    found = re.search(r"whsec_[\w-]{43}", page.content.decode())
    assert found
    assert (target.kind, target.name, target.address) == (Kind.WEBHOOK, "Migewa", receiver.url)
    assert sealing.unseal(target.sealed_secret, purpose="submissions.handover") == found[0]
    assert found[0] not in target.sealed_secret
    assert "whsec_" not in astrid.get(f"{HERE}ziel/{target.pk}/").content.decode()


def test_a_new_secret_replaces_the_old_one(astrid: TownClient, webhook_with_secret: tuple[Target, str]) -> None:
    target, old = webhook_with_secret
    page = astrid.post(f"{HERE}ziel/{target.pk}/geheimnis/").content.decode()

    target.refresh_from_db()
    new = sealing.unseal(target.sealed_secret, purpose="submissions.handover")
    assert new != old
    assert new in page


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://10.0.0.1/", "Diese Adresse führt in ein inneres Netz."),
        ("http://93.184.215.14/", "Die Adresse muss mit https:// beginnen."),
        ("quatsch", "Die Adresse muss mit https:// beginnen."),
    ],
)
def test_an_address_to_which_nothing_is_sent_is_refused(astrid: TownClient, address: str, said: str) -> None:
    page = astrid.post(f"{SERVICE}neu/webhook/", {"name": "Migewa", "address": address})

    assert (page.status_code, Target.objects.count()) == (422, 0)
    assert errors_of(page)[0].startswith(said)


def test_who_sends_whole_applications_by_mail_says_why(astrid: TownClient) -> None:
    sent = {"name": "Postfach", "address": "a@lage.example", "is_whole": "on"}
    refused = astrid.post(f"{SERVICE}neu/email/", sent)
    taken = astrid.post(f"{SERVICE}neu/email/", {**sent, "inside_because": "Im Rechenzentrum der Stadt"})

    assert errors_of(refused) == [
        "Bitte schreiben Sie, warum der ganze Antrag dorthin darf, oder hängen Sie ihn nicht an."
    ]
    target = Target.objects.get()
    assert taken["Location"] == f"{HERE}ziel/{target.pk}/"
    assert (target.is_whole, target.inside_because) == (True, "Im Rechenzentrum der Stadt")


def test_a_test_sends_something_made_up_and_leaves_no_case(
    astrid: TownClient, webhook: Target, receiver: Receiver
) -> None:
    page = astrid.post(f"{HERE}ziel/{webhook.pk}/probe/", follow=True)

    told = json.loads(receiver.calls[0].body)
    assert (told["is_test"], told["submission"]["applicant"]) == (True, "Erika Mustermann")
    assert told["submission"]["answers"]["nachname"] == "Mustermann"
    assert "Die Probe ist angekommen." in text_of(page)
    assert (Submission.objects.count(), Handover.objects.count(), Attempt.objects.get().status) == (0, 0, 200)


def test_a_test_that_does_not_arrive_says_why(astrid: TownClient, webhook: Target, receiver: Receiver) -> None:
    receiver.status = 401
    page = astrid.post(f"{HERE}ziel/{webhook.pk}/probe/", follow=True)

    assert "Die Probe ist nicht angekommen. Die Gegenstelle hat es nicht angenommen." in text_of(page)


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_test_by_mail_is_called_one(astrid: TownClient, mailbox: Target, is_whole: bool) -> None:
    Target.objects.update(is_whole=is_whole, inside_because="Rechenzentrum")
    astrid.post(f"{HERE}ziel/{mailbox.pk}/probe/")

    (sent,) = mail.outbox
    assert sent.subject.startswith("Probe: Neuer Antrag PROBE-2026-000000")
    assert len(sent.attachments) == (2 if is_whole else 0)
    assert "Es gibt diesen Antrag nicht." in str(sent.body)


def test_what_did_not_arrive_is_listed_and_sent_again(
    astrid: TownClient, webhook: Target, receiver: Receiver, anna: User
) -> None:
    receiver.status = 500
    case = make_submission(anna)
    run_jobs()
    Handover.objects.update(state=HandoverState.FAILED)
    other = make_submission(anna)

    page = text_of(astrid.get(f"{HERE}?stand=failed"))
    receiver.status = 200
    astrid.post(f"{HERE}noch-einmal/")
    run_jobs()

    assert case.number in page
    assert other.number not in page
    assert "Die Gegenstelle hat es nicht angenommen. (500)" in page
    assert set(Handover.objects.values_list("state", flat=True)) == {HandoverState.DONE}


def test_what_has_arrived_can_be_sent_again_with_the_same_id(
    astrid: TownClient, webhook: Target, receiver: Receiver, anna: User
) -> None:
    make_submission(anna)
    run_jobs()
    found = Handover.objects.get()
    astrid.post(f"{HERE}antrag/{found.pk}/noch-einmal/")
    run_jobs()

    assert receiver.ids == [str(found.pk)] * 2
    assert Attempt.objects.filter(handover=found, has_arrived=True).count() == 2


def test_a_target_that_is_off_gets_nothing_and_can_be_switched_on(
    astrid: TownClient, webhook: Target, receiver: Receiver, anna: User
) -> None:
    astrid.post(f"{HERE}ziel/{webhook.pk}/schalten/")
    make_submission(anna)
    off = Handover.objects.count()
    astrid.post(f"{HERE}ziel/{webhook.pk}/schalten/", {"an": "ja"})
    make_submission(anna)

    assert (off, Handover.objects.count()) == (0, 1)


def test_the_list_asks_as_often_for_three_as_for_one(astrid: TownClient, webhook: Target, anna: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            astrid.get(HERE)
        return len(queries)

    make_submission(anna)
    run_jobs()
    asked()
    one = asked()
    for _number in range(2):
        make_submission(anna)
    run_jobs()

    assert asked() == one


# --- Who may enter -------------------------------------------------------------------------------------------


@pytest.fixture
def secret_target(lage: Town, webhook: Target, anna: User) -> Target:
    """Lage's target has a key that Detmold has not."""
    Target.objects.filter(pk=webhook.pk).update(name="Geheimes Ziel", id=FAR)
    make_submission(anna)
    return Target.objects.get(pk=FAR)


def test_clara_finds_nothing_of_another_town(secret_target: Target, lage: Town, detmold: Town) -> None:
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_clara_of_all_trades())
    of_one = [page for page in PAGES if f"/{FAR}/" in page or "/antrag/" in page]

    assert is_not_there(clara, of_one) == dict.fromkeys(of_one, True)
    for page in (HERE, SERVICE):
        assert "Geheimes Ziel" not in text_of(clara.get(page))
    stranger = TownClient(lage)
    stranger.cookies = clara.cookies
    assert is_sent_to_sign_in(stranger, PAGES) == dict.fromkeys(PAGES, True)


def test_only_administrators_get_in(secret_target: Target, visitor: TownClient, anna: User, lage: Town) -> None:
    assert is_sent_to_sign_in(visitor, PAGES) == dict.fromkeys(PAGES, True)
    for user in (make_bernd(), make_karin()):
        assert is_not_there(TownClient(lage).sign_in(user), PAGES) == dict.fromkeys(PAGES, True)
    assert is_sent_to_sign_in(TownClient(lage).sign_in(anna), PAGES) == dict.fromkeys(PAGES, True)
    assert Target.objects.get().is_on


def test_the_administrator_gets_in_everywhere(secret_target: Target, astrid: TownClient) -> None:
    answers = {page: astrid.get(page).status_code for page in PAGES}

    assert set(answers.values()) == {200, 405}
