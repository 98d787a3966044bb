"""Somebody else is responsible: whom the case worker can name, what the citizen reads, and how she goes on there."""

import re
from typing import Any

import pytest

from accounts.models import Role, User
from submissions.casework import actions as casework
from submissions.casework.actions import Ruling
from submissions.casework.authorities import other_authorities
from submissions.links import status_path
from submissions.models import Decision, Draft, Proposal, Submission
from submissions.states import Outcome
from tenants.context import in_town
from tenants.models import Town
from tests.desk import errors_of
from tests.factories import make_submission
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_oemer, make_staff
from townhall.models import Office

DETMOLD_ARS = "057660020020"
TEXT = "Ihr Hund wohnt nicht in Lage."


@pytest.fixture
def taken(bernd_himself: User, case: Submission) -> Submission:
    return casework.take(submission=case, by=bernd_himself, now=MONDAY)


def decide(client: TownClient, case: Submission, **data: str) -> Any:
    sent = {"outcome": "not_responsible", "text": TEXT} | data
    return client.post(f"/rathaus/vorgang/{case.number}/entscheiden/", sent)


def not_ours(case: Submission, by: User, *, ars: str = DETMOLD_ARS) -> None:
    ruling = Ruling(Outcome.NOT_RESPONSIBLE, TEXT, authority="Stadt Detmold", authority_ars=ars)
    casework.decide(submission=case, ruling=ruling, by=by, now=MONDAY)


# --- Whom one can name ------------------------------------------------------------------------------------


def test_the_county_comes_first_then_its_towns_then_all_others(in_lage: Town) -> None:
    Office.objects.all().delete()

    names = [one.name for one in other_authorities()]

    assert names[:3] == ["Kreis Lippe", "Gemeinde Augustdorf", "Stadt Bad Salzuflen"]
    assert len(names) == 1 + 395
    assert names.index("Gemeinde Schlangen") == 15 < names.index("Stadt Aachen")
    assert "Stadt Lage" not in names


def test_offices_for_what_is_not_the_towns_task_stand_in_for_the_county(in_lage: Town) -> None:
    there = {"street": "Felix-Fechenbach-Straße 5", "postal_code": "32756", "city": "Detmold", "phone": "05231 62-0"}
    Office.objects.create(name="Kreis Lippe, Ausländerbehörde", units=["kreis-auslaenderbehoerde"], **there)
    Office.objects.create(name="Alles in einem", units=["steueramt", "kreis-auslaenderbehoerde"])

    first, second, *_others = other_authorities()

    assert first.address == ("Kreis Lippe, Ausländerbehörde\nFelix-Fechenbach-Straße 5\n32756 Detmold\n05231 62-0")
    assert second.name == "Gemeinde Augustdorf"


def test_another_town_is_chosen_by_its_name(bernd: TownClient, taken: Submission) -> None:
    assert decide(bernd, taken, elsewhere=DETMOLD_ARS).status_code == 302

    decision = Decision.objects.get()
    assert decision.authority.splitlines()[0] == "Stadt Detmold"
    assert decision.authority.endswith("32756 Detmold")
    assert decision.authority_ars == DETMOLD_ARS


def test_the_longest_address_of_an_office_has_room(bernd: TownClient, taken: Submission) -> None:
    longest = {"name": "N" * 120, "street": "S" * 120, "postal_code": "32756", "city": "C" * 100, "phone": "0" * 40}
    office = Office.objects.create(units=["kreis-auslaenderbehoerde"], **longest)

    assert decide(bernd, taken, elsewhere=f"stelle-{office.pk}").status_code == 302

    assert Decision.objects.get().authority.splitlines()[-1] == "0" * 40


def test_who_is_not_in_the_list_is_written_down(bernd: TownClient, taken: Submission) -> None:
    decide(bernd, taken, elsewhere="andere", authority="Zoll, Bielefeld")

    decision = Decision.objects.get()
    assert (decision.authority, decision.authority_ars) == ("Zoll, Bielefeld", "")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "Wählen Sie die Behörde aus, die zuständig ist, damit niemand suchen muss."),
        (
            {"elsewhere": "", "elsewhere_typed": "Atlantis"},
            "„Atlantis“ steht nicht in der Liste. Bitte wählen Sie einen Eintrag aus.",
        ),
        ({"elsewhere": "andere"}, "Nennen Sie die Behörde, die zuständig ist, damit niemand suchen muss."),
    ],
)
def test_nobody_is_left_to_search(bernd: TownClient, taken: Submission, sent: dict[str, str], told: str) -> None:
    answer = decide(bernd, taken, **sent)

    assert errors_of(answer) == [told]
    assert TEXT in answer.content.decode()
    assert not Decision.objects.exists()


def test_for_another_outcome_nobody_is_named(bernd: TownClient, taken: Submission) -> None:
    decide(bernd, taken, outcome="recorded", elsewhere=DETMOLD_ARS)

    decision = Decision.objects.get()
    assert (decision.authority, decision.authority_ars) == ("", "")


def test_a_signature_does_not_change_who_is_named(bernd_himself: User, taken: Submission) -> None:
    leonie = make_staff("leonie", "Leonie", "Lehmann", Role.TEAM_LEAD)
    ruling = Ruling(Outcome.NOT_RESPONSIBLE, TEXT, authority="Stadt Detmold", authority_ars=DETMOLD_ARS)
    casework.propose(submission=taken, ruling=ruling, by=bernd_himself, now=MONDAY)
    assert Proposal.objects.get().authority_ars == DETMOLD_ARS

    casework.sign(submission=taken, by=leonie, now=MONDAY)

    assert Decision.objects.get().authority_ars == DETMOLD_ARS


# --- How the citizen goes on ------------------------------------------------------------------------------


def test_she_takes_her_answers_along_to_the_town_that_is_responsible(
    anna: User, bernd_himself: User, taken: Submission, in_lage: Town, detmold: Town
) -> None:
    here = TownClient(in_lage).sign_in(anna)
    not_ours(taken, bernd_himself)
    with in_town(detmold):
        there = TownClient(detmold).sign_in(make_anna())

    status = here.get(f"/meine-antraege/{taken.number}/")
    page = here.get(f"/meine-antraege/{taken.number}/mitnehmen/")
    sent = re.search(r'action="([^"]+)">\s*<input type="hidden" name="paket" value="([^"]+)"', page.content.decode())
    assert sent
    there.post("/antrag/hund-anmelden/uebernehmen/", {"paket": sent[2]}, headers={"origin": "null"})
    there.post("/antrag/hund-anmelden/mitgebracht/", {"keep": "1"})

    assert "Angaben zur Stadt Detmold mitnehmen" in text_of(status)
    assert sent[1] == f"{detmold.url}/antrag/hund-anmelden/uebernehmen/"
    assert f"Ihr Vorgang {taken.number} bei der Stadt Lage bleibt, wie er ist." in text_of(page)
    assert detmold.url in page["Content-Security-Policy"]
    with in_town(detmold):
        assert Draft.objects.get().answers["nachname"] == taken.answers["nachname"]
    assert Submission.objects.get().number == taken.number


def test_without_an_account_they_go_along_from_the_address_that_only_she_has(
    bernd_himself: User, visitor: TownClient, detmold: Town
) -> None:
    case = make_submission(None)
    casework.take(submission=case, by=bernd_himself, now=MONDAY)
    not_ours(case, bernd_himself)

    assert "Angaben zur Stadt Detmold mitnehmen" in text_of(visitor.get(status_path(case)))
    page = visitor.get(f"{status_path(case)}mitnehmen/")
    assert 'name="paket"' in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"  # the other town does not learn the address


@pytest.mark.parametrize("ars", ["", "057660008008", "050000000000"], ids=["county", "not here", "nonsense"])
def test_where_we_are_not_there_is_nothing_to_take_along(
    anna: User, bernd_himself: User, taken: Submission, in_lage: Town, ars: str
) -> None:
    not_ours(taken, bernd_himself, ars=ars)
    here = TownClient(in_lage).sign_in(anna)

    assert "mitnehmen" not in text_of(here.get(f"/meine-antraege/{taken.number}/"))
    assert here.get(f"/meine-antraege/{taken.number}/mitnehmen/").status_code == 404


def test_nobody_else_sees_the_answers(
    anna: User, bernd_himself: User, taken: Submission, in_lage: Town, detmold: Town
) -> None:
    not_ours(taken, bernd_himself)
    address = f"/meine-antraege/{taken.number}/mitnehmen/"
    with in_town(detmold):
        there = TownClient(detmold).sign_in(make_anna())

    assert TownClient(in_lage).get(address).status_code == 302
    assert TownClient(in_lage).sign_in(make_oemer()).get(address).status_code == 404
    assert there.get(address).status_code == 404
