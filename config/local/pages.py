"""What the local servers that a person looks at have in common: one layout, one style sheet, safe headers."""

from pathlib import Path

from flask import Flask, Response, send_from_directory
from werkzeug.serving import WSGIRequestHandler, make_server

PAGES = Path(__file__).with_name("pages")
OUR_HOSTS = ["localhost", "127.0.0.1"]  # a foreign name that resolves to this machine is refused


def make_app(name: str) -> Flask:
    """A Flask application with our layout, for pages in `pages/`."""
    app = Flask(name, template_folder=str(PAGES), static_folder=None)
    app.config["TRUSTED_HOSTS"] = OUR_HOSTS
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Flask's own provider has it
    app.jinja_env.globals["theme"] = lambda template: template  # the identity provider's name for `extends`
    app.jinja_env.filters["euro"] = euro
    app.after_request(_harden)
    add_stylesheet(app)
    return app


def add_stylesheet(app: Flask) -> None:
    """Serve the style sheet of all local pages."""
    app.add_url_rule("/probe.css", "probe_css", lambda: send_from_directory(PAGES, "probe.css"))


def euro(cents: int) -> str:
    """An amount as people write it: `1.234,50 €`."""
    whole, rest = divmod(abs(cents), 100)
    grouped = f"{whole:,}".replace(",", ".")
    return f"{'-' if cents < 0 else ''}{grouped},{rest:02d} €"


def serve(app: Flask, port: int) -> None:
    """Answer requests on this machine only, until the process is told to end."""
    make_server("127.0.0.1", port, app, threaded=True, request_handler=_QuietHandler).serve_forever()


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Only failures are worth a line."""
        if str(code).startswith("5"):
            super().log_request(code, size)


def _harden(response: Response) -> Response:
    policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; base-uri 'none'"
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
