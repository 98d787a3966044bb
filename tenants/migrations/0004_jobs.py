"""Jobs: towns take turns, and why a job failed is kept."""

import django.db.models.deletion
from django.db import migrations, models

# Whenever a job begins to wait, it is told its place. `priority` comes in as the urgency of its kind (a multiple of a
# million, tenants.jobs.Urgency) and leaves lower by the job's turn: the turn after the last one of its own town, but
# none that has gone by already. So a town that queues ten thousand jobs at once gets ten thousand turns, one after the
# other, and the first job of any other town gets the turn that is on now. (In the literature: start-time fair queueing.)
#
# What waits for a moment in the future is not on yet: it is counted only by what is due later still.
TURNS = """
CREATE INDEX tenants_jobs_of_a_town ON procrastinate_jobs (coalesce(args ->> 'town', ''), priority)
    WHERE status = 'todo';
CREATE INDEX tenants_jobs_failed ON procrastinate_jobs (id) WHERE status = 'failed';

CREATE FUNCTION tenants_job_takes_its_turn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    urgency integer := ceil(NEW.priority / 1000000.0) * 1000000;
    lowest integer := urgency - 999999;
    due timestamptz := greatest(now(), NEW.scheduled_at);
    last_of_town integer;
    on_now integer;
BEGIN
    SELECT priority INTO last_of_town FROM procrastinate_jobs
        WHERE status = 'todo' AND coalesce(args ->> 'town', '') = coalesce(NEW.args ->> 'town', '')
            AND priority BETWEEN lowest AND urgency AND (scheduled_at IS NULL OR scheduled_at <= due)
        ORDER BY priority LIMIT 1;
    SELECT priority INTO on_now FROM procrastinate_jobs
        WHERE status = 'todo' AND priority BETWEEN lowest AND urgency
            AND (scheduled_at IS NULL OR scheduled_at <= now())
        ORDER BY priority DESC LIMIT 1;
    NEW.priority := greatest(least(last_of_town - 1, on_now, urgency), lowest);
    IF TG_OP = 'UPDATE' THEN
        NEW.queueing_lock := NULL;  -- another one may have begun to wait while this one ran
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER tenants_job_takes_its_turn BEFORE INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN (NEW.status = 'todo') EXECUTE FUNCTION tenants_job_takes_its_turn();
CREATE TRIGGER tenants_job_takes_its_turn_again BEFORE UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (NEW.status = 'todo' AND OLD.status <> 'todo') EXECUTE FUNCTION tenants_job_takes_its_turn();
"""

NO_TURNS = """
DROP TRIGGER tenants_job_takes_its_turn_again ON procrastinate_jobs;
DROP TRIGGER tenants_job_takes_its_turn ON procrastinate_jobs;
DROP FUNCTION tenants_job_takes_its_turn();
DROP INDEX tenants_jobs_failed;
DROP INDEX tenants_jobs_of_a_town;
"""

# Django would delete the failures of a job itself; procrastinate does not know of them.
FAILURE_GOES_WITH_ITS_JOB = """
ALTER TABLE tenants_jobfailure ADD CONSTRAINT failure_goes_with_its_job
    FOREIGN KEY (job_id) REFERENCES procrastinate_jobs (id) ON DELETE CASCADE;
"""


class Migration(migrations.Migration):
    contracts = "what it constrains is a table of its own"
    dependencies = [
        ("tenants", "0003_levels"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [
        migrations.CreateModel(
            name="JobFailure",
            fields=[
                (
                    "job",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="failure",
                        serialize=False,
                        to="procrastinate.procrastinatejob",
                    ),
                ),
                ("error", models.CharField(max_length=200)),
            ],
        ),
        migrations.RunSQL(FAILURE_GOES_WITH_ITS_JOB, migrations.RunSQL.noop),
        migrations.RunSQL(TURNS, NO_TURNS),
    ]
