"""The pages at http://localhost:8081: mails, and the sample people."""

import re
import time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, jsonify, make_response, render_template, request
from markupsafe import Markup, escape

from config.local import pages
from config.local.configuration import host_url
from config.local.inbox import totp
from config.local.inbox.mailbox import Mail, Mailbox
from config.local.sample import Sample

BERLIN = ZoneInfo("Europe/Berlin")
ROLE_LABELS = {
    "case_worker": "Sachbearbeitung",
    "administrator": "Verwaltung der Stadt",
    "cash_office": "Kasse",
    "content_editor": "Redaktion",
    "fleet": "Städte",
    "catalogue": "Leistungskatalog",
    "support": "Unterstützung der Städte",
    "people": "Mitarbeitende des Betriebs",
}
LEVEL_LABELS = {"basic": "Basis", "substantial": "substanziell", "high": "hoch"}
# A mail's own page may show its own colours and pictures, and nothing else.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"


def make_app(mailbox: Mailbox, people: Sample, portal: str) -> Flask:
    """The site; `portal` is the portal's base address, such as `http://localhost:8000`."""
    app = pages.make_app(__name__)
    app.jinja_env.filters["linked"] = linked
    app.jinja_env.filters["when"] = lambda moment: moment.astimezone(BERLIN).strftime("%d.%m.%Y, %H:%M Uhr")

    @app.get("/")
    def mails() -> str:
        return render_template("inbox/mails.html", mails=mailbox.all())

    @app.get("/mails/<identifier>")
    def mail(identifier: str) -> str:
        return render_template("inbox/mail.html", mail=_found(mailbox, identifier))

    @app.get("/mails/<identifier>/html")
    def mail_as_html(identifier: str) -> Response:
        """The mail as its sender designed it, locked in a frame that runs nothing."""
        response = Response(_found(mailbox, identifier).html, mimetype="text/html")
        response.headers["Content-Security-Policy"] = MAIL_POLICY
        return response

    @app.get("/mails/<identifier>/anhang/<int:number>")
    def attachment(identifier: str, number: int) -> Response:
        attachments = _found(mailbox, identifier).attachments
        if not number < len(attachments):
            abort(404)
        response = Response(attachments[number].content, mimetype=attachments[number].type)
        response.headers.set("Content-Disposition", "attachment", filename=attachments[number].name)
        return response

    @app.get("/personen")
    def sample_people() -> Response:
        now = time.time()
        page = render_template(
            "inbox/people.html",
            people=people,
            roles=ROLE_LABELS,
            levels=LEVEL_LABELS,
            address=lambda name: host_url(portal, name),
            code=lambda secret: totp.code(secret, now),
            seconds=totp.seconds_left(now),
        )
        response = make_response(page)
        response.headers["Refresh"] = str(totp.seconds_left(now))  # the codes change, without any script
        return response

    @app.get("/api/mails")
    def mails_for_tests() -> Response:
        """All mails, the newest first; `?to=` keeps those to one recipient."""
        wanted = request.args.get("to", "")
        return jsonify([_as_json(mail) for mail in mailbox.all() if wanted in mail.recipients])

    @app.delete("/api/mails")
    def clear() -> Response:
        mailbox.clear()
        return jsonify([])

    return app


def linked(text: str) -> Markup:
    """Plain text with its web addresses as links."""
    parts = re.split(r"(https?://[^\s<>\"]+[^\s<>\".,;:!?)])", text)
    return Markup("").join(
        Markup('<a href="{0}">{0}</a>').format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def _found(mailbox: Mailbox, identifier: str) -> Mail:
    return mailbox.get(identifier) or abort(404)


def _as_json(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "received_at": mail.received_at.isoformat(),
        "from": mail.sender,
        "to": mail.recipients,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "attachments": [attachment.name for attachment in mail.attachments],
    }
