"""Reads pages as people do."""

import html
import re
from typing import Any


def text_of(response: Any) -> str:
    """What a page says, without markup, in single spaces."""
    return plain(response.content.decode())


def plain(markup: str) -> str:
    """What HTML says, without markup, in single spaces."""
    without_scripts = re.sub(r"<(script|style).*?</\1>", " ", markup, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without_scripts)).split())


def links_of(response: Any) -> list[str]:
    """Where its links lead, in their order, those of style sheets among them."""
    return [html.unescape(address) for address in re.findall(r'href="([^"]*)"', response.content.decode())]
