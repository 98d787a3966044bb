"""What is held in memory is never older than what this process itself has changed."""

from itertools import count
from threading import Event, Thread

import pytest

from tenants.held import Held

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_changes_while_another_thread_reads_is_seen_by_the_next() -> None:
    stored = ["before"]
    reading, go_on = Event(), Event()

    def read() -> str:
        found = stored[0]
        reading.set()
        assert go_on.wait(5)
        return found

    held = Held(read, most_seconds=60)
    slow = Thread(target=held.get)
    slow.start()
    assert reading.wait(5)
    stored[0] = "after"
    held.changed()
    go_on.set()
    slow.join()

    assert held.get() == "after"


def test_it_is_read_once_while_nothing_changes() -> None:
    numbers = count(1)
    held = Held(lambda: next(numbers), most_seconds=60)

    assert [held.get(), held.get(), held.get()] == [1, 1, 1]


def test_it_is_read_again_when_it_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr("tenants.held.monotonic", lambda: moment[0])
    numbers = count(1)
    held = Held(lambda: next(numbers), most_seconds=5)

    seen = [held.get()]
    moment[0] += 5
    seen.append(held.get())
    moment[0] += 0.1
    seen.append(held.get())

    assert seen == [1, 1, 2]
