"""How a definition file becomes a form: blocks, lists, settings, and what was released long ago."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalogue.content import InvalidContent
from catalogue.forms.choices import Choice, SettingKind
from catalogue.forms.conditions import parse_condition
from catalogue.forms.definition import FormDefinition, Page, parse_form
from catalogue.forms.fields import Kind, Precision
from catalogue.forms.library import Shelf, code_list, expand
from tests.forms.library import (
    TEXT,
    choice,
    context,
    form,
    group,
    page,
    question,
    read,
    refusal,
    shipped_form,
    shipped_forms,
    shipped_shelf,
)

RELEASED = Path(__file__).parent / "released"


def fields_of(definition: FormDefinition, number: int = 0) -> dict[str, Any]:
    step = definition.steps[number]
    assert isinstance(step, Page)
    return {one.id: one for one in step.fields}


# --- What ships -------------------------------------------------------------------------------------------


def test_the_shipped_forms_can_be_read() -> None:
    assert {"hund-anmelden", "hundemarke-ersatz"} <= shipped_forms().keys()


def test_each_question_of_the_shipped_forms_says_what_is_missing_when_it_is_not_answered() -> None:
    silent = [
        (key, one.id)
        for key, definition in shipped_forms().items()
        for one in definition.all_fields()
        if one.asks and one.required and not one.error and one.kind != Kind.CHECKBOX
    ]

    assert silent == []


@pytest.mark.parametrize("file", sorted(RELEASED.glob("*.json")), ids=lambda file: file.stem)
def test_what_was_released_once_can_be_read_for_ever(file: Path) -> None:
    key, _hyphen, version = file.stem.rpartition("-")

    definition = parse_form(json.loads(file.read_text(encoding="utf-8")))

    assert (definition.key, definition.version) == (key, int(version))


def test_older_spellings_mean_what_they_meant() -> None:
    old = parse_form(json.loads((RELEASED / "hund-anmelden-1.json").read_text(encoding="utf-8")))
    born = old.field("geboren")
    late = old.field("frist")

    assert born is not None
    assert born.least_known == Precision.MONTH
    assert late is not None
    assert late.condition == parse_condition({"field": "aufnahme", "to": {"days": -15}})


# --- Conditions and groups --------------------------------------------------------------------------------


def test_a_condition_inside_a_group_may_look_at_its_own_entry_and_at_what_came_before() -> None:
    definition = read(
        form(
            page("eins", question("art")),
            group(
                "dinge",
                page("zwei", TEXT, question("mehr", when={"field": "name", "filled": True})),
                page("drei", question("noch"), when={"field": "art", "filled": True}),
            ),
        )
    )

    assert [step.key for step in definition.steps] == ["eins", "dinge"]


def test_after_a_group_its_entries_are_looked_at_with_some() -> None:
    dogs = group("hunde", page("hund", question("hoehe", "int")), names=["hoehe"])
    some = {"some": "hunde", "where": {"field": "hoehe", "at_least": 40}}

    assert read(form(dogs, page("gross", TEXT, when=some)))
    assert "„hoehe“" in refusal(form(dogs, page("gross", TEXT, when={"field": "hoehe", "at_least": 40}))).reason


# --- Lists ------------------------------------------------------------------------------------------------

SHELF = Shelf(
    blocks={
        "mensch": [
            TEXT,
            question("geboren", "date"),
            question("eltern", when={"field": "geboren", "age_below": 18}),
            question("gruss", "info", text="Hallo {answer:name}!"),
        ],
        "paar": [
            {"block": "mensch", "prefix": "erste_"},
            {"block": "mensch", "prefix": "zweite_", "only": ["name"]},
        ],
        "geprueft": {
            "fields": [question("alter", "int", prefill="street", autocomplete="street-address")],
            "checks": [{"if": {"field": "alter", "at_most": 17}, "field": "alter", "error": "Zu jung."}],
        },
        "vertretung": {
            "steps": [
                page("fuer-wen", choice("fuer", "selbst", "kind", "firma")),
                page("kind", {"block": "mensch", "prefix": "kind_"}, when={"field": "fuer", "in": ["kind"]}),
                page("firma", question("firma"), when={"field": "fuer", "in": ["firma"]}),
            ]
        },
        "gruende": [
            choice("grund", "a", "b", "c"),
            question("beleg", when={"field": "grund", "in": ["a", "b"]}),
        ],
    },
    lists={"rassen": code_list(["Bichon Frisé", {"value": "x", "label": "Ex", "marks": ["selten"]}])},
    settings={
        "stadt.gruende": {
            "kind": "list",
            "label": "Gründe",
            "marks": {"nachweis": "braucht einen Nachweis"},
            "priced": True,
            "default": ["Rente", {"label": "Schule", "marks": ["nachweis"], "amount": "schule"}],
        },
        "stadt.spaeter": {"kind": "switch", "label": "Später", "default": True},
    },
)


def test_a_list_is_filled_in_with_values_made_from_names() -> None:
    definition = read(form(page("eins", question("rasse", "select", list="rassen"))), SHELF)

    assert fields_of(definition)["rasse"].choices == (
        Choice("bichon-frise", "Bichon Frisé"),
        Choice("x", "Ex", marks=("selten",)),
    )


def test_of_a_list_only_what_is_marked_may_be_taken() -> None:
    wanted = question("rasse", "select", list="rassen", only_marked="selten")

    assert [one.value for one in fields_of(read(form(page("eins", wanted)), SHELF))["rasse"].choices] == ["x"]


def test_a_list_of_the_town_has_the_entries_of_the_town() -> None:
    definition = read(form(page("eins", question("grund", "select", list={"town": "stadt.gruende"}))), SHELF)

    usual = context(definition)
    own = context(definition, settings={"stadt.gruende": [{"value": "alt", "label": "Altersarmut"}]})

    assert [(one.value, one.label, one.amount) for one in usual.choices["grund"]] == [
        ("rente", "Rente", "stadt.gruende.rente"),
        ("schule", "Schule", "schule"),
    ]
    assert [(one.value, one.label) for one in own.choices["grund"]] == [("alt", "Altersarmut")]


def test_what_a_town_has_set_for_an_earlier_kind_of_a_setting_does_not_count() -> None:
    definition = read(form(page("eins", question("grund", "select", list={"town": "stadt.gruende"}))), SHELF)

    broken = context(definition, settings={"stadt.gruende": True})

    assert [one.value for one in broken.choices["grund"]] == ["rente", "schule"]


def test_a_definition_carries_the_settings_that_it_names_and_no_others() -> None:
    wanted = question("grund", "select", list={"town": "stadt.gruende"})

    assert list(read(form(page("eins", wanted)), SHELF).settings) == ["stadt.gruende"]
    assert read(form(page("eins", TEXT)), SHELF).settings == {}


def test_years_are_counted_from_this_one() -> None:
    years = [{"year": 0, "hint": "zählt voll"}, {"year": 1}]
    definition = read(form(page("eins", question("jahr", "select", choices=years))))

    assert [(one.value, one.label, one.hint) for one in context(definition).choices["jahr"]] == [
        ("2026", "2026", "zählt voll"),
        ("2027", "2027", ""),
    ]


# --- Blocks -----------------------------------------------------------------------------------------------


def test_a_block_puts_its_fields_on_the_page() -> None:
    definition = read(form(page("eins", {"block": "mensch"})), SHELF)

    assert list(fields_of(definition)) == ["name", "geboren", "eltern", "gruss"]


def test_a_block_with_a_prefix_can_stand_twice_and_looks_at_its_own_fields() -> None:
    definition = read(form(page("eins", {"block": "mensch"}, {"block": "mensch", "prefix": "kind_"})), SHELF)

    found = fields_of(definition)
    assert list(found)[4:] == ["kind_name", "kind_geboren", "kind_eltern", "kind_gruss"]
    assert found["kind_eltern"].condition == parse_condition({"field": "kind_geboren", "age_below": 18})
    assert found["kind_gruss"].text == "Hallo {answer:kind_name}!"


def test_a_block_of_pages_may_ask_for_a_file_that_comes_later() -> None:
    file = {"id": "ausweis", "kind": "file", "label": "Ausweis", "later": True}
    shelf = Shelf(blocks={"papiere": {"steps": [page("papiere", file)]}}, lists={}, settings={})

    definition = read(form({"block": "papiere", "prefix": "kind_"}), shelf)

    assert list(fields_of(definition)) == ["kind_ausweis", "kind_ausweis_later"]


def test_blocks_inside_a_block_add_their_prefixes() -> None:
    definition = read(form(page("eins", {"block": "paar", "prefix": "x_"})), SHELF)

    assert list(fields_of(definition)) == [
        "x_erste_name",
        "x_erste_geboren",
        "x_erste_eltern",
        "x_erste_gruss",
        "x_zweite_name",
    ]


def test_a_form_takes_of_a_block_what_it_needs_and_changes_words() -> None:
    taken = {
        "block": "mensch",
        "without": ["eltern", "gruss"],
        "required": False,
        "change": {"name": {"label": "Name des Kindes"}},
    }

    found = fields_of(read(form(page("eins", taken)), SHELF))

    assert {name: (one.label, one.required) for name, one in found.items()} == {
        "name": ("Name des Kindes", False),
        "geboren": ("Geboren", False),
    }


def test_a_block_may_depend_on_an_answer_before_it() -> None:
    only_then = {"block": "mensch", "if": {"field": "art", "in": ["kind"]}}

    found = fields_of(read(form(page("eins", choice("art", "selbst", "kind"), only_then)), SHELF))

    art = {"field": "art", "in": ["kind"]}
    assert found["name"].condition == parse_condition(art)
    assert found["eltern"].condition == parse_condition({"all": [art, {"field": "geboren", "age_below": 18}]})


def test_checks_of_a_block_come_along_under_its_prefix() -> None:
    step = read(form(page("eins", {"block": "geprueft", "prefix": "kind_"})), SHELF).steps[0]

    assert isinstance(step, Page)
    [check] = step.checks
    assert (check.field, check.condition) == ("kind_alter", parse_condition({"field": "kind_alter", "at_most": 17}))


def test_of_another_person_the_account_knows_nothing() -> None:
    own = fields_of(read(form(page("eins", {"block": "geprueft"})), SHELF))
    other = fields_of(read(form(page("eins", {"block": "geprueft", "prefix": "kind_"})), SHELF))
    again = fields_of(read(form(page("eins", {"block": "geprueft", "prefix": "ich_", "prefill": True})), SHELF))

    assert (own["alter"].prefill, own["alter"].autocomplete) == ("street", "street-address")
    assert (other["kind_alter"].prefill, other["kind_alter"].autocomplete) == (None, "")
    assert again["ich_alter"].prefill == "street"
    assert {field.meaning for fields in (own, other, again) for field in fields.values()} == {"street"}


def test_a_block_of_pages_keeps_what_can_occur_in_the_form() -> None:
    whole = read(form({"block": "vertretung"}), SHELF)
    smaller = read(form({"block": "vertretung", "choices": {"fuer": ["selbst", "kind"]}}), SHELF)

    assert [step.key for step in whole.steps] == ["fuer-wen", "kind", "firma"]
    assert [step.key for step in smaller.steps] == ["fuer-wen", "kind"]
    assert [one.value for one in fields_of(smaller)["fuer"].choices] == ["selbst", "kind"]


def test_a_form_may_check_more_on_a_page_of_a_block() -> None:
    strict = page("wie-alt", {"block": "geprueft"})
    more = {"if": {"field": "alter", "at_least": 121}, "field": "alter", "error": "Zu alt."}
    shelf = Shelf(blocks={**SHELF.blocks, "seite": {"steps": [strict]}}, lists={}, settings={})

    [step] = read(form({"block": "seite", "change": {"wie-alt": {"title": "Neu", "checks": [more]}}}), shelf).steps

    assert isinstance(step, Page)
    assert (step.title, [one.error for one in step.checks]) == ("Neu", ["Zu jung.", "Zu alt."])


def test_conditions_of_a_block_ask_only_for_choices_that_the_form_keeps() -> None:
    whole = fields_of(read(form(page("eins", {"block": "gruende"})), SHELF))
    smaller = fields_of(read(form(page("eins", {"block": "gruende", "choices": {"grund": ["b", "c"]}})), SHELF))

    assert whole["beleg"].condition == parse_condition({"field": "grund", "in": ["a", "b"]})
    assert smaller["beleg"].condition == parse_condition({"field": "grund", "in": ["b"]})


def test_a_block_of_pages_with_a_prefix_has_addresses_of_its_own() -> None:
    twice = read(form({"block": "vertretung"}, {"block": "vertretung", "prefix": "gast_"}), SHELF)

    assert [step.key for step in twice.steps][3:] == ["gast-fuer-wen", "gast-kind", "gast-firma"]
    assert twice.steps[4].condition == parse_condition({"field": "gast_fuer", "in": ["kind"]})


def test_every_shipped_block_can_be_used_alone_and_with_a_prefix() -> None:
    shelf = shipped_shelf()
    beside = {"ortshinweis": ["anschrift"]}
    for name, block in shelf.blocks.items():
        for prefix in ({}, {"prefix": "zwei_"}):
            wanted = {"block": name, **prefix}
            if isinstance(block, dict) and "steps" in block:
                assert read(form(wanted), shelf)
            else:
                before = [{"block": one, **prefix} for one in beside.get(name, [])]
                assert read(form(page("eins", *before, wanted)), shelf)


# --- Files ------------------------------------------------------------------------------------------------


def test_a_file_that_may_come_later_brings_the_box_to_say_so() -> None:
    file = question("nachweis", "file", later=True, when={"field": "name", "filled": True})

    found = fields_of(read(form(page("eins", TEXT, file))))

    assert {name: one.kind for name, one in found.items()} == {
        "name": Kind.TEXT,
        "nachweis": Kind.FILE,
        "nachweis_later": Kind.CHECKBOX,
    }
    assert found["nachweis_later"].condition == parse_condition(
        {"all": [{"town": "probe.nachreichen"}, {"field": "name", "filled": True}]}
    )


def test_a_town_switches_off_in_each_form_that_files_may_come_later() -> None:
    with_box = read(form(page("eins", question("nachweis", "file", later=True))))
    without = read(form(page("eins", question("nachweis", "file"))))

    assert {key: (one.kind, one.label, one.default) for key, one in with_box.settings.items()} == {
        "probe.nachreichen": (SettingKind.SWITCH, "Unterlagen dürfen nachgereicht werden: Probe", True)
    }
    assert without.settings == {}


def test_a_block_asks_for_the_switch_of_the_form_that_it_stands_in() -> None:
    file = {"id": "ausweis", "kind": "file", "label": "Ausweis", "later": True}
    shelf = Shelf(blocks={"papiere": [file]}, lists={}, settings={})

    definition = read(form(page("eins", {"block": "papiere", "prefix": "kind_"})), shelf)

    assert list(definition.settings) == ["probe.nachreichen"]
    assert fields_of(definition)["kind_ausweis_later"].condition == parse_condition({"town": "probe.nachreichen"})


def test_whether_a_file_may_come_later_can_be_the_towns_say() -> None:
    file = question("nachweis", "file", later={"town": "stadt.spaeter"})

    found = fields_of(read(form(page("eins", file)), SHELF))

    assert found["nachweis_later"].condition == parse_condition({"town": "stadt.spaeter"})


# --- Prices -----------------------------------------------------------------------------------------------


def test_a_line_by_choice_knows_what_its_entries_can_cost() -> None:
    art = question(
        "art",
        "radio",
        choices=[{"value": "a", "label": "A", "amount": "x.a"}, {"value": "b", "label": "B", "amount": "x.b"}],
    )
    grund = question("grund", "select", list={"town": "stadt.gruende"})
    lines = [{"label": "Art", "choice": "art"}, {"label": "Grund", "formula": {"times": [2, {"amount_of": "grund"}]}}]

    definition = read(form(page("eins", art, grund), fee={"pay": "submission", "lines": lines}), SHELF)

    assert definition.fee is not None
    assert definition.fee.keys == {"x.a", "x.b"}
    assert definition.fee.keys_in(context(definition).settings) == {"x.a", "x.b", "schule", "stadt.gruende.rente"}
    assert definition.amount_keys == {"x.a", "x.b"}


def test_expanding_nonsense_says_what_is_expected() -> None:
    with pytest.raises(InvalidContent, match="Liste"):
        expand(form(page("eins")) | {"steps": [{"key": "eins", "title": "Eins", "fields": "name"}]}, Shelf())


def test_the_shipped_dog_form_asks_the_town_for_its_reasons() -> None:
    definition = shipped_form("hund-anmelden")

    assert {"hundesteuer.gruende", "hundesteuer.frist-tage", "sepa.glaeubiger-id"} <= definition.settings.keys()
