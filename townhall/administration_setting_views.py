"""Lists and switches: what the town says in its forms instead of what the catalogue proposes."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest
from accounts.typed import typed
from catalogue.forms.choices import Choice, Setting, SettingKind, slug
from townhall import actions
from townhall.administration_pages import administrators_page, has_arrived, status_of
from townhall.administration_presentation import services_with_setting, setting_line, setting_lines
from townhall.models import Setting as StoredSetting
from townhall.setting_forms import EntryForm, SettingForm
from townhall.shopfront import Shopfront, shopfront


@administrators_page
@require_safe
def settings(request: PersonRequest) -> HttpResponse:
    """All that the town may say in its forms."""
    return render(request, "administration/settings.html", {"lines": setting_lines(shopfront())})


@administrators_page
def setting(request: PersonRequest, key: str) -> HttpResponse:
    """One setting; of a list its entries."""
    front, one = _setting(key)
    if one.kind == SettingKind.LIST:
        return _setting_page(request, front, key, None)
    form = SettingForm(typed(request), setting=one, value=front.setting_values[key])
    if not has_arrived(request, form):
        return _setting_page(request, front, key, form)
    actions.change_setting(key=key, value=form.plain, by=request.user, now=timezone.now())
    messages.success(request, _("„%(label)s“ ist gespeichert und gilt ab sofort.") % {"label": one.label})
    return redirect("administration:setting", key)


@administrators_page
@require_POST
def reset(request: PersonRequest, key: str) -> HttpResponse:
    """Back to what the catalogue proposes."""
    _front, one = _setting(key)
    actions.reset_setting(key=key)
    messages.success(request, _("„%(label)s“ ist wieder wie im gemeinsamen Katalog.") % {"label": one.label})
    return redirect("administration:setting", key)


@administrators_page
def new_entry(request: PersonRequest, key: str) -> HttpResponse:
    """One more entry of a list."""
    front, one = _list(key)
    entries = _entries(front, key)
    form = EntryForm(typed(request), setting=one, entry=None, others=[entry["label"] for entry in entries])
    if not has_arrived(request, form):
        return _entry_page(request, front, key, form, None)
    added = {"value": _new_value(form.plain["label"], entries), **form.plain}
    return _saved(request, key, [*entries, added], _("„%(label)s“ ist dazugekommen."), added)


@administrators_page
def entry(request: PersonRequest, key: str, value: str) -> HttpResponse:
    """Change an entry. What was chosen before stays in the submissions as it was."""
    front, one = _list(key)
    entries, position = _found(front, key, value)
    known = front.setting_values[key][position]
    others = [other["label"] for other in entries if other["value"] != value]
    form = EntryForm(typed(request), setting=one, entry=known, others=others)
    if not has_arrived(request, form):
        return _entry_page(request, front, key, form, known)
    kept: dict[str, Any] = {name: entries[position][name] for name in ("value", "amount") if name in entries[position]}
    entries[position] = {**kept, **form.plain}
    return _saved(request, key, entries, _("„%(label)s“ ist gespeichert."), entries[position])


@administrators_page
@require_POST
def remove_entry(request: PersonRequest, key: str, value: str) -> HttpResponse:
    """Take an entry away: nobody can choose it any more. The last one stays, or nobody could go on."""
    front, _one = _list(key)
    entries, position = _found(front, key, value)
    if len(entries) == 1:
        messages.error(request, _("Ein Eintrag muss bleiben, sonst kann niemand das Formular ausfüllen."))
        return redirect("administration:setting", key)
    removed = entries.pop(position)
    return _saved(request, key, entries, _("„%(label)s“ ist entfernt."), removed)


@administrators_page
@require_POST
def move_entry_up(request: PersonRequest, key: str, value: str) -> HttpResponse:
    """Let an entry change places with the one above it."""
    front, _one = _list(key)
    entries, position = _found(front, key, value)
    if position:
        entries[position - 1 : position + 1] = [entries[position], entries[position - 1]]
    return _saved(request, key, entries, _("„%(label)s“ steht jetzt weiter oben."), entries[max(position - 1, 0)])


def _setting(key: str) -> tuple[Shopfront, Setting]:
    front = shopfront()
    if key not in front.settings:
        raise Http404
    return front, front.settings[key]


def _list(key: str) -> tuple[Shopfront, Setting]:
    front, one = _setting(key)
    if one.kind != SettingKind.LIST:
        raise Http404
    return front, one


def _entries(front: Shopfront, key: str) -> list[dict[str, Any]]:
    """The entries as they are stored, each with the value that answers keep."""
    own: Any = front.own_settings.get(key)
    plain = own if front.settings[key].fits(own) else front.settings[key].default
    entries = ({"label": one} if isinstance(one, str) else one for one in plain)
    return [{"value": slug(one["label"]), **one} for one in entries]


def _found(front: Shopfront, key: str, value: str) -> tuple[list[dict[str, Any]], int]:
    entries = _entries(front, key)
    for position, one in enumerate(entries):
        if one["value"] == value:
            return entries, position
    raise Http404


def _new_value(label: str, entries: list[dict[str, Any]]) -> str:
    """A value of its own, made from the label."""
    taken = {one["value"] for one in entries}
    value = slug(label)[:60] or "eintrag"
    return next(name for name in (value, *(f"{value}-{number}" for number in range(2, 1000))) if name not in taken)


def _saved(
    request: PersonRequest, key: str, entries: list[dict[str, Any]], told: str, about: dict[str, Any]
) -> HttpResponse:
    actions.change_setting(key=key, value=entries, by=request.user, now=timezone.now())
    messages.success(request, told % {"label": about["label"]})
    return redirect("administration:setting", key)


def _setting_page(request: PersonRequest, front: Shopfront, key: str, form: SettingForm | None) -> HttpResponse:
    context = {
        "key": key,
        "line": setting_line(front, key),
        "form": form,
        "entries": front.setting_values[key] if form is None else (),
        "stored": StoredSetting.objects.filter(key=key).select_related("entered_by").first(),
        "services": services_with_setting(front, key),
    }
    return render(request, "administration/setting.html", context, status=status_of(request, form))


def _entry_page(
    request: PersonRequest, front: Shopfront, key: str, form: EntryForm, known: Choice | None
) -> HttpResponse:
    context = {"key": key, "line": setting_line(front, key), "form": form, "entry": known}
    return render(request, "administration/entry.html", context, status=status_of(request, form))
