"""The styleguide: every component and every kind of field on one of five pages, with made-up content.

For those who build pages, and for the tests that look at all parts in a real browser. Not part of what
citizens see: it is routed in development and in tests only.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from templates import fields
from templates.charts import Column
from templates.components import Answer, Event, NavigationItem, Step
from templates.icons import ICONS
from templates.widgets import SuggestingInput


class SampleForm(fields.Form):
    """One field of each kind."""

    information = fields.Information(_("Alle Angaben sind nötig, außer wenn „freiwillig“ dabeisteht."))
    name = forms.CharField(
        label=_("Name des Hundes"), max_length=30, error_messages={"required": _("Geben Sie den Namen ein.")}
    )
    number = forms.CharField(
        label=_("Nummer der Hundemarke"),
        help_text=_("Sie steht auf der Marke, zum Beispiel 1234."),
        required=False,
        widget=forms.TextInput({"class": "width-short", "inputmode": "numeric"}),
    )
    verified = forms.CharField(
        label=_("E-Mail"), help_text=_("Aus Ihrem Konto."), disabled=True, initial="anna@beispiel.de"
    )
    breed = fields.SelectField(
        label=_("Rasse"),
        help_text=_("Tippen Sie die ersten Buchstaben."),
        searchable=True,
        choices=[
            ("beagle", "Beagle"),
            ("berner-sennenhund", "Berner Sennenhund"),
            ("dackel", "Dackel"),
            ("deutscher-schaeferhund", "Deutscher Schäferhund"),
            ("labrador", "Labrador Retriever"),
            ("mischling", "Mischling"),
            ("pudel", "Pudel"),
        ],
    )
    sex = forms.ChoiceField(
        label=_("Geschlecht"),
        choices=[("male", _("Rüde")), ("female", _("Hündin"))],
        widget=forms.RadioSelect,
    )
    origin = forms.ChoiceField(
        label=_("Woher haben Sie den Hund?"),
        choices=[
            ("breeder", _("Von privat oder aus einer Zucht")),
            ("shelter", fields.ChoiceLabel("Aus dem Tierheim", hint="auch von einem Tierschutzverein")),
            ("moved", _("Er ist mit mir zugezogen")),
        ],
        widget=forms.RadioSelect,
    )
    shelter = forms.CharField(label=_("Name des Tierheims"), widget=forms.TextInput({"class": "width-medium"}))
    born_on = fields.DateField(
        label=_("Wann ist der Hund geboren?"),
        help_text=_("Zum Beispiel 28 9 2024. Wenn Sie den Tag nicht wissen, lassen Sie ihn leer."),
        precision="month",
        latest=date(2026, 11, 22),
        error_messages={"too_late": _("Der Tag der Geburt liegt in der Zukunft.")},
    )
    kept_since = fields.DateField(label=_("Seit wann lebt er bei Ihnen?"), required=False)
    height = fields.WholeNumberField(
        label=_("Schulterhöhe"), help_text=_("Ausgewachsen gemessen."), unit="cm", min_value=5, max_value=120
    )
    price = fields.DecimalField(label=_("Kaufpreis"), unit="€", min_value=Decimal(0), required=False)
    payment = fields.SelectField(
        label=_("Zahlweise"), choices=[("yearly", _("Einmal im Jahr")), ("quarterly", _("Jedes Vierteljahr"))]
    )
    reasons = forms.MultipleChoiceField(
        label=_("Was trifft auf Sie zu?"),
        choices=[("blind", _("Blindenhund")), ("rescue", _("Rettungshund")), ("poor", _("Bürgergeld"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    remark = forms.CharField(label=_("Anmerkung"), widget=forms.Textarea({"rows": 4}), required=False)
    numbers = fields.LinesField(
        label=_("Kassenzeichen"), help_text=_("Eines je Zeile, höchstens drei."), most=3, required=False
    )
    postal_code = forms.CharField(
        label=_("Postleitzahl"),
        required=False,
        widget=SuggestingInput({"class": "width-short"}, suggestions=["32791", "32657"]),
    )
    pieces = fields.CountsField(
        label=_("Was sollen wir abholen?"),
        help_text=_("Nichts davon? Dann lassen Sie es leer."),
        choices=[
            ("sofa", _("Sofa")),
            ("chair", fields.ChoiceLabel("Stuhl", hint="auch Hocker und Bänke")),
            ("bed", _("Bett mit Lattenrost")),
        ],
        max_value=9,
    )
    starts_at = fields.TimeField(label=_("Beginn"), help_text=_("Zum Beispiel 8 oder 8:30."), latest=time(22))
    from_month = fields.DateField(label=_("Ab welchem Monat?"), asked="month", required=False)
    valid_until = fields.DateField(label=_("Gültig bis Ende"), asked="year", required=False)
    place = fields.MapPointField(label=_("Wo ist es?"), help_text=_("Straße und Hausnummer, oder was in der Nähe ist."))
    night = fields.Information(
        _("Nach 22 Uhr brauchen Sie eine Ausnahme."),
        tone="warning",
        links=[fields.Link("Ausnahme vom Lärmschutz", "#inhalt", "etwa 5 Minuten")],
    )
    iban = forms.CharField(label=_("IBAN"), required=False, widget=forms.TextInput({"class": "width-iban"}))
    mandate = forms.BooleanField(label=_("Ich erlaube das."), required=False)
    proof = fields.UploadField(
        label=_("Nachweis"),
        help_text=_("Foto oder PDF, höchstens 10 MB."),
        accept="image/jpeg,application/pdf",
    )
    true = forms.BooleanField(
        label=_("Meine Angaben sind richtig und vollständig."),
        error_messages={"required": _("Bestätigen Sie, dass Ihre Angaben richtig sind.")},
    )

    conditions = {"shelter": ("origin", frozenset({"shelter"}))}
    told = {"iban": "Ihre Bank: Deutsche Kreditbank Berlin"}
    called_for = {"night": True}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["iban"].tells = True  # type: ignore[attr-defined]
        self.fields["mandate"].text = (  # type: ignore[attr-defined]
            "SEPA-Lastschriftmandat\nDie Stadt darf Zahlungen von diesem Konto einziehen."
        )
        self.fields["height"].why = "Ab 40 cm gilt ein Hund als groß."  # type: ignore[attr-defined]
        self.fields["height"].legal_basis = "§ 11 Landeshundegesetz NRW"  # type: ignore[attr-defined]


class SampleFilter(fields.Form):
    """Filters above a list: nothing is required, and nobody needs to be told so."""

    marks_optional = False

    state = fields.SelectField(label=_("Status"), choices=[("new", _("Neu"))], empty=_("Alle"), required=False)
    service = fields.SelectField(
        label=_("Leistung"), choices=[("dog", _("Hund anmelden"))], empty=_("Alle"), required=False
    )


@dataclass(frozen=True)
class SampleFile:
    key: str
    name: str
    size: int
    counts: bool = True


@dataclass(frozen=True)
class SampleCharge:
    label: str
    amount: Decimal
    quantity: Decimal
    unit_amount: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class SampleFee:
    lines: list[SampleCharge]
    span: tuple[Decimal, Decimal]


@dataclass(frozen=True)
class SampleStretch:
    opens: time
    closes: time


@dataclass(frozen=True)
class SamplePerson:
    name: str
    initials: str
    is_authenticated: bool = True


_MORNING = SampleStretch(time(8), time(12, 30))
_AFTERNOON = SampleStretch(time(14), time(18))

_TOWN: dict[str, Any] = {
    "tokens": ["brand", "soft", "softer", "line", "middle", "front", "deep"],
    "icons": sorted(ICONS),
    "situations": [
        ("pets", "Hund & Tiere", "Anmelden, abmelden, Marke, Sachkunde"),
        ("home", "Umzug & Wohnen", "Ummelden, Bescheinigungen, Wohngeld"),
        ("badge", "Ausweise & Urkunden", "Ausweis, Pass, Urkunden, Beglaubigung"),
    ],
    "present_letters": "ABDEFGHKLMPRSTUVWZ",
    "rows": [
        ("Hund anmelden", ["Online", "etwa 6 Minuten", "kostenfrei"]),
        ("Ersatz für eine Hundemarke", ["Online", "etwa 3 Minuten", "5,00 €"]),
        ("Personalausweis beantragen", ["Mit Termin", "46,00 €"]),
    ],
    "weeks": [
        Column("2. November 2026", "2.11.", 7, "7"),
        Column("9. November 2026", "9.11.", None, "<5"),
        Column("16. November 2026", "16.11.", 11, "11", is_open=True),
    ],
    "numbers": [("Hund anmelden", 8), ("Büchereiausweis", 5)],
    "week": [
        ("Montag", [_MORNING], False),
        ("Dienstag", [_MORNING, _AFTERNOON], True),
        ("Mittwoch", [], False),
    ],
}

_FORM: dict[str, Any] = {
    "answers": [
        Answer("Name", "Anna Muster", source="aus Ihrem Konto"),
        Answer("Anschrift", "Lange Straße 14\n32791 Lage"),
        Answer("Geboren", "28. September 1987"),
        Answer("Was sollen wir abholen?", "2 × Sofa, 4 × Stuhl"),
        Answer("Wo ist es?", "vor der Kirche\nStandort: 51,99172° Nord, 8,79391° Ost, auf etwa 20 m genau"),
        Answer("Beginn", "18:30 Uhr"),
        Answer("Ab welchem Monat?", "März 2027"),
        Answer("Kennzeichen", "LIP-AB 123"),
        Answer("IBAN", "DE02 1203 0000 0000 2020 51 (Deutsche Kreditbank Berlin)"),
        Answer("Nachweis", "wird nachgereicht"),
        Answer("Es gilt die Benutzungsordnung.\nIch halte sie ein.", "Ja"),
    ],
    "fee": SampleFee(
        [
            SampleCharge("Ersatz-Hundemarke", Decimal("10.00"), Decimal(2), Decimal("5.00")),
            SampleCharge("Versand", Decimal("0.00"), Decimal(1), Decimal("0.00")),
            SampleCharge("Prüfung vor Ort", Decimal(0), Decimal(1), Decimal(0), Decimal(17), Decimal(66)),
        ],
        (Decimal("27.00"), Decimal("76.00")),
    ),
    "steps": [
        Step("Über Sie", "done", url="#inhalt"),
        Step("Ihr Hund", "now"),
        Step("Ermäßigung", "next"),
        Step("Prüfen", "next"),
    ],
}

_ACCOUNT: dict[str, Any] = {
    "events": [
        Event("Antrag eingegangen", "done", at=datetime(2026, 9, 25, 16, 4, tzinfo=UTC)),
        Event("Gebühr bezahlt", "done", "5,00 €", at=datetime(2026, 9, 25, 16, 6, tzinfo=UTC)),
        Event("Prüfung im Steueramt", "now", "Das dauert meistens drei Werktage."),
        Event("Entscheidung", "next", "Wir schreiben Ihnen eine E-Mail."),
    ],
}

_STAFF: dict[str, Any] = {
    "navigation": [
        NavigationItem("Eingang", "#inhalt", "inbox", count=7, is_current=True),
        NavigationItem("Leistungen", "#inhalt", "description"),
        NavigationItem("Kasse", "#inhalt", "euro"),
    ],
    "cases": [
        ("Hund anmelden", "LAGE-2026-000123", "Aylin Demir", "soon", "heute", "Neu", "info"),
        (
            "Ersatz-Hundemarke",
            "LAGE-2026-000119",
            "Đorđe Yıldız",
            "late",
            "1 Tag überfällig",
            "Antwort da",
            "warning",
        ),
        ("Hund anmelden", "LAGE-2026-000101", "Ole Petersen", "", "noch 6 Tage", "Erledigt", "success"),
    ],
}


def town(request: HttpRequest) -> HttpResponse:
    """Public pages: home and service."""
    return render(request, "styleguide.html", _TOWN)


def form(request: HttpRequest) -> HttpResponse:
    """A form; sent, it shows its errors."""
    kept = [SampleFile("1", "Kaufvertrag-mit-einem-sehr-langen-Namen-vom-Hund.pdf", 1_400_000)]
    initial = {"proof": kept, "price": Decimal("1230.5")}
    sample = SampleForm(request.POST or None, request.FILES or None, initial=initial)
    return render(
        request,
        "styleguide/form.html",
        _FORM | {"form": sample, "quit_url": "#inhalt"},
        status=422 if sample.errors else 200,
    )


def account(request: HttpRequest) -> HttpResponse:
    """A citizen's own pages."""
    person = SamplePerson("Anna Muster", "AM")
    return render(request, "styleguide/account.html", _ACCOUNT | {"user": person})


def staff(request: HttpRequest) -> HttpResponse:
    """The town hall's desk."""
    return render(request, "styleguide/staff.html", _desk(request))


def operator(request: HttpRequest) -> HttpResponse:
    """The operator's desk."""
    return render(request, "styleguide/operator.html", _desk(request) | {"town": None})


def _desk(request: HttpRequest) -> dict[str, Any]:
    page = Paginator(range(132), 25).get_page(request.GET.get("seite"))
    person = SamplePerson("Bernd Beispiel", "BB")
    return _STAFF | {
        "page": page,
        "filter": SampleFilter(request.GET or None),
        "user": person,
        "role": "Steueramt",
    }


app_name = "styleguide"
urlpatterns = [
    path("", town, name="town"),
    path("formular/", form, name="form"),
    path("konto/", account, name="account"),
    path("rathaus/", staff, name="staff"),
    path("betrieb/", operator, name="operator"),
]
