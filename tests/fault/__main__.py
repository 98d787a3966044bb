"""Drive payments through the whole product while everything goes wrong, then count every euro.

    .venv/bin/python -m tests.fault --payments 3000 --seed 1

Ends with 0 only if what was paid at the provider was handed in here and stands in the ledger, for every single one,
without anybody's help. The same seed draws the same people and the same accidents; when they meet is up to the machine.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from config.local.configuration import Ports
from config.local.stack import PORTAL, Stack
from tests.fault.accidents import Saboteur, storm
from tests.fault.people import Crowd
from tests.fault.towns import Towns

PARTS = frozenset({"database", "stripe"}) | PORTAL
BANK_SECONDS = 3.0


def main() -> int:
    """Read the command line, run, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--payments", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kill-every", type=float, default=20.0, help="seconds, at most; 0 kills nothing")
    wanted = parser.parse_args()
    given = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    given |= {"EMAIL_URL": "dummymail://", "OIDC_ISSUER": "http://localhost:1", "OIDC_RP_CLIENT_ID": "nobody"}
    given["OIDC_RP_CLIENT_SECRET"] = "nothing"
    given["LOG_LEVEL"] = "ERROR"
    with tempfile.TemporaryDirectory(prefix="stadttor-fault-") as folder:
        # Not `fast`: what was committed must outlive the database's crash, as in production.
        stack = Stack(Path(folder), ports=Ports.free(), parts=PARTS, given=given, bank_seconds=BANK_SECONDS, say=say)
        try:
            with stack:
                return run(stack, payments=wanted.payments, seed=wanted.seed, kill_every=wanted.kill_every)
        finally:
            stack.database.remove()  # its data may lie elsewhere


def run(stack: Stack, *, payments: int, seed: int, kill_every: float) -> int:
    """People pay in a storm; then it calms down, time passes, and everything is counted."""
    say(f"Seed {seed}, {payments} Zahlungen")
    towns = Towns(stack)
    orders = towns.take_orders(payments)
    storm(stack, seed=seed, strength=1.0)
    saboteur = Saboteur(stack, seed=seed, every=kill_every)
    with saboteur:
        crowd = Crowd(stack, orders, seed=seed)
        crowd.pay()
        say(f"Bezahlt wurde: {crowd.tally()}")
        refunds = towns.release_refunds(share=0.1, seed=seed)
        say(f"Erstattungen freigegeben: {refunds}")
        crowd.take_back(share=0.03)
        saboteur.stop_killing()
        say(f"Unterwegs getötet: {saboteur.tally()}")
        storm(stack, seed=seed, strength=0.0)
        towns.let_time_pass()
        problems = towns.count(forged=crowd.forged_but_taken)
    for problem in problems[:20]:
        say(f"FALSCH: {problem}")
    say(towns.summary)
    say(f"Seed {seed}: {'alles stimmt' if not problems else f'{len(problems)} Fehler'}")
    return 1 if problems else 0


def say(line: str) -> None:
    """For whoever watches."""
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
