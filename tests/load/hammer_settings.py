"""The settings of the product, with pages that do what goes wrong and say where they are."""

from config.settings import *  # noqa: F403 -- all of them

ROOT_URLCONF = "tests.load.hammer_urls"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
