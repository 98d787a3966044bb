"""What lies on top of a bundle: how a town reads it, also without us."""

from datetime import datetime

from operations.moving.bundle import Manifest
from templates.components import german_datetime
from tenants.models import Town

_TEXT = """\
{town}: alle Daten aus dem Serviceportal
{line}

Stand: {moment}, alles vom selben Augenblick.
Amtlicher Schlüssel (ARS): {ars}
Leistungskatalog: Ausgabe {release}
Anträge: {submissions}, Zahlungen: {payments}, hochgeladene Dateien: {uploads}

Dieses Paket enthält personenbezogene Daten. Bitte bewahren Sie es so auf wie die Akten selbst.

Was ist wo?
  antraege/     jeder Antrag als PDF, so wie er abgeschickt wurde. Der Name ist die Vorgangsnummer.
  quittungen/   jede Quittung als PDF. Der Name ist das Kassenzeichen.
  dateien/      was die Bürgerinnen und Bürger hochgeladen haben, unverschlüsselt, und kleine Bilder davon.
                daten/submissions_upload.json nennt zu jeder Datei den Vorgang und den Namen, den sie hatte.
  zahlungen/    alle Zahlungen und alle Buchungen als Tabellen (CSV), für Excel und für die Kasse.
  verlauf/      wer was wann getan hat, zu jedem Vorgang, als Tabelle (CSV).
  daten/        alle Tabellen der Datenbank als JSON (UTF-8), eine Zeile je Datensatz.
  katalog/      die Fragen der Formulare, zu denen es Antworten gibt.
  stadt.json    Beschreibung des Pakets: Tabellen, Spalten, Anzahl der Datensätze, Stand der Software.
  SHA256SUMS    Prüfsummen aller Dateien. Sie prüfen sie mit: sha256sum --check SHA256SUMS

Was fehlt mit Absicht?
  Passwörter und zweite Faktoren der Mitarbeitenden: Sie bekommen eine neue Einladung.
  Sitzungen: Alle melden sich neu an.
  Entwürfe von Menschen ohne Konto: Nur deren Browser kann sie öffnen.
{missing}
In eine andere Anlage von Stadttor mit demselben Stand kommt die Stadt mit:
  manage.py import_town DATEI.zip
"""


def readme(town: Town, manifest: Manifest, now: datetime) -> str:
    """The text, for people in the town hall."""
    rows = manifest.rows
    missing = "".join(f"  {name}: wurde während des Exports gelöscht.\n" for name in manifest.missing_files)
    missing += "".join(f"  {name}: gesperrt, weil ein Virus gefunden wurde.\n" for name in manifest.infected_files)
    return _TEXT.format(
        town=town.full_name,
        line="=" * (len(town.full_name) + len(": alle Daten aus dem Serviceportal")),
        moment=german_datetime(now),
        ars=manifest.ars,
        release=manifest.release,
        submissions=rows["submissions_submission"],
        payments=rows["billing_payment"],
        uploads=rows["submissions_upload"],
        missing=missing,
    )
