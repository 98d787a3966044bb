"""The portal on a real port, working in the transaction of the test that started it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test.testcases import QuietWSGIRequestHandler

from tenants.context import leave

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class _Server(ThreadedWSGIServer):
    """Answers in threads of its own, but with the test's connection, which must stay open."""

    def _close_connections(self) -> None:
        pass


def _one_at_a_time(application: Application) -> Application:
    """A connection can be in one town only."""
    lock = Lock()

    def serialised(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with lock:
            return application(environ, start_response)

    return serialised


@contextmanager
def served(port: int) -> Iterator[None]:
    """Answer on 127.0.0.1, on all hosts, until the block ends."""
    connection = connections["default"]
    connection.inc_thread_sharing()
    for signal in (request_started, request_finished):  # as Django's own test client does
        signal.disconnect(close_old_connections)
    server = _Server(("127.0.0.1", port), QuietWSGIRequestHandler, connections_override={"default": connection})
    server.set_app(_one_at_a_time(WSGIHandler()))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        connection.dec_thread_sharing()
        leave()


def point_to(port: int, settings: Any) -> None:
    """Let the portal know at which port it answers."""
    settings.BASE_URL = f"http://localhost:{port}"
    settings.BASE_PORT = f":{port}"
    settings.OPERATOR_URL = f"http://betrieb.localhost:{port}"
