"""What kinds of answers a page gives, and which one the table promises to somebody."""

from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit


class Answer(StrEnum):
    """The letter stands for it in the printed matrix."""

    OPENS = "x"
    REFUSES_METHOD = "m"
    IS_NOT_THERE = "-"
    SENDS_TO_SIGN_IN = "s"
    SENDS_TO_CODE = "2"
    SENDS_CITIZENS_TO_SIGN_IN = "c"
    ONLY_SHOWS = "r"  # guests send nothing
    NEEDS_A_KEY = "k"  # of a program


SIGN_IN = {
    "/rathaus/anmelden/code/": Answer.SENDS_TO_CODE,
    "/rathaus/anmelden/": Answer.SENDS_TO_SIGN_IN,
    "/anmelden/": Answer.SENDS_CITIZENS_TO_SIGN_IN,
}
BY_STATUS = {
    401: Answer.NEEDS_A_KEY,
    403: Answer.ONLY_SHOWS,
    404: Answer.IS_NOT_THERE,
    405: Answer.REFUSES_METHOD,
    **dict.fromkeys([200, 302, 409, 412, 422], Answer.OPENS),
}


def answer_of(response: Any) -> Answer:
    """Which kind it is. Raises KeyError for a status that no page should have."""
    leads_to = urlsplit(response.headers.get("Location", "")).path
    return SIGN_IN.get(leads_to) or BY_STATUS[response.status_code]
