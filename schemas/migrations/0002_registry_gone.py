"""Tells registry processes when a subject becomes hidden or visible: kept answers must go."""

from django.db import migrations

CREATE = """
create function schemas_tell_hidden() returns trigger language plpgsql as $$
begin
    if (tg_op <> 'INSERT' and old.kind = 'subject' and old.visibility = 'restricted')
       or (tg_op <> 'DELETE' and new.kind = 'subject' and new.visibility = 'restricted') then
        notify registry_gone;
    end if;
    return null;
end $$;
create trigger schemas_tell_hidden after insert or update or delete on people_objectscope
    for each row execute function schemas_tell_hidden();
"""
DROP = """
drop trigger schemas_tell_hidden on people_objectscope;
drop function schemas_tell_hidden();
"""


class Migration(migrations.Migration):
    dependencies = [("schemas", "0001_initial"), ("people", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
