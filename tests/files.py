"""Small real files to upload."""

from django.core.files.uploadedfile import SimpleUploadedFile

from submissions.uploads.intake import AcceptedFile

# One pixel, one page: as small as these can be and still be what they say.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fe"
    "a735814d0000000049454e44ae426082"
)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a333d"
    "3c3933383740485c4e404457453738506d51575f626768673e4d71797064785c656763ffc0000b080001000101011100ffc400140001"
    "00000000000000000000000000000003ffc40014100100000000000000000000000000000000ffda0008010100003f0037ffd9"
)


def accepted(name: str, content: bytes = PNG, content_type: str = "image/png") -> AcceptedFile:
    """A file that was looked at already, without a small picture."""
    return AcceptedFile(content=content, preview=b"", name=name, content_type=content_type)


def png(name: str = "Foto.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PNG, "image/png")


def pdf(name: str = "Nachweis.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, "application/pdf")


def is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]
