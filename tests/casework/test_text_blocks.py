"""Words that are needed again and again."""

import pytest

from accounts.models import Role, User
from submissions.casework import actions as casework
from submissions.models import Submission, TextBlock
from tenants.models import Town
from tests.desk import errors_of, form_of
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_staff

LIST = "/rathaus/textbausteine/"


def keep(by: User, title: str, unit: str = "", text: str = "Bitte schicken Sie uns ein Foto.") -> TextBlock:
    return casework.save_text_block(block=None, title=title, text=text, unit=unit, by=by, now=MONDAY)


@pytest.fixture
def udo(lage: Town, in_lage: Town) -> TownClient:
    """Udo, who works for the registry office only."""
    return TownClient(lage).sign_in(make_staff("udo", "Udo", "Unger", Role.CASE_WORKER, units=["standesamt"]))


def test_they_are_kept_changed_and_deleted(bernd: TownClient) -> None:
    refused = bernd.post(f"{LIST}neu/", {"title": "", "text": "", "unit": ""})
    assert errors_of(refused) == ["Geben Sie dem Baustein einen Namen.", "Schreiben Sie den Text auf."]

    bernd.post(f"{LIST}neu/", {"title": "Foto", "text": "Bitte ein Foto.", "unit": "steueramt"})
    block = TextBlock.objects.get()
    bernd.post(f"{LIST}{block.pk}/", {"title": "Foto", "text": "Bitte ein gutes Foto.", "unit": ""})

    assert "Foto Bitte ein gutes Foto. Alle Stellen · Bernd Brinkmann" in text_of(bernd.get(LIST))
    bernd.post(f"{LIST}{block.pk}/loeschen/")
    assert not TextBlock.objects.exists()


def test_a_button_puts_one_into_the_question_and_keeps_what_was_typed(
    bernd: TownClient, bernd_himself: User, case: Submission
) -> None:
    block = keep(bernd_himself, "Foto")
    casework.take(submission=case, by=bernd_himself, now=MONDAY)
    typed = {"question": "Guten Tag,", "due_on_day": "3", "due_on_month": "4", "due_on_year": "2099", "block": block.pk}

    page = bernd.post(f"/rathaus/vorgang/{case.number}/rueckfrage/", typed | {"insert": "1"})

    form = form_of(page, "ask_back")
    html = page.content.decode()
    assert (page.status_code, form.errors) == (200, {})
    assert form["question"].value() == "Guten Tag,\n\nBitte schicken Sie uns ein Foto."
    assert [f'name="due_on_{part}" value="{value}"' in html for part, value in (("day", 3), ("year", 2099))] == [
        True,
        True,
    ]
    case.refresh_from_db()
    assert case.state == "in_review"


def test_each_unit_has_its_own_and_those_of_all(
    bernd: TownClient, bernd_himself: User, udo: TownClient, case: Submission
) -> None:
    for title, unit in (("Von allen", ""), ("Vom Standesamt", "standesamt"), ("Vom Steueramt", "steueramt")):
        keep(bernd_himself, title, unit)
    casework.take(submission=case, by=bernd_himself, now=MONDAY)

    offered = form_of(bernd.get(f"/rathaus/vorgang/{case.number}/"), "decide").fields["block"].choices

    assert [label for key, label in offered if key] == ["Vom Steueramt", "Von allen"]
    shown = text_of(udo.get(LIST))
    assert ("Vom Standesamt" in shown, "Von allen" in shown, "Vom Steueramt" in shown) == (True, True, False)


def test_who_works_for_one_unit_changes_nothing_of_others(bernd_himself: User, udo: TownClient) -> None:
    theirs = [keep(bernd_himself, "Von allen"), keep(bernd_himself, "Vom Steueramt", "steueramt")]

    for block in theirs:
        assert udo.get(f"{LIST}{block.pk}/").status_code == 404
        assert udo.post(f"{LIST}{block.pk}/loeschen/").status_code == 404
    refused = udo.post(f"{LIST}neu/", {"title": "Neu", "text": "Neu", "unit": "steueramt"})

    assert refused.status_code == 422
    assert TextBlock.objects.count() == 2
