"""What is made of a file before anybody else sees it; and what is told of one that we do not take."""

import io
import subprocess
from typing import Any

import pikepdf
import pytest
from PIL import Image

from submissions.uploads import limits
from submissions.uploads.intake import FileRefused, accept, safe_name
from submissions.uploads.states import Change
from tests.files import JPEG, PDF, PNG
from tests.uploads import making
from tests.uploads.making import GPS, HEIC, document, photo, picture

BLUE, ORANGE = (20, 60, 200), (200, 120, 40)


def image_of(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def is_like(pixel: Any, colour: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=False))


def sentence(content: bytes, name: str = "Police.pdf") -> str:
    with pytest.raises(FileRefused) as refusal:
        accept(content, name)
    return str(refusal.value)


# --- Pictures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "content_type", "changes"),
    [
        (JPEG, "Foto.jpg", "image/jpeg", ()),
        (PNG, "Foto.png", "image/png", ()),
        (HEIC, "Foto.jpg", "image/jpeg", (Change.CONVERTED,)),
        (PDF, "Foto.pdf", "application/pdf", ()),
    ],
)
def test_photos_scans_and_documents_are_taken_by_their_content(
    content: bytes, name: str, content_type: str, changes: tuple[Change, ...]
) -> None:
    file = accept(content, "Foto.exe")

    assert (file.name, file.content_type, file.changes) == (name, content_type, changes)
    assert file.sent_size == len(content)
    assert image_of(file.preview).format == "JPEG"


def test_an_iphones_photo_becomes_a_jpeg_with_the_same_picture() -> None:
    image = image_of(accept(HEIC, "IMG_0001.HEIC").content)

    assert (image.format, image.size) == ("JPEG", (96, 64))
    assert is_like(image.getpixel((10, 10)), BLUE)
    assert is_like(image.getpixel((80, 50)), ORANGE)


@pytest.mark.parametrize("content", [photo(), HEIC], ids=["JPEG", "HEIC"])
def test_nobody_learns_where_when_and_with_what_a_photo_was_taken(content: bytes) -> None:
    file = accept(content, "Foto")

    assert dict(image_of(file.content).getexif()) == {}
    assert dict(image_of(file.preview).getexif()) == {}
    assert not any(word in file.content for word in (b"Telefon", b"2026:", b"Wohnzimmer", b"Exif"))


@pytest.mark.parametrize("content", [photo(), HEIC], ids=["JPEG", "HEIC"])
def test_where_a_field_asks_for_a_place_it_stays_and_nothing_else(content: bytes) -> None:
    exif = image_of(accept(content, "Foto", keeps_location=True).content).getexif()

    assert exif.get_ifd(GPS) == making.IN_LAGE
    assert list(exif) == [GPS]


def test_a_photo_taken_sideways_stands_upright() -> None:
    image = image_of(accept(photo((64, 48), orientation=6), "Foto").content)

    assert image.size == (48, 64)
    assert is_like(image.getpixel((40, 10)), BLUE)  # the corner that was upper left is upper right now


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_large_picture_is_scaled_to_a_page_in_print(form: str) -> None:
    file = accept(picture((6000, 4000), form=form), "Scan")

    assert image_of(file.content).size == (limits.LONGEST_SIDE, 2339)
    assert max(image_of(file.preview).size) == limits.PREVIEW_SIDE
    assert file.changes == (Change.SCALED,)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(64, 48), (4000, 30)])
def test_a_png_of_any_kind_is_taken(mode: str, size: tuple[int, int]) -> None:
    file = accept(picture(size, mode, "PNG"), "Scan")

    assert image_of(file.content).format == "PNG"


def test_colours_of_print_become_those_of_screens() -> None:
    file = accept(picture(mode="CMYK"), "Scan")

    assert image_of(file.content).mode == "RGB"


def test_a_png_that_would_grow_too_large_becomes_a_jpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    Image.effect_noise((500, 400), 80).save(out, "PNG")
    content = out.getvalue()
    monkeypatch.setattr(limits, "LARGEST", len(content) - 1000)
    monkeypatch.setattr("submissions.uploads.intake.refuse_too_large", lambda *_given: None)

    file = accept(content, "Scan.png")

    assert (file.content_type, file.changes) == ("image/jpeg", (Change.CONVERTED,))
    assert file.size < limits.LARGEST


def test_what_hides_behind_a_picture_is_left_behind() -> None:
    file = accept(photo() + b"<script>alert(1)</script>PK\x03\x04", "Foto.jpg")

    assert b"script" not in file.content
    assert image_of(file.content).size == (64, 48)


# --- Documents ----------------------------------------------------------------------------------------------


def test_a_document_keeps_its_pages_and_gets_a_picture_of_the_first() -> None:
    file = accept(document(), "Police.pdf")

    with pikepdf.open(io.BytesIO(file.content)) as pdf:
        assert b"(Police) Tj" in pdf.pages[0].Contents.read_bytes()
    assert image_of(file.preview).size in ((339, 480), (340, 480))  # however it is rounded
    assert min(image_of(file.preview).convert("L").tobytes()) < 100  # there is something to see
    assert file.changes == ()


@pytest.mark.parametrize("program", making.PROGRAMS)
def test_programs_in_a_document_go_and_the_page_stays(program: Any) -> None:
    file = accept(document(program), "Formular.pdf")

    for word in (b"JavaScript", b"Launch", b"SubmitForm", b"/AA", b"/XFA", b"RichMedia", b"app.alert", b"evil.example"):
        assert word not in file.content
    assert b"(Police) Tj" in file.content
    assert file.changes == (Change.CLEANED,)


def test_notes_on_a_page_stay_when_a_film_goes() -> None:
    assert b"Hinweis" in accept(document(making.show_a_film), "Formular.pdf").content


def test_nobody_learns_who_wrote_a_document_nor_where_its_photos_were_taken() -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        making.say_who_wrote_it(pdf)
        making.show_a_photo(pdf)

    file = accept(document(change), "Brief.pdf")

    assert not any(word in file.content for word in (b"Anna", b"xmpmeta", b"Exif", b"Telefon", b"Wohnzimmer"))
    assert file.changes == ()
    preview = image_of(file.preview).convert("RGB")
    assert is_like(preview.getpixel((60, 90)), BLUE)  # the photo itself is still there


def test_a_signed_document_is_not_touched() -> None:
    content = document(making.sign)

    assert accept(content, "Vertrag.pdf").content == content


@pytest.mark.parametrize("name", ["factur-x.xml", "xrechnung.xml"])
def test_an_invoice_keeps_its_table(name: str) -> None:
    assert name.encode() in accept(document(making.attach(name)), "Rechnung.pdf").content


def test_a_document_that_anybody_may_read_but_not_change_is_taken() -> None:
    locked = document(encryption=pikepdf.Encryption(owner="geheim", user=""))

    file = accept(locked, "Bescheid.pdf")

    with pikepdf.open(io.BytesIO(file.content)) as pdf:
        assert not pdf.is_encrypted


def test_whitespace_before_a_document_does_no_harm() -> None:
    assert accept(b"\r\n" + document(), "Brief.pdf").content.startswith(b"%PDF-")


# --- What we do not take ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "ist leer"),
        (b"MZ\x90\x00 a program", "Möglich sind PDF-Dateien und Fotos"),
        (b"<html><script>alert(1)</script></html>", "Bitte speichern oder drucken Sie das Dokument als PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "Bitte speichern"),
        (picture(form="GIF"), "Bitte speichern Sie es als JPG oder PNG"),
        (picture(form="WEBP"), "Bitte speichern Sie es als JPG oder PNG"),
        (picture(form="TIFF"), "Bitte speichern Sie es als JPG oder PNG"),
        (b"%PDF-1.7\n" + b"0" * limits.LARGEST, "hat 11 MB. Eine Datei darf höchstens 10 MB haben"),
        (document()[:-200], "ist beschädigt oder unvollständig"),
        (b"%PDF-1.7 nothing in it %%EOF", "ist beschädigt oder unvollständig"),
        (photo((640, 480))[:2000], "ist beschädigt oder unvollständig"),
        (PNG[:40], "ist beschädigt oder unvollständig"),
        (HEIC[:600], "ist beschädigt oder unvollständig"),
        (document(encryption=pikepdf.Encryption(owner="a", user="b")), "ist mit einem Passwort geschützt"),
        (document(making.attach("rechnung.exe")), "stecken weitere Dateien"),
        (document(making.attach_to_the_page), "stecken weitere Dateien"),
        (document(making.needs_adobe), "lässt sich nur mit einem bestimmten Programm öffnen"),
        (document(making.sign_a_program), "digital unterschrieben"),
        (making.png_that_claims(100_000, 100_000), "hat mehr als 64 Millionen Bildpunkte"),
        (making.png_with_a_bomb_in_its_text(), "ist beschädigt oder unvollständig"),
    ],
    ids=[
        *("nothing", "a program", "a web page", "a drawing", "a GIF", "a WebP", "a TIFF", "too large"),
        *("a document cut off", "no document", "a photo cut off", "a PNG cut off", "a HEIC cut off", "a password"),
        *("a program attached", "attached to a page", "only for Adobe", "signed with a program", "100,000 pixels"),
        "a bomb in a picture",
    ],
)
def test_whatever_we_do_not_take_gets_a_sentence_that_helps(content: bytes, told: str) -> None:
    said = sentence(content, "Police.pdf")

    assert told in said
    assert "„Police.pdf“" in said
    assert "Bitte" in said


def test_a_document_that_unpacks_to_gigabytes_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 3)
    content = making.pdf_with_a_bomb()

    said = sentence(content)

    assert len(content) < limits.LARGEST
    assert "lässt sich nicht öffnen" in said or "ist beschädigt" in said


def test_what_takes_too_much_memory_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MEMORY", 200 * limits.MB)

    assert "lässt sich nicht öffnen" in sentence(making.large_png(), "Police.pdf")


def test_what_takes_too_long_to_compute_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 1)

    assert "lässt sich nicht öffnen" in sentence(making.large_png(), "Police.pdf")


def test_what_does_not_come_to_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PATIENCE", 0.01)

    assert "lässt sich nicht öffnen" in sentence(PDF)


def test_the_largest_picture_that_we_take_fits() -> None:
    assert accept(making.large_png(), "Scan.png").changes == (Change.SCALED,)


def test_the_workshop_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    environments = []
    run = subprocess.run

    def started(*given: Any, **named: Any) -> Any:
        environments.append(named["env"])
        return run(*given, **named)

    monkeypatch.setattr(subprocess, "run", started)

    accept(PNG, "Foto.png")

    assert environments == [{}]


# --- Names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("Nachweis.pdf", "Nachweis.pdf"),
        ("Prüfung (2) – Kopie.PDF", "Prüfung (2)  Kopie.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\anna\\Police.exe", "Police.pdf"),
        ("böse\x00\n\r.exe", "böse.pdf"),
        ("rechnung\u202efdp.exe", "rechnungfdp.pdf"),
        ("....", "Datei.pdf"),
        ("", "Datei.pdf"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
        ("u\u0308ber.pdf", "über.pdf"),
    ],
)
def test_names_stay_readable_and_can_do_nothing(given: str, safe: str) -> None:
    assert safe_name(given, ".pdf") == safe
