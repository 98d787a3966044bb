"""Looking at pages: at a width, in an appearance, walking through with the tab key."""

import os
from pathlib import Path

from playwright.sync_api import Page

PICTURES = os.environ.get("PICTURES", "")  # where pictures go; none are taken without it

# What has the focus: its opening tag, its size, whether it flows in a line of text, whether a ring is shown.
FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect(), style = getComputedStyle(element);
  return {
    tag: element.outerHTML.slice(0, 120),
    side: Math.min(box.width, box.height),
    isInText: style.display === "inline",
    hasRing: parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none",
  };
}"""
SMALLEST = 24  # CSS pixels that a target must have in both directions (WCAG 2.5.8)
STEPS = 100
FEWEST = 3  # a page where the tab key reaches less was not walked through


def look(page: Page, address: str, *, width: int, scheme: str = "light") -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(address)


def picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page, for people to look at."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def trouble_with_the_tab_key(page: Page, address: str, *, width: int) -> list[str]:
    """What the tab key reaches without a visible focus (WCAG 2.4.7), or what is too small to be hit (2.5.8)."""
    look(page, address, width=width)
    reached: dict[str, list[str]] = {}
    for _step in range(STEPS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:  # behind the last element
            break
        is_small = focused["side"] < SMALLEST and not focused["isInText"]
        reached[focused["tag"]] = ["no ring"] * (not focused["hasRing"]) + ["small"] * is_small
    assert len(reached) >= FEWEST, address
    return [f"{', '.join(wrong)} on {address}: {tag}" for tag, wrong in reached.items() if wrong]
