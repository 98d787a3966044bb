"""Photos and scans, drawn anew: upright, not too large, without metadata. Works in the workshop only."""

import io
from typing import Any

from PIL import Image, ImageCms, ImageOps

from submissions.uploads.workshop import CONVERTED, SCALED, TOO_MANY_PIXELS, Order, Refused, Result

QUALITY = 88  # of a JPEG: no difference to see
PREVIEW_QUALITY = 75
_FORMATS = {"jpeg": "JPEG", "png": "PNG", "heic": "HEIF"}
_GPS = 0x8825  # the part of EXIF that says where a picture was taken

Image.MAX_IMAGE_PIXELS = None  # we count ourselves, before anything is unpacked


def drawn_anew(content: bytes, order: Order) -> Result:
    """A picture with its pixels only: whatever hides before, behind or between them is left behind. Raises Refused."""
    image = _opened(content, order.kind)
    if image.width * image.height > order.most_pixels:
        raise Refused(TOO_MANY_PIXELS)
    exif = _location(image) if order.keeps_location else None
    changes = []
    if max(image.size) > order.longest_side:
        image = _scaled(image, order.longest_side / max(image.size))
        changes = [SCALED]
    image = ImageOps.exif_transpose(_in_usual_colours(image))
    if order.kind == "png" and len(drawn := _png(image, exif)) <= order.largest:
        return Result(drawn, "png", changes)
    return Result(_jpeg(image, exif, QUALITY), "jpeg", changes if order.kind == "jpeg" else [CONVERTED, *changes])


def small(content: bytes, kind: str, side: int) -> bytes:
    """A JPEG that fits into a square of so many pixels."""
    image = _opened(content, kind)
    image.draft("", (side, side))
    return small_jpeg(image, side)


def small_jpeg(image: Image.Image, side: int) -> bytes:
    image = _on_white(image)
    image.thumbnail((side, side))
    return _jpeg(image, None, PREVIEW_QUALITY)


def _opened(content: bytes, kind: str) -> Image.Image:
    """Nothing is unpacked yet."""
    if kind == "heic":
        import pi_heif

        pi_heif.options.DECODE_THREADS = 1
        pi_heif.register_heif_opener()
    return Image.open(io.BytesIO(content), formats=[_FORMATS[kind]])


def _location(image: Image.Image) -> Image.Exif:
    """Of all that a camera writes down only where it was."""
    kept = Image.Exif()
    if place := image.getexif().get_ifd(_GPS):
        kept[_GPS] = dict(place)
    return kept


def _scaled(image: Image.Image, factor: float) -> Image.Image:
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    image.draft("", size)  # a JPEG can be unpacked at a half, a quarter, an eighth
    if image.mode in ("1", "P", "PA"):  # which have no shades between their colours
        image = image.convert("L" if image.mode == "1" else "RGBA" if "transparency" in image.info else "RGB")
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _in_usual_colours(image: Image.Image) -> Image.Image:
    """Eight bits a colour, and in sRGB: what is meant where a picture says nothing about its colours."""
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
        except (ImageCms.PyCMSError, OSError):  # a broken profile: the colours are taken as they come
            converted = None
        image = converted or image
    return image if image.mode in ("1", "L", "LA", "P", "PA", "RGB", "RGBA") else image.convert("RGB")


def _png(image: Image.Image, exif: Image.Exif | None) -> bytes:
    image.info = {name: value for name, value in image.info.items() if name == "transparency"}
    return _saved(image, "PNG", exif)


def _jpeg(image: Image.Image, exif: Image.Exif | None, quality: int) -> bytes:
    image = _on_white(image)
    image.info = {}
    return _saved(image, "JPEG", exif, quality=quality, optimize=True)


def _saved(image: Image.Image, form: str, exif: Image.Exif | None, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options, **({"exif": exif} if exif else {}))
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """As a JPEG can be: without transparency."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image if image.mode in ("L", "RGB") else image.convert("L" if image.mode == "1" else "RGB")
