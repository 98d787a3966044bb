"""Pictures for documents: typst gets its data as text, so a picture comes inside of an SVG."""

import base64


def framed(content: bytes, content_type: str, width: int, height: int) -> str:
    """A JPEG or PNG as the only thing in an SVG of its size (pixels). A document holds it as it is, not drawn anew."""
    inside = base64.b64encode(content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" href="data:{content_type};base64,{inside}"/></svg>'
    )
