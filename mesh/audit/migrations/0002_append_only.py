"""The audit trail only grows: the database itself refuses to change or delete a row of it."""

from django.db import migrations

CREATE = """
create function audit_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'The audit trail only grows: % is refused.', tg_op
        using errcode = 'insufficient_privilege';
end $$;
create trigger audit_append_only before update or delete on audit_auditevent
    for each row execute function audit_append_only();
"""
DROP = """
drop trigger audit_append_only on audit_auditevent;
drop function audit_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
