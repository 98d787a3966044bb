"""The record of processing activities (Art. 30 DSGVO), made from the forms that the town offers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from catalogue.forms.current import form_definition
from catalogue.forms.fields import Kind
from townhall.offering import application_state
from townhall.shopfront import shopfront

_SAYS_NOTHING = frozenset({Kind.DECLARATION})


@dataclass(frozen=True)
class Processing:
    """One service that is done online: which data for what, on which basis, who works on it, for how long."""

    key: str
    title: str
    unit: str
    legal_basis: list[str]
    data: list[tuple[str, list[str]]]  # by topic, what is asked
    retention: str


def processings(today: date) -> Iterator[Processing]:
    """Those of the town at work, by title."""
    front = shopfront()
    for service in sorted(front.services.values(), key=lambda one: one.title.casefold()):
        form = front.forms.get(service.key)
        if form is None or form.is_guide or not application_state(front, service, today).is_open:
            continue
        definition = form_definition(service.key)
        unit = front.catalogue.units.get(service.unit)
        asked = (
            (page.title, [one.label for one in page.fields if one.label and one.kind not in _SAYS_NOTHING])
            for page in definition.all_pages()
        )
        yield Processing(
            key=service.key,
            title=service.title,
            unit=unit.name if unit else service.unit,
            legal_basis=list(dict.fromkeys([*definition.legal_basis, *service.legal_basis])),
            data=[(title, labels) for title, labels in asked if labels],
            retention=form.retention,
        )
