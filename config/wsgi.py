"""The application that the web server runs, in each of its processes."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from townhall.figures.counting import write_regularly  # noqa: E402 -- it needs Django to be set up

write_regularly(settings.FIGURES_SECONDS)
