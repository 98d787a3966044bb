"""Everything the stand-in remembers, in one SQLite file, so that a restart finds it again."""

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.local.stripe_stand_in.refusals import no_such
from config.local.stripe_stand_in.specification import Specification

PLATFORM = ""  # the account of the operator itself; connected accounts have an id

TABLES = """
CREATE TABLE IF NOT EXISTS object (
    sequence INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,     -- Stripe's name, such as checkout.session
    body TEXT NOT NULL,     -- JSON, as the API shows it
    private TEXT NOT NULL,  -- JSON, what only the stand-in knows
    due REAL,               -- seconds since 1970: when something happens to the object by itself
    UNIQUE (account, id)
);
CREATE INDEX IF NOT EXISTS object_id ON object (id);
CREATE INDEX IF NOT EXISTS object_kind ON object (account, kind);
CREATE INDEX IF NOT EXISTS object_due ON object (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS answer (
    account TEXT NOT NULL,
    key TEXT NOT NULL,      -- Idempotency-Key
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, key)
);
"""

Body = dict[str, Any]


@dataclass
class Entry:
    """One object of the API, and what only the stand-in knows of it."""

    account: str
    body: Body
    private: dict[str, Any] = field(default_factory=dict)
    due: float | None = None

    @property
    def id(self) -> str:
        """Stripe's identifier, such as `cs_test_…`."""
        return str(self.body["id"])


class Store:
    """Objects by account. Each request is one transaction, one after the other."""

    def __init__(self, file: Path, specification: Specification) -> None:
        self.specification = specification
        self.changed = threading.Event()  # set after each transaction that wrote something
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")  # only a power cut may cost the last moment
        self._connection.executescript(TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. One at a time; may be nested."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            before = self._connection.total_changes
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
            if self._connection.total_changes != before:
                self.changed.set()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def new(self, kind: str, prefix: str, account: str, **fields: Any) -> Entry:
        """A new object with an id of its own; it is kept only once it is saved."""
        body = self.specification.blank(kind)
        body |= {"id": f"{prefix}_{secrets.token_hex(12)}", "created": int(time.time()), "livemode": False}
        known = self.specification.schemas[kind]["properties"]
        return Entry(account, {name: value for name, value in body.items() if name in known} | fields)

    def save(self, entry: Entry) -> None:
        """Keep an object as it is now."""
        self._connection.execute(
            "INSERT INTO object (account, id, kind, body, private, due) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (account, id) DO UPDATE"
            " SET body = excluded.body, private = excluded.private, due = excluded.due",
            (
                entry.account,
                entry.id,
                entry.body["object"],
                json.dumps(entry.body),
                json.dumps(entry.private),
                entry.due,
            ),
        )

    def get(self, account: str, identifier: str, kind: str) -> Entry:
        """One object of one account. Raises Refused if this account has none such."""
        found = self._entries("account = ? AND id = ? AND kind = ?", account, identifier, kind)
        if not found:
            raise no_such(kind, identifier)
        return found[0]

    def find(self, account: str, identifier: str) -> Entry | None:
        """One object of one account, of whatever kind."""
        return next(iter(self._entries("account = ? AND id = ?", account, identifier)), None)

    def find_anywhere(self, identifier: str, kind: str) -> Entry | None:
        """The object with this id, whichever account it belongs to; for pages that know only the id."""
        return next(iter(self._entries("id = ? AND kind = ?", identifier, kind)), None)

    def all(self, account: str, kind: str) -> list[Entry]:
        """All objects of a kind, the newest first."""
        return self._entries("account = ? AND kind = ?", account, kind)

    def due(self, kind: str, now: float) -> list[Entry]:
        """Objects of all accounts to which something should have happened by `now`, the oldest first."""
        return self._entries("kind = ? AND due <= ?", kind, now)[::-1]

    def answered(self, account: str, key: str) -> tuple[str, int, Body] | None:
        """The request that used this idempotency key, and the status and body that answered it."""
        row = self._connection.execute(
            "SELECT request, status, body FROM answer WHERE account = ? AND key = ?", (account, key)
        ).fetchone()
        return (row[0], row[1], json.loads(row[2])) if row else None

    def keep_answer(self, account: str, key: str, request: str, status: int, body: Body) -> None:
        """Remember an answer, to repeat it for the same idempotency key."""
        values = (account, key, request, status, json.dumps(body))
        self._connection.execute("INSERT INTO answer VALUES (?, ?, ?, ?, ?)", values)

    def _entries(self, condition: str, *values: Any) -> list[Entry]:
        with self._lock:
            rows = self._connection.execute(
                f"SELECT account, body, private, due FROM object WHERE {condition} ORDER BY sequence DESC",  # noqa: S608 -- conditions stand above
                values,
            ).fetchall()
        return [Entry(account, json.loads(body), json.loads(private), due) for account, body, private, due in rows]
