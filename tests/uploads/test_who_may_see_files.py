"""Files, previews and what is on its way: another person, another town and nobody see nothing of it."""

from typing import Any

import pytest

from submissions.models import Submission, Upload
from tenants.context import in_town
from tenants.models import Town
from tests.files import PDF
from tests.people import TownClient, make_anna, make_bernd, make_clara, make_oemer
from tests.uploads.conftest import INSURANCE, come_to_the_papers
from tests.uploads.making import photo
from tests.uploads.sending import FILES, PAPERS, TUS, begin, listed, offset_of, send, send_piece


def addresses(upload: Upload) -> list[str]:
    """As long as it belongs to a draft, and once it is handed in."""
    folder = f"/meine-antraege/{upload.submission.number}/datei/" if upload.submission else FILES
    return [f"{folder}{upload.pk}/", f"{folder}{upload.pk}/vorschau/"]


def statuses(client: TownClient, *paths: str) -> list[int]:
    return [client.get(path).status_code for path in paths]


@pytest.fixture
def draft_file(anna: TownClient) -> Upload:
    """Anna's, in her draft."""
    send(anna, photo(), "Police.jpg")
    return Upload.objects.get()


@pytest.fixture
def case(anna: TownClient, draft_file: Upload) -> Submission:
    """Anna has handed it in."""
    anna.post(PAPERS, INSURANCE | {"sachkunde_later": "on"})
    anna.post("/antrag/hund-anmelden/pruefen/", {"complete": "on", "seen_fee": "0.00"})
    return Submission.objects.get()


@pytest.fixture(params=["draft_file", "case"])
def file(request: pytest.FixtureRequest) -> Upload:
    """Before and after handing in."""
    request.getfixturevalue(request.param)
    return Upload.objects.get()


def gone(upload: Upload) -> int:
    """The answer to who has not signed in: pages of what was handed in ask her to, drafts may be anybody's."""
    return 302 if upload.submission else 404


def test_the_owner_sees_file_and_preview_and_they_can_do_nothing(anna: TownClient, file: Upload) -> None:
    for path in addresses(file):
        answer = anna.get(path)

        assert answer.getvalue().startswith(b"\xff\xd8\xff")
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "no-store" in answer["Cache-Control"]


def test_another_person_of_the_same_town_sees_nothing(file: Upload, lage: Town) -> None:
    oemer = TownClient(lage).sign_in(make_oemer())
    come_to_the_papers(oemer)

    assert statuses(oemer, *addresses(file)) == [404] * 2


def test_nobody_sees_anything_without_signing_in(file: Upload, lage: Town) -> None:
    assert statuses(TownClient(lage), *addresses(file)) == [gone(file)] * 2


def test_staff_is_no_citizen(file: Upload, lage: Town) -> None:
    assert statuses(TownClient(lage).sign_in(make_bernd()), *addresses(file)) == [gone(file)] * 2


def test_another_town_knows_nothing(anna: TownClient, file: Upload, detmold: Town) -> None:
    there = TownClient(detmold)
    there.cookies = anna.cookies
    with in_town(detmold):
        citizen = TownClient(detmold).sign_in(make_oemer())

    assert statuses(there, *addresses(file)) == [gone(file)] * 2
    assert statuses(citizen, *addresses(file)) == [404] * 2


def test_what_is_on_its_way_belongs_to_its_sender_only(anna: TownClient, lage: Town, detmold: Town) -> None:
    address = begin(anna, PDF)["Location"]
    send_piece(anna, address, PDF[:100])
    oemer = come_to_the_papers(TownClient(lage).sign_in(make_oemer()))
    nobody = TownClient(lage)
    with in_town(detmold):
        there = come_to_the_papers(TownClient(detmold).sign_in(make_anna()))

    for other in (oemer, nobody, there):
        assert offset_of(other, address) is None
        assert send_piece(other, address, PDF[100:], 100).status_code == 404
        assert other.delete(address, headers=TUS).status_code == 404
        assert other.get(address).status_code == 404
    assert "Police" not in listed(oemer)
    assert begin(oemer, PDF)["Location"] != address
    assert offset_of(anna, address) == 100


# --- The town hall ------------------------------------------------------------------------------------------


def paths_of(case: Submission) -> list[str]:
    address = f"/rathaus/vorgang/{case.number}/datei/{case.uploads.get().pk}/"
    return [address, f"{address}?speichern", f"{address}vorschau/"]


def test_a_case_worker_looks_at_a_file_or_saves_it(case: Submission, lage: Town) -> None:
    bernd = TownClient(lage).sign_in(make_bernd())
    look, save, preview = (bernd.get(path) for path in paths_of(case))

    for answer in (look, save, preview):
        assert answer.getvalue().startswith(b"\xff\xd8\xff")
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert look["Content-Disposition"] == 'inline; filename="Police.jpg"'
    assert save["Content-Disposition"] == 'attachment; filename="Police.jpg"'


def test_the_pages_show_small_pictures_from_our_own_host(case: Submission, lage: Town) -> None:
    page = TownClient(lage).sign_in(make_bernd()).get(f"/rathaus/vorgang/{case.number}/").content.decode()

    assert f'src="{paths_of(case)[2]}"' in page
    assert 'src="http' not in page


def test_no_one_else_sees_a_case_workers_pages(case: Submission, lage: Town, detmold: Town, anna: TownClient) -> None:
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_clara())
    other_unit = make_bernd()
    other_unit.units = ["standesamt"]
    other_unit.save()
    colleague = TownClient(lage).sign_in(other_unit)

    assert statuses(clara, *paths_of(case)) == [404] * 3
    assert statuses(colleague, *paths_of(case)) == [404] * 3
    assert statuses(anna, *paths_of(case)) == [302] * 3
    assert statuses(TownClient(lage), *paths_of(case)) == [302] * 3


def test_a_preview_of_a_protected_person_is_as_hidden_as_the_file(case: Submission, lage: Town) -> None:
    Submission.objects.update(is_protected=True)
    bernd = TownClient(lage).sign_in(make_bernd())

    assert statuses(bernd, *paths_of(case)) == [302, 302, 404]


def test_a_file_of_another_case_is_not_found(case: Submission, lage: Town, settings: Any) -> None:
    bernd = TownClient(lage).sign_in(make_bernd())
    foreign = Upload.objects.get()
    foreign.submission = None
    foreign.save()

    assert bernd.get(f"/rathaus/vorgang/{case.number}/datei/{foreign.pk}/").status_code == 404
