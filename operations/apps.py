from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "operations"

    def ready(self) -> None:
        from operations import mails  # noqa: F401 -- the worker has to know these jobs
