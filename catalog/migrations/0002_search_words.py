"""SQL functions of search: names split into words, and the two vectors made of them."""

from __future__ import annotations

from django.db import migrations

# PostgreSQL's parser reads `orders.daily` as one host name and camelCase as one word, so a search
# for "daily" would find nothing: names are split first, and kept whole beside.
CREATE = r"""
create function catalog_words(name text) returns text
language sql immutable strict parallel safe as $$
  select regexp_replace(
    translate(regexp_replace(name, '([a-z0-9])([A-Z])', '\1 \2', 'g'), '._-/:$#@', '        '),
    '\s+', ' ', 'g')
$$;
create function catalog_names_vector(name text) returns tsvector
language sql immutable strict parallel safe as $$
  select to_tsvector('pg_catalog.simple', left(catalog_words(name), 20000))
      || array_to_tsvector(array(
           select distinct left(lower(word), 500)
           from regexp_split_to_table(name, '\s+') as word where word <> ''))
$$;
create function catalog_prose_vector(prose text) returns tsvector
language sql immutable strict parallel safe as $$
  select to_tsvector('pg_catalog.simple', left(prose, 100000))
      || to_tsvector('pg_catalog.english', left(prose, 100000))
$$;
"""
DROP = """
drop function catalog_prose_vector(text);
drop function catalog_names_vector(text);
drop function catalog_words(text);
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
