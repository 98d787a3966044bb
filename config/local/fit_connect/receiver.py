"""The specialist system: opens what has arrived, and checks it.

Source of what is checked: docs.fitko.de/fit-connect, "Einreichung überprüfen".
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]  # has no types

from config.local.configuration import ROOT
from config.local.fit_connect.keys import Keys, decrypt
from config.local.fit_connect.store import Submission

SCHEMA = ROOT / "submissions" / "handover" / "fit_connect" / "metadata-2.1.0.schema.json"
PROBLEMS = "https://schema.fitko.de/fit-connect/events/problems/"


@dataclass
class Opened:
    """A submission in plain, and what is wrong with it (RFC 7807)."""

    metadata: dict[str, Any] = field(default_factory=dict)
    data: bytes = b""
    attachments: dict[str, bytes] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)

    @property
    def answers(self) -> Any:
        """The data as JSON."""
        try:
            return json.loads(self.data)
        except ValueError:
            return None

    @property
    def files(self) -> list[dict[str, Any]]:
        """What the metadata say of the attachments."""
        found = self.metadata.get("contentStructure", {}).get("attachments", [])
        return found if isinstance(found, list) else []

    def complain(self, kind: str, title: str, detail: str, instance: str) -> None:
        self.problems.append({"type": PROBLEMS + kind, "title": title, "detail": detail, "instance": instance})


def opened(submission: Submission, keys: Keys, schema: Path = SCHEMA) -> Opened:
    """Decrypt and check everything."""
    found = Opened()
    try:
        found.metadata = json.loads(decrypt(submission.metadata, keys.encryption))
        found.data = decrypt(submission.data, keys.encryption)
        found.attachments = {
            name: decrypt(content, keys.encryption) for name, content in submission.attachments.items()
        }
    except (ValueError, InvalidTag):
        found.complain("encryption-issue", "Entschlüsselungs-Fehler", "Ein Teil ließ sich nicht öffnen.", "submission")
        return found
    _check_metadata(found, json.loads(schema.read_text()))
    if not found.problems:
        _check_content(found, submission)
    return found


def _check_metadata(found: Opened, schema: dict[str, Any]) -> None:
    for error in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(found.metadata):
        found.complain("schema-violation", "Schema-Verletzung", f"Die Metadaten: {error.json_path}", "metadata")


def _check_content(found: Opened, submission: Submission) -> None:
    data = found.metadata["contentStructure"]["data"]
    if not _fits(found.data, data):
        found.complain("hash-mismatch", "Prüfsumme stimmt nicht", "Die Fachdaten wurden verändert.", "data")
    if not isinstance(found.answers, dict):
        found.complain("syntax-violation", "Syntax-Fehler", "Die Fachdaten sind kein JSON.", "data")
    announced = set(submission.announced["announcedAttachments"])
    if not announced == set(found.attachments) == {one["attachmentId"] for one in found.files}:
        detail = "Angekündigte, genannte und gesendete Anlagen sind nicht dieselben."
        found.complain("attachments-mismatch", "Inkonsistente Anlagen", detail, "attachments")
        return
    for one in found.files:
        if not _fits(found.attachments[one["attachmentId"]], one):
            instance = f"attachment:{one['attachmentId']}"
            found.complain("hash-mismatch", "Prüfsumme stimmt nicht", "Eine Anlage wurde verändert.", instance)


def _fits(content: bytes, told: dict[str, Any]) -> bool:
    return hashlib.sha512(content).hexdigest() == str(told["hash"]["content"])
