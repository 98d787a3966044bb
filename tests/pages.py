"""Reads pages as people do."""

import html
import re
from typing import Any


def text_of(response: Any) -> str:
    """What a page says, without markup, in single spaces."""
    content = response.content.decode()
    without_scripts = re.sub(r"<(script|style).*?</\1>", " ", content, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without_scripts)).split())
