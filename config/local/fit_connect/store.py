"""What the delivery service has, in one SQLite file."""

import json
import sqlite3
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS submission (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    announced TEXT NOT NULL,   -- JSON: destination, attachments, service
    state TEXT NOT NULL,       -- created, submitted, accepted, rejected
    metadata TEXT NOT NULL,    -- JWE
    data TEXT NOT NULL,        -- JWE
    at REAL NOT NULL           -- seconds since 1970
);
CREATE TABLE IF NOT EXISTS attachment (
    submission TEXT NOT NULL, id TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (submission, id)
);
CREATE TABLE IF NOT EXISTS event (number INTEGER PRIMARY KEY, case_id TEXT NOT NULL, token TEXT NOT NULL);
"""


@dataclass
class Submission:
    """One submission, still encrypted."""

    id: str
    case_id: str
    announced: dict[str, Any]
    state: str
    metadata: str
    data: str
    at: float
    attachments: dict[str, str]  # id: JWE


class Store:
    """One request after the other."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(TABLES)

    def announce(self, told: dict[str, Any]) -> Submission:
        """A new submission in a new case."""
        identifier, case = str(uuid.uuid4()), str(uuid.uuid4())
        self._do(
            "INSERT INTO submission VALUES (?, ?, ?, 'created', '', '', ?)",
            identifier,
            case,
            json.dumps(told),
            time.time(),
        )
        return self.get(identifier)

    def get(self, identifier: str) -> Submission:
        """Raises KeyError."""
        rows = self._do("SELECT * FROM submission WHERE id = ?", identifier)
        if not rows:
            raise KeyError(identifier)
        return self._read(rows[0])

    def all(self) -> list[Submission]:
        """What was submitted, the newest first."""
        rows = self._do("SELECT * FROM submission WHERE state != 'created' ORDER BY at DESC, id")
        return [self._read(row) for row in rows]

    def count(self) -> int:
        """How many were announced."""
        [(number,)] = self._do("SELECT count(*) FROM submission")
        return int(number)

    def put(self, submission: str, attachment: str, content: str) -> None:
        self._do("INSERT OR REPLACE INTO attachment VALUES (?, ?, ?)", submission, attachment, content)

    def submit(self, submission: str, metadata: str, data: str) -> bool:
        """False if it was submitted before."""
        return self._change(
            "UPDATE submission SET state = 'submitted', metadata = ?, data = ?, at = ? "
            "WHERE id = ? AND state = 'created'",
            (metadata, data, time.time(), submission),
        )

    def decide(self, submission: str, state: str) -> bool:
        """Accepted or rejected; only the first time counts."""
        return self._change("UPDATE submission SET state = ? WHERE id = ? AND state = 'submitted'", (state, submission))

    def forget(self, submission: str) -> None:
        self._do("DELETE FROM submission WHERE id = ?", submission)

    def add_event(self, case: str, token: str) -> None:
        self._do("INSERT INTO event (case_id, token) VALUES (?, ?)", case, token)

    def events(self, case: str) -> list[str]:
        """Signed tokens, the oldest first."""
        return [token for (token,) in self._do("SELECT token FROM event WHERE case_id = ? ORDER BY number", case)]

    def _read(self, row: Any) -> Submission:
        found = dict(self._do("SELECT id, content FROM attachment WHERE submission = ?", row[0]))
        identifier, case, announced, state, metadata, data, at = row
        return Submission(identifier, case, json.loads(announced), state, metadata, data, at, found)

    def _change(self, statement: str, values: tuple[Any, ...]) -> bool:
        with self._lock:
            return self._connection.execute(statement, values).rowcount == 1

    def _do(self, statement: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()
