"""All towns migrate as one: `public` first, then the template, then every town, those that go ahead first.

Nothing is remembered but in the database: a run that was killed goes on where it stopped.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Lock

from django.core.management import call_command
from django.db import DataError, OperationalError, ProgrammingError, connection
from django.db.migrations import Migration
from django.db.models import Max

from tenants.context import as_owner, at_operator
from tenants.fleet import server
from tenants.fleet.blueprint import make_blueprint
from tenants.fleet.expansion import refuse_breaking
from tenants.fleet.levels import Key, migrations_of_towns, shipped
from tenants.fleet.patience import LOCK_SECONDS, is_lock, patiently
from tenants.fleet.replay import Replayer
from tenants.fleet.template import migrate_template, refuse_non_atomic
from tenants.models import Blueprint, MigrationStep, Town

Say = Callable[[str], None]
SECONDS_BETWEEN_LINES = 2.0


class UnknownTown(Exception):
    """There is no town with this short name."""


class AlreadyRunning(Exception):
    """Another run is migrating these towns."""


class SharedTablesInUse(Exception):
    """Somebody has held a table of `public` for more than half a minute; nothing of the migration is left."""


@dataclass(frozen=True)
class Plan:
    """What is to do."""

    in_public: tuple[Key, ...]  # migrations, in their order
    in_template: tuple[Key, ...]
    behind: int  # how many towns have not seen all steps that are there
    towns: int  # how many there are
    needs_blueprint: bool

    @property
    def is_empty(self) -> bool:
        """Whether all is as this version needs it."""
        return not (self.in_public or self.in_template or self.behind or self.needs_blueprint)


@dataclass
class Report:
    """What was done."""

    towns: int = 0
    steps: int = 0  # new ones
    seconds: float = 0.0
    retries: int = 0  # because a lock was not to be had
    slowest: tuple[str, float] = ("", 0.0)  # town and its seconds
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, town: Town, seconds: float) -> None:
        """A town is done."""
        with self._lock:
            self.towns += 1
            self.slowest = max(self.slowest, (town.slug, seconds), key=lambda one: one[1])

    def add_retries(self, retries: int) -> None:
        """So often somebody else went first."""
        with self._lock:
            self.retries += retries


# --- What is to do ---------------------------------------------------------------------------------------------


def plan() -> Plan:
    """What is to do, with one question to the database."""
    try:
        with at_operator(), connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT (SELECT array_agg(app || '.' || name) FROM django_migrations),
                    (SELECT array_agg(app || '.' || name) FROM tenants_migrationstep),
                    (SELECT count(*) FROM tenants_town
                        WHERE level < (SELECT max(level) FROM tenants_migrationstep)),
                    (SELECT count(*) FROM tenants_town),
                    (SELECT max(level) FROM tenants_migrationstep)
                        IS DISTINCT FROM (SELECT max(level) FROM tenants_blueprint)
                """
            )
            in_public, in_template, behind, towns, needs_blueprint = cursor.fetchone()
    except (DataError, ProgrammingError):  # nobody has migrated anything yet: there is no role, or no such table
        return Plan(_lacking(_all_migrations(), _applied_in_public()), migrations_of_towns(), 0, 0, True)
    return Plan(
        in_public=_lacking(_all_migrations(), in_public),
        in_template=_lacking(migrations_of_towns(), in_template),
        behind=behind,
        towns=towns,
        needs_blueprint=needs_blueprint,
    )


def pending_migrations(todo: Plan) -> list[Migration]:
    """The migrations of a plan, in their order."""
    keys = frozenset((*todo.in_public, *todo.in_template))
    nodes = shipped().graph.nodes
    return [migration for key in _all_migrations() if key in keys and (migration := nodes[key])]


def refuse_dangerous(todo: Plan) -> None:
    """Raises MigrationRefused if something of the plan could stop half way, or would break code that still runs."""
    for migration in pending_migrations(todo):
        if migration.app_label in {app for app, _name in todo.in_template}:
            refuse_non_atomic(migration)
        if todo.towns:  # before the first one nothing runs
            refuse_breaking(migration)


def _lacking(wanted: Iterable[Key], there: Iterable[str] | None) -> tuple[Key, ...]:
    seen = set(there or ())
    return tuple(key for key in wanted if ".".join(key) not in seen)


def _all_migrations() -> tuple[Key, ...]:
    """Everything that `public` records: Django notes the migrations of all apps there."""
    graph = shipped().graph
    return tuple(dict.fromkeys(key for leaf in graph.leaf_nodes() for key in graph.forwards_plan(leaf)))


def _applied_in_public() -> list[str]:
    with as_owner(), connection.cursor() as cursor:  # the only one who is there before the first migration
        cursor.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return []
        cursor.execute("SELECT app || '.' || name FROM public.django_migrations")
        return [name for (name,) in cursor.fetchall()]


# --- Doing it ----------------------------------------------------------------------------------------------------


def upgrade(*, jobs: int, canaries: Iterable[str], say: Say) -> Report:
    """Bring `public`, the template, the blueprint and all towns to this version, `jobs` towns at once.

    `canaries` are short names of towns that go ahead, besides those that always do; the others follow when all of
    them have done it. Raises UnknownTown, AlreadyRunning, SharedTablesInUse, TownFailed, MigrationRefused, NoProgram.
    """
    began = time.monotonic()
    report = Report()
    ahead = frozenset(canaries)
    with _only_once():
        todo = plan()
        refuse_dangerous(todo)
        if todo.towns:
            _refuse_unknown(ahead)
        if todo.in_public:
            say(f"Gemeinsame Tabellen: {_count(len(todo.in_public), 'Migration', 'Migrationen')}")
            _migrate_public(report)
        if todo.in_template:
            migrate_template(lambda name: say(f"Vorlage: {name}"))
            report.steps = len(todo.in_template)
        steps = list(MigrationStep.objects.order_by("level"))
        if steps[-1].level != (Blueprint.objects.aggregate(last=Max("level"))["last"] or 0):
            say("Vorlage: Skript für neue Städte")
            make_blueprint(steps[-1].level)
        _bring_up_all(steps, jobs, ahead, report, say)
    report.seconds = time.monotonic() - began
    return report


def _refuse_unknown(slugs: frozenset[str]) -> None:
    if slugs and (unknown := slugs - set(Town.objects.values_list("slug", flat=True))):
        raise UnknownTown(min(unknown))


def _migrate_public(report: Report) -> None:
    """The tables that all towns share. Raises SharedTablesInUse."""

    def migrate() -> None:
        with connection.cursor() as cursor:  # holds until the connection is closed, which the command does at its end
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_SECONDS}s"])
        call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)

    try:
        patiently(migrate, again=lambda: report.add_retries(1))
    except OperationalError as error:
        if not is_lock(error):
            raise
        raise SharedTablesInUse from error
    finally:
        connection.close()


def _bring_up_all(steps: list[MigrationStep], jobs: int, canaries: frozenset[str], report: Report, say: Say) -> None:
    level = steps[-1].level
    behind = list(Town.objects.filter(level__lt=level).order_by("pk"))
    ahead = [town for town in behind if town.is_canary or town.slug in canaries]
    if ahead:
        say(f"Zuerst: {', '.join(town.slug for town in ahead)}")
        _bring_up(ahead, steps, jobs, report, say)
    others = [town for town in behind if town not in ahead]
    while others:  # towns that were made meanwhile from the blueprint of before are behind, too
        _bring_up(others, steps, jobs, report, say)
        others = list(Town.objects.filter(level__lt=level).order_by("pk"))


def _bring_up(towns: list[Town], steps: list[MigrationStep], jobs: int, report: Report, say: Say) -> None:
    """Several at once. After the first that fails no other begins; its TownFailed is raised when all have ended."""
    waiting: SimpleQueue[Town] = SimpleQueue()
    for town in towns:
        waiting.put(town)
    stop = Event()
    done_before = report.towns

    def work() -> None:
        replayer = Replayer(steps)
        try:
            while not stop.is_set() and not waiting.empty():
                town = waiting.get_nowait()
                began = time.monotonic()
                replayer.bring_up(town)
                report.add(town, time.monotonic() - began)
        except Empty:
            pass  # another one was quicker
        except BaseException:
            stop.set()
            raise
        finally:
            report.add_retries(replayer.retries)
            replayer.close()

    def tell() -> None:
        say(f"{report.towns - done_before} von {_count(len(towns), 'Stadt', 'Städten')}")

    with ThreadPoolExecutor(jobs, thread_name_prefix="migrate-towns") as pool:
        running = [pool.submit(work) for _job in range(min(jobs, len(towns)))]
        try:
            while wait(running, timeout=SECONDS_BETWEEN_LINES).not_done:
                tell()
        except BaseException:  # somebody presses Ctrl-C
            stop.set()
            raise
    tell()
    for one in running:
        one.result()


@contextmanager
def _only_once() -> Iterator[None]:
    """One run at a time, known to the database by an open transaction. Raises AlreadyRunning."""
    with server.connect() as guard, guard.transaction():
        guard.execute("SELECT set_config('idle_in_transaction_session_timeout', '0', true)")
        row = guard.execute("SELECT pg_try_advisory_xact_lock(hashtext('stadttor.migrate_towns'))").fetchone()
        if not (row and row[0]):
            raise AlreadyRunning
        yield


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
