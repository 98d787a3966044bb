"""PDFs, written anew: without programs and metadata. Works in the workshop only."""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from submissions.uploads.workshop import (
    ATTACHMENTS,
    CLEANED,
    DAMAGED,
    NEEDS_ADOBE,
    PASSWORD,
    SIGNED_PROGRAM,
    Refused,
    Result,
)

END = 4096  # bytes in which a whole PDF says that it ends
# Actions that do more than turn to a page or open a link (ISO 32000-2, 12.6.4).
_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/GoTo3DView"}
    | {"/Rendition", "/Sound", "/Movie", "/RichMediaExecute"}
)
_ANNOTATIONS = frozenset({"/RichMedia", "/Movie", "/Screen", "/Sound", "/3D"})
_PROGRAMS = ("/AA", "/JavaScript", "/JS", "/XFA")  # what happens by itself, and scripts by their names
_METADATA = ("/Metadata", "/PieceInfo")
# The tables that invoices carry along, by their names in ZUGFeRD, Factur-X and XRechnung.
_TABLES_OF_INVOICES = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"})


def written_anew(content: bytes) -> Result:
    """A PDF with what its pages need. Raises Refused.

    One that is signed is left as it is, or its signature would break.
    """
    if b"%%EOF" not in content[-END:]:
        raise Refused(DAMAGED)  # what was cut off can look whole otherwise
    try:
        pdf = pikepdf.open(io.BytesIO(content))
    except pikepdf.PasswordError as problem:
        raise Refused(PASSWORD) from problem
    if not len(pdf.pages):
        raise Refused(DAMAGED)
    _refuse_what_hides(pdf)
    is_signed = any(isinstance(one, Dictionary) and "/ByteRange" in one for one in pdf.objects)
    had_programs = _clean(pdf)
    if is_signed and had_programs:
        raise Refused(SIGNED_PROGRAM)
    if is_signed:
        return Result(content, "pdf", [])
    out = io.BytesIO()
    pdf.save(out, encryption=False, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return Result(out.getvalue(), "pdf", [CLEANED] if had_programs else [])


def first_page(content: bytes, side: int) -> bytes:
    """Its first page as a JPEG that fits into a square of so many pixels."""
    import pypdfium2

    from submissions.uploads.pictures import small_jpeg

    page = pypdfium2.PdfDocument(content)[0]
    return small_jpeg(page.render(scale=side / max(page.get_size())).to_pil(), side)


def _refuse_what_hides(pdf: pikepdf.Pdf) -> None:
    names = {str(attached.filename or name).lower() for name, attached in pdf.attachments.items()}
    if names - _TABLES_OF_INVOICES or "/Collection" in pdf.Root:
        raise Refused(ATTACHMENTS)
    if bool(pdf.Root.get("/NeedsRendering", False)):
        raise Refused(NEEDS_ADOBE)  # without its program there is but a page that says so


def _clean(pdf: pikepdf.Pdf) -> bool:
    """Take programs and metadata out; returns whether there were programs. Raises Refused."""
    had_programs = False
    for part in _parts(pdf):
        for key in list(part.keys()):
            if _is_program(key, part[key]):
                had_programs = True
                del part[key]
            elif key in _METADATA:
                del part[key]
        if isinstance(part, Stream) and part.get("/Filter") == Name.DCTDecode:
            _clean_photo(part)
    for page in pdf.pages:
        had_programs |= _clean_notes(page.obj)
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    return had_programs


def _parts(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """All dictionaries and streams, also those inside of others."""
    waiting: list[Any] = [pdf.trailer, *pdf.objects]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Array):
            inside = list(part)
        elif isinstance(part, Dictionary | Stream):
            yield part
            inside = [part[key] for key in part.keys()]  # noqa: SIM118 -- iterating it gives something else
        else:
            continue
        # What is only referred to comes by itself.
        waiting += [one for one in inside if isinstance(one, Array | Dictionary) and not one.is_indirect]


def _is_program(key: str, value: Any) -> bool:
    if key in _PROGRAMS:  # of these names, fonts and pictures say what they are
        return not (isinstance(value, Dictionary | Stream) and "/Subtype" in value)
    actions = list(value) if isinstance(value, Array) else [value]
    return any(isinstance(action, Dictionary) and str(action.get("/S", "")) in _ACTIONS for action in actions)


def _clean_notes(page: Any) -> bool:
    """Films, sounds and the like on a page; returns whether there were any. Raises Refused for attached files."""
    notes = page.get("/Annots")
    kinds = [str(note.get("/Subtype", "")) for note in notes] if isinstance(notes, Array) else []
    if "/FileAttachment" in kinds:
        raise Refused(ATTACHMENTS)
    found = [number for number, kind in enumerate(kinds) if kind in _ANNOTATIONS]
    for number in reversed(found):
        del notes[number]
    return bool(found)


def _clean_photo(stream: Any) -> None:
    raw = stream.read_raw_bytes()
    plain = without_metadata(raw)
    if plain != raw:
        stream.write(plain, filter=Name.DCTDecode, decode_parms=stream.get("/DecodeParms"))


def without_metadata(jpeg: bytes) -> bytes:
    """A JPEG without the segments in which cameras and programs write about it (APP1, APP13, comments)."""
    kept, place = [jpeg[:2]], 2
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF and jpeg[place + 1] != 0xDA:
        length = 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
        if jpeg[place + 1] not in (0xE1, 0xED, 0xFE):
            kept.append(jpeg[place : place + length])
        place += length
    return b"".join([*kept, jpeg[place:]])
