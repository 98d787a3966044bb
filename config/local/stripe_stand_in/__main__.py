"""Serve the stand-in until the process is told to end."""

import argparse
from pathlib import Path

from config.local import pages, sample
from config.local.stripe_stand_in.server import Configuration, make_app
from config.local.stripe_stand_in.webhooks import Receiver


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api-key", required=True)
    parser.add_argument("--webhook", required=True, help="address that receives the events")
    parser.add_argument("--webhook-host", required=True, help="Host header for it")
    parser.add_argument("--webhook-secret", required=True)
    parser.add_argument("--bank-seconds", type=float, default=10.0, help="until a direct debit is decided")
    parser.add_argument("--sample", type=Path, default=sample.FILE)
    given = parser.parse_args()
    configuration = Configuration(
        data=given.data.resolve(),
        port=given.port,
        api_key=given.api_key,
        receiver=Receiver(given.webhook, given.webhook_host, given.webhook_secret),
        bank_seconds=given.bank_seconds,
    )
    pages.serve(make_app(configuration, sample.load(given.sample)), given.port)


if __name__ == "__main__":
    main()
