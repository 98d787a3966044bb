"""What somebody would pay, for administrators, below /rathaus/verwaltung/leistungen/."""

from django.urls import path

from submissions import fee_example_views

app_name = "fee_example"
urlpatterns = [path("<str:key>/beispiel/", fee_example_views.example, name="example")]
