"""The whole local stack: starts its parts in order, watches them, and stops them all."""

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from config.local import installation, payment_service, preparation, registration
from config.local.configuration import ROOT, OwnServers, Ports
from config.local.fit_connect import site as fit_connect
from config.local.lifeline import Lifeline
from config.local.part import STOP_SECONDS, Part, accepts_connections, answers_http
from config.local.postgres import PostgresServer
from config.local.problems import LocalProblem
from config.local.signals import held_back

Environment = dict[str, str]

SERVICES = frozenset({"identity", "stripe", "inbox"})
PORTAL = frozenset({"web", "worker"})
EVERYTHING = frozenset({"database"}) | SERVICES | PORTAL
WEB_THREADS = 2
# The variables that name servers and addresses, or begin so.
NAMES_OF_SERVERS = (
    "BASE_URL",
    "CLAMAV_URL",
    "DATABASE_URL",
    "EMAIL_URL",
    "FILE_",
    "FIT_CONNECT_",
    "LOCAL",
    "MEDIA_ROOT",
    "OIDC_",
    "PG_BIN",
    "SECRET_KEY",
    "STATIC_ROOT",
    "STRIPE_",
    "XBEZAHLDIENSTE",
)


class Stack:
    """All servers of one installation, with their data below `data`.

    Used as a context manager it starts on entering and stops on leaving. `environment` is what Django needs
    to use them; it is complete once the stack has started.
    """

    def __init__(
        self,
        data: Path,
        *,
        ports: Ports,
        parts: frozenset[str] = EVERYTHING,
        given: Mapping[str, str] = os.environ,
        fast: bool = False,
        bank_seconds: float = 10.0,
        say: Callable[[str], None] = lambda _line: None,
    ) -> None:
        """`given` may name real servers instead of ours; `fast` is for tests; `say` gets progress in German.

        Raises LocalProblem if what is given does not fit together.
        """
        self.data = data
        self.ports = ports
        self.portal = f"http://localhost:{ports.web}"
        self.own = OwnServers.from_environment(given)
        self.wanted = parts
        self.given = dict(given)
        self.bank_seconds = bank_seconds
        self.say = say
        self.database = PostgresServer(data / "postgres", fast=fast)
        self.parts: list[Part] = []
        self.environment: Environment = {}
        self._lock: IO[str] | None = None
        self._lifeline: Lifeline | None = None

    def __enter__(self) -> "Stack":
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()
        if self.database.fast and not self.database.home.is_relative_to(self.data):
            self.database.remove()  # tests delete their own directory, but do not know of this one

    # --- Starting and stopping -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start all parts and wait until they answer. Raises LocalProblem and leaves nothing running then."""
        try:
            installation.make_directory(self.data)
            self._lock = installation.take_lock(self.data)
            self.ports.check_free(self._ports_to_open())
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all parts, the portal first. Takes a few seconds at most."""
        with held_back(forget=True):
            deadline = time.monotonic() + STOP_SECONDS
            for part in reversed(self.parts):
                part.ask_to_stop()
            for part in reversed(self.parts):
                part.make_sure_it_stopped(deadline)
            self.parts.clear()
            if self._lifeline:
                self._lifeline.let_go()
                self._lifeline = None
            self.database.stop()
            if self._lock:
                self._lock.close()
                self._lock = None

    def part(self, module: str) -> Part:
        """The part that runs this program, such as `granian` or `identity_provider`."""
        return next(part for part in self.parts if any(module in word for word in part.command))

    def start_again(self, part: Part) -> None:
        """Start a part that has ended, and wait until it answers. Raises LocalProblem."""
        part.start(self._lifeline)
        part.wait_until_ready()

    def watch(self) -> None:
        """Return only when a part ends by itself, by raising LocalProblem."""
        while True:
            for part in self.parts:
                if not part.is_alive():
                    raise LocalProblem(f"{part.label} hat aufgehört: Das Protokoll steht in {part.log}.")
            if self._starts("database") and not self.database.is_running():
                log = self.database.home / "server.log"
                raise LocalProblem(f"Die Datenbank hat aufgehört: Das Protokoll steht in {log}.")
            time.sleep(0.5)

    def start_database(self) -> Environment:
        """Start the database only, for a management command. Returns the environment for Django.

        If the stack runs already, this is the environment it runs with.
        """
        installation.make_directory(self.data)
        remembered = self.data / "environment.json"
        if installation.is_running(self.data) and remembered.exists():
            started_with: Environment = json.loads(remembered.read_text())
            self.environment = self.given | started_with
        else:
            self.environment = self._environment()
        if self.environment["DATABASE_URL"] == self.database.dsn:
            self.database.start()
        return self.environment

    def _start(self) -> None:
        if self._starts("database"):
            self.say("Starte die Datenbank")
            with held_back():
                self.database.start()
        services = self._services()
        if services:
            self.say("Starte Anmeldung, Zahlung und Postfach")
            self._launch(services)
        self.environment = self._environment()
        self._remember_environment()
        if self.wanted >= PORTAL:
            log = self.data / "log" / "preparation.log"
            preparation.prepare_database(self.environment, log, self.say, has_own_identity=self.own.identity)
            preparation.collect_static_files(self.environment, self.data / "static.stamp", log, self.say)
            self.say("Starte das Portal")
            shutil.rmtree(self.data / "metrics", ignore_errors=True)  # what processes of earlier have counted
            self._launch(self._portal())

    def _launch(self, parts: list[Part]) -> None:
        self._lifeline = self._lifeline or Lifeline()
        for part in parts:
            self.parts.append(part)
            with held_back():
                part.start(self._lifeline)
        for part in parts:
            part.wait_until_ready()

    # --- What is started -----------------------------------------------------------------------------------

    def _starts(self, name: str) -> bool:
        return name in self.wanted and not getattr(self.own, name, False)

    def _ports_to_open(self) -> list[str]:
        names = [name for name in ("web", "identity", "inbox", "stripe") if self._starts(name)]
        return [*names, "smtp"] if "inbox" in names and not self.own.mail else names

    def _services(self) -> list[Part]:
        makers = {"identity": self._identity_provider, "stripe": self._stripe, "inbox": self._inbox}
        return [make() for name, make in makers.items() if self._starts(name)]

    def _identity_provider(self) -> Part:
        arguments = ["--data", str(self.data / "identity"), "--port", str(self.ports.identity)]
        arguments += ["--portal", self.portal]
        path = "/.well-known/openid-configuration"
        host = f"localhost:{self.ports.identity}"
        return self._service(
            "Die Anmeldung",
            "identity_provider",
            arguments,
            lambda: answers_http(self.ports.identity, path, host),
        )

    def _stripe(self) -> Part:
        arguments = ["--data", str(self.data / "stripe"), "--port", str(self.ports.stripe)]
        arguments += ["--api-key", installation.kept_secret(self.data, "stripe-key", "sk_test_")]
        arguments += ["--webhook", f"http://127.0.0.1:{self.ports.web}/webhooks/stripe/"]
        arguments += ["--webhook-host", f"betrieb.localhost:{self.ports.web}"]
        arguments += ["--webhook-secret", installation.kept_secret(self.data, "stripe-webhook-secret", "whsec_")]
        arguments += ["--bank-seconds", str(self.bank_seconds)]
        return self._service(
            "Die Zahlung",
            "stripe_stand_in",
            arguments,
            lambda: answers_http(self.ports.stripe, "/_probe/ready"),
        )

    def _inbox(self) -> Part:
        arguments = ["--data", str(self.data / "mail"), "--port", str(self.ports.inbox), "--portal", self.portal]
        arguments += ["--fit-connect", str(self.data / "fit-connect")]
        if not self.own.mail:
            arguments += ["--smtp-port", str(self.ports.smtp)]

        def is_ready() -> bool:
            receives = self.own.mail or accepts_connections(self.ports.smtp)
            return receives and answers_http(self.ports.inbox, "/api/mails")

        return self._service("Das Postfach", "inbox", arguments, is_ready)

    def _service(self, label: str, module: str, arguments: list[str], is_ready: Callable[[], bool]) -> Part:
        command = [sys.executable, "-m", f"config.local.{module}", *arguments]
        return Part(label, command, self.data / "log" / f"{module}.log", is_ready)

    def _portal(self) -> list[Part]:
        log = self.data / "log"
        server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        server += ["--port", str(self.ports.web), "--workers", "2", "--blocking-threads", str(WEB_THREADS)]
        worker = [sys.executable, str(ROOT / "manage.py"), "procrastinate", "worker"]
        host = f"betrieb.localhost:{self.ports.web}"
        web = Part(
            "Der Webserver",
            [*server, "config.wsgi:application"],
            log / "web.log",
            lambda: answers_http(self.ports.web, "/", host),
            self.environment,
        )
        jobs = Part(
            "Der Dienst für Aufträge im Hintergrund",
            [*worker, "--fetch-job-polling-interval", "0.5"],
            log / "worker.log",
            lambda: True,
            self.environment,
        )
        return [web, jobs]

    # --- The environment of Django -------------------------------------------------------------------------

    def _environment(self) -> Environment:
        environment = self.given | {
            "LOCAL": "1",
            "BASE_URL": self.portal,
            "SECRET_KEY": installation.kept_secret(self.data, "secret-key"),
            "FILE_KEYS": self.given.get("FILE_KEYS") or installation.kept_key(self.data, "file-key"),
            "MEDIA_ROOT": str(self.data / "media"),
            "STATIC_ROOT": str(self.data / "static"),
            "PROMETHEUS_MULTIPROC_DIR": str(self.data / "metrics"),
        }
        if not self.own.database:
            environment["DATABASE_URL"] = self.database.dsn
            environment["PG_BIN"] = str(self.database.programs)
        if not self.own.identity:
            environment |= self._identity_environment()
        if not self.own.stripe:
            environment |= {
                "STRIPE_SECRET_KEY": installation.kept_secret(self.data, "stripe-key", "sk_test_"),
                "STRIPE_WEBHOOK_SECRET": installation.kept_secret(self.data, "stripe-webhook-secret", "whsec_"),
                "STRIPE_API_BASE": f"http://localhost:{self.ports.stripe}",
                "STRIPE_PAGES": f"http://localhost:{self.ports.stripe}",
                "XBEZAHLDIENSTE": json.dumps([payment_service.entry(f"http://localhost:{self.ports.stripe}")]),
            }
        environment.setdefault("HANDOVER_NETWORKS", "127.0.0.0/8,::1/128")  # a program on this machine may be told
        if not environment.get("FIT_CONNECT_URL"):
            environment |= fit_connect.environment(f"http://localhost:{self.ports.inbox}")
        if not self.own.mail:
            environment["EMAIL_URL"] = f"smtp://127.0.0.1:{self.ports.smtp}"
        return environment

    def _identity_environment(self) -> Environment:
        found = registration.read(self.data / "identity")
        environment = {
            "OIDC_ISSUER": f"http://localhost:{self.ports.identity}",
            "OIDC_ACCOUNT_NAME": "Probe-Konto",
        }
        if found:
            environment |= {
                "OIDC_RP_CLIENT_ID": found.client_id,
                "OIDC_RP_CLIENT_SECRET": found.client_secret,
                "OIDC_REGISTRATION_URL": found.management_url,
                "OIDC_REGISTRATION_TOKEN": found.management_token,
            }
        return environment

    def _remember_environment(self) -> None:
        """For `./run manage`, which must speak to the same servers."""
        servers = {name: value for name, value in self.environment.items() if name.startswith(NAMES_OF_SERVERS)}
        installation.write_private(self.data / "environment.json", json.dumps(servers))
