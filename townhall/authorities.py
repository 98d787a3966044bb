"""Bodies of the state of North Rhine-Westphalia to which people can turn when their town does not help."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Authority:
    name: str | Promise
    street: str
    city: str
    email: str
    phone: str = ""
    website: str = ""


# § 10d Behindertengleichstellungsgesetz NRW. Source: www.lbbp.nrw.de/ombudsstelle, November 2026.
OMBUDSMAN = Authority(
    name=_("Ombudsstelle für barrierefreie Informationstechnik des Landes Nordrhein-Westfalen"),
    street="Fürstenwall 25",
    city="40219 Düsseldorf",
    email="ombudsstelle-barrierefreie-it@mags.nrw.de",
    website="https://www.lbbp.nrw.de/ombudsstelle",
)

# Article 77 of the General Data Protection Regulation. Source: www.ldi.nrw.de, November 2026.
DATA_PROTECTION = Authority(
    name=_("Landesbeauftragte für Datenschutz und Informationsfreiheit Nordrhein-Westfalen"),
    street="Kavalleriestraße 2–4",
    city="40213 Düsseldorf",
    email="poststelle@ldi.nrw.de",
    phone="0211 38424-0",
    website="https://www.ldi.nrw.de",
)
