"""What the administrators and editors of a town fill in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.forms.boundfield import BoundField
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.content import LifeSituation, Unit
from catalogue.forms.patterns import PATTERNS
from templates.fields import ChoiceLabel, DateField, DecimalField, Form, SelectField, TimeField
from tenants.models import Town
from townhall import theme
from townhall.actions import Switch
from townhall.administration_presentation import Standing
from townhall.crests import content_type_of
from townhall.hours import Stretch
from townhall.models import OfferState, Office, Profile
from townhall.shopfront import OfficeView

LARGEST_AMOUNT = Decimal("9999999.99")  # EUR, what the fee table can hold


# --- Fields that several forms share -----------------------------------------------------------------------


def _time(**options: Any) -> TimeField:
    return TimeField(required=False, **options)


def _line(label: Any, longest: int, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, **{"required": False, **options})


def _phone() -> forms.CharField:
    def is_phone_number(value: str) -> None:
        if not PATTERNS["phone"].fits(value):
            raise ValidationError(str(PATTERNS["phone"].message), code="phone")

    return _line(gettext_lazy("Telefon"), 40, widget=forms.TextInput({"type": "tel"}), validators=[is_phone_number])


def _postal_code() -> forms.CharField:
    def is_postal_code(value: str) -> None:
        if not PATTERNS["postal_code"].fits(value):
            raise ValidationError(str(PATTERNS["postal_code"].message), code="postal_code")

    widget = forms.TextInput({"class": "width-short", "inputmode": "numeric"})
    return _line(gettext_lazy("Postleitzahl"), 10, widget=widget, validators=[is_postal_code])


def _mail(label: Any = None, **options: Any) -> forms.EmailField:
    return forms.EmailField(
        label=label or gettext_lazy("E-Mail-Adresse"), max_length=254, **{"required": False, **options}
    )


class WebAddressField(forms.URLField):
    """An address that a link may lead to."""

    default_validators = [URLValidator(schemes=["http", "https"])]


def _address(label: Any, hint: Any) -> WebAddressField:
    return WebAddressField(
        label=label,
        help_text=hint,
        max_length=200,
        required=False,
        assume_scheme="https",
        error_messages={"invalid": gettext_lazy("Geben Sie die ganze Adresse ein, zum Beispiel https://www.stadt.de.")},
        widget=forms.URLInput,
    )


# --- Services ------------------------------------------------------------------------------------------------


class ServiceFilter(Form):
    """Which services are listed. The names stand in the address bar, so they are German."""

    marks_optional = False

    q = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    stand = SelectField(
        label=gettext_lazy("Stand"), choices=Standing.choices, empty=gettext_lazy("Alle"), required=False
    )
    lebenslage = SelectField(
        label=gettext_lazy("Lebenslage"), choices=(), empty=gettext_lazy("Alle Lebenslagen"), required=False
    )

    def __init__(self, data: Any, *, situations: Iterable[LifeSituation]) -> None:
        super().__init__(data)
        situation = cast("SelectField", self.fields["lebenslage"])
        situation.choices = [("", _("Alle Lebenslagen")), *((one.key, one.title) for one in situations)]


STATES = [
    (OfferState.ONLINE, ChoiceLabel("Online", hint="Menschen können den Antrag hier stellen.")),
    (OfferState.PAUSED, ChoiceLabel("Angehalten", hint="Niemand kann neu anfangen. Die Seite sagt, warum.")),
    (OfferState.LINK, ChoiceLabel("Anderes Verfahren", hint="Die Seite führt zu Ihrem eigenen Online-Dienst.")),
    (OfferState.INFO, ChoiceLabel("Nur Auskunft", hint="Die Seite erklärt alles, der Antrag geht anders.")),
    (OfferState.HIDDEN, ChoiceLabel("Nicht angeboten", hint="Die Leistung ist in Ihrem Portal nicht zu sehen.")),
]


def _pause_note() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Warum und bis wann?"),
        help_text=gettext_lazy("Das liest, wer den Antrag stellen möchte."),
        max_length=300,
        error_messages={"required": gettext_lazy("Schreiben Sie in einem Satz, warum der Antrag angehalten ist.")},
        widget=forms.Textarea({"rows": 3}),
    )


class SwitchForm(Form):
    """How the town offers a service."""

    conditions = {
        "pause_note": ("state", frozenset({OfferState.PAUSED.value})),
        "link": ("state", frozenset({OfferState.LINK.value})),
        "drafts_until": ("state", frozenset(state.value for state in OfferState if state != OfferState.ONLINE)),
    }

    state = forms.ChoiceField(
        label=gettext_lazy("Wie bieten Sie die Leistung an?"), choices=STATES, widget=forms.RadioSelect
    )
    pause_note = _pause_note()
    link = WebAddressField(
        label=gettext_lazy("Adresse des Online-Dienstes"),
        help_text=gettext_lazy("Dorthin führt der Knopf auf der Seite der Leistung."),
        max_length=200,
        assume_scheme="https",
        error_messages={
            "required": gettext_lazy("Tragen Sie ein, wohin der Knopf führen soll."),
            "invalid": gettext_lazy("Geben Sie die ganze Adresse ein, zum Beispiel https://www.stadt.de."),
        },
        widget=forms.URLInput,
    )
    drafts_until = DateField(
        label=gettext_lazy("Bis wann können angefangene Anträge noch abgeschickt werden?"),
        help_text=gettext_lazy("Leer: ab sofort nicht mehr. Was Menschen schon ausgefüllt haben, geht nicht verloren."),
        required=False,
    )
    starts_on = DateField(
        label=gettext_lazy("Ab wann?"),
        help_text=gettext_lazy("Leer: ab sofort."),
        required=False,
        error_messages={"too_early": gettext_lazy("Der Tag ist schon vorbei.")},
    )

    def __init__(self, data: Any = None, *, today: date, **options: Any) -> None:
        super().__init__(data, **options)
        cast("DateField", self.fields["starts_on"]).earliest = today

    @property
    def switch(self) -> Switch:
        """What was chosen."""
        given = self.cleaned_data
        return Switch(OfferState(given["state"]), given["pause_note"] or "", given["drafts_until"], given["link"] or "")


class PauseForm(Form):
    """What people read as long as a service is paused."""

    marks_optional = False

    pause_note = _pause_note()


class SwitchManyForm(Form):
    """Several services of a list at once. Pausing needs a reason each, so it is not among the choices."""

    service = forms.MultipleChoiceField(
        label=gettext_lazy("Leistungen"),
        choices=(),
        error_messages={"required": gettext_lazy("Kreuzen Sie zuerst Leistungen in der Liste an.")},
    )
    state = SelectField(
        label=gettext_lazy("Angekreuzte umstellen auf"),
        choices=[
            (OfferState.ONLINE.value, gettext_lazy("online")),
            (OfferState.INFO.value, gettext_lazy("nur Auskunft")),
            (OfferState.HIDDEN.value, gettext_lazy("nicht angeboten")),
        ],
        error_messages={"required": gettext_lazy("Wählen Sie aus, worauf Sie umstellen möchten.")},
    )

    def __init__(self, data: Any = None, *, keys: Iterable[str]) -> None:
        super().__init__(data)
        services = cast("forms.MultipleChoiceField", self.fields["service"])
        services.choices = [(key, key) for key in keys]


class OfferForm(Form):
    """What the town adds to the central text of a service."""

    office = SelectField(
        label=gettext_lazy("Zuständige Stelle"),
        choices=(),
        empty="",
        required=False,
    )
    processing_time = _line(
        gettext_lazy("Wie lange dauert es?"), 120, help_text=gettext_lazy("Zum Beispiel: etwa zwei Wochen")
    )
    needs_second_signature = forms.BooleanField(
        label=gettext_lazy("Entscheidungen unterschreibt die Teamleitung als zweite Person"), required=False
    )
    addition = forms.CharField(
        label=gettext_lazy("Was ist bei Ihnen besonders?"),
        help_text=gettext_lazy("Steht auf der Seite unter dem gemeinsamen Text."),
        max_length=5000,
        required=False,
        widget=forms.Textarea({"rows": 5}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        offices: Iterable[OfficeView],
        by_unit: str,
        asks_for_signature: bool,
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        if not asks_for_signature:
            del self.fields["needs_second_signature"]
        office = cast("SelectField", self.fields["office"])
        usual = _("Wie üblich: %(office)s") % {"office": by_unit} if by_unit else _("Keine")
        office.choices = [("", usual), *((str(one.pk), one.name) for one in offices)]


class AmountForm(Form):
    """What something costs from a day on."""

    amount = DecimalField(
        label=gettext_lazy("Betrag"),
        unit="€",
        min_value=Decimal(0),
        max_value=LARGEST_AMOUNT,
        error_messages={
            "required": gettext_lazy("Geben Sie den Betrag ein, zum Beispiel 5,00. Kostet es nichts, schreiben Sie 0."),
            "invalid": gettext_lazy("Geben Sie den Betrag mit Komma ein, zum Beispiel 5,00."),
        },
    )
    valid_from = DateField(
        label=gettext_lazy("Gilt ab"),
        help_text=gettext_lazy("Heute oder ein späterer Tag. Bis dahin bleibt alles, wie es ist."),
        error_messages={"too_early": gettext_lazy("Ein Betrag kann frühestens ab heute gelten, ab %(limit)s.")},
    )
    by_law = forms.CharField(
        label=gettext_lazy("Satzung"),
        help_text=gettext_lazy("Worin der Betrag steht, zum Beispiel: Hundesteuersatzung vom 12. Dezember 2025"),
        max_length=200,
        error_messages={"required": gettext_lazy("Geben Sie an, in welcher Satzung der Betrag steht.")},
    )
    by_law_url = _address(gettext_lazy("Adresse der Satzung"), gettext_lazy("Wo man sie im Netz lesen kann."))

    def __init__(self, data: Any = None, *, today: date, **options: Any) -> None:
        super().__init__(data, **options)
        valid_from = cast("DateField", self.fields["valid_from"])
        valid_from.earliest, valid_from.latest = today, today + timedelta(days=5 * 365)


class CopyForm(Form):
    """The town whose amounts are proposed."""

    marks_optional = False

    town = SelectField(
        label=gettext_lazy("Stadt"),
        choices=(),
        error_messages={"required": gettext_lazy("Wählen Sie die Stadt, deren Beträge Sie übernehmen möchten.")},
    )

    def __init__(self, data: Any = None, *, towns: Iterable[Town]) -> None:
        super().__init__(data)
        town = cast("SelectField", self.fields["town"])
        town.choices = [("", _("Bitte wählen")), *((one.slug, one.full_name) for one in towns)]


class BudgetLineForm(Form):
    """Where the cash office books what an amount brings in, and what part of it the town only collects."""

    number = forms.CharField(
        label=gettext_lazy("Buchungsstelle"),
        help_text=gettext_lazy("Wie Ihre Kasse sie nennt, zum Beispiel: 12.02.01.431100"),
        max_length=40,
        error_messages={"required": gettext_lazy("Geben Sie die Buchungsstelle an. Ihre Kasse kennt sie.")},
    )
    levy = forms.CharField(
        label=gettext_lazy("Davon für jemand anderen"),
        help_text=gettext_lazy("Was die Stadt nur einnimmt und weitergibt, zum Beispiel: Fischereiabgabe Land"),
        max_length=100,
        required=False,
    )
    levy_percent = DecimalField(
        label=gettext_lazy("Anteil davon"),
        unit="%",
        min_value=Decimal(0),
        max_value=Decimal(100),
        required=False,
        error_messages={"invalid": gettext_lazy("Geben Sie den Anteil als Zahl an, zum Beispiel 50.")},
    )
    levy_number = forms.CharField(label=gettext_lazy("Buchungsstelle für diesen Anteil"), max_length=40, required=False)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = self.cleaned_data
        values["levy_percent"] = values.get("levy_percent") or Decimal(0)
        parts = {name: values[name] for name in ("levy", "levy_percent", "levy_number")}
        if any(parts.values()):
            for name, sentence in (
                ("levy", _("Geben Sie an, für wen der Anteil ist. Ohne Anteil lassen Sie alle drei Felder leer.")),
                ("levy_percent", _("Geben Sie den Anteil an, zum Beispiel 50. Er muss größer als 0 sein.")),
                ("levy_number", _("Geben Sie an, wo der Anteil gebucht wird.")),
            ):
                if not parts[name] and name not in self.errors:
                    self.add_error(name, sentence)
        return cleaned


# --- Offices -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayOnForm:
    """The inputs of one weekday: two stretches, each with beginning and end."""

    name: str
    stretches: tuple[tuple[BoundField, BoundField], ...]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What is wrong, with the id of the element that says so."""
        bounds = [bound for stretch in self.stretches for bound in stretch]
        return [(str(error), f"{bound.auto_id}_error") for bound in bounds for error in bound.errors]


class WeekForm(Form):
    """A week: on each day up to two stretches of time."""

    def __init__(self, data: Any = None, *, week: Iterable[tuple[Stretch, ...]], initial: dict[str, Any]) -> None:
        self.days: dict[int, str] = {day: str(name) for day, name in WEEKDAYS.items()}
        super().__init__(data, initial=initial | _week_values(week))
        for day, name in self.days.items():
            wrong = {"invalid": _("%(day)s: Geben Sie die Uhrzeit so an: 8 oder 8:30.") % {"day": name}}
            for stretch in (0, 1):
                for end, word in (("opens", _("von")), ("closes", _("bis"))):
                    label = _time_label(name, stretch, word)
                    self.fields[_input(day, stretch, end)] = _time(label=label, error_messages=wrong)

    @property
    def week(self) -> list[DayOnForm]:
        """The inputs of the week, day by day."""
        return [
            DayOnForm(
                name,
                tuple(
                    (self[_input(day, stretch, "opens")], self[_input(day, stretch, "closes")]) for stretch in (0, 1)
                ),
            )
            for day, name in self.days.items()
        ]

    @property
    def plain_fields(self) -> list[BoundField]:
        """All inputs but those of the week."""
        return [bound for bound in self if not bound.name.startswith("day_")]

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if not name.startswith("day_")}

    @property
    def hours(self) -> list[tuple[int, time, time]]:
        """The week as rows: weekday (Monday is 0), opens, closes."""
        found = [(day, *self._stretch(day, stretch)) for day in self.days for stretch in (0, 1)]
        return [(day, opens, closes) for day, opens, closes in found if opens and closes]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for day in self.days:
            self._check_day(day)
        return cleaned

    def _check_day(self, day: int) -> None:
        ends: list[time] = []
        for stretch in (0, 1):
            opens, closes = self._stretch(day, stretch)
            first, second = _input(day, stretch, "opens"), _input(day, stretch, "closes")
            if self.has_error(first) or self.has_error(second):
                return
            if opens and not closes:
                self.add_error(second, _("%(day)s: Bis wann ist offen?") % {"day": self.days[day]})
            elif closes and not opens:
                self.add_error(first, _("%(day)s: Ab wann ist offen?") % {"day": self.days[day]})
            elif opens and closes and closes <= opens:
                self.add_error(
                    second,
                    _("%(day)s: Das Ende liegt vor dem Anfang. Bitte prüfen Sie beide Uhrzeiten.")
                    % {"day": self.days[day]},
                )
            elif opens and ends and opens <= ends[-1]:
                self.add_error(
                    first, _("%(day)s: Die zweite Zeit beginnt, bevor die erste endet.") % {"day": self.days[day]}
                )
            if closes:
                ends.append(closes)

    def _stretch(self, day: int, stretch: int) -> tuple[time | None, time | None]:
        opens = self.cleaned_data.get(_input(day, stretch, "opens"))
        return opens, self.cleaned_data.get(_input(day, stretch, "closes"))


class OfficeForm(WeekForm):
    """An office with its address and its week."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        error_messages={"required": gettext_lazy("Geben Sie der Stelle einen Namen, zum Beispiel Bürgerbüro.")},
    )
    task = _line(
        gettext_lazy("Wofür sie da ist"), 200, help_text=gettext_lazy("Zum Beispiel: Ausweise, Wohnsitz und Fundbüro")
    )
    is_main = forms.BooleanField(label=gettext_lazy("Steht mit ihren Zeiten auf der Startseite"), required=False)
    street = _line(gettext_lazy("Straße und Hausnummer"), 120)
    postal_code = _postal_code()
    city = _line(gettext_lazy("Ort"), 100)
    room = _line(gettext_lazy("Zimmer oder Etage"), 60)
    phone = _phone()
    email = _mail()
    access_note = _line(
        gettext_lazy("Wie kommt man ohne Stufen hinein?"),
        300,
        help_text=gettext_lazy("Zum Beispiel: Der Eingang am Marktplatz ist ohne Stufen."),
    )
    units = forms.MultipleChoiceField(
        label=gettext_lazy("Aufgaben"),
        help_text=gettext_lazy("Die Leistungen dieser Bereiche führen zu dieser Stelle."),
        choices=(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, data: Any = None, *, office: Office | None, week: Iterable[tuple[Stretch, ...]], units: Iterable[Unit]
    ) -> None:
        super().__init__(data, week=week, initial=_office_values(office))
        chosen = cast("forms.MultipleChoiceField", self.fields["units"])
        chosen.choices = [(unit.key, unit.name) for unit in units]


def _input(day: int, stretch: int, end: str) -> str:
    return f"day_{day}_{stretch}_{end}"


def _time_label(day: str, stretch: int, end: str) -> str:
    which = _("erste Zeit") if stretch == 0 else _("zweite Zeit")
    return f"{day}, {which}, {end}"


def _office_values(office: Office | None) -> dict[str, Any]:
    names = [name for name in OfficeForm.base_fields if office]
    return {name: getattr(office, name) for name in names}


def _week_values(week: Iterable[tuple[Stretch, ...]]) -> dict[str, Any]:
    return {
        _input(day, number, end): getattr(stretch, end)
        for day, stretches in enumerate(week)
        for number, stretch in enumerate(stretches[:2])
        for end in ("opens", "closes")
    }


class SpecialDayForm(Form):
    """A day on which an office is closed or open at other hours."""

    conditions = {"opens": ("kind", frozenset({"open"})), "closes": ("kind", frozenset({"open"}))}
    marks_optional = False

    day = DateField(label=gettext_lazy("Tag"), error_messages={"too_early": gettext_lazy("Der Tag ist schon vorbei.")})
    kind = forms.ChoiceField(
        label=gettext_lazy("Was ist an dem Tag?"),
        choices=[("closed", gettext_lazy("geschlossen")), ("open", gettext_lazy("zu anderen Zeiten offen"))],
        initial="closed",
        widget=forms.RadioSelect,
    )
    opens = _time(label=gettext_lazy("Offen von"))
    closes = _time(label=gettext_lazy("Offen bis"))
    reason = _line(gettext_lazy("Warum?"), 120, help_text=gettext_lazy("Zum Beispiel: Betriebsausflug"))

    def __init__(self, data: Any = None, *, today: date, **options: Any) -> None:
        super().__init__(data, **options)
        day = cast("DateField", self.fields["day"])
        day.earliest, day.latest = today, today + timedelta(days=2 * 366)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("kind") != "open" or self.has_error("opens") or self.has_error("closes"):
            return cleaned
        opens, closes = self.cleaned_data.get("opens"), self.cleaned_data.get("closes")
        if not opens:
            self.add_error("opens", _("Ab wann ist offen?"))
        elif not closes:
            self.add_error("closes", _("Bis wann ist offen?"))
        elif closes <= opens:
            self.add_error("closes", _("Das Ende liegt vor dem Anfang. Bitte prüfen Sie beide Uhrzeiten."))
        return cleaned


# --- The town itself -----------------------------------------------------------------------------------------


class ColourForm(Form):
    colour = forms.CharField(
        label=gettext_lazy("Farbe der Stadt"),
        help_text=gettext_lazy(
            "Mit # und sechs Zeichen, zum Beispiel #14694f. Alle Töne der Seiten folgen daraus, immer gut lesbar."
        ),
        max_length=20,
        error_messages={
            "required": gettext_lazy("Geben Sie die Farbe mit # und sechs Zeichen an, zum Beispiel #14694f.")
        },
        widget=forms.TextInput({"class": "width-medium", "autocomplete": "off", "spellcheck": "false"}),
    )
    shows_federal_line = forms.BooleanField(
        label=gettext_lazy("Oben auf jeder Seite steht „Offizielle Website“ mit der Flagge"), required=False
    )

    def clean_colour(self) -> str:
        try:
            return theme.parse(str(self.cleaned_data["colour"]))
        except theme.BadColour as problem:
            raise ValidationError(str(problem), code="colour") from None


class WelcomeForm(Form):
    """What the home page says below its question."""

    marks_optional = False

    welcome = _line(
        gettext_lazy("Begrüßung in einem Satz"),
        200,
        help_text=gettext_lazy(
            "Zum Beispiel: „Willkommen in unserem digitalen Rathaus!“ Leer: ein Satz über das Portal."
        ),
    )


class CrestForm(Form):
    crest = forms.FileField(
        label=gettext_lazy("Neues Wappen oder Logo"),
        help_text=gettext_lazy("PNG oder SVG, höchstens 300 KB, am besten hochkant mit durchsichtigem Grund."),
        error_messages={
            "required": gettext_lazy("Wählen Sie eine Datei aus."),
            "missing": gettext_lazy("Wählen Sie eine Datei aus."),
            "empty": gettext_lazy("Die Datei ist leer. Bitte wählen Sie eine andere."),
        },
        widget=forms.FileInput({"accept": ".png,.svg,image/png,image/svg+xml"}),
    )

    def clean_crest(self) -> tuple[bytes, str]:
        """The content and what it is."""
        content = self.cleaned_data["crest"].read()
        return content, content_type_of(content)


class ContactForm(Form):
    """The town's own address; it stands below every page."""

    street = _line(gettext_lazy("Straße und Hausnummer"), 120)
    postal_code = _postal_code()
    city = _line(gettext_lazy("Ort"), 100)
    phone = _phone()
    email = _mail()
    website = _address(gettext_lazy("Website"), gettext_lazy("Die übrige Website der Stadt."))


class LegalForm(Form):
    """What the legal pages need to know."""

    mayor = _line(
        gettext_lazy("Wer vertritt die Stadt?"),
        120,
        help_text=gettext_lazy("Zum Beispiel: Bürgermeisterin Ida Iding. Steht im Impressum."),
    )
    vat_id = _line(
        gettext_lazy("Umsatzsteuer-Identifikationsnummer"), 20, widget=forms.TextInput({"class": "width-medium"})
    )
    data_protection_contact = forms.CharField(
        label=gettext_lazy("Datenschutz: an wen wendet man sich?"),
        help_text=gettext_lazy("Name, Anschrift, Telefon und E-Mail-Adresse, je eine Zeile."),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
    )
    accessibility_gaps = forms.CharField(
        label=gettext_lazy("Was ist noch nicht barrierefrei?"),
        help_text=gettext_lazy("Je eine Zeile. Steht in der Erklärung zur Barrierefreiheit."),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
    )
    accessibility_reviewed_on = DateField(label=gettext_lazy("Zuletzt geprüft am"), required=False)

    def __init__(self, data: Any = None, *, today: date, **options: Any) -> None:
        super().__init__(data, **options)
        reviewed = cast("DateField", self.fields["accessibility_reviewed_on"])
        reviewed.latest = today


def values_of(profile: Profile, form: type[Form]) -> dict[str, Any]:
    """What a form about the town starts with."""
    return {name: getattr(profile, name) for name in form.base_fields}
