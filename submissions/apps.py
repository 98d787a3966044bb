from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "submissions"

    def ready(self) -> None:
        from submissions import housekeeping  # noqa: F401 -- the worker has to know these jobs
        from submissions.casework import bulk, jobs  # noqa: F401
        from submissions.uploads import housekeeping as of_uploads  # noqa: F401
        from submissions.uploads import jobs as jobs_of_uploads  # noqa: F401
