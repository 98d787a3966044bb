"""Jobs are all that a town writes in `public`: through procrastinate's own function, and only jobs of its own."""

from django.db import migrations

QUEUE = """
ALTER FUNCTION procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[])
    SECURITY DEFINER SET search_path = public, pg_temp;

CREATE FUNCTION tenants_job_is_ones_own() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- Who asked. Inside the function above we are the owner; who asked is not.
    acting text := COALESCE(NULLIF(current_setting('role'), 'none'), session_user);
    owner oid := (SELECT relowner FROM pg_class WHERE oid = TG_RELID);
BEGIN
    IF acting <> current_database() || '.public'
        AND acting IS DISTINCT FROM current_database() || '.' || (NEW.args ->> 'town')
        AND NOT pg_has_role(acting, owner, 'MEMBER') THEN
        RAISE insufficient_privilege USING MESSAGE = 'a town may only queue jobs of its own';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER tenants_job_is_ones_own BEFORE INSERT ON procrastinate_jobs
    FOR EACH ROW EXECUTE FUNCTION tenants_job_is_ones_own();
"""

UNDO = """
DROP TRIGGER tenants_job_is_ones_own ON procrastinate_jobs;
DROP FUNCTION tenants_job_is_ones_own();
ALTER FUNCTION procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[])
    SECURITY INVOKER RESET search_path;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0001_initial"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [migrations.RunSQL(QUEUE, UNDO)]
