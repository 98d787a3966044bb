"""The register at the office's desk, below /rathaus/fundsachen/."""

from django.urls import path

from submissions.found import desk_views

app_name = "found_desk"
urlpatterns = [
    path("", desk_views.items, name="items"),
    path("neu/", desk_views.new, name="new"),
    path("aus-vorgang/<slug:number>/", desk_views.take_over, name="take_over"),
    path("<slug:number>/", desk_views.item, name="item"),
    path("<slug:number>/aendern/", desk_views.change, name="change"),
    path("<slug:number>/aushaendigen/", desk_views.hand_over, name="hand_over"),
    path("<slug:number>/keine-anfrage-passt/", desk_views.keep, name="keep"),
    path("<slug:number>/an-finder/", desk_views.give_to_finder, name="give_to_finder"),
    path("<slug:number>/verwerten/", desk_views.dispose, name="dispose"),
]
