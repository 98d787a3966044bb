"""Receive mail and serve the site until the process is told to end."""

import argparse
from pathlib import Path

from config.local import pages, sample
from config.local.fit_connect.site import Destination, FitConnect, blueprint
from config.local.inbox import post
from config.local.inbox.mailbox import Mailbox
from config.local.inbox.site import make_app


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fit-connect", type=Path, required=True, help="directory of FIT-Connect's stand-in")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--smtp-port", type=int, help="without it no mail is received")
    parser.add_argument("--portal", required=True, help="such as http://localhost:8000")
    parser.add_argument("--sample", type=Path, default=sample.FILE)
    given = parser.parse_args()
    mailbox = Mailbox(given.data.resolve())
    if given.smtp_port:
        post.start(mailbox, given.smtp_port)
    known = sample.load(given.sample)
    app = make_app(mailbox, known, given.portal)
    destination = Destination(known.fit_connect.destination, known.fit_connect.leika)
    app.register_blueprint(blueprint(FitConnect(given.fit_connect.resolve(), destination)))
    pages.serve(app, given.port)


if __name__ == "__main__":
    main()
