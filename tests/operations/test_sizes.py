"""Which tasks the law gives a town: it decides what the town does itself, at once and on all its pages."""

from pathlib import Path

import pytest

from accounts.models import User
from catalogue.content import Authority, Responsible
from operations.actions import change_size
from operations.duties import duties_of, moving
from operations.models import EventKind, TownEvent
from operations.moving.bundle import open_bundle
from operations.moving.export import export_town
from operations.moving.loading import import_town
from tenants.actions import TownRefused
from tenants.context import in_town
from tenants.models import Town
from tenants.municipalities import TownSize, municipality
from tests.operations.conftest import Desk, live
from tests.operations.full_town import drop
from tests.operations.library import SHOWN
from tests.pages import text_of
from tests.people import MONDAY, TownClient
from townhall.models import Offer
from townhall.shopfront import shopfront

PAGE = "/staedte/lage/aufgaben/"
KOELN = municipality("05315000")


def offers(town: Town) -> dict[str, str]:
    with in_town(town):
        return dict(Offer.objects.values_list("service_key", "state"))


def responsible_for(town: Town, authority: Authority) -> set[Responsible]:
    with in_town(town):
        front = shopfront()
        services = front.catalogue.services.values()
        return {front.responsible(service) for service in services if service.authority == authority}


def test_without_a_choice_a_towns_tasks_follow_from_its_people(lage: Town) -> None:
    Town.objects.filter(pk=lage.pk).update(chosen_size=None)

    assert Town.objects.get(pk=lage.pk).size == TownSize.MITTEL


def test_other_tasks_are_the_towns_at_once(desk: Desk, lage: Town, olga: User) -> None:
    before = responsible_for(lage, Authority.JUGENDAMT)

    answer = desk.post(PAGE, {"size": "3", "reason": "Verordnung vom 1. Mai"}, follow=True)

    changed = Town.objects.get(pk=lage.pk)
    assert "Gespeichert. Lage: Große kreisangehörige Stadt." in text_of(answer)
    assert (before, responsible_for(changed, Authority.JUGENDAMT)) == ({Responsible.COUNTY}, {Responsible.TOWN})
    newest = TownEvent.objects.filter(town=lage).first()
    assert newest is not None
    assert (newest.kind, newest.by, newest.text) == (
        EventKind.SIZE_CHANGED,
        olga,
        "Große kreisangehörige Stadt: Verordnung vom 1. Mai",
    )


def test_public_pages_say_it_at_once(lage: Town, visitor: TownClient, olga: User) -> None:
    with in_town(lage):
        catalogue = shopfront().catalogue
    key = next(one.key for one in catalogue.services.values() if one.authority == Authority.GEMEINDE_AB_25K)
    before = text_of(visitor.get(f"/leistungen/{key}/"))

    change_size(town=lage, size=TownSize.KLEIN, reason="Probe", by=olga, now=MONDAY)

    after = text_of(visitor.get(f"/leistungen/{key}/"))
    assert after.count("Kreis Lippe") > before.count("Kreis Lippe")


def test_the_page_says_how_many_services_would_change_hands(desk: Desk, lage: Town) -> None:
    said = text_of(desk.get(PAGE))

    for size in (TownSize.KLEIN, TownSize.GROSS):
        assert f"{moving(TownSize.MITTEL, size)} würden wechseln." in said
    assert said.count("würden wechseln.") == 2


def test_what_the_town_offers_stays_as_it_has_chosen(lage: Town, olga: User) -> None:
    before = offers(lage)

    change_size(town=lage, size=TownSize.GROSS, reason="Probe", by=olga, now=MONDAY)

    assert offers(lage) == before


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"size": "2", "reason": "x"}, "Lage ist schon: Mittlere kreisangehörige Stadt."),
        ({"size": "4", "reason": "x"}, "Bitte wählen Sie eine der Möglichkeiten aus."),
        ({"size": "", "reason": "x"}, "Bitte treffen Sie eine Auswahl"),
        ({"size": "3", "reason": ""}, "Bitte ausfüllen: Grund"),
        ({"size": "3", "reason": "x" * 301}, "Bitte kürzen Sie auf 300 Zeichen."),
    ],
    ids=str,
)
def test_what_does_not_fit_is_told(desk: Desk, lage: Town, typed: dict[str, str], message: str) -> None:
    answer = desk.post(PAGE, typed)

    assert (answer.status_code, message in text_of(answer)) == (422, True)
    assert Town.objects.get(pk=lage.pk).size == TownSize.MITTEL


def test_a_town_without_a_county_has_all_tasks(desk: Desk, olga: User) -> None:
    koeln = live(KOELN)

    page = text_of(desk.get("/staedte/koeln/aufgaben/"))

    assert "Eine kreisfreie Stadt hat alle Aufgaben." in page
    with pytest.raises(TownRefused, match="Köln kann keine Stadt dieser Art sein: Große kreisangehörige Stadt"):
        change_size(town=koeln, size=TownSize.GROSS, reason="Probe", by=olga, now=MONDAY)


def test_the_numbers_are_those_of_the_catalogue(lage: Town) -> None:
    duties = [duties_of(size) for size in TownSize]

    assert {one.shown for one in duties} == {SHOWN}
    assert {one.other for one in duties} == {duties[0].other}
    assert [one.town for one in duties] == sorted(one.town for one in duties)
    assert duties[-1].county == 0
    for before, after in zip(TownSize, list(TownSize)[1:], strict=False):
        assert moving(before, after) == duties_of(after).town - duties_of(before).town > 0


def test_the_sentence_counts_for_the_county_and_others(lage: Town) -> None:
    duties = duties_of(TownSize.MITTEL)

    others = f"Kreis Lippe {duties.county}, andere Stellen {duties.other}."
    assert duties.sentence(lage.municipality) == f"{duties.town} Leistungen selbst, {others}"
    of_a_city = duties_of(TownSize.KREISFREI)
    assert of_a_city.sentence(KOELN) == f"{of_a_city.town} Leistungen selbst, andere Stellen {of_a_city.other}."


@pytest.mark.django_db(transaction=True)
def test_a_town_takes_its_tasks_along(full_town: Town, tmp_path: Path) -> None:
    path = tmp_path / "blomberg.zip"
    Town.objects.filter(pk=full_town.pk).update(chosen_size=TownSize.MITTEL)
    export_town(town=Town.objects.get(pk=full_town.pk), path=path, now=MONDAY)
    drop("blomberg")

    moved = import_town(path=path, now=MONDAY)

    assert (open_bundle(path).manifest.size, moved.size) == (TownSize.MITTEL, TownSize.MITTEL)
