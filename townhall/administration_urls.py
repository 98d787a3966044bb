"""The desk of administrators and editors, below /rathaus/verwaltung/."""

from django.urls import path

from townhall import administration_amount_views as amount_views
from townhall import administration_letter_views as letters
from townhall import administration_office_views as offices
from townhall import administration_print_views as printing
from townhall import administration_setting_views as settings
from townhall import administration_town_views as town
from townhall import administration_views as views
from townhall import own_sign_in_views as own_sign_in
from townhall import people_views as people
from townhall import system_views as systems
from townhall.figures import views as figures

app_name = "administration"
urlpatterns = [
    path("leistungen/", views.services, name="services"),
    path("leistungen/umstellen/", views.switch_many, name="switch_many"),
    path("leistungen/<slug:key>/", views.service, name="service"),
    path("leistungen/<slug:key>/stand/", views.switch, name="switch"),
    path("leistungen/<slug:key>/stand/verwerfen/", views.drop_plan, name="drop_plan"),
    path("leistungen/<slug:key>/pause/", views.reword_pause, name="reword_pause"),
    path("leistungen/<slug:key>/angaben/", views.describe, name="describe"),
    path("betraege/", amount_views.amounts, name="amounts"),
    path("betraege/uebernehmen/", amount_views.copy, name="copy_amounts"),
    path("betraege/<str:key>/", amount_views.amount, name="amount"),
    path("betraege/<str:key>/buchungsstelle/", amount_views.budget_line, name="budget_line"),
    path("betraege/<str:key>/freigeben/", amount_views.release_amount, name="release_amount"),
    path("betraege/<str:key>/verwerfen/", amount_views.discard_amount, name="discard_amount"),
    path("betraege/<str:key>/zuruecknehmen/", amount_views.withdraw_amount, name="withdraw_amount"),
    path("listen/", settings.settings, name="settings"),
    path("listen/<str:key>/", settings.setting, name="setting"),
    path("listen/<str:key>/vorgabe/", settings.reset, name="reset_setting"),
    path("listen/<str:key>/neu/", settings.new_entry, name="new_entry"),
    path("listen/<str:key>/<slug:value>/", settings.entry, name="entry"),
    path("listen/<str:key>/<slug:value>/entfernen/", settings.remove_entry, name="remove_entry"),
    path("listen/<str:key>/<slug:value>/hoch/", settings.move_entry_up, name="move_entry_up"),
    path("aemter/", offices.offices, name="offices"),
    path("aemter/neu/", offices.new_office, name="new_office"),
    path("aemter/<int:pk>/", offices.office, name="office"),
    path("aemter/<int:pk>/entfernen/", offices.remove_office, name="remove_office"),
    path("aemter/<int:pk>/besonderer-tag/", offices.add_special_day, name="add_special_day"),
    path("aemter/<int:pk>/besonderer-tag/entfernen/", offices.remove_special_day, name="remove_special_day"),
    path("auftritt/", town.looks, name="looks"),
    path("auftritt/farbe/", town.change_colour, name="change_colour"),
    path("auftritt/farbe/<slug:colour>.svg", town.colour_preview, name="colour_preview"),
    path("auftritt/wappen/", town.change_crest, name="change_crest"),
    path("auftritt/wappen/entfernen/", town.remove_crest, name="remove_crest"),
    path("auftritt/begruessung/", town.change_welcome, name="change_welcome"),
    path("auftritt/anschrift/", town.change_contact, name="change_contact"),
    path("auftritt/rechtliches/", town.change_legal, name="change_legal"),
    path("briefe/", letters.letters, name="letters"),
    path("briefe/muster.pdf", letters.sample, name="sample_letter"),
    path("karten/", printing.cards, name="cards"),
    path("karten/vorschau.png", printing.cards_preview, name="cards_preview"),
    path("karten/druck.pdf", printing.cards_pdf, name="cards_pdf"),
    path("website/", printing.home_page, name="home_page"),
    path("mitarbeitende/", people.staff, name="staff"),
    path("mitarbeitende/einladen/", people.invite, name="invite"),
    path("mitarbeitende/<int:pk>/", people.access, name="access"),
    path("mitarbeitende/<int:pk>/abwesenheit/", people.plan_absence, name="plan_absence"),
    path("mitarbeitende/<int:pk>/abwesenheit/<int:absence>/loeschen/", people.end_absence, name="end_absence"),
    path("mitarbeitende/<int:pk>/link/", people.send_link, name="send_link"),
    path("mitarbeitende/<int:pk>/app/", people.forget_app, name="forget_app"),
    path("mitarbeitende/<int:pk>/konto/", own_sign_in.unlink_account, name="unlink_account"),
    path("anmeldung/", own_sign_in.own_sign_in, name="own_sign_in"),
    path("anmeldung/stand/", own_sign_in.switch_own_sign_in, name="switch_own_sign_in"),
    path("anmeldung/passwort/", own_sign_in.allow_passwords, name="allow_passwords"),
    path("schnittstellen/", systems.systems, name="systems"),
    path("schnittstellen/neu/", systems.new_system, name="new_system"),
    path("schnittstellen/<int:pk>/zurueckziehen/", systems.withdraw_system, name="withdraw_system"),
    path("zahlen/", figures.overview, name="figures"),
    path("zahlen/zahlen.csv", figures.weeks_csv, name="figures_csv"),
    path("zahlen/abbrueche.csv", figures.steps_csv, name="steps_csv"),
    path("zahlen/suchen/", figures.searches, name="searches"),
    path("zahlen/rueckmeldungen/", figures.remarks, name="remarks"),
    path("zahlen/rueckmeldungen/<int:pk>/loeschen/", figures.remove_remark, name="remove_remark"),
    path("zahlen/oeffentlich/", figures.publish, name="publish_figures"),
    path("zahlen/leistungen/<slug:key>/", figures.service, name="service_figures"),
    path("barrieren/", town.barrier_reports, name="barrier_reports"),
    path("barrieren/<int:pk>/beantwortet/", town.report_answered, name="report_answered"),
]
