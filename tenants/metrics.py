"""What is counted, for Prometheus. `config.metrics` hands it out.

How many series that gives with 1,000 towns (about 120 views, 20 tasks):

* requests by town: 1,000 towns, 2 classes of methods, at most 5 classes of status = 10,000 at most, about 4,000 really;
* requests by view: 120 views, 2 classes of methods, of which most views know one, and 5 of status = 1,200 at most;
* seconds by view: 120 views, 8 buckets, sum and count = 1,200;
* jobs by task and outcome 80, their seconds 200;
* mails by town and outcome 2,000; payments by town and state 8,000 at most.

That is about 23,000 at most and a third of it really, which a small Prometheus holds easily. Town and view together
would be 1,200,000, so no counter has both. Nothing here names a person, a path or an address.

Several processes count together if PROMETHEUS_MULTIPROC_DIR names a folder: each writes files of its own there, and
whoever is asked adds them up. Processes may be in several containers that share the folder, so the files are named by
host and process.
"""

import os
import socket
from pathlib import Path

from prometheus_client import Counter, Histogram, disable_created_metrics, values

if _folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    Path(_folder).mkdir(parents=True, exist_ok=True)
    _host = socket.gethostname()
    values.ValueClass = values.MultiProcessValue(lambda: f"{_host}-{os.getpid()}")  # type: ignore[no-untyped-call]
disable_created_metrics()  # type: ignore[no-untyped-call]  # they would double the number of series

NO_TOWN = "none"

REQUESTS = Counter("stadttor_requests", "Requests by town.", ["town", "method", "status"])
VIEW_REQUESTS = Counter("stadttor_view_requests", "Requests by view.", ["view", "method", "status"])
REQUEST_SECONDS = Histogram(
    "stadttor_request_seconds", "Duration of requests.", ["view"], buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
)
JOBS = Counter("stadttor_jobs", "Jobs that ran: succeeded, retried (will be), failed or aborted.", ["task", "outcome"])
JOB_SECONDS = Histogram("stadttor_job_seconds", "Duration of jobs.", ["task"], buckets=(0.05, 0.25, 1, 5, 30, 120, 600))
MAILS = Counter("stadttor_mails", "Mails: sent or failed.", ["town", "outcome"])
PAYMENTS = Counter("stadttor_payments", "Steps of payments by the state that they led to.", ["town", "outcome"])


def count_request(*, town: str, view: str, method: str, status: int, seconds: float) -> None:
    """One request was answered. `town` is the schema of a known town or empty, `view` the name of a route."""
    kind = "read" if method in ("GET", "HEAD", "OPTIONS") else "write"
    status_class = f"{status // 100}xx"
    REQUESTS.labels(town or NO_TOWN, kind, status_class).inc()
    VIEW_REQUESTS.labels(view, kind, status_class).inc()
    REQUEST_SECONDS.labels(view).observe(seconds)


def count_job(*, task: str, outcome: str, seconds: float) -> None:
    """One job ran."""
    JOBS.labels(task, outcome).inc()
    JOB_SECONDS.labels(task).observe(seconds)


def count_mails(*, town: str, outcome: str, number: int) -> None:
    """So many mails were sent, or could not be."""
    MAILS.labels(town or NO_TOWN, outcome).inc(number)


def count_payment(*, town: str, outcome: str) -> None:
    """A payment took a step."""
    PAYMENTS.labels(town or NO_TOWN, outcome).inc()
