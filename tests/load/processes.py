"""How much CPU and memory the processes of a portal use, from /proc."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

CLOCK = os.sysconf("SC_CLK_TCK")


def web_processes(port: int) -> list[int]:
    """The processes of the web server at a port."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _is_web_process(entry, port):
            found.append(int(entry.name))
    return found


def _is_web_process(entry: Path, port: int) -> bool:
    """Whether a process is a granian at this port, or was started by one."""
    try:
        command = (entry / "cmdline").read_bytes().decode(errors="replace")
        parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
        parent_command = Path(f"/proc/{parent}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False
    return any("granian" in one and f"\0{port}\0" in one for one in (command, parent_command))


def database_processes(database: str) -> list[int]:
    """Those of PostgreSQL that serve a connection to this database."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if command.startswith("postgres:") and f" {database} " in command:
                found.append(int(entry.name))
    return found


def cpu_seconds(processes: Iterable[int]) -> float:
    """CPU that they have used so far."""
    total = 0
    for process in processes:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / CLOCK


def resident_megabytes(process: int) -> float:
    """Memory that it holds."""
    status = Path(f"/proc/{process}/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(match[1]) / 1024 if match else 0
