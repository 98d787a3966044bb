"""Somebody fills in a form in the wrong town and takes her draft along to the right one."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from submissions.draft_actions import delete_old_arrivals
from submissions.models import Arrival, Draft
from submissions.other_towns import LIFETIME
from tenants.context import in_town
from tenants.models import Town
from tests.factories import make_payable
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_oemer
from tests.public_tables import tables_that_say
from tests.submissions.filling import ADDRESS, TAG, fill_in
from townhall.actions import change_offer
from townhall.models import OfferState

IN_DETMOLD = ADDRESS | {"strasse": "Krumme Straße", "hausnummer": "9", "plz": "32756", "ort": "Detmold"}
PAGES = TAG | {"anschrift": IN_DETMOLD}
REVIEW = "/antrag/hundemarke-ersatz/pruefen/"
CARRY = "/antrag/hundemarke-ersatz/mitnehmen/"
ARRIVE = "/antrag/hundemarke-ersatz/uebernehmen/"
BROUGHT = "/antrag/hundemarke-ersatz/mitgebracht/"


@pytest.fixture
def in_lage_window(lage: Town, detmold: Town) -> TownClient:
    """A browser at Lage's portal. Both towns offer the service."""
    for town in (lage, detmold):
        with in_town(town):
            make_payable(f"acct_probe_{town.slug}")
    return TownClient(lage)


def drafts_of(town: Town) -> list[Draft]:
    with in_town(town):
        return list(Draft.objects.all())


def fill(client: TownClient, pages: dict[str, dict[str, Any]] = PAGES) -> None:
    with in_town(client.town):
        fill_in(client, "hundemarke-ersatz", pages)


def package_of(client: TownClient) -> tuple[str, str]:
    """Where the button of the page leads, and what it carries."""
    page = client.get(CARRY).content.decode()
    found = re.search(r'action="([^"]+)">\s*<input type="hidden" name="paket" value="([^"]+)"', page)
    assert found
    return found[1], found[2]


def carry(source: TownClient, target: TownClient) -> Any:
    """The browser sends the form of one town's page to the other town; it knows nothing of that town's tokens."""
    _address, package = package_of(source)
    return target.post(ARRIVE, {"paket": package}, headers={"origin": "null"})


def test_whoever_lives_elsewhere_is_told_where_it_goes(in_lage_window: TownClient) -> None:
    fill(in_lage_window)

    page = in_lage_window.get(REVIEW)

    assert "Sie wohnen in Detmold. Dieser Antrag geht an die Stadt Lage." in text_of(page)
    assert CARRY in page.content.decode()


@pytest.mark.parametrize("place", ["Lage", "Lage-Kachtenhausen", "lage", "Hintertupfingen", "Bad Oeynhausen"])
def test_at_home_or_where_we_are_not_nothing_is_asked(in_lage_window: TownClient, place: str) -> None:
    fill(in_lage_window, TAG | {"anschrift": ADDRESS | {"ort": place}})

    assert "Dieser Antrag geht an" not in text_of(in_lage_window.get(REVIEW))
    assert in_lage_window.get(CARRY).status_code == 302


@pytest.mark.parametrize("place", ["Detmold", "DETMOLD", "Detmold-Heidenoldendorf", "Detmold (Pivitsheide)"])
def test_a_town_is_found_however_it_is_written(in_lage_window: TownClient, place: str) -> None:
    fill(in_lage_window, TAG | {"anschrift": IN_DETMOLD | {"ort": place}})

    assert "Sie wohnen in Detmold" in text_of(in_lage_window.get(REVIEW))


def test_without_an_account_the_draft_goes_along(in_lage_window: TownClient, detmold: Town) -> None:
    there = TownClient(detmold, enforce_csrf_checks=True)
    fill(in_lage_window)

    arrived = carry(in_lage_window, there)
    shown = there.get(BROUGHT)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown.content.decode())
    assert token
    kept = there.post(BROUGHT, {"keep": "1", "csrfmiddlewaretoken": token[1]})
    review = there.get(REVIEW)

    assert (arrived.status_code, arrived["Location"]) == (303, BROUGHT)
    assert "Krumme Straße" in text_of(shown)
    assert kept["Location"] == "/antrag/hundemarke-ersatz/"
    assert "Krumme Straße" in text_of(review)
    assert "Stadt Detmold" in text_of(review)
    (in_lage,), (in_detmold,) = drafts_of(in_lage_window.town), drafts_of(detmold)
    assert (in_lage.sealed is None, in_detmold.sealed is None) == (False, False)
    assert b"Krumme" not in bytes(in_detmold.sealed or b"")


def test_signed_in_here_and_there_it_goes_from_account_to_account(in_lage_window: TownClient, detmold: Town) -> None:
    with in_town(in_lage_window.town):
        in_lage_window.sign_in(make_anna())
    with in_town(detmold):
        there = TownClient(detmold).sign_in(make_anna())
    fill(in_lage_window)

    carry(in_lage_window, there)
    there.post(BROUGHT, {"keep": "1"})

    (draft,) = drafts_of(detmold)
    assert draft.answers["strasse"] == "Krumme Straße"
    assert draft.sealed is None
    assert drafts_of(in_lage_window.town)[0].answers["strasse"] == "Krumme Straße"  # stays until she deletes it


def test_who_signs_in_there_later_gets_it_into_her_account(in_lage_window: TownClient, detmold: Town) -> None:
    there = TownClient(detmold)
    fill(in_lage_window)
    carry(in_lage_window, there)
    there.post(BROUGHT, {"keep": "1"})
    with in_town(detmold):
        there.sign_in(make_anna())

    there.get(REVIEW, follow=True)

    assert drafts_of(detmold)[0].answers["strasse"] == "Krumme Straße"


def test_nothing_counts_before_the_person_has_said_so(in_lage_window: TownClient, detmold: Town) -> None:
    """Another website could send a package too; what was begun there stays as it is."""
    there = TownClient(detmold)
    fill(there, TAG | {"anschrift": IN_DETMOLD | {"strasse": "Meine Straße"}})
    fill(in_lage_window)

    carry(in_lage_window, there)
    shown = there.get(BROUGHT)
    untouched = text_of(there.get(REVIEW))
    there.post(BROUGHT, {"drop": "1"})

    assert "Wenn Sie die mitgebrachten Angaben übernehmen, löschen wir das." in text_of(shown)
    assert "Meine Straße" in untouched
    assert "Meine Straße" in text_of(there.get(REVIEW))
    assert len(drafts_of(detmold)) == 1
    assert there.get(BROUGHT).status_code == 302


def test_a_package_opens_once(in_lage_window: TownClient, detmold: Town) -> None:
    fill(in_lage_window)
    _address, package = package_of(in_lage_window)

    first = TownClient(detmold).post(ARRIVE, {"paket": package})
    second = TownClient(detmold).post(ARRIVE, {"paket": package})

    assert (first.status_code, second.status_code) == (303, 400)
    assert "konnten wir nicht öffnen" in text_of(second)
    assert len(drafts_of(detmold)) == 1


def test_a_package_opens_in_its_town_only_and_for_its_service_only(in_lage_window: TownClient, detmold: Town) -> None:
    fill(in_lage_window)
    _address, package = package_of(in_lage_window)

    at_home = TownClient(in_lage_window.town).post(ARRIVE, {"paket": package})
    other_service = TownClient(detmold).post("/antrag/hund-anmelden/uebernehmen/", {"paket": package})

    assert (at_home.status_code, other_service.status_code) == (400, 400)


@pytest.mark.parametrize("package", ["", "abc", "gAAAAABk" + "A" * 80])
def test_what_is_no_package_is_refused(detmold: Town, package: str) -> None:
    assert TownClient(detmold).post(ARRIVE, {"paket": package}).status_code == 400
    assert TownClient(detmold).get(ARRIVE).status_code == 405
    assert drafts_of(detmold) == []


def test_a_package_lasts_some_minutes(
    in_lage_window: TownClient, detmold: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(in_lage_window)
    _address, package = package_of(in_lage_window)
    later = timezone.now() + timedelta(seconds=LIFETIME + 1)
    monkeypatch.setattr("cryptography.fernet.time.time", later.timestamp)

    assert TownClient(detmold).post(ARRIVE, {"paket": package}).status_code == 400


def test_the_package_says_nothing_to_whoever_sees_it_pass(in_lage_window: TownClient) -> None:
    fill(in_lage_window)
    address, package = package_of(in_lage_window)

    assert address == f"http://detmold.localhost:8000{ARRIVE}"
    assert "Krumme" not in package
    policy = in_lage_window.get(CARRY)["Content-Security-Policy"]
    elsewhere = in_lage_window.get(REVIEW)["Content-Security-Policy"]
    assert "http://detmold.localhost:8000" in policy
    assert "http://detmold.localhost:8000" not in elsewhere


def test_nothing_of_it_stands_in_public(in_lage_window: TownClient, detmold: Town) -> None:
    there = TownClient(detmold)
    fill(in_lage_window)
    carry(in_lage_window, there)
    there.post(BROUGHT, {"keep": "1"})

    assert tables_that_say("Krumme", "32756") == {}


def test_a_town_that_does_not_take_it_online_says_so(in_lage_window: TownClient, detmold: Town) -> None:
    there = TownClient(detmold)
    fill(in_lage_window)
    carry(in_lage_window, there)
    with in_town(detmold):
        change_offer(service_key="hundemarke-ersatz", state=OfferState.INFO)

    answer = there.get(BROUGHT)

    assert answer.status_code == 409
    assert "Das geht zurzeit nicht online" in text_of(answer)


def test_another_person_in_lage_cannot_pack_it(in_lage_window: TownClient) -> None:
    with in_town(in_lage_window.town):
        in_lage_window.sign_in(make_anna())
        oemer = TownClient(in_lage_window.town).sign_in(make_oemer())
    fill(in_lage_window)

    assert oemer.get(CARRY).status_code == 302


def test_that_a_package_was_opened_is_forgotten_after_a_day(in_lage_window: TownClient, detmold: Town) -> None:
    fill(in_lage_window)
    carry(in_lage_window, TownClient(detmold))

    with in_town(detmold):
        delete_old_arrivals(now=timezone.now())
        kept = Arrival.objects.count()
        delete_old_arrivals(now=timezone.now() + timedelta(days=2))
        assert (kept, Arrival.objects.count()) == (1, 0)
