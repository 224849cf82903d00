"""Manifests become one bundle: places at once, everything else as a change request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.actions.domains import create_domain
from catalog.models import DataProduct, Domain
from governance.actions.requests import create_and_submit
from governance.errors import ManifestRefused
from governance.manifests.comparing import Compared, compare
from governance.manifests.documents import Documents, Place, read_documents
from governance.models import ChangeRequest
from mesh.audit.actions import audited
from mesh.audit.principal import Principal
from mesh.kernel.errors import Fault, MeshError
from mesh.people.actions import create_team, edit_team
from mesh.people.authz.doors import require
from mesh.people.models import Team
from streams.models import Environment


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of some manifests."""

    request: ChangeRequest | None
    plan: list[dict[str, object]]

    @property
    def counts(self) -> dict[str, int]:
        actions = [str(row["action"]) for row in self.plan]
        return {
            action: actions.count(action)
            for action in ("create", "change", "same")
            if action in actions
        }


@audited
def apply_manifests(
    entries: object, *, by: Principal, dry_run: bool, title: str = "", reason: str = ""
) -> Answer:
    """Plan the documents, and unless `dry_run` open and submit one request for what differs.

    Documents that describe what stands already open no request. Raises ManifestRefused with every
    fault, each at its pointer.
    """
    require(by, "change.draft")
    documents = read_documents(entries)
    _refuse(documents.faults)
    environment = _environment(documents)
    rows = [_place(place, by=by, dry_run=dry_run) for place in documents.places]
    compared, faults = compare(by, documents.wanted, _teams(documents))
    _refuse(faults)
    asks = environment.kind == Environment.Kind.PROD
    rows += [_row(entry, asks) for entry in compared]
    changing = [entry for entry in compared if entry.action != "same"]
    if dry_run or not changing:
        return Answer(None, rows)
    request = create_and_submit(
        {
            "title": title or _title(documents, changing),
            "reason": reason or f"Asked by manifest: {', '.join(documents.names)}"[:1000],
            "environment": environment.slug,
            "items": [_body(entry) for entry in changing],
        },
        by=by,
    )
    return Answer(request, rows)


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise ManifestRefused(faults[0].detail, faults=tuple(faults))


def _environment(documents: Documents) -> Environment:
    if len(documents.environments) > 1:
        said = "One bundle concerns one environment; send these documents apart."
        raise ManifestRefused(said, pointer="/documents")
    slug = next(iter(documents.environments), "prod")
    found = Environment.objects.filter(slug=slug[:63]).first()
    if found is None:
        raise ManifestRefused(
            f"There is no environment {slug[:63]}.",
            pointer="/documents/0/document/spec/environment",
        )
    return found


def _teams(documents: Documents) -> dict[str, int | None]:
    """By document, the team whose subjects and topics these may be: of the product it describes."""
    found: dict[str, int | None] = {}
    for wanted in documents.wanted:
        if wanted.body["kind"] in ("product.create", "product.edit"):
            slug = wanted.body["object"]["product"]
            owner = DataProduct.objects.filter(slug=slug).values_list("team_id", flat=True).first()
            named = Team.objects.filter(slug=wanted.body["desired"].get("team"))
            found[wanted.origin.document] = owner or named.values_list("pk", flat=True).first()
    return found


def _title(documents: Documents, changing: Sequence[Compared]) -> str:
    """In words where it is all about one new product, else counted."""
    created = [entry.wish.desired for entry in changing if entry.wish.kind == "product.create"]
    if len(created) == len(documents.names) == 1:
        return f"Register {created[0]['name']}"[:160]
    counts = {
        action: sum(entry.action == action for entry in changing) for action in ("create", "change")
    }
    said = ", ".join(f"{number} to {action}" for action, number in counts.items() if number)
    return f"{', '.join(documents.names)[:140]}: {said}"


def _body(entry: Compared) -> dict[str, Any]:
    wish = entry.wish
    return {"kind": wish.kind, "object": dict(wish.object), "desired": dict(wish.desired)}


def _row(entry: Compared, asks: bool) -> dict[str, object]:
    return {
        "line": entry.origin.line,
        "kind": entry.wish.kind,
        "object": entry.label,
        "action": entry.action,
        "before": dict(entry.before),
        "after": dict(entry.after),
        "needs_approval": asks and entry.action != "same",
    }


def _place(place: Place, *, by: Principal, dry_run: bool) -> dict[str, object]:
    """A domain or team as its document says it; whoever may make it does so at once."""
    model = Domain if place.kind == "Domain" else Team
    row = model.objects.filter(slug=place.slug).first()
    before = {} if row is None else {name: _plain(getattr(row, name)) for name in place.members}
    action = "create" if row is None else "same" if before == dict(place.members) else "change"
    if not dry_run and action != "same":
        try:
            _write_place(place, row, by=by)
        except MeshError as error:
            faults = [
                Fault(f"{place.origin.pointer}{fault.pointer}", fault.code, fault.detail)
                for fault in error.faults
            ]
            if not faults:
                raise
            raise ManifestRefused(error.detail, faults=tuple(faults)) from error
    return {
        "line": place.origin.line, "kind": place.kind.lower(), "object": place.slug, "action": action,
        "before": before, "after": dict(place.members), "needs_approval": False,
    }  # fmt: skip


def _plain(value: object) -> object:
    return value.slug if isinstance(value, Domain | Team) else value


def _write_place(place: Place, row: Domain | Team | None, *, by: Principal) -> None:
    members: Mapping[str, Any] = place.members
    if place.kind == "Team":
        if isinstance(row, Team):
            edit_team(row.pk, dict(members), by=by)
        else:
            create_team(place.slug, by=by, **members)
        return
    if row is not None:
        raise ManifestRefused(
            "A domain is changed by a governor in the web.", pointer=place.origin.pointer
        )
    parent = Domain.objects.filter(slug=members.get("parent", "")).first()
    if members.get("parent") and parent is None:
        said = f"There is no domain {str(members['parent'])[:63]}."
        raise ManifestRefused(said, pointer=f"{place.origin.pointer}/parent")
    create_domain(
        slug=place.slug, name=str(members["name"]), parent=parent, description=str(members.get("description", "")),
        by=by,
    )  # fmt: skip
