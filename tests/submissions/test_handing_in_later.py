"""A town says for each service whether documents may be handed in later."""

import pytest

from submissions.models import Submission
from tenants.context import in_town
from tenants.models import Town
from tests.factories import make_payable
from tests.files import pdf
from tests.forms.library import shipped_form, shipped_forms
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_astrid
from tests.submissions.filling import errors_of, fill_in, fill_in_dog_registration
from townhall.actions import change_setting
from townhall.paper import paper_of
from townhall.shopfront import shopfront

SWITCH = "hund-anmelden.nachreichen"
ADDRESS = f"/rathaus/verwaltung/listen/{SWITCH}/"
PAGE = "/antrag/hund-anmelden/verguenstigung/"
REVIEW = "/antrag/hund-anmelden/pruefen/"
BOX = "Ich reiche es nach."
REASON = {"verguenstigung": "ermaessigung", "verguenstigung_grund": "sozial"}
TICKED = REASON | {"verguenstigung_nachweis_later": "on"}
SENT = {"complete": "on", "seen_fee": "0.00"}


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town) -> TownClient:
    make_payable()
    return visitor.sign_in(make_anna())


def switch_off() -> None:
    change_setting(key=SWITCH, value=False, by=None, now=MONDAY)


def questions_on_paper() -> list[str]:
    front = shopfront()
    told = paper_of(front, front.catalogue.services["hund-anmelden"], shipped_form("hund-anmelden"), MONDAY.date())
    return [field["label"] for step in told["steps"] for field in step["fields"]]


def test_where_the_town_allows_it_the_box_is_there_and_is_enough(anna: TownClient) -> None:
    fill_in_dog_registration(anna)

    shown, refused, done = anna.get(PAGE), anna.post(PAGE, REASON), anna.post(PAGE, TICKED)

    assert BOX in text_of(shown)
    assert errors_of(refused) == {
        "verguenstigung_nachweis": ["Fügen Sie den Nachweis hinzu. Oder kreuzen Sie an: „Ich reiche es nach.“"]
    }
    assert done.status_code == 302


def test_a_box_that_only_the_town_switches_appears_without_asking_the_server(anna: TownClient) -> None:
    fill_in_dog_registration(anna)

    form = anna.get(PAGE).context["form"]

    assert form.conditions["verguenstigung_nachweis_later"] == form.conditions["verguenstigung_nachweis"]


def test_where_the_town_does_not_the_box_is_gone_and_the_file_is_asked_for_at_once(anna: TownClient) -> None:
    switch_off()
    fill_in_dog_registration(anna)

    shown, refused, done = anna.get(PAGE), anna.post(PAGE, TICKED), anna.post(PAGE, REASON | _file())

    assert BOX not in text_of(shown)
    assert errors_of(refused) == {"verguenstigung_nachweis": ["Fügen Sie den Nachweis hinzu."]}
    assert done.status_code == 302


def test_who_had_ticked_the_box_before_is_asked_for_the_file_again(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    fill_in(anna, "hund-anmelden", {"verguenstigung": TICKED})
    switch_off()

    review = text_of(anna.get(REVIEW))
    back = anna.post(REVIEW, SENT, follow=True)
    anna.post(PAGE, REASON | _file())
    anna.post(REVIEW, SENT)

    assert "wird nachgereicht" not in review
    assert back.redirect_chain[-1][0] == PAGE
    told = "Unterlagen können Sie hier nicht mehr nachreichen. Fügen Sie den Nachweis hinzu."
    assert told in text_of(back)
    assert "verguenstigung_nachweis_later" not in Submission.objects.get().answers


def test_what_was_handed_in_before_still_says_that_it_comes_later(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    fill_in(anna, "hund-anmelden", {"verguenstigung": TICKED})
    anna.post(REVIEW, SENT)
    number = Submission.objects.get().number

    switch_off()

    assert "wird nachgereicht" in text_of(anna.get(f"/meine-antraege/{number}/"))


def test_only_the_town_that_switches_it_off_does_without(lage: Town, detmold: Town) -> None:
    with in_town(lage):
        switch_off()
        here = questions_on_paper()
    with in_town(detmold):
        there = questions_on_paper()

    assert BOX not in here
    assert BOX in there
    assert "Bestätigung der Versicherung" in here


def test_the_administrator_finds_the_switch_at_the_service(in_lage: Town, lage: Town) -> None:
    astrid = TownClient(lage).sign_in(make_astrid())

    service = astrid.get("/rathaus/verwaltung/leistungen/hund-anmelden/").content.decode()
    another = astrid.get("/rathaus/verwaltung/leistungen/hundemarke-ersatz/").content.decode()
    saved = astrid.post(ADDRESS, {"value": "nein"}, follow=True)

    assert ADDRESS in service
    assert ".nachreichen/" not in another
    assert "Unterlagen dürfen nachgereicht werden: Hund anmelden“ ist gespeichert" in text_of(saved)
    assert shopfront().setting_values[SWITCH] is False


def test_exactly_the_forms_that_ask_for_such_a_file_have_the_switch() -> None:
    for key, definition in shipped_forms().items():
        has_box = any(one.id.endswith("_later") for one in definition.all_fields())
        assert (f"{key}.nachreichen" in definition.settings) is has_box, key


def _file() -> dict[str, object]:
    return {"verguenstigung_nachweis": pdf("bescheid.pdf")}
