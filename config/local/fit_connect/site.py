"""The delivery service's API (so much of the Submission API v2 as senders need), and the specialist system's pages."""

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from config.local.client_credentials import Client
from config.local.fit_connect import keys as crypto
from config.local.fit_connect.keys import Keys
from config.local.fit_connect.receiver import Opened, opened
from config.local.fit_connect.store import Store, Submission

PREFIX = "/fit-connect"
CLIENT_ID, CLIENT_SECRET = "stadttor-probe", "probe-geheimnis"  # known to everybody here
ISSUER = "https://zustelldienst.example"
EVENTS = "https://schema.fitko.de/fit-connect/events/"
SHOWN = {"submitted": "neu", "accepted": "angenommen", "rejected": "zurückgewiesen"}
# What browsers show themselves; anything else is saved.
OPENED_HERE = {"application/pdf", "image/jpeg", "image/png"}
Refusal = tuple[Response, int]


@dataclass
class Destination:
    """The one place to which applications go here. Tests change what it says of itself."""

    id: str
    leika: tuple[str, ...]  # keys of the services it takes
    status: str = "active"
    metadata_versions: tuple[str, ...] = ("2.1.0",)
    schemas: tuple[str, ...] = ()  # of the answers; none: any


def environment(base: str) -> dict[str, str]:
    """How the portal's settings name it. `base` is its address without a path."""
    return {
        "FIT_CONNECT_URL": f"{base}{PREFIX}",
        "FIT_CONNECT_TOKEN_URL": f"{base}{PREFIX}/token",
        "FIT_CONNECT_CLIENT_ID": CLIENT_ID,
        "FIT_CONNECT_CLIENT_SECRET": CLIENT_SECRET,
    }


class FitConnect:
    """The service and the specialist system; `keys` says where their keys are kept."""

    def __init__(self, directory: Path, destination: Destination, *, keys: Keys | None = None) -> None:
        self.store = Store(directory / "submissions.sqlite")
        self.keys = keys or Keys(directory / "keys")
        self.destination = destination
        self.client = Client(CLIENT_ID, CLIENT_SECRET)

    # --- What the two say ------------------------------------------------------------------------------------

    def public_keys(self) -> list[dict[str, Any]]:
        """Of the destination."""
        return [
            crypto.public_jwk(self.keys.encryption, algorithm="RSA-OAEP-256", operation="wrapKey"),
            crypto.public_jwk(self.keys.receiver, algorithm="PS512", operation="verify"),
        ]

    def open(self, submission: Submission) -> Opened:
        """In plain, checked."""
        return opened(submission, self.keys)

    def decide(self, identifier: str, problems: list[dict[str, str]] | None = None) -> None:
        """The specialist system accepts a submission, or rejects it because of problems."""
        submission = self.store.get(identifier)
        state, name = ("rejected", "reject-submission") if problems else ("accepted", "accept-submission")
        if not self.store.decide(identifier, state):
            return
        said: dict[str, Any] = {"problems": problems} if problems else {"authenticationTags": _tags(submission)}
        self._note(submission, name, said, is_of_receiver=True)

    def submitted(self, identifier: str) -> None:
        """It is there: what cannot be opened is rejected at once, the rest waits for a person."""
        submission = self.store.get(identifier)
        self._note(submission, "submit-submission", {"authenticationTags": _tags(submission)})
        problems = self.open(submission).problems
        if problems:
            self.decide(identifier, problems)

    def created(self, submission: Submission) -> None:
        self._note(submission, "create-submission", {})

    def _note(self, about: Submission, name: str, said: dict[str, Any], *, is_of_receiver: bool = False) -> None:
        key = self.keys.receiver if is_of_receiver else self.keys.service
        claims = {
            "iss": self.destination.id if is_of_receiver else ISSUER,
            "iat": int(time.time()),
            "jti": str(uuid.uuid4()),
            "sub": f"submission:{about.id}",
            "txn": f"case:{about.case_id}",
            "events": {EVENTS + name: said},
        }
        self.store.add_event(about.case_id, crypto.signed(claims, key))


def blueprint(here: FitConnect) -> Blueprint:
    """The routes."""
    routes = Blueprint("fit_connect", __name__)
    _add_api(routes, here)
    _add_pages(routes, here)
    return routes


# --- The service ---------------------------------------------------------------------------------------------


def _add_api(routes: Blueprint, here: FitConnect) -> None:
    store = here.store

    @routes.before_request
    def only_with_a_token() -> Refusal | None:
        is_closed = request.path.startswith(f"{PREFIX}/v2/")
        return _refused(401) if is_closed and not here.client.may_ask() else None

    @routes.post(f"{PREFIX}/token")
    def token() -> Response | Refusal:
        return here.client.token()

    @routes.get(f"{PREFIX}/.well-known/jwks.json")
    def own_keys() -> Response:
        return jsonify(keys=[crypto.public_jwk(here.keys.service, algorithm="PS512", operation="verify")])

    @routes.get(f"{PREFIX}/v2/destinations/<identifier>")
    def destination(identifier: str) -> Response | Refusal:
        known = here.destination
        if identifier != known.id:
            return _refused(404)
        schemas = [{"schemaUri": one, "mimeType": "application/json"} for one in known.schemas]
        services = [
            {"identifier": f"urn:de:fim:leika:leistung:{key}", "submissionSchemas": schemas} for key in known.leika
        ]
        return jsonify(
            destinationId=known.id,
            name="Probe-Fachverfahren",
            status=known.status,
            metadataVersions=known.metadata_versions,
            publicServices=services,
            encryptionKid=here.public_keys()[0]["kid"],
        )

    @routes.get(f"{PREFIX}/v2/destinations/<identifier>/keys/<kid>")
    def key(identifier: str, kid: str) -> Response | Refusal:
        found = [one for one in here.public_keys() if one["kid"] == kid and identifier == here.destination.id]
        return jsonify(found[0]) if found else _refused(404)

    @routes.post(f"{PREFIX}/v2/submissions")
    def announce() -> Refusal:
        told: Any = request.get_json(silent=True)
        if not _is_announcement(told):
            return _refused(422)
        if told["destinationId"] != here.destination.id:
            return _refused(404)
        made = store.announce(told)
        here.created(made)
        return jsonify(submissionId=made.id, caseId=made.case_id, destinationId=here.destination.id), 201

    @routes.put(f"{PREFIX}/v2/submissions/<identifier>/attachments/<attachment>")
    def put_attachment(identifier: str, attachment: str) -> Refusal | tuple[str, int]:
        try:
            found = store.get(identifier)
        except KeyError:
            return _refused(404)
        if found.state != "created":
            return _refused(409)
        content = request.get_data(as_text=True)
        is_known = attachment in found.announced["announcedAttachments"]
        if not is_known or request.mimetype != "application/jose" or not _is_sealed(content, here):
            return _refused(422)
        store.put(identifier, attachment, content)
        return "", 204

    @routes.put(f"{PREFIX}/v2/submissions/<identifier>")
    def submit(identifier: str) -> Response | Refusal:
        try:
            found = store.get(identifier)
        except KeyError:
            return _refused(404)
        told = request.get_json(silent=True) or {}
        sealed = str(told.get("encryptedMetadata", "")), str(told.get("encryptedData", ""))
        is_whole = set(found.announced["announcedAttachments"]) == set(found.attachments)
        if not is_whole or not all(_is_sealed(one, here, "application/json") for one in sealed):
            return _refused(422)
        if not store.submit(identifier, *sealed):
            return _refused(409)
        here.submitted(identifier)
        return jsonify(submissionId=identifier, caseId=found.case_id)

    @routes.get(f"{PREFIX}/v2/cases/<case>/events")
    def events(case: str) -> Response | Refusal:
        found = store.events(case)
        if not found:
            return _refused(404)
        return jsonify(offset=0, count=len(found), totalCount=len(found), eventLog=found)


def _is_announcement(told: Any) -> bool:
    if not isinstance(told, dict) or not isinstance(told.get("publicService"), dict):
        return False
    named = told.get("announcedAttachments")
    try:
        uuids = [uuid.UUID(one) for one in named or []]
    except (ValueError, TypeError, AttributeError):
        return False
    has_service = bool(told["publicService"].get("name")) and bool(told["publicService"].get("identifier"))
    return has_service and len(set(uuids)) == len(uuids) and all(one.version == 4 for one in uuids)


def _is_sealed(content: str, here: FitConnect, content_type: str = "") -> bool:
    """Whether it is a JWE for this destination, as far as who cannot open it sees."""
    try:
        header = crypto.header_of(content)
    except ValueError:
        return False
    wanted = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": crypto.kid_of(here.keys.encryption)}
    return (wanted | ({"cty": content_type} if content_type else {})).items() <= header.items()


def _refused(status: int) -> Refusal:
    return jsonify(type=f"https://schema.fitko.de/fit-connect/submission-api/problems/{status}"), status


def _tags(submission: Submission) -> dict[str, Any]:
    return {
        "metadata": crypto.tag_of(submission.metadata),
        "data": crypto.tag_of(submission.data),
        "attachments": {name: crypto.tag_of(content) for name, content in submission.attachments.items()},
    }


# --- The specialist system -----------------------------------------------------------------------------------


def _add_pages(routes: Blueprint, here: FitConnect) -> None:
    def found(identifier: str) -> Submission:
        try:
            return here.store.get(identifier)
        except KeyError:
            abort(404)

    @routes.get("/fachverfahren")
    def arrived() -> str:
        rows = [(one, here.open(one)) for one in here.store.all()]
        return render_template("fit_connect/arrived.html", rows=rows, shown=SHOWN)

    @routes.get("/fachverfahren/<identifier>")
    def one(identifier: str) -> str:
        submission = found(identifier)
        plain = here.open(submission)
        answers = json.dumps(plain.answers, ensure_ascii=False, indent=2)
        metadata = json.dumps(plain.metadata, ensure_ascii=False, indent=2)
        return render_template(
            "fit_connect/submission.html",
            one=submission,
            plain=plain,
            answers=answers,
            metadata=metadata,
            shown=SHOWN,
        )

    @routes.post("/fachverfahren/<identifier>")
    def decide(identifier: str) -> AnyResponse:
        submission = found(identifier)
        problem = {
            "type": f"{EVENTS}problems/other",
            "title": "Zurückgewiesen",
            "detail": request.form.get("detail", "").strip() or "ohne nähere Angabe",
            "instance": "submission",
        }
        here.decide(submission.id, [problem] if request.form.get("action") == "reject" else None)
        return redirect(f"/fachverfahren/{submission.id}", 303)

    @routes.get("/fachverfahren/<identifier>/anlage/<attachment>")
    def attachment(identifier: str, attachment: str) -> Response:
        plain = here.open(found(identifier))
        told = next((one for one in plain.files if one["attachmentId"] == attachment), None) or abort(404)
        response = Response(plain.attachments[attachment], mimetype=told["mimeType"])
        how = "inline" if told["mimeType"] in OPENED_HERE else "attachment"
        response.headers.set("Content-Disposition", how, filename=told.get("filename", attachment))
        return response
