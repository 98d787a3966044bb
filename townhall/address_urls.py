"""Short addresses of services, as on printed cards: the last of a town's addresses, for what is no other page."""

from django.urls import re_path

from townhall.address_views import short_address

app_name = "addresses"
urlpatterns = [
    re_path(r"^(?P<letter>[A-Za-z])/?$", short_address, name="portal"),
    re_path(r"^(?P<word>[\w-]{2,100})(?:/(?P<letter>[A-Za-z]))?/?$", short_address, name="service"),
]
