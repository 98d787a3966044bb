"""What administrators choose before they print. The names stand in the address bar, so they are German."""

from collections.abc import Iterable
from string import ascii_lowercase
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from templates.fields import ChoiceLabel, Form, SelectField
from townhall.printing import CARDS_ON_A_SHEET, PORTAL, Format, Order, typed_host
from townhall.shopfront import Shopfront

MOST = CARDS_ON_A_SHEET  # different things in one order


class PrintForm(Form):
    """What is printed, and what for. Sent by GET: everything stands in the address."""

    marks_optional = False

    dazu = SelectField(
        label=gettext_lazy("Noch etwas dazunehmen"),
        choices=(),
        empty=gettext_lazy("Bitte auswählen"),
        required=False,
        searchable=True,
    )
    art = forms.ChoiceField(label=gettext_lazy("Was möchten Sie drucken?"), choices=(), widget=forms.RadioSelect)
    buchstabe = SelectField(
        label=gettext_lazy("Kennbuchstabe"),
        help_text=gettext_lazy(
            "Er steckt im QR-Code. Unten sehen Sie dann, welche Karten Menschen hergebracht haben: "
            "Nehmen Sie für jeden Ort, an dem sie liegen, einen anderen."
        ),
        choices=[(letter, letter.upper()) for letter in ascii_lowercase],
        empty=gettext_lazy("wie üblich: K auf Karten, S auf Schildern"),
        required=False,
    )
    adresse = SelectField(
        label=gettext_lazy("Internetadresse"),
        help_text=gettext_lazy("Sie muss gelten, solange die Karten in Umlauf sind."),
        choices=(),
    )

    def __init__(self, *, front: Shopfront, order: Order) -> None:
        letter = "" if order.letter == order.format.usual_letter else order.letter
        super().__init__(
            initial={"art": order.format.value, "buchstabe": letter, "adresse": order.base}, auto_id="druck_%s"
        )
        cast("forms.ChoiceField", self.fields["art"]).choices = _formats()
        offered = [(key, service.title) for key, service in front.services.items() if key not in order.keys]
        whole = [] if PORTAL in order.keys else [(PORTAL, _("Das ganze Serviceportal"))]
        cast("SelectField", self.fields["dazu"]).choices = [("", _("Bitte auswählen")), *whole, *offered]
        hosts = front.town.urls
        cast("SelectField", self.fields["adresse"]).choices = [(url, typed_host(url)) for url in hosts]
        if len(hosts) == 1:
            del self.fields["adresse"]


def _formats() -> list[tuple[str, str]]:
    hints = {
        Format.CARDS: _("A4, zum Schneiden. Jede Karte ist 85 × 55 mm groß."),
        Format.SIGN_A4: _("Eine Seite je Leistung."),
        Format.SIGN_A3: _("Wie A4, nur größer."),
    }
    return [(one.value, ChoiceLabel(str(one.label), hint=hint)) for one, hint in hints.items()]


def read_order(query: QueryDict, front: Shopfront) -> Order:
    """What an address asks to print. What is unknown there counts as not said."""
    wanted = [*query.getlist("was"), query.get("dazu", "")]
    known = [key for key in dict.fromkeys(wanted) if key == PORTAL or key in front.services]
    keys = [key for key in known if key != query.get("weg")] or [PORTAL]
    format_ = next((one for one in Format if one.value == query.get("art")), Format.CARDS)
    letter, hosts = query.get("buchstabe", ""), front.town.urls
    return Order(
        format=format_,
        keys=tuple(keys[:MOST]),
        letter=letter if letter in tuple(ascii_lowercase) else format_.usual_letter,
        base=query.get("adresse", "") if query.get("adresse") in hosts else hosts[0],
    )


def query_of(order: Order, front: Shopfront) -> str:
    """The order as it stands in an address."""
    query = QueryDict(mutable=True)
    query.setlist("was", list(order.keys))
    query["art"] = order.format.value
    if order.letter != order.format.usual_letter:
        query["buchstabe"] = order.letter
    if order.base != front.town.url:
        query["adresse"] = order.base
    return query.urlencode()


def titles_of(order: Order, front: Shopfront) -> Iterable[tuple[str, str]]:
    """Key and name of what the order is for."""
    for key in order.keys:
        yield key, _("Das ganze Serviceportal") if key == PORTAL else front.services[key].title
