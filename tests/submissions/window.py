"""A page of a form that lies open in a window: what it holds, and what it sends."""

import re
from typing import Any

from tests.people import TownClient

HIDDEN = re.compile(r'<input type="hidden" name="(_copy|_draft|_entry|account)" value="([^"]*)"')


class Window:
    """Opens a page. What the script saves and what a button sends comes from the page as it was shown."""

    def __init__(self, client: TownClient, address: str) -> None:
        self.client = client
        self.address = address
        self.shows(client.get(address, follow=True))

    def shows(self, response: Any) -> None:
        self.response = response
        self.page = response.content.decode()
        self.about = dict(HIDDEN.findall(self.page))
        self.saves = 0

    def types(self, **typed: Any) -> dict[str, Any]:
        """What the script is told that saves a second after the last key."""
        self.saves += 1
        return self.late_save(self.saves, **typed)

    def late_save(self, number: int, **typed: Any) -> dict[str, Any]:
        """A save that has been on its way for a while."""
        told: dict[str, Any] = self.client.post(self.address, self.about | typed | {"_save": str(number)}).json()
        if "draft" in told:
            self.about["_draft"] = told["draft"]
        return told

    def sends(self, button: str = "", **typed: Any) -> Any:
        """Somebody presses „Weiter“ or another button."""
        response = self.client.post(self.address, self.about | typed | ({button: "1"} if button else {}))
        if response.status_code == 422:
            self.shows(response)
        return response
