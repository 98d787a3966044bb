"""Asks many towns at once while all kinds of things go wrong, and counts answers from the wrong town or person."""

import http.client
import itertools
import json
import random
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.load.hammer_urls import MISHAPS
from tests.load.scratch import Person

CLIENTS = 16
TIMEOUT = 60


@dataclass
class Found:
    """What came back."""

    requests: int = 0
    checked: int = 0  # answers that say who and where
    wrong: int = 0
    by_status: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Hammer:
    """The clients. `database` is the name that begins the roles of its towns, or None where there are none."""

    def __init__(self, port: int, people: Mapping[str, list[Person]], database: str | None) -> None:
        self.port = port
        self.people = people
        self.database = database
        self.found = Found()
        self._lock = threading.Lock()
        self._numbers = itertools.count()

    def strike(self, requests: int) -> Found:
        """Send so many requests from many threads."""
        begun = time.perf_counter()
        clients = [threading.Thread(target=self._client, args=(number, requests)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.found.requests = requests
        self.found.seconds = round(time.perf_counter() - begun, 1)
        return self.found

    def _client(self, seed: int, requests: int) -> None:
        dice = random.Random(seed)  # noqa: S311 -- no secret
        towns = sorted(self.people)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        while next(self._numbers) < requests:
            town, other = dice.choice(towns), dice.choice(towns)
            whose = dice.choice([town, town, other])  # the cookie may be one of another town
            person = dice.choice([None, *self.people[whose]])
            kind = dice.randrange(-2, len(MISHAPS))
            path = f"/chaos/?kind={kind}&other={other}" if kind >= 0 else "/wer/"
            headers = {"Host": f"{town}.localhost"}
            if person:
                headers["Cookie"] = f"session={person.session}"
            if dice.random() < 0.1:
                self._leave_half_way(path, headers, dice.random() / 20)
                continue
            try:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException) as problem:
                connection.close()
                self._count(type(problem).__name__)
                continue
            self._count(str(answer.status))
            if answer.status == 200:
                self._check(town, person if whose == town else None, json.loads(body), path)
        connection.close()

    def _leave_half_way(self, path: str, headers: Mapping[str, str], seconds: float) -> None:
        """Somebody closes the browser while we work."""
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT) as client:
            client.sendall("\r\n".join(lines).encode())
            time.sleep(seconds)
        self._count("left half way")

    def _count(self, status: str) -> None:
        with self._lock:
            self.found.by_status[status] = self.found.by_status.get(status, 0) + 1

    def _check(self, town: str, person: Person | None, told: dict[str, Any], path: str) -> None:
        schema = town.replace("-", "_")
        logins = sorted(one.login for one in self.people[town])
        expected = {
            "middleware": town,
            "schema": schema,
            "role": f"{self.database}.{schema}" if self.database else told["role"],
            "people": logins,
            "person": person.login if person else None,
        }
        is_right = told == expected | dict.fromkeys(("raw", "orm"), self.people[town][0].login)
        with self._lock:
            self.found.checked += 1
            if not is_right:
                self.found.wrong += 1
                if len(self.found.examples) < 3:
                    self.found.examples.append(f"{town} {path}: {told}")
