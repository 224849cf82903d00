"""A schema by its id: who holds it, in one prepared statement."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Case, When

from mesh.audit.principal import Principal
from mesh.kernel.database import prepared
from schemas.models import SchemaVersion
from schemas.names import SubjectName
from schemas.registering.rights import readable_versions

HOLDERS_READ: Final = 20  # of one content; enough to see whether one subject alone holds it
OPEN_HOLDERS: Final = """
select i.id, x.name, s.name, v.version, v.created_at, c.guid, c.text, c.references_spec
from schemas_schemaid i
join schemas_registrycontext x on x.id = i.context_id
join schemas_schemacontent c on c.id = i.content_id
join schemas_schemaversion v on v.schema_id_id = i.id
join schemas_subject s on s.id = v.subject_id
left join people_objectscope o on o.kind = 'subject' and o.object_id = s.public_id
where x.name = %(context)s and i.number = %(number)s
    and o.visibility is distinct from 'restricted'
order by s.name = %(subject)s desc, v.id desc limit %(most)s
"""


class Holder(NamedTuple):
    """A version with this id; `schema_id` is the primary key of the id's row."""

    schema_id: int
    context: str
    subject: str
    version: int
    created_at: datetime
    guid: uuid.UUID
    text: str
    references_spec: str

    @property
    def qualified(self) -> str:
        """The subject's name as clients see it."""
        return SubjectName(self.context, self.subject).qualified


def open_holders(number: int, name: SubjectName) -> list[Holder]:
    """Versions with this id in the name's context that anybody may see, those of the name first."""
    values = {"context": name.context, "number": number, "subject": name.name, "most": HOLDERS_READ}
    return [Holder(*row) for row in prepared(OPEN_HOLDERS, values)]


def holders_for(by: Principal, number: int, name: SubjectName) -> list[Holder]:
    """The same versions as far as this caller may see them."""
    rows = SchemaVersion.objects.filter(
        schema_id__number=number, schema_id__context__name=name.context
    )
    found = readable_versions(by, rows).order_by(
        Case(When(subject__name=name.name, then=0), default=1), "-pk"
    )
    columns = found.values_list(
        "schema_id", "subject__context__name", "subject__name", "version", "created_at",
        "schema_id__content__guid", "schema_id__content__text",
        "schema_id__content__references_spec",
    )  # fmt: skip
    return [Holder(*row) for row in columns[:HOLDERS_READ]]
