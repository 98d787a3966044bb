"""The public pages of a town."""

from django.urls import path

from townhall import api, views
from townhall.figures import views as figures

app_name = "townhall"
urlpatterns = [
    path("", views.home, name="home"),
    path("leistungen/", views.services, name="services"),
    path("leistungen/<slug:key>/", views.service, name="service"),
    path("leistungen/<slug:key>/formular.pdf", views.paper, name="paper"),
    path("lebenslagen/<slug:key>/", views.life_situation, name="life_situation"),
    path("suche/", views.search, name="search"),
    path("suche/vorschlaege/", api.suggestions, name="suggestions"),
    path("aemter/", views.offices, name="offices"),
    path("hilfe/", views.help_page, name="help"),
    path("statistik/", figures.open_figures, name="figures"),
    path("statistik/zahlen.csv", figures.open_weeks_csv, name="figures_csv"),
    path("impressum/", views.imprint, name="imprint"),
    path("datenschutz/", views.privacy, name="privacy"),
    path("barrierefreiheit/", views.accessibility, name="accessibility"),
    path("barriere-melden/", views.report_barrier, name="report_barrier"),
    path("barriere-melden/danke/", views.barrier_reported, name="barrier_reported"),
    path("farbe-<slug:digest>.css", views.theme_css, name="theme_css"),
    path("wappen.svg", views.crest, name="crest"),
    path("abzeichen.svg", views.badge, name="badge"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("robots.txt", views.robots, name="robots"),
]
