"""Form fields: what they make of what people type, and the HTML they are shown as."""

import re
from datetime import date, time
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.validators import RegexValidator
from django.template import Context, Template
from django.utils.datastructures import MultiValueDict

from templates import fields
from templates.styleguide import SampleForm
from templates.widgets import DateInput, KeptFile


class Elements(HTMLParser):
    """All elements of some HTML: name and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def one(self, **wanted: str) -> dict[str, str | None]:
        """The attributes of the one element that has these."""
        [found] = [attributes for _, attributes in self.all if wanted.items() <= attributes.items()]
        return found


def form_with(field: forms.Field, data: dict[str, Any] | None = None, **options: Any) -> fields.Form:
    form_class = type("OneField", (fields.Form,), {"answer": field})
    form: fields.Form = form_class(data, **options)
    return form


def answer(field: forms.Field, **data: Any) -> Any:
    """What the field makes of the data: its value, or its one error message."""
    form = form_with(field, data)
    if form.is_valid():
        return form.cleaned_data["answer"]
    [[message]] = form.errors.values()
    return message


def first_id(form: fields.Form) -> str:
    """Where the error summary leads for the field."""
    field = form["answer"]
    assert isinstance(field, fields.BoundField)
    return field.first_id


def date_parts(day: str, month: str, year: str) -> dict[str, str]:
    return {"answer_day": day, "answer_month": month, "answer_year": year}


# --- Dates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("28", "9", "2026"), date(2026, 9, 28)),
        (("01.", "02.", "2026"), date(2026, 2, 1)),
        (("28", "September", "2026"), date(2026, 9, 28)),
        (("3", "mär", "2026"), date(2026, 3, 3)),
        (("28.9.2026", "", ""), date(2026, 9, 28)),
        (("29", "2", "2024"), date(2024, 2, 29)),
        (("29", "2", "2026"), "Dieses Datum gibt es nicht."),
        (("0", "9", "2026"), "Dieses Datum gibt es nicht."),
        (("1", "13", "2026"), "Dieses Datum gibt es nicht."),
        (("1", "1", "0000"), "Dieses Datum gibt es nicht."),
        (("28", "9", "26"), "Geben Sie das Jahr mit vier Ziffern an, zum Beispiel 1987."),
        (("28", "", "2026"), "Es fehlt noch: Monat."),
        (("", "", "2026"), "Es fehlt noch: Tag und Monat."),
        (("xx", "9", "2026"), "Geben Sie das Datum mit Zahlen an, zum Beispiel 28 9 2026."),
        (("٢٨", "9", "2026"), "Geben Sie das Datum mit Zahlen an, zum Beispiel 28 9 2026."),
        (("-1", "9", "2026"), "Geben Sie das Datum mit Zahlen an, zum Beispiel 28 9 2026."),
        (("", "", ""), "Geben Sie Tag, Monat und Jahr an."),
    ],
)
def test_a_date_is_typed_in_three_parts(typed: tuple[str, str, str], expected: date | str) -> None:
    assert answer(fields.DateField(), **date_parts(*typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("", "9", "2024"), "2024-09"),
        (("0", "09", "2024"), "2024-09"),
        (("3", "9", "2024"), date(2024, 9, 3)),
        (("3", "", "2024"), "Es fehlt noch: Monat."),
        (("", "", "2024"), "Es fehlt noch: Monat."),
        (("", "13", "2024"), "Dieses Datum gibt es nicht."),
    ],
)
def test_the_day_may_be_left_out_where_the_month_is_enough(typed: tuple[str, str, str], expected: Any) -> None:
    assert answer(fields.DateField(precision="month"), **date_parts(*typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("00", "00", "1950"), "1950"),
        (("", "5", "1950"), "1950-05"),
        (("1", "", "1950"), "Es fehlt noch: Monat."),
    ],
)
def test_registers_may_know_only_the_year(typed: tuple[str, str, str], expected: str) -> None:
    assert answer(fields.DateField(precision="year"), **date_parts(*typed)) == expected


@pytest.mark.parametrize(
    ("typed", "is_refused"),
    [
        (("21", "11", "2026"), False),
        (("22", "11", "2026"), True),
        (("", "11", "2026"), False),
        (("", "12", "2026"), True),
    ],
)
def test_a_date_may_have_a_last_day(typed: tuple[str, str, str], is_refused: bool) -> None:
    made = answer(fields.DateField(precision="month", latest=date(2026, 11, 21)), **date_parts(*typed))

    assert (made == "Das Datum darf nicht nach dem 21.\u00a0November 2026 liegen.") is is_refused


def test_a_date_may_have_a_first_day() -> None:
    field = fields.DateField(earliest=date(1900, 1, 1))

    assert answer(field, **date_parts("31", "12", "1899")) == (
        "Das Datum darf nicht vor dem 1.\u00a0Januar 1900 liegen."
    )


def test_a_date_that_was_saved_as_text_is_shown_and_read_again() -> None:
    form = form_with(fields.DateField(precision="month", label="Tag"), initial={"answer": "2024-09"})
    elements = Elements(str(form))

    assert elements.one(name="answer_month")["value"] == "9"
    assert elements.one(name="answer_year")["value"] == "2024"
    assert "value" not in elements.one(name="answer_day")


def test_a_wrong_date_stays_as_it_was_typed_and_only_the_wrong_part_is_marked() -> None:
    form = form_with(fields.DateField(label="Tag"), date_parts("28", "9", "26"))
    elements = Elements(str(form))

    typed = [elements.one(name=f"answer_{part}")["value"] for part in ("day", "month", "year")]
    marked = [elements.one(name=f"answer_{part}").get("aria-invalid") for part in ("day", "month", "year")]
    assert typed == ["28", "9", "26"]
    assert marked == [None, None, "true"]
    assert first_id(form) == "id_answer_year"


def test_a_birthday_is_filled_in_by_the_browser() -> None:
    field = fields.DateField(label="Tag", widget=DateInput({"autocomplete": "bday"}))
    elements = Elements(str(form_with(field)))

    parts = [elements.one(name=f"answer_{part}")["autocomplete"] for part in ("day", "month", "year")]
    assert parts == ["bday-day", "bday-month", "bday-year"]


# --- Numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("30,70", Decimal("30.70")),
        ("30.7", Decimal("30.7")),
        ("1.234,50 €", Decimal("1234.50")),
        ("1.234", Decimal(1234)),
        ("1 234,5", Decimal("1234.5")),
        ("0", Decimal(0)),
        ("12,345", "Geben Sie höchstens 2 Stellen nach dem Komma an."),
        ("zwölf", "Geben Sie eine Zahl ein, zum Beispiel 12,50."),
        ("1,2,3", "Geben Sie eine Zahl ein, zum Beispiel 12,50."),
        ("NaN", "Geben Sie eine Zahl ein, zum Beispiel 12,50."),
        ("1e5", "Geben Sie eine Zahl ein, zum Beispiel 12,50."),
        ("9" * 40, "Geben Sie eine Zahl ein, zum Beispiel 12,50."),
        ("-1", "Geben Sie mindestens 0 € ein."),
        ("2000000", "Geben Sie höchstens 1.000.000 € ein."),
    ],
)
def test_money_is_typed_with_a_comma(typed: str, expected: Decimal | str) -> None:
    field = fields.DecimalField(unit="€", min_value=Decimal(0), max_value=Decimal(1_000_000))

    assert answer(field, answer=typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("40", 40),
        (" 40 cm", 40),
        ("1.000", "Geben Sie höchstens 120 cm ein."),
        ("4", "Geben Sie mindestens 5 cm ein."),
        ("40,5", "Geben Sie eine ganze Zahl ein, zum Beispiel 12."),
        ("vierzig", "Geben Sie eine ganze Zahl ein, zum Beispiel 12."),
        ("9" * 5000, "Geben Sie eine ganze Zahl ein, zum Beispiel 12."),
    ],
)
def test_a_whole_number_has_limits_and_a_unit(typed: str, expected: int | str) -> None:
    assert answer(fields.WholeNumberField(unit="cm", min_value=5, max_value=120), answer=typed) == expected


def test_the_unit_of_a_number_is_read_with_it() -> None:
    form = form_with(fields.WholeNumberField(label="Höhe", unit="cm", help_text="Gemessen."), {"answer": "x"})
    elements = Elements(str(form))

    described = "id_answer_helptext id_answer_unit id_answer_error"
    assert elements.one(id="id_answer")["aria-describedby"] == described
    ids = [str(attributes.get("id")) for _, attributes in elements.all]
    assert [one for one in ids if one.startswith("id_answer_")] == described.split()


def test_a_saved_amount_is_shown_with_a_comma() -> None:
    form = form_with(fields.DecimalField(label="Preis"), initial={"answer": Decimal("30.7")})

    assert Elements(str(form)).one(id="id_answer")["value"] == "30,70"


# --- Choices ---------------------------------------------------------------------------------------------

BREEDS = [("dackel", "Dackel"), ("pudel", "Großer Pudel")]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"answer": "dackel"}, "dackel"),
        ({"answer": "", "answer_typed": "großer pudel"}, "pudel"),
        (
            {"answer": "", "answer_typed": "Wolf"},
            "„Wolf“ steht nicht in der Liste. Bitte wählen Sie einen Eintrag aus.",
        ),
        ({"answer": ""}, "Bitte treffen Sie eine Auswahl: Rasse"),
    ],
)
def test_a_long_list_takes_what_was_chosen_or_typed(sent: dict[str, str], expected: str) -> None:
    assert answer(fields.SelectField(label="Rasse", choices=BREEDS, searchable=True), **sent) == expected


def test_what_was_typed_into_a_long_list_comes_back() -> None:
    form = form_with(
        fields.SelectField(label="Rasse", choices=BREEDS, searchable=True),
        {"answer": "", "answer_typed": "Wolf"},
    )

    assert 'data-typed="Wolf"' in str(form)


def test_a_select_starts_with_no_choice() -> None:
    html = str(form_with(fields.SelectField(label="Rasse", choices=BREEDS)))

    assert html.index('<option value="" selected>Bitte wählen</option>') < html.index('<option value="dackel">')


def test_radio_buttons_stand_in_a_fieldset_that_says_what_is_wrong() -> None:
    field = forms.ChoiceField(label="Wer?", choices=BREEDS, widget=forms.RadioSelect, help_text="Einer.")
    form = form_with(field, {})
    elements = Elements(str(form))
    radios = [attributes for tag, attributes in elements.all if attributes.get("type") == "radio"]

    assert [tag for tag, _ in elements.all][:2] == ["fieldset", "legend"]
    assert elements.all[0][1]["aria-describedby"] == "id_answer_helptext id_answer_error"
    assert ["aria-invalid" in radio for radio in radios] == [False, False]
    assert first_id(form) == "id_answer_0" == radios[0]["id"]


def test_a_choice_may_have_a_second_line() -> None:
    label = fields.ChoiceLabel("Firma", hint="auch <Verein>")
    field = forms.ChoiceField(label="Wer?", choices=[("a", label)], widget=forms.RadioSelect)

    assert '<span class="choice-hint">auch &lt;Verein&gt;</span>' in str(form_with(field))


def test_a_declaration_has_its_label_behind_it_and_its_error_below() -> None:
    field = forms.BooleanField(label="Ja, stimmt.", error_messages={"required": "Bestätigen Sie das."})
    html = str(form_with(field, {}))
    checkbox = Elements(html).one(type="checkbox")

    assert checkbox["class"] == "kern-form-check__checkbox kern-form-check__checkbox--error"
    assert checkbox["aria-describedby"] == "id_answer_error"
    assert html.index("<input") < html.index("<label") < html.index('id="id_answer_error"')


# --- Uploads ---------------------------------------------------------------------------------------------

CONTRACT = KeptFile("7", "vertrag.pdf", 2048)


def upload(
    *files: tuple[str, int], kept: tuple[KeptFile, ...] = (), **options: Any
) -> tuple[fields.Form, list[str], list[str]]:
    """A form with these files sent; the names it takes and its messages."""
    sent = MultiValueDict({"answer": [SimpleUploadedFile(name, b"x" * size) for name, size in files]})
    form = form_with(fields.UploadField(label="Nachweis", **options), {}, files=sent, initial={"answer": kept})
    names = [file.name for file in form.cleaned_data["answer"]] if form.is_valid() else []
    return form, names, [str(message) for messages in form.errors.values() for message in messages]


def test_several_files_arrive_as_a_list() -> None:
    assert upload(("a.pdf", 5), ("b.jpg", 5))[1:] == (["a.pdf", "b.jpg"], [])


def test_a_required_file_may_have_come_before() -> None:
    assert upload()[2] == ["Bitte wählen Sie eine Datei aus."]
    assert upload(kept=(CONTRACT,))[1:] == ([], [])


def test_a_voluntary_file_may_be_missing() -> None:
    assert upload(required=False)[1:] == ([], [])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([("leer.pdf", 0)], "Die Datei ist leer. Bitte wählen Sie eine andere."),
        (
            [("groß.pdf", 2**20 + 1)],
            "„groß.pdf“ ist zu groß. Eine Datei darf höchstens 1 MB haben. Bitte scannen oder fotografieren Sie mit "
            "geringerer Auflösung, oder teilen Sie das Dokument auf mehrere Dateien auf.",
        ),
        ([("a.pdf", 1), ("b.pdf", 1)], "Das sind zu viele Dateien. Hier passen höchstens 2."),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_why(files: list[tuple[str, int]], message: str) -> None:
    assert upload(*files, kept=(CONTRACT,), largest=2**20, most=2)[2] == [message]


def test_files_that_are_there_can_be_removed_also_after_an_error() -> None:
    form, _, _ = upload(("leer.pdf", 0), kept=(CONTRACT,))
    html = str(form)

    assert Elements(html).one(name="remove_upload")["value"] == "7"
    assert "Entfernen<span" in html
    assert ": vertrag.pdf" in html
    assert "2,0\u00a0KB" in html


def test_a_file_the_form_got_no_encoding_for_is_asked_for_again() -> None:
    assert form_with(fields.UploadField(), {"answer": "name.pdf"}).errors["answer"] == [
        "Bitte wählen Sie eine Datei aus."
    ]


# --- Every form ------------------------------------------------------------------------------------------


def test_a_plain_django_form_gets_the_looks_too() -> None:
    class Plain(forms.Form):
        name = forms.CharField(label="Name", help_text="Ihr Name.", required=False)

    elements = Elements(str(Plain({"name": "Anna"})))

    assert elements.one(name="name")["class"] == "kern-form-input__input"
    assert elements.one(name="name")["aria-describedby"] == "id_name_helptext"
    assert elements.one(id="id_name_helptext")["class"] == "kern-hint"


def test_messages_say_which_answer_is_missing() -> None:
    assert answer(forms.CharField(label="Straße"), answer="") == "Bitte ausfüllen: Straße"
    assert answer(forms.EmailField(label="E-Mail"), answer="anna@") == (
        "Geben Sie eine E-Mail-Adresse ein, zum Beispiel anna@beispiel.de."
    )


def test_a_message_of_the_form_wins_over_the_usual_one() -> None:
    assert answer(forms.CharField(error_messages={"required": "Wie heißen Sie?"}), answer="") == "Wie heißen Sie?"


def test_the_browser_does_not_cut_off_what_is_too_long() -> None:
    field = forms.CharField(label="Name", max_length=3)

    assert "maxlength" not in str(form_with(field))
    assert answer(field, answer="Annabel") == "Bitte kürzen Sie auf 3 Zeichen. Jetzt sind es 7."


def test_voluntary_answers_are_marked_and_required_ones_are_not() -> None:
    assert "– freiwillig" in str(form_with(forms.CharField(label="Name", required=False)))
    assert "– freiwillig" not in str(form_with(forms.CharField(label="Name")))


def test_what_is_verified_can_be_read_but_not_changed() -> None:
    form = form_with(forms.CharField(label="Name", disabled=True), {"answer": "Eve"}, initial={"answer": "Anna"})
    element = Elements(str(form)).one(name="answer")

    assert form.is_valid()
    assert form.cleaned_data == {"answer": "Anna"}
    assert ("readonly" in element, "disabled" in element, element["value"]) == (True, False, "Anna")


# --- Times, lines, counts, places -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("8", time(8)),
        ("8.30 Uhr", time(8, 30)),
        ("23:59", time(23, 59)),
        ("24:00", "Geben Sie die Uhrzeit so an: 8 oder 8:30."),
        ("abends", "Geben Sie die Uhrzeit so an: 8 oder 8:30."),
        ("6:59", "Die Uhrzeit darf nicht vor 7 Uhr liegen."),
    ],
)
def test_a_time_is_typed_as_people_write_it(typed: str, expected: Any) -> None:
    assert answer(fields.TimeField(earliest=time(7)), answer=typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("4711\r\n\r\n 4712 ", ["4711", "4712"]),
        ("1\n2\n3", "Das sind zu viele. Hier passen höchstens 2, eine Angabe je Zeile."),
        ("4711\nx", "Zeile 2: Nur Ziffern."),
        ("", "Bitte ausfüllen: Answer"),
    ],
)
def test_several_answers_are_typed_one_a_line(typed: str, expected: Any) -> None:
    field = fields.LinesField(most=2, label="Answer", validators=[RegexValidator(r"^[0-9]+$", "Nur Ziffern.")])

    assert answer(field, answer=typed) == expected


def test_lines_that_were_saved_are_shown_again() -> None:
    assert "4711\n4712</textarea>" in str(form_with(fields.LinesField(most=2), initial={"answer": ["4711", "4712"]}))


def counts(**options: Any) -> fields.CountsField:
    return fields.CountsField(choices=[("sofa", "Sofa"), ("stuhl", "Stuhl")], **options)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"answer_stuhl": "4", "answer_sofa": "2"}, {"sofa": 2, "stuhl": 4}),
        ({"answer_sofa": "1", "answer_stuhl": "0"}, {"sofa": 1}),
        ({"answer_sofa": "0"}, "Geben Sie bei mindestens einem an, wie viele es sind."),
        ({}, "Geben Sie bei mindestens einem an, wie viele es sind."),
        ({"answer_sofa": "-1"}, "Geben Sie Zahlen ein, zum Beispiel 2. Nichts davon? Dann lassen Sie es leer."),
        ({"answer_sofa": "6"}, "Geben Sie höchstens 5 von jedem ein."),
        ({"answer_sofa": "4", "answer_stuhl": "4"}, "Das sind zusammen zu viele. Es gehen höchstens 7."),
        ({"answer_bett": "1"}, "Geben Sie bei mindestens einem an, wie viele es sind."),
    ],
)
def test_things_are_counted(typed: dict[str, str], expected: Any) -> None:
    assert answer(counts(max_value=5, most=7), **typed) == expected


def test_only_the_count_that_is_wrong_is_marked_and_the_summary_leads_there() -> None:
    form = form_with(counts(max_value=5), {"answer_sofa": "1", "answer_stuhl": "9"})
    elements = Elements(str(form))

    assert elements.one(name="answer_sofa").get("aria-invalid") is None
    assert elements.one(name="answer_stuhl")["aria-invalid"] == "true"
    assert first_id(form) == "id_answer_stuhl"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"answer": "vor der Kirche"}, {"place": "vor der Kirche"}),
        (
            {"answer": "hier", "answer_latitude": "51.9917201", "answer_longitude": "8.79", "answer_accuracy": "19.6"},
            {"place": "hier", "latitude": 51.99172, "longitude": 8.79, "accuracy": 20},
        ),
        ({"answer": "hier", "answer_latitude": "91", "answer_longitude": "8"}, {"place": "hier"}),
        ({"answer": "hier", "answer_latitude": "<b>", "answer_longitude": "8"}, {"place": "hier"}),
        ({"answer_latitude": "51.9", "answer_longitude": "8.7"}, "Beschreiben Sie, wo es ist."),
    ],
)
def test_a_place_is_told_in_words_and_maybe_by_the_device(typed: dict[str, str], expected: Any) -> None:
    assert answer(fields.MapPointField(), **typed) == expected


def test_a_month_alone_is_asked_in_two_parts_and_a_year_in_one() -> None:
    month, year = fields.DateField(asked="month", label="Monat"), fields.DateField(asked="year", label="Jahr")

    assert answer(month, answer_month="3", answer_year="2027") == "2027-03"
    assert answer(year, answer_year="2027") == "2027"
    assert "answer_day" not in str(form_with(fields.DateField(asked="month")))
    assert "<fieldset" not in str(form_with(fields.DateField(asked="year", label="Jahr")))


def test_zeros_stand_for_what_a_register_does_not_know() -> None:
    field = fields.DateField(zeros=True)

    assert answer(field, **date_parts("00", "00", "1950")) == "1950"
    assert answer(field, **date_parts("00", "5", "1950")) == "1950-05"
    assert answer(fields.DateField(zeros=True), **date_parts("", "5", "1950")) == "Es fehlt noch: Tag."
    assert 'value="00"' in str(form_with(fields.DateField(zeros=True), initial={"answer": "1950"}))


def test_what_is_not_called_for_is_marked_for_the_script_and_an_information_is_hidden() -> None:
    class Live(fields.Form):
        name = forms.CharField(label="Name")
        tip = fields.Information("Später.")
        called_for = {"name": False, "tip": False}

    elements = Elements(str(Live()))

    assert "hidden" not in elements.one(**{"data-field": "name"})
    assert "hidden" in elements.one(**{"data-field": "tip"})
    assert elements.one(**{"data-field": "name"})["data-called-for"] == "false"


class Shelter(fields.Form):
    origin = forms.ChoiceField(choices=[("shelter", "Tierheim"), ("own", "Eigener Wurf")], widget=forms.RadioSelect)
    shelter = forms.CharField(label="Name des Tierheims")
    moved = forms.BooleanField(label="Zugezogen", required=False)
    old_town = forms.CharField(label="Frühere Stadt")

    conditions = {"shelter": ("origin", frozenset({"shelter"})), "old_town": ("moved", frozenset({"on"}))}


def test_a_field_that_is_not_called_for_is_neither_required_nor_kept() -> None:
    form = Shelter({"origin": "own", "shelter": "vergessen"})

    assert form.is_valid()
    assert form.cleaned_data == {"origin": "own", "shelter": None, "moved": False, "old_town": None}


def test_a_field_that_is_called_for_is_required() -> None:
    form = Shelter({"origin": "shelter", "moved": "on"})

    assert form.errors == {
        "shelter": ["Bitte ausfüllen: Name des Tierheims"],
        "old_town": ["Bitte ausfüllen: Frühere Stadt"],
    }


def test_the_page_says_when_a_field_is_called_for() -> None:
    group = Elements(str(Shelter(prefix="dog"))).one(**{"data-show-if-field": "dog-origin"})

    assert group["data-show-if-values"] == '["shelter"]'
    assert "hidden" not in group


def test_an_information_stands_in_the_page_and_not_in_the_answers() -> None:
    form = form_with(fields.Information("Gut zu <wissen>.", tone="warning"), {})

    assert form.is_valid()
    assert "kern-alert--warning" in str(form)
    assert "Gut zu &lt;wissen&gt;." in str(form)


def test_every_error_has_a_link_to_an_element_of_the_form() -> None:
    form = SampleForm({})
    summary = Template("{% error_summary form %}").render(Context({"form": form}))
    targets = re.findall(r'href="#([^"]+)"', summary)
    ids = {attributes.get("id") for _, attributes in Elements(str(form)).all}

    assert len(targets) == 12
    assert set(targets) <= ids


def test_no_id_occurs_twice_and_every_description_exists() -> None:
    elements = Elements(str(SampleForm({}))).all
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    described = {part for _, attributes in elements for part in (attributes.get("aria-describedby") or "").split()}

    assert sorted(set(ids), key=str) == sorted(ids, key=str)
    assert described <= set(ids)


def test_every_input_has_a_label() -> None:
    elements = Elements(str(SampleForm())).all
    labelled = {attributes.get("for") for tag, attributes in elements if tag == "label"}
    inputs = {
        attributes.get("id")
        for tag, attributes in elements
        if tag in ("input", "select", "textarea") and attributes.get("type") != "hidden"
    }

    assert inputs == labelled
