"""What the terminal shows when everything runs: every address, and how to sign in as whom."""

from config.local.configuration import host_url
from config.local.inbox.site import LEVEL_LABELS, ROLE_LABELS
from config.local.sample import Operator, Sample, Staff
from config.local.stack import Stack


def welcome(stack: Stack, people: Sample) -> str:
    """The text, in German."""
    inbox = f"http://localhost:{stack.ports.inbox}"
    lines = ["", "Stadttor läuft.", ""]
    lines += ["Bürgerinnen und Bürger"]
    lines += [f"  {town.title():<8} {host_url(stack.portal, town)}" for town in people.towns]
    if not stack.own.identity:
        lines += ["  Anmelden mit dem Probe-Konto:"]
        for citizen in people.citizens:
            level = LEVEL_LABELS[citizen.level]
            lines += [f"    {citizen.username:<8} {citizen.password}   {citizen.name}, Vertrauensniveau {level}"]
    lines += ["", f"Rathaus (den sechsstelligen Code zeigt {inbox}/personen)"]
    for town in people.towns:
        lines += [f"  {host_url(stack.portal, town)}/rathaus/"]
        for member in people.staff:
            if member.town == town:
                lines += [_staff(member)]
    lines += ["", f"Betrieb (mit Code wie im Rathaus)\n  {host_url(stack.portal, 'betrieb')}"]
    lines += [_staff(operator) for operator in people.operators]
    lines += ["", "Was sonst noch läuft"]
    lines += [f"  E-Mails und Codes  {inbox}"]
    lines += [f"  Fachverfahren      {inbox}/fachverfahren (bekommt Anträge über FIT-Connect)"]
    if not stack.own.identity:
        lines += [f"  Probe-Konto        http://localhost:{stack.ports.identity}"]
    if not stack.own.stripe:
        lines += [f"  Probezahlung       http://localhost:{stack.ports.stripe} (öffnet das Portal)"]
    lines += [
        f"  Protokolle         {stack.data / 'log'}",
        "",
        "Beenden mit Strg+C. Alle Daten bleiben erhalten.",
    ]
    return "\n".join(lines)


def _staff(member: Staff | Operator) -> str:
    roles = ", ".join(ROLE_LABELS[role] for role in member.roles)
    return f"    {member.email:<21} {member.password}   {roles}"
