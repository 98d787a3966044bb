"""Components and filters: what they make of their arguments."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import RequestContext, Template
from django.test import RequestFactory

from templates import components
from templates.components import Answer, Event, NavigationItem, Step, Stretch
from templates.styleguide import SampleCharge, SampleFee


@dataclass(frozen=True)
class Hours:
    opens: time
    closes: time


def rendered(source: str, **context: Any) -> str:
    """A template's HTML with single spaces and none between elements; no-break spaces stay."""
    request = context.pop("request", RequestFactory().get("/"))
    html = Template(source).render(RequestContext(request, context))
    return re.sub(r"[ \n]+", " ", html).strip().replace("> <", "><")


# --- Filters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("30.7", "30,70 €"),
        ("0", "0,00 €"),
        ("1234.5", "1.234,50 €"),
        ("-5", "-5,00 €"),
        ("1000000", "1.000.000,00 €"),
    ],
)
def test_money_is_shown_in_german(amount: str, shown: str) -> None:
    assert components.euro(Decimal(amount)) == shown.replace(" ", "\u00a0")


@pytest.mark.parametrize("amount", [30.7, 30, "30.70", None])
def test_only_decimals_are_money(amount: Any) -> None:
    with pytest.raises(TypeError):
        components.euro(amount)


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2026, 9, 28), "28.\u00a0September 2026"),
        ("2026-03-01", "1.\u00a0März 2026"),
        ("2026-09", "September 2026"),
        ("2026", "2026"),
        (datetime(2026, 9, 28, 22, 30, tzinfo=UTC), "29.\u00a0September 2026"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_date_is_shown_in_german(day: date | str | None, shown: str) -> None:
    assert components.german_date(day) == shown


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 9, 28, 7, 12, tzinfo=UTC), "28.\u00a0September 2026, 9:12\u00a0Uhr"),
        (datetime(2026, 1, 28, 7, 0, tzinfo=UTC), "28.\u00a0Januar 2026, 8\u00a0Uhr"),
        (None, ""),
    ],
)
def test_a_moment_is_shown_in_local_time(moment: datetime | None, shown: str) -> None:
    assert components.german_datetime(moment) == shown


@pytest.mark.parametrize(
    ("stretches", "shown"),
    [
        ([Hours(time(8), time(16))], "8–16\u00a0Uhr"),
        ([Hours(time(8, 30), time(12)), Hours(time(14), time(17, 5))], "8:30–12 und 14–17:05\u00a0Uhr"),
        ([], "geschlossen"),
    ],
)
def test_hours_are_told_as_people_do(stretches: list[Stretch], shown: str) -> None:
    assert components.opening_hours(stretches) == shown


@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("05232 601-0", "tel:+4952326010"),
        ("+49 (0)5232 / 601-0", "tel:+4952326010"),
        ("0049 5232 6010", "tel:+4952326010"),
        ("115", "tel:115"),
    ],
)
def test_a_phone_number_becomes_an_address(number: str, address: str) -> None:
    assert components.phone_address(number) == address


# --- Tags ------------------------------------------------------------------------------------------------


def test_an_unknown_icon_is_refused() -> None:
    with pytest.raises(ValueError, match="no such icon: 'unicorn'"):
        rendered('{% icon "unicorn" %}')


def test_an_icon_is_hidden_from_screen_readers() -> None:
    assert rendered('{% icon "pets" %}') == (
        '<svg class="icon" aria-hidden="true" focusable="false">'
        '<use href="/static/vendor/material-symbols/icons.svg#pets"></use></svg>'
    )


def test_a_button_sends_and_a_link_button_leads() -> None:
    assert rendered('{% button "Los" "secondary" name="a" value="1" about="Akte" %}') == (
        '<button class="kern-btn kern-btn--secondary" type="submit" name="a" value="1">'
        '<span class="kern-label">Los<span class="visually-hidden">: Akte</span></span></button>'
    )
    assert rendered('{% link_button "Los" "/ziel/" block=True %}') == (
        '<a class="kern-btn kern-btn--primary kern-btn--block" href="/ziel/"><span class="kern-label">Los</span></a>'
    )


@pytest.mark.parametrize(
    ("kind", "tone", "role"),
    [("error", "danger", ' role="alert"'), ("success", "success", ' role="status"'), ("info", "info", "")],
)
def test_a_notice_is_read_aloud_when_something_happened(kind: str, tone: str, role: str) -> None:
    assert rendered("{% notice kind=kind %}{{ text }}{% endnotice %}", kind=kind, text="<Oh>") == (
        f'<div class="kern-alert kern-alert--{tone}"{role}><div class="kern-alert__header">'
        f'<span class="kern-icon kern-icon--{tone}" aria-hidden="true"></span>'
        '<div class="notice__sentence">&lt;Oh&gt;</div></div></div>'
    )


def test_a_notice_with_a_title_has_its_content_below() -> None:
    html = rendered('{% notice title="Titel" %}<p>Text</p>{% endnotice %}')

    assert '<p class="kern-title">Titel</p></div><div class="kern-alert__body"><p>Text</p></div>' in html


def test_a_breadcrumb_starts_at_home_and_ends_here() -> None:
    html = rendered('{% breadcrumb "Leistungen" "/services/" "Hund" %}')

    assert html.endswith(
        '<ol><li><a href="/">Startseite</a></li><li><a href="/services/">Leistungen</a></li>'
        '<li><span aria-current="page">Hund</span></li></ol></nav>'
    )


def test_letters_without_services_are_no_links() -> None:
    html = rendered('{% letters "AC" "/services/" "A" %}')

    assert html.count("<a ") == 2
    assert html.count('aria-current="page"') == 1
    assert '<a href="/services/?buchstabe=C"><span class="visually-hidden">Leistungen mit </span>C</a>' in html
    assert '<span aria-hidden="true">B</span>' in html


def test_a_pager_keeps_the_filters() -> None:
    request = RequestFactory().get("/", {"status": "neu", "seite": "2"})
    html = rendered("{% pager page %}", request=request, page=Paginator(range(60), 25).page(2))

    assert "26 bis 50 von 60" in html
    assert 'href="?status=neu&amp;seite=1"' in html
    assert 'href="?status=neu&amp;seite=3"' in html


def test_a_pager_of_nothing_is_nothing() -> None:
    assert rendered("{% pager page %}", page=Paginator([], 25).page(1)) == ""


def test_the_side_navigation_says_where_one_is_and_what_waits() -> None:
    items = [
        NavigationItem("Eingang", "/a/", "inbox", count=7, is_current=True),
        NavigationItem("Kasse", "/b/", "euro"),
    ]
    html = rendered("{% side_navigation items %}", items=items)

    assert html.count('aria-current="page"') == 1
    assert '<span class="staff-nav__count">7<span class="visually-hidden"> offen</span></span>' in html


def test_an_answer_shows_where_it_comes_from() -> None:
    html = rendered("{% review 'Über Sie' answers '/zurueck/' %}", answers=[Answer("Name", "<Anna>", source="Konto")])

    assert '<a class="kern-link" href="/zurueck/">Ändern<span class="visually-hidden">: Über Sie</span></a>' in html
    assert "&lt;Anna&gt;" in html
    assert "Konto</span></dd>" in html


def test_a_fee_is_shown_line_by_line() -> None:
    lines = [
        SampleCharge("Marke", Decimal("10.00"), Decimal(2), Decimal("5.00")),
        SampleCharge("Versand", Decimal("1.60"), Decimal(1), Decimal("1.60")),
    ]
    fee = SampleFee(lines, (Decimal("11.60"), Decimal("11.60")))
    html = rendered("{% fee_table fee 'Satzung' %}", fee=fee)

    assert 'Marke <span class="muted">2 × 5,00\u00a0€</span></th><td>10,00\u00a0€</td>' in html
    assert '<tr><th scope="row">Versand</th><td>1,60\u00a0€</td></tr>' in html
    assert '<tfoot><tr><th scope="row">Gesamt</th><td>11,60' in html


def test_where_somebody_decides_later_the_fee_says_from_what_to_what() -> None:
    line = SampleCharge("Gestattung", Decimal(0), Decimal(1), Decimal(0), Decimal("25.00"), Decimal("200.00"))
    html = rendered("{% fee_table fee %}", fee=SampleFee([line], (Decimal("25.00"), Decimal("200.00"))))

    assert html.count("25,00\u00a0€ bis 200,00\u00a0€") == 2


def test_a_timeline_marks_what_is_done_and_where_it_stands() -> None:
    events = [Event("Da", "done"), Event("Prüfung", "now"), Event("Bescheid", "next")]
    html = rendered("{% timeline events %}", events=events)

    assert [html.count(part) for part in ("– erledigt", 'aria-current="step"', "<li ")] == [1, 1, 3]


def test_only_a_step_that_is_done_leads_back() -> None:
    steps = [Step("Eins", "done", url="/1/"), Step("Zwei", "now", url="/2/"), Step("Drei", "next", url="/3/")]
    html = rendered("{% step_list steps %}", steps=steps)

    assert html.count("<a ") == 1
    assert '<a href="/1/">' in html


def test_trust_shows_as_many_bars_as_it_needs() -> None:
    assert [rendered("{% trust_level n %}{% endtrust_level %}", n=n).count("is-on") for n in (1, 2, 3)] == [
        1,
        2,
        3,
    ]


def test_the_error_summary_of_a_form_without_errors_is_nothing() -> None:
    class Empty(forms.Form):
        pass

    assert rendered("{% error_summary form %}", form=Empty({})) == ""


def test_an_error_of_the_whole_form_has_no_link() -> None:
    class Refused(forms.Form):
        def clean(self) -> None:
            raise forms.ValidationError("Das geht heute nicht.")

    html = rendered("{% error_summary form %}", form=Refused({"a": "b"}))

    assert "Das hat noch nicht geklappt" in html
    assert "<li>Das geht heute nicht.</li>" in html
