"""What ends the parts of the stack when the stack itself was killed and could not."""

import subprocess
from pathlib import Path

GRACE_SECONDS = 2
# Reads process groups, a line each. When there will be no more, because the stack is gone, it ends what is left of
# them: they have been told to end (`Part`), but the web server may miss that while it starts.
WATCH = f'while read -r group; do groups="$groups -$group"; done; sleep {GRACE_SECONDS}; kill -KILL $groups'


class Lifeline:
    """Held by the stack as long as it lives; belongs to a process that survives it by a moment."""

    def __init__(self) -> None:
        self._watcher = subprocess.Popen(
            ["sh", "-c", WATCH],
            cwd=Path("/"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def hold(self, group: int) -> None:
        """This process group ends with the stack."""
        assert self._watcher.stdin is not None  # we asked for a pipe
        self._watcher.stdin.write(f"{group}\n".encode())
        self._watcher.stdin.flush()

    def let_go(self) -> None:
        """The stack has ended all parts itself."""
        self._watcher.kill()
        self._watcher.communicate()
