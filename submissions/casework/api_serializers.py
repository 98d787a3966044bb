"""How cases look to other programs, and what those may send. Field names are English, texts German."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.tokens.api import PageFilter
from submissions.casework.forms import LONGEST_TEXT, ONLY_WITH, DecisionForm, QuestionForm, days_to_answer
from submissions.casework.queries import NOT_COUNTING
from submissions.models import Decision, Event, InformationRequest, Submission, Upload
from submissions.states import Outcome, State
from templates.components import german_date

STATES = [choice for choice in State.choices if choice[0] not in NOT_COUNTING]


class CaseFilter(PageFilter):
    """Which cases are wanted."""

    service = serializers.SlugField(
        required=False, max_length=80, help_text=gettext_lazy("nur Vorgänge dieser Leistung (Schlüssel)")
    )
    state = serializers.ChoiceField(STATES, required=False, help_text=gettext_lazy("nur Vorgänge mit diesem Stand"))
    received_since = serializers.DateTimeField(
        required=False, help_text=gettext_lazy("nur was seit diesem Zeitpunkt eingegangen ist (ISO 8601)")
    )


class StepSerializer(serializers.Serializer[Any]):
    """Wie ein Vorgang nach einem Schritt steht."""

    number = serializers.CharField(help_text=gettext_lazy("Vorgangsnummer"))
    state = serializers.ChoiceField(State.choices, help_text=gettext_lazy("Stand"))
    state_label = serializers.SerializerMethodField(help_text=gettext_lazy("Stand in Worten"))
    act_by = serializers.DateField(
        allow_null=True, help_text=gettext_lazy("bis dahin muss jemand handeln: die Stadt oder die Person")
    )

    def get_state_label(self, case: Submission) -> str:
        return str(State(case.state).label)


class CaseRowSerializer(StepSerializer):
    """Ein Vorgang in der Liste: ohne Angaben zur Person."""

    service = serializers.CharField(source="service_key", help_text=gettext_lazy("Schlüssel der Leistung"))
    service_title = serializers.CharField(help_text=gettext_lazy("Name der Leistung, wie er beim Abschicken hieß"))
    unit = serializers.CharField(help_text=gettext_lazy("Schlüssel der Stelle, die den Vorgang bearbeitet"))
    received_at = serializers.DateTimeField(help_text=gettext_lazy("eingegangen"))
    due_on = serializers.DateField(
        allow_null=True, help_text=gettext_lazy("bis dahin möchte die Stadt entschieden haben")
    )
    is_protected = serializers.BooleanField(help_text=gettext_lazy("ob eine Auskunftssperre vermerkt ist"))
    url = serializers.SerializerMethodField(help_text=gettext_lazy("der ganze Vorgang"))

    @extend_schema_field(serializers.URLField)
    def get_url(self, case: Submission) -> str:
        return self.absolute("casework_api:case", case.number)

    def absolute(self, name: str, *values: Any) -> str:
        """A full address of this API."""
        address: str = self.context["request"].build_absolute_uri(reverse(name, args=values))
        return address


class CaseListSerializer(serializers.Serializer[Any]):
    """Ein Teil der Liste."""

    next = serializers.URLField(allow_null=True, help_text=gettext_lazy("wo es weitergeht; `null`: das war alles"))
    previous = serializers.URLField(allow_null=True, help_text=gettext_lazy("der Teil davor"))
    results = CaseRowSerializer(many=True, help_text=gettext_lazy("die Vorgänge, neue zuerst"))


class FileSerializer(serializers.ModelSerializer[Upload]):
    """Eine Datei, die zum Antrag oder zu einer Antwort gehört."""

    id = serializers.UUIDField(help_text=gettext_lazy("Kennung"))
    field = serializers.CharField(
        source="place", help_text=gettext_lazy("das Feld des Formulars; bei Antworten auf Rückfragen leer")
    )
    name = serializers.CharField(help_text=gettext_lazy("wie die Person sie genannt hat"))
    content_type = serializers.CharField(help_text=gettext_lazy("Art, etwa `application/pdf`"))
    size = serializers.IntegerField(help_text=gettext_lazy("Größe in Byte"))
    url = serializers.SerializerMethodField(
        help_text=gettext_lazy("zum Herunterladen; `null` bei Auskunftssperre oder Virus")
    )

    class Meta:
        model = Upload
        fields = ("id", "field", "name", "content_type", "size", "url")

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_url(self, upload: Upload) -> str | None:
        case: Submission = self.context["case"]
        if case.is_protected or upload.is_held_back:
            return None
        address: str = self.context["request"].build_absolute_uri(
            reverse("casework_api:file", args=[case.number, upload.pk])
        )
        return address


class QuestionSerializer(serializers.ModelSerializer[InformationRequest]):
    """Eine Rückfrage und ihre Antwort."""

    question = serializers.CharField(help_text=gettext_lazy("was die Stadt wissen wollte"))
    due_on = serializers.DateField(help_text=gettext_lazy("bis wann"))
    asked_at = serializers.DateTimeField(help_text=gettext_lazy("gestellt"))
    answer = serializers.CharField(help_text=gettext_lazy("die Antwort; leer, solange keine da ist"))
    answered_at = serializers.DateTimeField(allow_null=True, help_text=gettext_lazy("beantwortet oder aufgegeben"))

    class Meta:
        model = InformationRequest
        fields = ("question", "due_on", "asked_at", "answer", "answered_at")


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """Wie entschieden wurde."""

    outcome = serializers.ChoiceField(Outcome.choices, help_text=gettext_lazy("Ergebnis"))
    text = serializers.CharField(help_text=gettext_lazy("was die Person liest"))
    obligations = serializers.CharField(help_text=gettext_lazy("Auflagen"))
    reasons = serializers.CharField(help_text=gettext_lazy("Begründung einer Ablehnung"))
    authority = serializers.CharField(help_text=gettext_lazy("wer stattdessen zuständig ist"))
    decided_at = serializers.DateTimeField(help_text=gettext_lazy("entschieden"))
    delivered_on = serializers.DateField(
        source="delivery.delivered_on",
        default=None,
        allow_null=True,
        help_text=gettext_lazy("gilt seit diesem Tag als bekannt gegeben"),
    )

    class Meta:
        model = Decision
        fields = ("outcome", "text", "obligations", "reasons", "authority", "decided_at", "delivered_on")


class EventSerializer(serializers.ModelSerializer[Event]):
    """Was geschehen ist."""

    at = serializers.DateTimeField(help_text=gettext_lazy("wann"))
    title = serializers.CharField(help_text=gettext_lazy("was"))
    text = serializers.CharField(help_text=gettext_lazy("Genaueres"))
    by = serializers.CharField(
        source="by.name", default=None, allow_null=True, help_text=gettext_lazy("wer; `null`: das Portal selbst")
    )
    is_public = serializers.BooleanField(help_text=gettext_lazy("ob die Person es sieht"))
    new_state = serializers.CharField(help_text=gettext_lazy("Stand danach; leer: unverändert"))

    class Meta:
        model = Event
        fields = ("at", "title", "text", "by", "is_public", "new_state")


class FormSerializer(serializers.Serializer[Any]):
    """Mit welchem Formular der Antrag gestellt wurde."""

    key = serializers.CharField(help_text=gettext_lazy("Schlüssel"))
    version = serializers.IntegerField(help_text=gettext_lazy("Version"))
    schema = serializers.URLField(help_text=gettext_lazy("JSON Schema der Antworten"))


class FrozenFeeSerializer(serializers.Serializer[Any]):
    """Was der Antrag kostet, so wie es beim Abschicken feststand."""

    is_due = serializers.CharField(allow_null=True, help_text=gettext_lazy("`submission`, `decision` oder `null`"))
    total = serializers.CharField(help_text=gettext_lazy("Euro, als Text"))
    lines = serializers.ListField(
        child=serializers.DictField(), help_text=gettext_lazy("die Zeilen mit `label`, `quantity` und Beträgen")
    )


class CaseSerializer(CaseRowSerializer):
    """Ein Vorgang mit allem, was das Rathaus davon sieht."""

    applicant = serializers.CharField(help_text=gettext_lazy("Name der Person oder des Unternehmens"))
    email = serializers.CharField(allow_null=True, help_text=gettext_lazy("E-Mail-Adresse; `null` bei Auskunftssperre"))
    trust_level = serializers.CharField(help_text=gettext_lazy("`none`, `basic`, `substantial` oder `high`"))
    verified = serializers.ListField(
        child=serializers.CharField(), help_text=gettext_lazy("Felder, für die das Nutzerkonto bürgt")
    )
    flags = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("Hinweise für die Bearbeitung"))
    handed_in_at = serializers.DateTimeField(help_text=gettext_lazy("abgeschickt"))
    case_worker = serializers.CharField(allow_null=True, help_text=gettext_lazy("wer den Vorgang bearbeitet"))
    form = FormSerializer(help_text=gettext_lazy("das Formular"))
    fee = FrozenFeeSerializer(help_text=gettext_lazy("die Gebühr"))
    answers = serializers.DictField(help_text=gettext_lazy("die Antworten, je Feld des Formulars"))
    hidden = serializers.ListField(
        child=serializers.CharField(), help_text=gettext_lazy("Felder, die eine Auskunftssperre verbirgt")
    )
    files = FileSerializer(many=True, help_text=gettext_lazy("Dateien"))
    questions = QuestionSerializer(many=True, help_text=gettext_lazy("Rückfragen, neue zuerst"))
    decision = DecisionSerializer(allow_null=True, help_text=gettext_lazy("die letzte Entscheidung"))
    history = EventSerializer(many=True, help_text=gettext_lazy("Verlauf, alte Einträge zuerst"))
    pdf = serializers.URLField(help_text=gettext_lazy("der Antrag als PDF"))


# --- What is sent ------------------------------------------------------------------------------------------


def _told(form: Any, name: str) -> dict[str, Any]:
    """What the desk says where this is missing."""
    sentence = form.base_fields[name].error_messages["required"]
    return {"required": sentence, "blank": sentence, "null": sentence}


class SentQuestionSerializer(serializers.Serializer[Any]):
    """Eine Rückfrage an die Person."""

    question = serializers.CharField(
        max_length=LONGEST_TEXT,
        error_messages=_told(QuestionForm, "question"),
        help_text=gettext_lazy("Genau so liest es die Person."),
    )
    due_on = serializers.DateField(help_text=gettext_lazy("Antwort bis; ab morgen, höchstens ein Jahr"))

    def validate_due_on(self, day: Any) -> Any:
        first, last = days_to_answer(timezone.localdate())
        if not first <= day <= last:
            days = {"first": german_date(first), "last": german_date(last)}
            raise serializers.ValidationError(_("Geben Sie einen Tag vom %(first)s bis zum %(last)s an.") % days)
        return day


class SentDecisionSerializer(serializers.Serializer[Any]):
    """Eine Entscheidung. Je nach Ergebnis gehört noch etwas dazu; was nicht dazugehört, zählt nicht."""

    outcome = serializers.ChoiceField(
        Outcome.choices, error_messages=_told(DecisionForm, "outcome"), help_text=gettext_lazy("Ergebnis")
    )
    text = serializers.CharField(
        max_length=LONGEST_TEXT,
        error_messages=_told(DecisionForm, "text"),
        help_text=gettext_lazy("Genau so liest es die Person."),
    )
    obligations = serializers.CharField(
        max_length=LONGEST_TEXT,
        default="",
        allow_blank=True,
        help_text=gettext_lazy("Auflagen, je Zeile eine; nötig bei `granted_with_conditions`"),
    )
    reasons = serializers.CharField(
        max_length=LONGEST_TEXT,
        default="",
        allow_blank=True,
        help_text=gettext_lazy("Begründung mit Vorschrift; nötig bei `rejected`"),
    )
    authority = serializers.CharField(
        max_length=300,
        default="",
        allow_blank=True,
        help_text=gettext_lazy("wer zuständig ist, mit Anschrift; nötig bei `not_responsible`"),
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """As at the desk: what belongs to one outcome only is needed for that one and dropped for others."""
        for name, outcome in ONLY_WITH.items():
            if values["outcome"] != outcome:
                values[name] = ""
            elif not values[name]:
                raise serializers.ValidationError({name: _told(DecisionForm, name)["required"]})
        return values
