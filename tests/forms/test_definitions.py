from typing import Any

import pytest

from catalogue.content import InvalidContent, Path
from catalogue.forms.definition import Kind, parse_form
from catalogue.forms.library import code_list, expand
from tests.forms.library import shipped_form

TEXT = {"id": "name", "kind": "text", "label": "Name"}


def form(*steps: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"key": "probe", "version": 1, "title": "Probe", "steps": list(steps), **rest}


def page(key: str, *fields: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"key": key, "title": key, "fields": list(fields), **rest}


def group(key: str, *pages: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "key": key,
        "title": key,
        "item": "Ding",
        "add": "mehr",
        "max": 3,
        "names": ["name"],
        "pages": list(pages),
    } | rest


@pytest.mark.parametrize("key", ["hund-anmelden", "hundemarke-ersatz"])
def test_each_shipped_form_can_be_read(key: str) -> None:
    assert shipped_form(key).key == key


def test_each_question_of_the_shipped_forms_says_what_is_missing_when_it_is_not_answered() -> None:
    for key in ("hund-anmelden", "hundemarke-ersatz"):
        silent = [
            one.id
            for one in shipped_form(key).all_fields()
            if one.asks and one.required and not one.error and one.kind != Kind.CHECKBOX
        ]
        assert silent == []


@pytest.mark.parametrize(
    ("plain", "where", "reason"),
    [
        (form(page("eins", {**TEXT, "kind": "telepathie"})), ("steps", 0, "fields", 0, "kind"), "telepathie"),
        (form(page("eins", TEXT), page("zwei", TEXT)), ("steps", 1, "fields", 0, "id"), "gibt es schon"),
        (
            form(page("eins", {**TEXT, "if": {"field": "spaeter", "filled": True}})),
            ("steps", 0, "fields", 0, "if"),
            "„spaeter“",
        ),
        (form(page("eins", TEXT, **{"if": {"field": "name", "filled": True}})), ("steps", 0, "if"), "„name“"),
        (form(page("eins", {**TEXT, "if": {"field": "name"}})), ("steps", 0, "fields", 0, "if"), "So eine Bedingung"),
        (form(page("eins", {**TEXT, "farbe": "rot"})), ("steps", 0, "fields", 0, "farbe"), "nicht bekannt"),
        (form(page("eins", {**TEXT, "pattern": "egal"})), ("steps", 0, "fields", 0, "pattern"), "egal"),
        (form(page("eins", {"id": "name", "kind": "text"})), ("steps", 0, "fields", 0), "label"),
        (form(page("eins", {**TEXT, "kind": "radio"})), ("steps", 0, "fields", 0), "choices"),
        (form(page("Eins!", TEXT)), ("steps", 0, "key"), "Adresse"),
        (
            form(page("eins", TEXT, checks=[{"if": {"field": "name", "filled": True}, "field": "x", "error": "!"}])),
            ("steps", 0, "checks", 0, "field"),
            "„x“",
        ),
        (form(group("dinge", page("eins", TEXT), names=["fehlt"])), ("steps", 0, "names"), "„fehlt“"),
        (
            form(
                page("eins", TEXT), fee={"pay": "submission", "lines": [{"label": "x", "amount": "y", "times": ["z"]}]}
            ),
            ("fee", "lines", 0),
            "„z“",
        ),
        ({"key": "probe", "title": "Probe", "steps": []}, ("version",), "fehlt"),
        ({"key": "probe", "version": "1", "title": "Probe", "steps": []}, ("version",), "int"),
    ],
)
def test_a_wrong_definition_is_refused_with_place_and_reason(plain: dict[str, Any], where: Path, reason: str) -> None:
    with pytest.raises(InvalidContent) as refusal:
        parse_form(plain)

    assert refusal.value.at == where
    assert reason in refusal.value.reason


def test_a_condition_inside_a_group_may_look_at_its_own_entry_and_at_what_came_before() -> None:
    inside = {"id": "mehr", "kind": "text", "label": "Mehr", "if": {"field": "name", "filled": True}}
    earlier = {"id": "art", "kind": "text", "label": "Art"}

    definition = parse_form(
        form(
            page("eins", earlier),
            group("dinge", page("zwei", TEXT, inside, **{"if": {"field": "art", "filled": True}})),
        )
    )

    assert [step.key for step in definition.steps] == ["eins", "dinge"]


def test_a_block_and_a_list_are_filled_in() -> None:
    expanded = expand(
        form(page("eins", {"block": "person"}, {"id": "rasse", "kind": "select", "label": "Rasse", "list": "rassen"})),
        blocks={"person": [TEXT]},
        lists={"rassen": code_list(["Bichon Frisé", {"value": "x", "label": "Ex", "marks": ["selten"]}])},
    )

    fields = parse_form(expanded).steps[0].fields  # type: ignore[union-attr]
    assert [one.id for one in fields] == ["name", "rasse"]
    assert [(choice.value, choice.label) for choice in fields[1].choices] == [
        ("bichon-frise", "Bichon Frisé"),
        ("x", "Ex"),
    ]


@pytest.mark.parametrize("reference", [{"block": "fehlt"}, {**TEXT, "kind": "select", "list": "fehlt"}])
def test_a_block_or_list_that_does_not_exist_is_refused(reference: dict[str, Any]) -> None:
    with pytest.raises(InvalidContent, match="fehlt"):
        expand(form(page("eins", reference)), blocks={}, lists={})


def test_a_file_that_may_come_later_brings_the_box_to_say_so() -> None:
    file = {"id": "nachweis", "kind": "file", "label": "Nachweis", "later": True}

    fields = parse_form(expand(form(page("eins", file)), blocks={}, lists={})).steps[0].fields  # type: ignore[union-attr]

    assert [(one.id, one.kind) for one in fields] == [("nachweis", Kind.FILE), ("nachweis_later", Kind.CHECKBOX)]
