from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "tenants.vault"

    def ready(self) -> None:
        from tenants.vault import checks  # noqa: F401 -- it registers its check
