"""What can go wrong on somebody's machine, said in one German sentence."""

import errno

FULL_DISK = "Die Festplatte ist voll: Bitte schaffen Sie etwas Platz und starten Sie dann noch einmal."


class LocalProblem(Exception):
    """The stack cannot go on, and the person at the terminal can mend it. The text is one German sentence."""


def explain(error: OSError) -> LocalProblem:
    """The sentence for what the operating system refused."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return LocalProblem(FULL_DISK)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return LocalProblem(
            f"Hier darf nicht geschrieben werden{where}: Bitte prüfen Sie, wem der Ordner gehört, "
            "oder nennen Sie mit STADTTOR_DATA einen anderen."
        )
    if error.errno == errno.ENOENT and error.filename:
        return LocalProblem(f"Es fehlt {error.filename}: Wenn es zu .venv gehört, löschen Sie bitte diesen Ordner.")
    return LocalProblem(f"Das Betriebssystem meldet einen Fehler{where}: {error.strerror or error}.")


def explain_output(text: str, otherwise: str) -> LocalProblem:
    """The sentence for a program that failed and printed `text`; `otherwise` if we do not know it."""
    if "No space left on device" in text or "Disk quota exceeded" in text:
        return LocalProblem(FULL_DISK)
    return LocalProblem(otherwise)
