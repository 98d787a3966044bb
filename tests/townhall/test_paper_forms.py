"""Every form on paper: made from the same definition, for everybody to read, with what this town says and no other."""

import pytest

from accounts.trust import TrustLevel
from catalogue.forms.choices import Choice
from catalogue.forms.conditions import Condition, parse_condition
from catalogue.forms.conditions_in_words import when
from catalogue.forms.definition import Kind
from tenants.models import Town
from tests.factories import make_amount
from tests.forms.library import context, shipped_form, shipped_forms
from tests.pages import links_of
from tests.people import MONDAY, TownClient
from tests.printed import Pdf
from tests.townhall.town import change
from townhall.models import OfferState
from townhall.paper import paper_of
from townhall.pdf import render_pdf
from townhall.shopfront import shopfront
from townhall.surroundings import surroundings_in

FORMS = sorted(shipped_forms())


def address(key: str) -> str:
    return f"/leistungen/{key}/formular.pdf"


def squeezed(text: str) -> str:
    """Without what line ends change: spaces and hyphens."""
    return "".join(text.split()).replace("-", "").replace("\u00ad", "").replace("\u2010", "")


@pytest.mark.parametrize("key", FORMS)
def test_every_form_is_a_pdf_for_everybody_with_all_its_questions(key: str, in_lage: Town) -> None:
    front = shopfront()
    definition = shipped_form(key)

    told = paper_of(front, front.catalogue.services[key], definition, MONDAY.date())
    pdf = Pdf(render_pdf("paper_form", **told))

    text = squeezed(" ".join(pdf.texts))
    labels = [field["label"] for step in told["steps"] for field in step["fields"]]
    assert pdf.is_for_everybody
    assert pdf.title == f"{definition.title} – {in_lage.full_name}"
    assert [label for label in labels if squeezed(label) not in text] == []
    assert {squeezed(step["title"]) in text for step in told["steps"]} == {True}
    seen = definition.context(surroundings_in(front, today=MONDAY.date(), trust=TrustLevel.NONE))
    asked = {
        field.label
        for page in definition.all_pages()
        if when(page.condition, seen) is not False
        for field in page.fields
        if when(field.condition, seen) is not False and field.kind != Kind.INFO
    }
    assert [label for label in asked if "{" not in label and label not in labels] == []
    assert "–." not in text  # a hint that could not be computed
    assert f"Seite1von{len(pdf.texts)}" in text


def test_the_page_of_a_service_leads_to_its_form_on_paper(in_lage: Town, visitor: TownClient) -> None:
    page = visitor.get("/leistungen/hund-anmelden/")
    answer = visitor.get(address("hund-anmelden"))

    assert address("hund-anmelden") in str(links_of(page))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert Pdf(answer.content).is_for_everybody


def test_what_has_no_form_or_is_not_shown_is_not_found(in_lage: Town, visitor: TownClient) -> None:
    change("hundemarke-ersatz", state=OfferState.HIDDEN)

    found = [visitor.get(address(key)).status_code for key in ("hundemarke-ersatz", "wohnsitz-anmelden", "nichts")]

    assert found == [404, 404, 404]


def test_it_tells_the_amounts_of_its_town_alone(
    in_lage: Town, visitor: TownClient, visitor_of_detmold: TownClient
) -> None:
    make_amount("hundemarke.ersatz", "7.31")

    here = " ".join(Pdf(visitor.get(address("hundemarke-ersatz")).content).texts)
    there = " ".join(Pdf(visitor_of_detmold.get(address("hundemarke-ersatz")).content).texts)

    assert "7,31" in here
    assert "7,31" not in there
    assert in_lage.full_name not in there


def test_long_texts_stay_on_the_paper(in_lage: Town) -> None:
    front = shopfront()
    told = paper_of(front, front.catalogue.services["hund-anmelden"], shipped_form("hund-anmelden"), MONDAY.date())
    told["title"] = "Donaudampfschifffahrtsgesellschaftskapitänsmützenverordnung " * 4
    told["steps"][0]["fields"][0]["label"] = "Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung " * 9

    pdf = Pdf(render_pdf("paper_form", **told))

    for number in range(len(pdf.texts)):
        assert max(x for x, _y, _text in pdf.fragments(number)) < 195


def test_what_only_the_answers_tell_does_not_stand_on_paper(in_lage: Town) -> None:
    front = shopfront()
    told = paper_of(front, front.catalogue.services["sperrmuell"], shipped_form("sperrmuell"), MONDAY.date())

    hints = [field["text"] for step in told["steps"] for field in step["fields"] if field["shape"] == "info"]

    assert any("Bauschutt" in hint for hint in hints)
    assert not any("m³" in hint for hint in hints)


def test_a_size_is_told_with_its_unit() -> None:
    form = shipped_form("grosser-hund-anzeigen")
    numbers = [field for field in form.all_fields() if field.unit == "cm"]

    words = when(parse_condition({"field": numbers[0].id, "at_least": 40}), context(form))

    assert words == f"wenn „{numbers[0].label}“ mindestens 40 cm ist"


def test_conditions_are_told_in_words_and_those_of_the_town_are_decided() -> None:
    seen = context(shipped_form("hund-anmelden"))
    field = next(one for one in seen.choices if all(isinstance(entry, Choice) for entry in seen.choices[one]))
    entry = seen.choices[field][0]
    chosen = Condition("in", field, (entry.value,))

    words = f"wenn Sie bei „{seen.fields[field].label}“ „{entry.label}“ angeben"
    assert when(None, seen) is True
    assert when(chosen, seen) == words
    assert when(Condition("all", parts=(chosen, Condition("trust", operand=2))), seen) is False
    assert when(Condition("any", parts=(chosen, chosen)), seen) == words
