"""FILE_KEYS must be usable before anything runs: without it no file can be written or read."""

from typing import Any

from django.core.checks import Error, Tags, register

from tenants.vault.keys import deployment_keys


@register(Tags.security)
def check_file_keys(**_options: Any) -> list[Error]:
    try:
        if deployment_keys():
            return []
        message = "FILE_KEYS ist leer."
    except ValueError:
        message = "In FILE_KEYS steht etwas, das kein Schlüssel ist."
    hint = "Ein Schlüssel hat 64 Ziffern von 0 bis f, zum Beispiel aus: openssl rand -hex 32"
    return [Error(message, hint=hint, id="vault.E001")]
