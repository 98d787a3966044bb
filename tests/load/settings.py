"""The settings of the product, with one page more: an empty one, to compare the others with."""

from config.settings import *  # noqa: F403 -- all of them

ROOT_URLCONF = "tests.load.urls"
