"""The mail server: takes whatever the portal hands it (SMTP)."""

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.local.inbox.mailbox import Mailbox

LARGEST_MAIL = 50 * 1024 * 1024  # bytes


class _Handler:
    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        self.mailbox.put(envelope.original_content or b"")
        return "250 Message accepted"


def start(mailbox: Mailbox, port: int) -> Controller:
    """Receive mail on this machine only, in a thread of its own, until `stop()` is called."""
    controller = Controller(
        _Handler(mailbox),
        hostname="127.0.0.1",
        port=port,
        server_hostname="localhost",
        data_size_limit=LARGEST_MAIL,
        enable_SMTPUTF8=True,
    )
    controller.start()
    return controller
