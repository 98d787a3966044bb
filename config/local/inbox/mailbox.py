"""Mails as files: one `.eml` each, named so that they sort by arrival."""

import email
import email.policy
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail."""

    name: str
    type: str  # such as application/pdf
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One mail as somebody reads it."""

    id: str
    received_at: datetime
    sender: str
    recipients: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]


class Mailbox:
    """A directory of mails."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, content: bytes) -> str:
        """Keep a mail; it appears whole or not at all. Returns its id."""
        identifier = f"{time.time_ns():020d}-{secrets.token_hex(3)}"
        unfinished = self.directory / f".{identifier}"
        unfinished.write_bytes(content)
        unfinished.rename(self.directory / f"{identifier}.eml")
        return identifier

    def all(self) -> list[Mail]:
        """All mails, the newest first."""
        return [_read(file) for file in sorted(self.directory.glob("*.eml"), reverse=True)]

    def get(self, identifier: str) -> Mail | None:
        """One mail."""
        file = next((file for file in self.directory.glob("*.eml") if file.stem == identifier), None)
        return _read(file) if file else None

    def clear(self) -> None:
        """Throw all mails away."""
        for file in self.directory.glob("*.eml"):
            file.unlink(missing_ok=True)


def _read(file: Path) -> Mail:
    parsed: EmailMessage = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    nanoseconds = int(file.stem.partition("-")[0])
    return Mail(
        id=file.stem,
        received_at=datetime.fromtimestamp(nanoseconds / 1e9, UTC),
        sender=str(parsed.get("From", "")),
        recipients=str(parsed.get("To", "")),
        subject=str(parsed.get("Subject", "")) or "(ohne Betreff)",
        text=_part(parsed, "plain"),
        html=_part(parsed, "html"),
        attachments=tuple(_attachment(part) for part in parsed.iter_attachments()),
    )


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""


def _attachment(part: EmailMessage) -> Attachment:
    content = part.get_payload(decode=True)
    return Attachment(
        name=part.get_filename("anhang"),
        type=part.get_content_type(),
        content=content if isinstance(content, bytes) else part.as_bytes(),
    )
