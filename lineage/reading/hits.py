"""Who is hit by a schema that is only tried out, as the page of its subject says it."""

from __future__ import annotations

from lineage.reading.impact import ReaderVerdict, impact_of
from mesh.audit.principal import Principal
from mesh.people.authz.doors import require
from mesh.people.models import Team
from schemas.readers import Hit, Hits


def hits_of(viewer: Principal, subject: str, text: str) -> Hits:
    """Every reader of the subject, worst first; one query beside those of the impact."""
    require(viewer, "lineage.read")
    found = impact_of(viewer, subject, text)
    asked = {reader.team_id for reader in found.readers if reader.team_id}
    teams = dict(Team.objects.filter(pk__in=asked).values_list("pk", "name"))
    rows = tuple(_hit(reader, teams.get(reader.team_id, "")) for reader in found.readers)
    return Hits(found.headline, found.state, rows)


def _hit(reader: ReaderVerdict, team: str) -> Hit:
    return Hit(reader.name, team, reader.state, reader.words, reader.reason)
