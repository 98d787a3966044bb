"""The inbox: mail in by SMTP, out on pages and as JSON; and the page of the sample people."""

import base64
import re
import smtplib
from email.message import EmailMessage
from typing import Any

import pytest
import requests
from django_otp.oath import TOTP

from config.local import sample
from config.local.inbox import totp
from config.local.inbox.site import linked
from config.local.stack import Stack

PEOPLE = sample.load()


@pytest.fixture
def site(services: Stack) -> str:
    address = f"http://localhost:{services.ports.inbox}"
    requests.delete(f"{address}/api/mails", timeout=10)
    return address


def send(stack: Stack, **parts: Any) -> None:
    """Send a mail as the portal does."""
    mail = EmailMessage()
    mail["From"] = "Serviceportal Lage <nicht-antworten@lage.example>"
    mail["To"] = parts.get("to", "anna.schroeder@post.example")
    mail["Subject"] = parts.get("subject", "Ihre Nachricht")
    mail.set_content(parts.get("text", "Guten Tag"))
    if "html" in parts:
        mail.add_alternative(parts["html"], subtype="html")
    if "attachment" in parts:
        name, content = parts["attachment"]
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    with smtplib.SMTP("127.0.0.1", stack.ports.smtp, timeout=10) as server:
        server.send_message(mail)


def mails(site: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{site}/api/mails", query, timeout=10).json()
    return found


def page(url: str) -> str:
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200
    return answer.text


def test_a_mail_arrives_whole_and_readable(services: Stack, site: str) -> None:
    send(services, subject="Ihr Antrag LAGE-2026-000123", text="Grüße aus Lage: http://lage.localhost:1/antraege/.")

    (found,) = mails(site)
    shown = page(f"{site}/mails/{found['id']}")

    assert (found["subject"], found["to"]) == ("Ihr Antrag LAGE-2026-000123", "anna.schroeder@post.example")
    assert found["text"] == "Grüße aus Lage: http://lage.localhost:1/antraege/.\n"
    assert '<a href="http://lage.localhost:1/antraege/">http://lage.localhost:1/antraege/</a>.' in shown


def test_the_newest_mail_stands_first_and_can_be_found_by_recipient(services: Stack, site: str) -> None:
    send(services, subject="Erste", to="anna@post.example")
    send(services, subject="Zweite", to="bernd@lage.example")
    send(services, subject="Dritte", to="anna@post.example")

    assert [mail["subject"] for mail in mails(site)] == ["Dritte", "Zweite", "Erste"]
    assert [mail["subject"] for mail in mails(site, to="anna@")] == ["Dritte", "Erste"]
    assert re.findall(r'<a href="/mails/[^"]+">(\w+)</a>', page(f"{site}/")) == ["Dritte", "Zweite", "Erste"]


def test_a_designed_mail_is_shown_and_runs_nothing(services: Stack, site: str) -> None:
    evil = '<p>Hallo</p><script>alert(1)</script><img src="http://fremd.example/x.png">'
    send(services, text="Hallo", html=evil)

    (found,) = mails(site)
    shown = page(f"{site}/mails/{found['id']}")
    inner = requests.get(f"{site}/mails/{found['id']}/html", timeout=10)

    assert "<script" not in shown
    assert 'sandbox="allow-popups"' in shown
    assert inner.text.strip() == evil
    policy = inner.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy


def test_text_is_never_taken_for_markup(services: Stack, site: str) -> None:
    send(services, subject="<b>fett</b>", text="<script>alert(1)</script>")

    (found,) = mails(site)

    for shown in (page(f"{site}/"), page(f"{site}/mails/{found['id']}")):
        assert "<b>fett" not in shown
        assert "<script>" not in shown


def test_an_attachment_can_be_saved(services: Stack, site: str) -> None:
    send(services, attachment=("Quittung für Anna.pdf", b"%PDF-1.7 ..."))

    (found,) = mails(site)
    saved = requests.get(f"{site}/mails/{found['id']}/anhang/0", timeout=10)

    assert found["attachments"] == ["Quittung für Anna.pdf"]
    assert (saved.content, saved.headers["Content-Type"]) == (b"%PDF-1.7 ...", "application/pdf")
    assert saved.headers["Content-Disposition"].startswith("attachment")


def test_mails_survive_a_restart(services: Stack, site: str) -> None:
    send(services, subject="Bleibt")

    services.stop()
    services.start()

    assert [mail["subject"] for mail in mails(site)] == ["Bleibt"]


def test_an_unknown_mail_is_not_found(site: str) -> None:
    for address in ("/mails/gibt-es-nicht", "/mails/..%2F..%2Fetc%2Fpasswd", "/mails/x/html", "/mails/x/anhang/0"):
        assert requests.get(site + address, timeout=10).status_code == 404


def test_another_host_name_is_refused(site: str) -> None:
    answer = requests.get(f"{site}/api/mails", headers={"Host": "fremd.example"}, timeout=10)

    assert answer.status_code == 400


def test_everybody_is_listed_with_the_place_to_sign_in(services: Stack, site: str) -> None:
    shown = page(f"{site}/personen")

    for citizen in PEOPLE.citizens:
        assert all(text in shown for text in (citizen.name, citizen.username, citizen.password))
    for member in (*PEOPLE.staff, *PEOPLE.operators):
        assert all(text in shown for text in (member.name, member.email, member.password))
    for host in ("lage", "detmold", "lemgo"):
        assert f"http://{host}.localhost:{services.ports.web}/rathaus/" in shown
    assert f"http://betrieb.localhost:{services.ports.web}/" in shown


def test_the_codes_of_staff_are_current_and_renew_themselves(site: str) -> None:
    answer = requests.get(f"{site}/personen", timeout=10)

    codes = re.findall(r'<code class="totp">(\d{6})</code>', answer.text)
    assert len(codes) == len(PEOPLE.staff) + len(PEOPLE.operators)
    assert 1 <= int(answer.headers["Refresh"]) <= totp.STEP
    assert "<script" not in answer.text


@pytest.mark.parametrize("member", [*PEOPLE.staff, *PEOPLE.operators], ids=lambda member: member.email)
def test_a_code_is_what_the_portal_expects(member: sample.Member) -> None:
    now = 1_800_000_000.0
    expected = TOTP(base64.b32decode(member.totp_secret))
    expected.time = now

    assert totp.code(member.totp_secret, now) == f"{expected.token():06d}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("siehe http://a.example/x.", 'siehe <a href="http://a.example/x">http://a.example/x</a>.'),
        (
            "(https://a.example/?b=1&c=2)",
            '(<a href="https://a.example/?b=1&amp;c=2">https://a.example/?b=1&amp;c=2</a>)',
        ),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("<i>", "&lt;i&gt;"),
    ],
)
def test_addresses_become_links(text: str, shown: str) -> None:
    assert str(linked(text)) == shown
