from django.apps import AppConfig


class FoundConfig(AppConfig):
    name = "submissions.found"

    def ready(self) -> None:
        from submissions.found import jobs  # noqa: F401 -- the worker has to know these jobs
