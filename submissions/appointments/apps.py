from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "submissions.appointments"

    def ready(self) -> None:
        from submissions.appointments import jobs  # noqa: F401 -- the worker has to know these jobs
