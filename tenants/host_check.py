"""Whether a host of a town's own leads to us, and whether it is this town's: what DNS says about its name.

Everybody can point a name at us, and a name that once did may still do so. So whoever writes a name's entries must name
the town: by a CNAME to the town's address with us, or, where there can be none, by a TXT entry (`proof_place`) that
says the same. Nothing of it is secret: nobody else can write there.
"""

from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver
from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from tenants.models import readable_host

MOST_SECONDS = 6.0  # for all questions about a host together
_PROOF = "_stadttor"


class Verdict(models.TextChoices):
    """What DNS says about a host."""

    RIGHT = "right"
    MISSING = "missing"  # there is no entry
    ELSEWHERE = "elsewhere"  # it leads to somebody else, or some of its addresses do
    UNPROVEN = "unproven"  # it leads to us, but nothing says that it is this town's
    SILENT = "silent"  # nobody could tell in time
    OURSELVES = "ourselves"  # the town's address with us has no entry


@dataclass(frozen=True)
class Finding:
    """What was found, and where the host leads to now."""

    verdict: Verdict
    seen: str = ""  # a name or addresses, if they are not as they should be

    @property
    def is_right(self) -> bool:
        return self.verdict == Verdict.RIGHT


def check(host: str, *, target: str) -> Finding:
    """Whether `host` leads to us and belongs to the town that has `target` (`lage.stadttor.example`) with us.

    Asks DNS, for at most MOST_SECONDS. With `DNS_CHECK=false` every host is right.
    """
    if not settings.DNS_CHECK:
        return Finding(Verdict.RIGHT)
    try:
        return _found(_Questions(), host, target)
    except dns.exception.DNSException:
        return Finding(Verdict.SILENT)


def proof_place(host: str) -> str:
    """The name of the TXT entry that says whose the host is."""
    return f"{_PROOF}.{host}"


def explanation(finding: Finding, host: str, *, target: str) -> str:
    """What is wrong and which entry mends it, in German, for the people who run a town's DNS."""
    names = {"host": readable_host(host), "target": target, "seen": finding.seen, "proof": proof_place(host)}
    return str(_sentence(finding.verdict)) % names


def _sentence(verdict: Verdict) -> str:
    match verdict:
        case Verdict.RIGHT:
            return _("%(host)s zeigt auf uns.")
        case Verdict.MISSING:
            return _("%(host)s zeigt noch nicht auf uns. Bitte legen Sie einen CNAME-Eintrag auf %(target)s an.")
        case Verdict.ELSEWHERE:
            return _(
                "%(host)s zeigt noch nicht auf uns, sondern auf %(seen)s. Bitte ändern Sie den Eintrag in einen "
                "CNAME-Eintrag auf %(target)s."
            )
        case Verdict.UNPROVEN:
            return _(
                "%(host)s zeigt auf uns, nennt aber nicht diese Stadt. Bitte legen Sie einen CNAME-Eintrag auf "
                "%(target)s an. Wo das nicht geht, genügt ein TXT-Eintrag für %(proof)s mit dem Inhalt %(target)s."
            )
        case Verdict.SILENT:
            return _("Das DNS gibt zu %(host)s gerade keine Auskunft. Wir sehen bald wieder nach.")
        case Verdict.OURSELVES:
            return _("%(target)s hat selbst keinen DNS-Eintrag. Das muss zuerst der Betrieb einrichten.")


@dataclass(frozen=True)
class _Way:
    """Where a name leads to."""

    names: tuple[str, ...]  # those on the way (CNAME), in their order
    addresses: frozenset[str]  # IPv4 and IPv6


class _Questions:
    """Questions to DNS that must all be answered in the same few seconds."""

    def __init__(self) -> None:
        self._until = monotonic() + MOST_SECONDS
        self._resolver = dns.resolver.Resolver(configure=not settings.DNS_SERVERS)
        if settings.DNS_SERVERS:
            self._resolver.nameservers = [_server(address) for address in settings.DNS_SERVERS]

    def way_of(self, name: str) -> _Way:
        names: dict[str, None] = {}  # both questions are answered by way of the same names
        addresses: set[str] = set()
        for kind in ("A", "AAAA"):
            try:
                answer = self._ask(name, kind)
            except dns.resolver.NXDOMAIN as problem:
                end = _plain(problem.canonical_name)
                names |= {end: None} if end != name else {}
            else:
                names |= dict.fromkeys(_plain(cname[0].target) for cname in answer.chaining_result.cnames)
                addresses |= {record.address for record in answer.rrset or ()}
        return _Way(tuple(names), frozenset(addresses))

    def texts_of(self, name: str) -> set[str]:
        try:
            answer = self._ask(name, "TXT")
        except (dns.resolver.NXDOMAIN, dns.name.NameTooLong):
            return set()
        return {_plain(b"".join(record.strings).decode(errors="replace").strip()) for record in answer.rrset or ()}

    def _ask(self, name: str, kind: str) -> dns.resolver.Answer:
        """Raises NXDOMAIN if there is no such name, another DNSException if nobody could tell."""
        left = max(0.1, self._until - monotonic())
        return self._resolver.resolve(f"{name}.", kind, lifetime=left, search=False, raise_on_no_answer=False)


def _found(questions: _Questions, host: str, target: str) -> Finding:
    way = questions.way_of(host)
    if target in way.names:
        return Finding(Verdict.RIGHT if way.addresses else Verdict.OURSELVES)
    if not way.addresses:
        return Finding(Verdict.ELSEWHERE, way.names[-1]) if way.names else Finding(Verdict.MISSING)
    ours = questions.way_of(target).addresses
    if not ours:
        return Finding(Verdict.OURSELVES)
    if foreign := way.addresses - ours:
        return Finding(Verdict.ELSEWHERE, way.names[-1] if way.names else ", ".join(sorted(foreign)))
    if target in questions.texts_of(proof_place(host)):
        return Finding(Verdict.RIGHT)
    return Finding(Verdict.UNPROVEN, way.names[-1] if way.names else "")


def _plain(name: object) -> str:
    return str(name).removesuffix(".").lower()


def _server(address: str) -> dns.nameserver.Nameserver:
    """`10.0.0.53`, `10.0.0.53:5353` or `[fd00::53]:53`."""
    parts = urlsplit(f"//{address}")
    return dns.nameserver.Do53Nameserver(parts.hostname or "", parts.port or 53)
