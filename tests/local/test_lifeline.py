"""When the stack is killed, even what does not listen ends."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from config.local.configuration import ROOT
from config.local.lifeline import GRACE_SECONDS, Lifeline

# A stack with one part, which does not listen when it is told to end; prints the part's process group.
STACK = """
import subprocess, sys, time
from config.local.lifeline import Lifeline
part = subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 60 & wait"], start_new_session=True)
lifeline = Lifeline()
lifeline.hold(part.pid)
print(part.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def deaf_part() -> Iterator[subprocess.Popen[bytes]]:
    part = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield part
    part.kill()
    part.wait()


def is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_part_that_does_not_listen_ends_soon_after_the_stack_was_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STACK], cwd=ROOT, stdout=subprocess.PIPE, text=True) as stack:
        assert stack.stdout
        group = int(stack.stdout.readline())
        before = is_there(group)
        stack.kill()
    deadline = time.monotonic() + GRACE_SECONDS + 10
    while is_there(group) and time.monotonic() < deadline:
        time.sleep(0.1)
    after = is_there(group)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)

    assert (before, after) == (True, False)


def test_a_stack_that_has_stopped_in_order_ends_nothing_later(deaf_part: subprocess.Popen[bytes]) -> None:
    lifeline = Lifeline()
    lifeline.hold(deaf_part.pid)

    lifeline.let_go()
    time.sleep(GRACE_SECONDS + 0.5)

    assert deaf_part.poll() is None
