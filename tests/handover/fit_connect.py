"""FIT-Connect's stand-in on a free port, over which tests have power."""

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from config.local import pages
from config.local.fit_connect import keys as crypto
from config.local.fit_connect.receiver import Opened
from config.local.fit_connect.site import PREFIX, Destination, FitConnect, blueprint, environment
from config.local.fit_connect.store import Submission

DESTINATION = "5ae2b1a2-7b4c-4a53-9a1e-0c5f2f6d8e11"
LEIKA = "99110009104000"  # of registering a dog


@dataclass
class StandIn:
    """The stand-in, and what happens to requests: a status instead of an answer, or a connection that is cut."""

    here: FitConnect
    base: str = ""
    calls: list[str] = field(default_factory=list)  # method and path below the prefix
    faults: list[tuple[str, int]] = field(default_factory=list)  # pattern of its beginning, status (0: cut afterwards)
    held: str = ""  # pattern of the beginning of calls that are done and get their answer once `is_allowed`
    is_holding: Event = field(default_factory=Event)
    is_allowed: Event = field(default_factory=Event)

    def fail(self, call: str, status: int, *, times: int = 1) -> None:
        """The next calls whose beginning matches are answered with this status, or (0) done and not answered."""
        self.faults += [(call, status)] * times

    def called(self, call: str) -> int:
        """How many calls began so."""
        return sum(one.startswith(call) for one in self.calls)

    @property
    def arrived(self) -> list[Submission]:
        return self.here.store.all()

    @property
    def opened(self) -> Opened:
        """The only one that is there."""
        [found] = self.arrived
        return self.here.open(found)

    def settings(self) -> dict[str, str]:
        return environment(self.base)


class _Cut(Exception):
    """The connection is closed without an answer."""


class _Handler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 -- werkzeug's name
        pass

    def run_wsgi(self) -> None:
        try:
            super().run_wsgi()
        except _Cut:
            self.close_connection = True


def _with_faults(stand_in: StandIn, app: Any) -> Callable[..., Iterable[bytes]]:
    def called(given: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        call = f"{given['REQUEST_METHOD']} {given['PATH_INFO'].removeprefix(PREFIX)}"
        stand_in.calls.append(call)
        fault = next((one for one in stand_in.faults if re.match(one[0], call)), None)
        if fault:
            stand_in.faults.remove(fault)
            if fault[1]:
                start(f"{fault[1]} Fault", [("Content-Length", "0")])
                return [b""]
            list(app(given, lambda *_told: None))  # it is done, and nobody hears of it
            raise _Cut
        answer: Iterable[bytes] = app(given, start)
        if stand_in.held and re.match(stand_in.held, call):
            stand_in.is_holding.set()
            stand_in.is_allowed.wait()
        return answer

    return called


def quick_keys(directory: Path) -> crypto.Keys:
    """Making long ones takes long, so those that only sign are short."""
    for name in ("receiver", "service"):
        (directory / f"{name}.pem").write_bytes(crypto.new_key(2048))
    return crypto.Keys(directory)


@contextmanager
def standing_in(directory: Path, keys: crypto.Keys) -> Iterator[StandIn]:
    """A stand-in on a free port. The keys are made once for all tests."""
    here = FitConnect(directory, Destination(DESTINATION, (LEIKA,)), keys=keys)
    stand_in = StandIn(here)
    app = pages.make_app("fit-connect")
    app.register_blueprint(blueprint(here))
    server = make_server("127.0.0.1", 0, _with_faults(stand_in, app), threaded=True, request_handler=_Handler)
    stand_in.base = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.is_allowed.set()
        server.shutdown()
        server.server_close()
        shutil.rmtree(directory, ignore_errors=True)
