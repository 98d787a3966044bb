from django.apps import AppConfig


class HandoverConfig(AppConfig):
    name = "submissions.handover"

    def ready(self) -> None:
        from submissions.handover import jobs  # noqa: F401 -- the worker has to know these jobs
