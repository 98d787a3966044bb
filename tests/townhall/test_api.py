"""The public interface for other programs."""

from datetime import date
from typing import Any

import pytest
from django.conf import settings
from rest_framework.serializers import Serializer

from tenants.models import Town
from tests.factories import make_amount, make_payable
from tests.people import TownClient
from tests.townhall.town import MORNING, change, change_office, close_on, hide_all_but
from townhall import api
from townhall.models import OfferState


def test_the_list_holds_what_the_town_shows(in_lage: Town, visitor: TownClient) -> None:
    hide_all_but("hund-anmelden", "kfz-zulassung")

    answer = visitor.get("/api/v1/services/")

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == [
        {
            "key": "hund-anmelden",
            "title": "Hund anmelden",
            "summary": "Sie haben einen Hund aufgenommen? Melden Sie ihn hier zur Hundesteuer an. "
            "Danach bekommen Sie eine Hundemarke.",
            "life_situations": ["hund-und-tiere", "steuern-und-zahlen"],
            "audience": ["citizen", "business"],
            "provider": None,
            "online": True,
            "url": "http://lage.localhost/leistungen/hund-anmelden/",
        },
        {
            "key": "kfz-zulassung",
            "title": "Kfz zulassen oder ummelden",
            "summary": "Auto, Motorrad oder Anhänger melden Sie beim Straßenverkehrsamt an oder um. "
            "Vieles geht dort auch online.",
            "life_situations": ["auto-und-verkehr"],
            "audience": ["citizen", "business"],
            "provider": "Kreis Lippe",
            "online": False,
            "url": "http://lage.localhost/leistungen/kfz-zulassung/",
        },
    ]


def test_a_service_says_what_its_page_says(in_lage: Town, visitor: TownClient) -> None:
    make_payable()
    change("hundemarke-ersatz", addition="Nur mit Termin.")

    service = visitor.get("/api/v1/services/hundemarke-ersatz/").json()

    assert service["online"] is True
    assert service["addition"] == "Nur mit Termin."
    assert service["trust_level"] == "basic"
    assert service["documents"] == [{"name": "Kassenzeichen oder Nummer der alten Marke", "note": "falls bekannt"}]
    assert service["fee"] == {
        "rule": "per_unit",
        "pay": "submission",
        "in_words": "5,00\xa0€",
        "amounts": [
            {
                "key": "hundemarke.ersatz",
                "name": "Ersatz-Hundemarke",
                "amount": "5.00",
                "basis": "Gebührensatzung, gilt seit 1.\xa0Januar 2026",
            }
        ],
        "note": "",
    }
    assert service["office"]["name"] == "Steueramt"
    assert service["related"] == ["hund-anmelden", "hund-abmelden", "fundsache-suchen"]


def test_a_missing_amount_is_null_and_the_office_of_others_too(in_lage: Town, visitor: TownClient) -> None:
    assert visitor.get("/api/v1/services/hundemarke-ersatz/").json()["fee"]["amounts"][0]["amount"] is None
    assert visitor.get("/api/v1/services/kfz-zulassung/").json()["office"] is None


def test_every_service_can_be_read(visitor: TownClient) -> None:
    keys = [service["key"] for service in visitor.get("/api/v1/services/").json()]

    assert len(keys) == 151
    assert {visitor.get(f"/api/v1/services/{key}/").status_code for key in keys} == {200}


def test_an_unknown_or_hidden_service_is_not_found(in_lage: Town, visitor: TownClient) -> None:
    change("hund-anmelden", state=OfferState.HIDDEN)

    for key in ("hund-anmelden", "gibt-es-nicht"):
        answer = visitor.get(f"/api/v1/services/{key}/")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Nicht gefunden."})


def test_offices_come_with_hours_and_special_days(in_lage: Town, visitor: TownClient) -> None:
    office = change_office("standesamt", (0, *MORNING), phone="05232 601-8")
    close_on("standesamt", date(2026, 12, 24), "Heiligabend")

    offices = {one["id"]: one for one in visitor.get("/api/v1/offices/").json()}

    assert offices[office.pk] == {
        "id": office.pk,
        "name": "Standesamt",
        "task": "Geburt, Heirat, Sterbefall und Urkunden",
        "street": "Am Drawen Hof 1",
        "postal_code": "32791",
        "city": "Lage",
        "room": "",
        "phone": "05232 601-8",
        "email": "",
        "access_note": "",
        "opening_hours": [{"weekday": 0, "opens": "08:00:00", "closes": "12:30:00"}],
        "special_days": [{"day": "2026-12-24", "stretches": [], "reason": "Heiligabend"}],
    }


def test_nothing_can_be_written(visitor: TownClient) -> None:
    make = visitor.post("/api/v1/services/", {"key": "neu"})

    assert make.status_code == 405


def test_an_amount_changes_the_answer_at_once(in_lage: Town, visitor: TownClient) -> None:
    before = visitor.get("/api/v1/services/hundemarke-ersatz/")
    make_amount(amount="7.00")
    after = visitor.get("/api/v1/services/hundemarke-ersatz/", headers={"If-None-Match": before.headers["ETag"]})

    assert after.json()["fee"]["amounts"][0]["amount"] == "7.00"


@pytest.mark.parametrize(
    "serializer",
    [
        api.ServiceSerializer,
        api.ServiceDetailSerializer,
        api.DocumentSerializer,
        api.FeeSerializer,
        api.AmountSerializer,
        api.OfficeSerializer,
    ],
)
def test_every_field_is_documented(serializer: type[Serializer[Any]]) -> None:
    guide = (settings.ROOT / "docs" / "schnittstelle.md").read_text(encoding="utf-8")

    assert [name for name in serializer().fields if f"`{name}`" not in guide] == []
