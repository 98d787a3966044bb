from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from submissions.links import status_path
from submissions.models import Submission
from tenants.context import current_town
from tenants.jobs import Urgency, town_job

SUBJECTS = {
    "received": _("Ihr Antrag ist eingegangen"),
    "appointment": _("Ihr Termin ist gebucht"),
    "appointment_reminder": _("Erinnerung an Ihren Termin"),
    "question": _("Wir haben eine Frage zu Ihrem Antrag"),
    "reminder": _("Wir warten auf Ihre Antwort"),
    "decided": _("Es gibt Neues zu Ihrem Antrag"),
    "payment_requested": _("Bitte bezahlen Sie die Gebühr zu Ihrem Antrag"),
    "transfer_announced": _("Bitte überweisen Sie die Gebühr zu Ihrem Antrag"),
    "payment_reminder": _("Erinnerung: Die Gebühr zu Ihrem Antrag ist noch offen"),
    "payment_arrived": _("Ihre Zahlung ist angekommen"),
    "payment_failed": _("Ihre Zahlung hat nicht geklappt"),
    "refunded": _("Sie bekommen Geld zurück"),
    "infected": _("Bitte ersetzen Sie eine Datei"),
}


@town_job(label=gettext_lazy("E-Mail zu einem Antrag schicken"), urgency=Urgency.WAITED_FOR, sends_mail=True)
def send_notice(*, submission: str, notice: str) -> None:
    """Tell the citizen by mail that there is something to read. The mail holds no personal details."""
    town = current_town()
    case = Submission.objects.get(pk=submission)
    if not case.email:
        return
    link = f"{town.url}{status_path(case)}"
    text = render_to_string(f"submissions/mail/{notice}.txt", {"town": town, "number": case.number, "link": link})
    send_mail(f"{SUBJECTS[notice]} – {town.full_name}", text, None, [case.email])


@town_job(label=gettext_lazy("E-Mail zu einer geplatzten Zahlung schicken"), sends_mail=True)
def tell_case_worker(*, submission: str) -> None:
    """Tell whoever works on a case that its fee is open again. The mail holds no personal details."""
    town = current_town()
    case = Submission.objects.select_related("case_worker").get(pk=submission)
    if case.case_worker is None or not case.case_worker.email:
        return
    link = f"{town.url}/rathaus/vorgang/{case.number}/"
    text = render_to_string("submissions/mail/fee_open_again.txt", {"town": town, "number": case.number, "link": link})
    send_mail(f"{_('Eine Gebühr ist wieder offen')} – {town.full_name}", text, None, [case.case_worker.email])
