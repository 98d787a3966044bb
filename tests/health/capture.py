"""Keeps what would be in the log, in both formats."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from config.logs import JsonLine, Line


@dataclass
class Log:
    """What was logged so far."""

    _text: io.StringIO = field(default_factory=io.StringIO)
    _json: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        return self._text.getvalue()

    @property
    def json(self) -> str:
        return self._json.getvalue()


@contextmanager
def captured(level: int = logging.INFO) -> Iterator[Log]:
    """All that is logged inside, as the console of each format would show it."""
    log, root = Log(), logging.getLogger()
    handlers = [logging.StreamHandler(log._text), logging.StreamHandler(log._json)]
    handlers[0].setFormatter(Line())
    handlers[1].setFormatter(JsonLine())
    before = root.level
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    try:
        yield log
    finally:
        root.setLevel(before)
        for handler in handlers:
            root.removeHandler(handler)
