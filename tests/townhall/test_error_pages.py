"""Pages for what went wrong say what to do now."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from tenants.models import Town, TownState
from tests.pages import links_of, plain, text_of
from tests.people import TownClient
from townhall import error_pages, shopfront, views
from townhall.actions import change_profile


def test_a_missing_page_offers_search_home_and_phone(in_lage: Town, visitor: TownClient) -> None:
    change_profile(phone="05232 601-0")

    for path in ("/gibt-es-nicht/", "/leistungen/gibt-es-nicht/", "/lebenslagen/gibt-es-nicht/"):
        page = visitor.get(path)
        assert page.status_code == 404
        assert "Diese Seite gibt es nicht" in text_of(page)
        assert 'action="/suche/"' in page.content.decode()
        assert {"/", "/leistungen/", "/aemter/", "tel:+4952326010"} <= set(links_of(page))


def test_an_unknown_host_is_told_so_in_plain_words(db: None) -> None:
    page = Client(headers={"host": "nirgends.localhost"}).get("/")

    assert page.status_code == 404
    assert "Unter dieser Adresse gibt es kein Serviceportal" in text_of(page)
    assert "Lage" not in text_of(page)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_town_that_is_suspended_says_that_nothing_is_lost(lage: Town, visitor: TownClient) -> None:
    Town.objects.filter(pk=lage.pk).update(state=TownState.SUSPENDED)

    page = visitor.get("/leistungen/hund-anmelden/")

    assert page.status_code == 503
    assert "Die Stadt Lage hat ihr Portal vorübergehend angehalten." in text_of(page)


def test_the_operators_host_has_an_error_page_of_its_own(db: None) -> None:
    page = Client(headers={"host": "betrieb.localhost"}).get("/gibt-es-nicht/")

    assert (page.status_code, "Diese Seite gibt es nicht" in text_of(page)) == (404, True)


# --- Our fault -------------------------------------------------------------------------------------------


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(views, "page_for_everybody", fail)


def test_a_fault_of_ours_gets_a_page_with_a_number_that_is_in_the_log(
    in_lage: Town, broken: None, caplog: pytest.LogCaptureFixture
) -> None:
    change_profile(phone="05232 601-0")
    shopfront.shopfront()
    visitor = TownClient(in_lage, raise_request_exception=False)

    page = visitor.get("/hilfe/")

    number = text_of(page).split("dann finden wir die Stelle: ")[1].split()[0]
    assert page.status_code == 500
    assert "ist nicht verloren" in text_of(page)
    assert {"tel:+4952326010", "/"} <= set(links_of(page))
    assert any(number in record.getMessage() for record in caplog.records)


def test_the_page_for_our_faults_needs_no_database(lage: Town) -> None:
    request = RequestFactory().get("/", headers={"host": "lage.localhost"})

    with CaptureQueriesContext(connection) as captured:
        page = error_pages.broken(request)

    assert len(captured) == 0
    assert "rufen Sie die Behördennummer an: 115" in plain(page.content.decode())


# --- A form that is too old ------------------------------------------------------------------------------


@pytest.fixture
def strict(lage: Town) -> TownClient:
    """A browser whose form tokens are checked."""
    return TownClient(lage, enforce_csrf_checks=True)


def send(strict: TownClient, *, origin: str) -> Any:
    typed = {"vorname": "Đorđe <b>", "hunde": ["a", "b"], "password": "geheim", "csrfmiddlewaretoken": "alt"}
    return strict.post("/antrag/hund-anmelden/halter/", typed, headers={"Origin": origin})


def test_what_was_typed_into_a_form_that_is_too_old_can_be_sent_again(strict: TownClient) -> None:
    page = send(strict, origin="http://lage.localhost")

    html = page.content.decode()
    assert page.status_code == 403
    assert "Es ist nichts verloren" in text_of(page)
    assert 'action="/antrag/hund-anmelden/halter/"' in html
    assert '<input type="hidden" name="vorname" value="Đorđe &lt;b&gt;">' in html
    assert html.count('name="hunde"') == 2
    assert "geheim" not in html
    assert 'value="alt"' not in html


def test_a_form_of_another_website_is_not_offered_again(strict: TownClient) -> None:
    page = send(strict, origin="https://boese.example")

    assert page.status_code == 403
    assert "Đorđe" not in page.content.decode()
    assert "Seite neu öffnen" in text_of(page)


def test_what_is_too_large_is_explained(visitor: TownClient) -> None:
    page = visitor.post("/barriere-melden/", {"text": "a" * 3_000_000})

    assert page.status_code == 400
    assert "Das konnten wir nicht lesen" in text_of(page)
    assert "Gehen Sie im Browser eine Seite zurück. Ihre Eingaben stehen dort noch." in text_of(page)
