"""What is said of an application beside its answers: FIT-Connect's metadata, version 2.1.0.

Source: schema.fitko.de/fit-connect/metadata/2.1.0. What we do not know for certain is left out: of a payment we would
need the payment service's own transaction id, and the fee stands in the answers.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import timezone
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]  # has no types

from submissions.handover.parcels import Document
from submissions.models import Submission

VERSION = "2.1.0"
_SCHEMA = Path(__file__).with_name(f"metadata-{VERSION}.schema.json")


def metadata(
    submission: Submission, *, data: bytes, schema: str, attachments: Iterable[tuple[str, Document]]
) -> dict[str, Any]:
    """The metadata of an application. `data` is what is sent as its answers (JSON), `schema` where their schema is.

    Raises ValueError if it does not keep to FIT-Connect's schema, which is a fault of ours.
    """
    told = {
        "$schema": f"https://schema.fitko.de/fit-connect/metadata/{VERSION}/metadata.schema.json",
        "contentStructure": {
            "data": {
                "hash": _hash(data),
                "submissionSchema": {"schemaUri": schema, "mimeType": "application/json"},
            },
            "attachments": [_attachment(identifier, one) for identifier, one in attachments],
        },
        "additionalReferenceInfo": {
            "senderReference": submission.number,
            "applicationDate": timezone.localtime(submission.frozen_at).date().isoformat(),
        },
    }
    problem = next(_validator().iter_errors(told), None)
    if problem:
        raise ValueError(f"metadata: {problem.json_path} breaks the rule {problem.validator!r}")
    return told


def _attachment(identifier: str, document: Document) -> dict[str, Any]:
    return {
        "attachmentId": identifier,
        "purpose": "attachment" if document.upload else "form",
        "filename": document.name,
        "mimeType": document.content_type,
        "hash": _hash(document.content),
    }


def _hash(content: bytes) -> dict[str, str]:
    return {"type": "sha512", "content": hashlib.sha512(content).hexdigest()}


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_SCHEMA.read_text()), format_checker=FormatChecker())
