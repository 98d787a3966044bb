import pytest

from catalogue.content import Catalogue
from catalogue.parsing import parse_catalogue
from catalogue.reading import SHIPPED_LIBRARY, read_library


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue that ships."""
    return parse_catalogue(1, read_library(SHIPPED_LIBRARY).entries)
