"""Files in a real browser: sent as soon as they are chosen, with progress, over a bad line, and without scripts."""

import io
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, CDPSession, Locator, Page, Request, Response, expect
from pytest_django.live_server_helper import LiveServer

from submissions.models import Submission, Upload
from tenants.models import Town
from tests.browser.conftest import Axe
from tests.browser.looking import picture
from tests.jobs import run_jobs
from tests.people import TownClient, make_anna
from tests.uploads.conftest import come_to_the_papers
from tests.uploads.making import HEIC, document, hold_a_virus, photo
from tests.uploads.scanner import Scanner
from tests.uploads.sending import PAPERS

CONTACT = "Möchten Sie wissen, wie es weitergeht?"  # the title of the next page
SLOW = 200_000  # bytes a second
WIDTHS = pytest.mark.parametrize("width", [390, 1280])


@pytest.fixture
def address(live_server: LiveServer, in_lage: Town) -> str:
    return f"http://lage.localhost:{live_server.url.rsplit(':', 1)[1]}"


@pytest.fixture
def scanner(settings: Any) -> Iterator[Scanner]:
    with Scanner() as running:
        settings.CLAMAV_URL = running.url
        yield running


def large_photo() -> bytes:
    """More than a megabyte."""
    out = io.BytesIO()
    Image.frombytes("RGB", (700, 700), os.urandom(700 * 700 * 3)).save(out, "JPEG", quality=95)
    return out.getvalue()


def file(name: str, content: bytes) -> Any:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def come_to_the_photos(page: Page, address: str) -> None:
    """A street lamp is reported, without an account."""
    page.goto(f"{address}/antrag/maengelmelder/")
    page.get_by_label("Straßenlaterne").check()
    page.get_by_label("Nein", exact=True).check()
    page.get_by_label("Beschreiben Sie den Schaden").fill("Die Laterne ist seit drei Tagen dunkel.")
    go_on(page)
    page.get_by_label("Ort", exact=True).fill("Sedanstraße 4")


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Weiter", exact=True).last.click()


def chosen(page: Page) -> Locator:
    return page.locator("input[type=file]").first


def names(page: Page) -> list[str]:
    links = page.locator(".upload__list .uploads__name > a")
    found: list[str] = links.evaluate_all("all => all.map(one => one.firstChild.data)")
    return found


def make_slow(page: Page, context: BrowserContext) -> CDPSession:
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    conditions(line, is_broken=False)
    return line


def conditions(line: CDPSession, *, is_broken: bool) -> None:
    speed = {"latency": 20, "downloadThroughput": SLOW, "uploadThroughput": SLOW}
    line.send("Network.emulateNetworkConditions", speed | {"offline": is_broken})


@WIDTHS
def test_photos_are_sent_when_they_are_chosen_and_the_page_says_how_far(
    address: str, context: BrowserContext, strict_page: Page, axe: Axe, width: int
) -> None:
    strict_page.set_viewport_size({"width": width, "height": 900})
    come_to_the_photos(strict_page, address)
    make_slow(strict_page, context)

    chosen(strict_page).set_input_files([file("Laterne.jpg", large_photo()), file("IMG_2042.HEIC", HEIC)])

    expect(strict_page.locator(".upload__status")).to_have_text("„Laterne.jpg“ wird hochgeladen")
    expect(strict_page.locator(".uploads progress").first).to_have_attribute("value", re.compile(r"^[1-9]\d$"))
    assert axe(strict_page) == []
    picture(strict_page, f"uploading-{width}")
    expect(strict_page.locator(".upload__status")).to_have_text("„IMG_2042.HEIC“ ist hinzugefügt", timeout=30_000)
    assert names(strict_page) == ["Laterne.jpg", "IMG_2042.jpg"]
    expect(strict_page.locator(".upload__list")).to_contain_text("in ein JPG umgewandelt")
    expect(strict_page.locator(".uploads progress")).to_have_count(0)
    assert axe(strict_page) == []
    picture(strict_page, f"uploaded-{width}")


def test_they_are_handed_in_without_an_account(address: str, strict_page: Page) -> None:
    come_to_the_photos(strict_page, address)
    chosen(strict_page).set_input_files(file("Laterne.jpg", photo()))
    expect(strict_page.locator(".upload__status")).to_have_text("„Laterne.jpg“ ist hinzugefügt")
    go_on(strict_page)
    expect(strict_page.get_by_role("heading", level=1)).to_have_text(CONTACT)
    go_on(strict_page)
    strict_page.get_by_label("Meine Angaben sind vollständig und richtig.").check()
    strict_page.get_by_role("button", name="Jetzt absenden").click()
    strict_page.wait_for_url("**/eingang/")

    strict_page.goto(strict_page.url.removesuffix("eingang/"))
    strict_page.locator("summary", has_text="Ort").click()

    expect(strict_page.get_by_role("link", name="Laterne.jpg")).to_be_visible()
    assert [upload.name for upload in Submission.objects.get().uploads.all()] == ["Laterne.jpg"]


def test_a_line_that_breaks_costs_one_piece_and_it_goes_on_by_itself(
    address: str, context: BrowserContext, page: Page
) -> None:
    come_to_the_photos(page, address)
    offsets: list[int] = []

    def keep(answer: Response) -> None:
        if answer.request.method == "PATCH" and answer.status == 204:
            offsets.append(int(answer.request.headers["upload-offset"]))

    page.on("response", keep)
    line = make_slow(page, context)
    content = large_photo()
    chosen(page).set_input_files(file("Laterne.jpg", content))
    expect(page.locator(".uploads progress")).to_have_attribute("value", re.compile(r"^[1-9]\d$"))

    conditions(line, is_broken=True)
    expect(page.locator(".upload__status")).to_contain_text("Die Verbindung ist unterbrochen.")
    conditions(line, is_broken=False)

    expect(page.locator(".upload__status")).to_have_text("„Laterne.jpg“ ist hinzugefügt", timeout=30_000)
    assert len(offsets) > 1
    assert offsets == sorted({*offsets})  # no piece came twice
    assert Upload.objects.get().sent_size == len(content)


def test_after_reloading_the_same_file_goes_on_where_it_stopped(
    address: str, context: BrowserContext, page: Page
) -> None:
    come_to_the_photos(page, address)
    make_slow(page, context)
    content = large_photo()
    chosen(page).set_input_files(file("Laterne.jpg", content))
    expect(page.locator(".uploads progress")).to_have_attribute("value", re.compile(r"^[1-9]\d$"))
    page.reload()
    expect(page.locator(".upload__list")).to_contain_text("Wählen Sie die Datei noch einmal aus")
    offsets: list[int] = []

    def keep(request: Request) -> None:
        if request.method == "PATCH":
            offsets.append(int(request.headers["upload-offset"]))

    page.on("request", keep)

    chosen(page).set_input_files(file("Laterne.jpg", content))

    expect(page.locator(".upload__status")).to_have_text("„Laterne.jpg“ ist hinzugefügt", timeout=30_000)
    assert offsets[0] > 0
    assert Upload.objects.count() == 1


@WIDTHS
def test_what_cannot_be_taken_says_why_and_disturbs_nothing_else(
    address: str, strict_page: Page, axe: Axe, width: int
) -> None:
    strict_page.set_viewport_size({"width": width, "height": 900})
    come_to_the_photos(strict_page, address)
    chosen(strict_page).set_input_files(
        [
            file("Groß.pdf", b"%PDF-1.7" + bytes(11 * 1024 * 1024)),
            file("Antrag.docx", b"PK\x03\x04 word/document.xml"),
            file("Laterne.jpg", photo()),
        ]
    )
    expect(strict_page.locator(".upload__status")).to_have_text("„Laterne.jpg“ ist hinzugefügt")

    told = strict_page.locator(".uploads__told")
    expect(told.nth(0)).to_contain_text("„Groß.pdf“ ist zu groß. Eine Datei darf höchstens 10 MB haben.")
    expect(told.nth(1)).to_contain_text("„Antrag.docx“")
    assert axe(strict_page) == []
    picture(strict_page, f"refused-{width}")
    for _each in range(2):
        strict_page.get_by_role("button", name="Ausblenden").first.click()
    go_on(strict_page)
    expect(strict_page.get_by_role("heading", level=1)).to_have_text(CONTACT)


def test_who_goes_on_too_early_goes_on_when_all_has_arrived(
    address: str, context: BrowserContext, strict_page: Page
) -> None:
    come_to_the_photos(strict_page, address)
    make_slow(strict_page, context)
    chosen(strict_page).set_input_files(file("Laterne.jpg", large_photo()))

    go_on(strict_page)

    expect(strict_page.locator(".upload__status")).to_contain_text("Einen Moment")
    heading = strict_page.get_by_role("heading", level=1)
    expect(heading).to_have_text(CONTACT, timeout=30_000)
    assert Upload.objects.count() == 1


def test_a_file_is_removed_while_something_is_typed(address: str, strict_page: Page) -> None:
    come_to_the_photos(strict_page, address)
    chosen(strict_page).set_input_files(file("Laterne.jpg", photo()))
    expect(strict_page.locator(".upload__status")).to_have_text("„Laterne.jpg“ ist hinzugefügt")
    strict_page.get_by_label("Genauer").fill("vor dem Haus")

    strict_page.get_by_role("button", name=re.compile("^Entfernen.*Laterne.jpg")).click()

    expect(strict_page.locator(".upload__status")).to_have_text("„Laterne.jpg“ ist entfernt")
    expect(strict_page.get_by_label("Genauer")).to_have_value("vor dem Haus")
    assert not Upload.objects.exists()


@WIDTHS
def test_a_virus_is_told_on_the_page_by_itself(
    address: str, context: BrowserContext, page: Page, in_lage: Town, scanner: Scanner, axe: Axe, width: int
) -> None:
    anna = come_to_the_papers(TownClient(in_lage).sign_in(make_anna()))
    session = anna.cookies["session"].value
    context.add_cookies([{"name": "session", "value": session, "domain": "lage.localhost", "path": "/"}])
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address + PAPERS)
    chosen(page).set_input_files(file("Police.pdf", document(hold_a_virus)))
    expect(page.locator(".upload__list").first).to_contain_text("wird auf Viren geprüft")

    run_jobs()

    expect(page.locator(".uploads__told")).to_contain_text("In „Police.pdf“ wurde ein Virus gefunden.", timeout=30_000)
    assert axe(page) == []
    picture(page, f"virus-{width}")


def test_without_scripts_files_go_with_the_page(address: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    come_to_the_photos(page, address)
    chosen(page).set_input_files([file("Laterne.jpg", photo()), file("Noch eine.jpg", photo((80, 80)))])
    go_on(page)
    page.get_by_role("link", name="Zurück").or_(page.get_by_role("button", name="Zurück")).first.click()

    expect(page.locator(".uploads__name")).to_have_count(2)
    page.get_by_role("button", name=re.compile("^Entfernen.*Laterne.jpg")).click()

    expect(page.locator(".uploads__name")).to_have_count(1)
    assert [upload.name for upload in Upload.objects.all()] == ["Noch eine.jpg"]
    context.close()
