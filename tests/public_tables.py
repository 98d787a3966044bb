"""What stands in `public`, the schema that all towns share."""

from django.db import connection

from tenants.context import as_owner, at_operator


def tables_that_say(*secrets: str) -> dict[str, list[str]]:
    """The tables of `public` with a row that says one of these, in small or capital letters, and which ones."""
    found: dict[str, list[str]] = {}
    with at_operator(), as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        assert "tenants_town" in tables
        for table in tables:
            question = f'SELECT one::text FROM public."{table}" AS one WHERE lower(one::text) LIKE ANY (%s)'  # noqa: S608
            cursor.execute(question, [[f"%{secret.lower()}%" for secret in secrets]])
            rows = " ".join(text for (text,) in cursor.fetchall()).lower()
            if rows:
                found[table] = [secret for secret in secrets if secret.lower() in rows]
    return found
