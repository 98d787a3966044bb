"""Access of the operator in words: how it stands, and what was looked at."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AuditAction, AuditEntry, OperatorAccess
from accounts.states import AccessState
from templates.components import Tone


@dataclass(frozen=True)
class AccessRow:
    """How it stands with one of them at a certain moment."""

    access: OperatorAccess
    label: str
    tone: Tone
    is_open: bool  # the town has to decide
    is_granted: bool  # the guest may look

    @property
    def is_alive(self) -> bool:
        return self.is_open or self.is_granted

    @classmethod
    def of(cls, access: OperatorAccess, *, now: datetime) -> "AccessRow":
        is_open, is_granted = access.is_open(now), access.is_granted(now)
        if is_open:
            return cls(access, _("wartet auf Entscheidung"), "info", is_open, is_granted)
        if is_granted:
            return cls(access, _("erlaubt"), "success", is_open, is_granted)
        return cls(access, _label(AccessState(access.state)), "", is_open, is_granted)


def _label(state: AccessState) -> str:
    """Of one that is over."""
    match state:
        case AccessState.ASKED:
            return _("nicht entschieden")
        case AccessState.GRANTED:
            return _("abgelaufen")
        case _other:
            return str(state.label)


# --- What was looked at ----------------------------------------------------------------------------------------

# Pages of the town hall, by the names of their views. `%(key)s` is what the page is about.
PAGES: dict[str, str | Promise] = {
    "casework:inbox": gettext_lazy("Eingang"),
    "casework:case": gettext_lazy("Vorgang %(key)s"),
    "casework:pdf": gettext_lazy("Vorgang %(key)s: Antrag als PDF"),
    "casework:case_file": gettext_lazy("Vorgang %(key)s: die ganze Akte als PDF"),
    "casework:upload": gettext_lazy("Vorgang %(key)s: eine Datei"),
    "casework:text_blocks": gettext_lazy("Textbausteine"),
    "retention:calendar": gettext_lazy("Löschfristen"),
    "data_protection:overview": gettext_lazy("Datenschutz"),
    "treasury:payments": gettext_lazy("Kasse: alle Zahlungen"),
    "treasury:payment": gettext_lazy("Kasse: Zahlung %(key)s"),
    "treasury:receipt": gettext_lazy("Kasse: Quittung %(key)s"),
    "treasury:export": gettext_lazy("Kasse: Zahlungen als Tabelle"),
    "administration:services": gettext_lazy("Verwaltung: Leistungen"),
    "administration:service": gettext_lazy("Verwaltung: Leistung %(key)s"),
    "administration:amount": gettext_lazy("Verwaltung: Betrag %(key)s"),
    "administration:offices": gettext_lazy("Verwaltung: Ämter und Zeiten"),
    "administration:office": gettext_lazy("Verwaltung: Amt %(key)s"),
    "administration:looks": gettext_lazy("Verwaltung: Auftritt"),
    "administration:staff": gettext_lazy("Verwaltung: Mitarbeitende"),
    "administration:own_sign_in": gettext_lazy("Verwaltung: Eigene Anmeldung"),
    "administration:access": gettext_lazy("Verwaltung: Zugang von Person %(key)s"),
    "administration:barrier_reports": gettext_lazy("Verwaltung: gemeldete Barrieren"),
    "own_checklist:checklist": gettext_lazy("Verwaltung: Checkliste"),
    "payment_account:settings": gettext_lazy("Verwaltung: Bezahlen"),
    "access:requests": gettext_lazy("Verwaltung: Zugriff des Betriebs"),
    "access:one": gettext_lazy("Verwaltung: Zugriff des Betriebs"),
}
_ROOMS: dict[str, str | Promise] = {
    "casework": gettext_lazy("Sachbearbeitung"),
    "treasury": gettext_lazy("Kasse"),
}


@dataclass(frozen=True)
class LogLine:
    """One line of what happened under an access."""

    at: datetime
    who: str  # empty: the guest herself
    what: str


def log_line(entry: AuditEntry) -> LogLine:
    who = _("von selbst") if entry.by is None else "" if entry.by.is_guest else entry.by.name
    if entry.action != AuditAction.SEEN:
        return LogLine(entry.at, who, f"{entry.get_action_display()}{f' ({entry.text})' if entry.text else ''}")
    return LogLine(entry.at, who, page_name(entry.object_kind, entry.object_key))


def page_name(view: str, key: str) -> str:
    """What people call a page of the town hall."""
    if view in PAGES:
        return str(PAGES[view]) % {"key": key}
    room = _ROOMS.get(view.partition(":")[0], _("Verwaltung"))
    return _("%(room)s: eine andere Seite") % {"room": room}
