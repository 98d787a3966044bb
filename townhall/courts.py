"""The administrative courts of North Rhine-Westphalia, for what decisions say about legal remedies.

Source of the districts: § 17 JustG NRW. A town confirms the words before they stand in any letter.
"""

from dataclasses import dataclass

from tenants.municipalities import Municipality


@dataclass(frozen=True)
class Court:
    seat: str
    address: str

    @property
    def name(self) -> str:
        return f"Verwaltungsgericht {self.seat}"


_AACHEN = Court("Aachen", "Adalbertsteinweg 92, 52070 Aachen")
_ARNSBERG = Court("Arnsberg", "Jägerstraße 1, 59821 Arnsberg")
_DUESSELDORF = Court("Düsseldorf", "Bastionstraße 39, 40213 Düsseldorf")
_GELSENKIRCHEN = Court("Gelsenkirchen", "Bahnhofsvorplatz 3, 45879 Gelsenkirchen")
_KOELN = Court("Köln", "Appellhofplatz, 50667 Köln")
_MINDEN = Court("Minden", "Königswall 8, 32423 Minden")
_MUENSTER = Court("Münster", "Manfred-von-Richthofen-Straße 8, 48145 Münster")

# By the key of a county or of a town without one: the first five digits of the official key (ARS).
_DISTRICTS = {
    _AACHEN: "05334 05358 05366 05370",
    _ARNSBERG: "05914 05915 05954 05958 05962 05966 05970 05974",
    _DUESSELDORF: ("05111 05112 05114 05116 05117 05119 05120 05122 05124 05154 05158 05162 05166 05170"),
    _GELSENKIRCHEN: "05113 05512 05513 05562 05911 05913 05916 05978",
    _KOELN: "05314 05315 05316 05362 05374 05378 05382",
    _MINDEN: "05711 05754 05758 05762 05766 05770 05774",
    _MUENSTER: "05515 05554 05558 05566 05570",
}
_COURTS = {key: court for court, keys in _DISTRICTS.items() for key in keys.split()}


def court_of(municipality: Municipality) -> Court:
    """Where somebody goes to law against a decision of this town."""
    return _COURTS[municipality.ars[:5]]
