"""The steps of the registration form: what a post holds, and what is wrong with it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.http import QueryDict

from catalog.actions.promises import fault_of, read_row
from catalog.members import PORT_MEMBERS, PRODUCT_MEMBERS, RESERVED, SLUG_LENGTH, faults_of
from catalog.models import DataProduct, Domain, ProductDraft
from catalog.registering.document import Document, part, whole
from catalog.registering.fields import Wrong, typed
from catalog.registering.inputs import check_inputs, read_inputs
from catalog.registering.promises import literal
from catalog.registering.retention import measured, retention_ms
from catalog.resources import domain_resource
from mesh.audit.principal import Principal
from mesh.kernel.errors import MeshError, clipped
from mesh.kernel.ids import SLUG
from mesh.people.authz.decide import Resource
from mesh.people.authz.doors import may
from mesh.people.models import ObjectScope, Team
from schemas.actions import preview_registration
from streams.models import Cluster, Topic

TOPIC_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
RECORD_TYPES = 8
LEVELS = (
    "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL",
    "FULL_TRANSITIVE", "NONE",
)  # fmt: skip


Reader = Callable[[QueryDict, Mapping[str, Any]], dict[str, Any]]
Checker = Callable[[Principal, ProductDraft | None, Document], list[Wrong]]


# -- product --------------------------------------------------------------------------------------

PRODUCT_LABELS = {
    "name": "Name", "slug": "Short name", "team": "Team", "domain": "Domain", "kind": "Kind",
    "purpose": "What it is for", "usage": "Use it for", "limitations": "Limits", "tier": "Tier",
    "visibility": "Who may find it",
}  # fmt: skip


def read_product(post: QueryDict, before: Mapping[str, Any]) -> dict[str, Any]:
    """The product step."""
    found = {name: typed(post, name).strip() for name in PRODUCT_LABELS}
    found["slug"] = str(before.get("slug") or "") if "slug" not in post else found["slug"]
    return {**found, "sampling": "true" if post.get("sampling") == "true" else ""}


def check_product(viewer: Principal, draft: ProductDraft | None, document: Document) -> list[Wrong]:
    """Names, owner and texts."""
    given = part(document, "product")
    wrong = [
        Wrong(fault.pointer[1:], PRODUCT_LABELS[fault.pointer[1:]], fault.detail)
        for fault in faults_of(given, PRODUCT_MEMBERS)
    ]
    if draft is None or draft.product is None:
        wrong += _slug_faults(str(given.get("slug", "")))
    if not str(given.get("purpose", "")).strip():
        wrong.append(Wrong("purpose", "What it is for", "Say in a sentence what it is for."))
    return wrong + _owner_faults(viewer, given)


def _slug_faults(slug: str) -> list[Wrong]:
    label = PRODUCT_LABELS["slug"]
    if not SLUG.fullmatch(slug) or len(slug) > SLUG_LENGTH:
        return [Wrong("slug", label, "Small letters, digits and hyphens, starting with a letter.")]
    if slug in RESERVED or DataProduct.objects.filter(slug=slug).exists():
        return [Wrong("slug", label, f'"{slug}" is taken; choose another one.')]
    return []


def _owner_faults(viewer: Principal, given: Mapping[str, Any]) -> list[Wrong]:
    team = Team.objects.filter(slug=given.get("team") or "").first()
    domain = Domain.objects.filter(slug=given.get("domain") or "").first()
    wrong = []
    if team is None:
        wrong.append(Wrong("team", "Team", "Choose the team that answers for it."))
    if domain is None:
        wrong.append(Wrong("domain", "Domain", "Choose a domain."))
    if team is None or domain is None:
        return wrong
    path = domain_resource(domain).domain_ids
    if not may(viewer, "product.create", Resource("product", team_id=team.pk, domain_ids=path)):
        wrong.append(
            Wrong("team", "Team", f"You are in no role of {team.name} that registers products.")
        )
    return wrong


# -- topic ----------------------------------------------------------------------------------------

TOPIC_FIELDS = (
    "mode", "existing", "cluster", "topic", "partitions", "replication_factor", "retention",
    "retention_unit", "cleanup_policy", "rate", "record_bytes", "port", "version", "description",
)  # fmt: skip


def read_topic(post: QueryDict, before: Mapping[str, Any]) -> dict[str, Any]:
    """The topic step; an existing topic brings its own name and cluster."""
    found: dict[str, Any] = {name: typed(post, name).strip() for name in TOPIC_FIELDS}
    if found["mode"] != "existing":
        return found
    topic = _existing(found["existing"])
    found["topic"] = topic.name if topic is not None else ""
    found["cluster"] = topic.cluster.name if topic is not None else ""
    return found


def _existing(public_id: str) -> Topic | None:
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    rows = Topic.objects.filter(public_id=wanted, ended_at__isnull=True)
    return rows.select_related("cluster").first()


def check_topic(viewer: Principal, draft: ProductDraft | None, document: Document) -> list[Wrong]:
    """An observed topic that nobody owns, or a new one the broker can make."""
    given = part(document, "topic")
    wrong = _port_texts(given)
    if not str(given.get("port", "")).strip():
        wrong.append(Wrong("port", "Port", "Name the port, for example changes."))
    if given.get("mode") == "existing":
        return wrong + _existing_faults(draft, given)
    if given.get("mode") != "new":
        return [*wrong, Wrong("mode", "Topic", "Choose a topic that exists, or ask for a new one.")]
    return wrong + _new_faults(given)


PORT_LABELS = {"name": "Port", "version": "Version", "description": "Description"}
PORT_FIELDS = {"name": "port", "version": "version", "description": "description"}


def _port_texts(given: Mapping[str, Any]) -> list[Wrong]:
    """Texts of the port that are too long or not visible; an empty one is filled in or named apart."""
    said = {name: given[field] for name, field in PORT_FIELDS.items() if given.get(field)}
    return [
        Wrong(PORT_FIELDS[name], PORT_LABELS[name], fault.detail)
        for fault in faults_of(said, PORT_MEMBERS)
        if (name := fault.pointer[1:])
    ]


def _existing_faults(draft: ProductDraft | None, given: Mapping[str, Any]) -> list[Wrong]:
    topic = _existing(str(given.get("existing", "")))
    if topic is None:
        return [Wrong("existing", "Topic", "Choose a topic from the list.")]
    owner = ObjectScope.objects.filter(kind="topic", object_id=topic.public_id).first()
    mine = draft.product.public_id if draft is not None and draft.product is not None else None
    if owner is not None and owner.product_id not in (None, mine):
        return [
            Wrong("existing", "Topic", f"{topic.name} is already published by another product.")
        ]
    return []


def _new_faults(given: Mapping[str, Any]) -> list[Wrong]:
    name, wrong = str(given.get("topic", "")), []
    cluster = Cluster.objects.filter(name=given.get("cluster") or "").first()
    if cluster is None:
        wrong.append(Wrong("cluster", "Cluster", "Choose the cluster."))
    if not TOPIC_NAME.fullmatch(name) or name in (".", ".."):
        detail = "Kafka allows letters, digits, dots, hyphens and underscores, at most 249."
        wrong.append(Wrong("topic", "Topic", f'"{clipped(name, 60)}" is no topic name: {detail}'))
    elif cluster and cluster.topics.filter(name=name, ended_at__isnull=True).exists():
        wrong.append(
            Wrong(
                "topic",
                "Topic",
                f"{name} exists already on {cluster.name}: choose it from the list.",
            )
        )
    for field, label in (("rate", "Records per second"), ("record_bytes", "Bytes per record")):
        if given.get(field) and measured(given[field]) is None:
            wrong.append(Wrong(field, label, "A number greater than 0, or nothing."))
    if not 1 <= whole(given.get("partitions")) <= 1000:
        wrong.append(Wrong("partitions", "Partitions", "A whole number from 1 to 1000."))
    brokers = cluster.broker_count if cluster is not None else None
    copies = whole(given.get("replication_factor"))
    if not 1 <= copies <= (brokers or 20):
        many = "1 broker" if brokers == 1 else f"{brokers} brokers"
        most = f"{cluster.name} has {many}" if cluster and brokers else "at most 20"
        wrong.append(Wrong("replication_factor", "Copies", f"A whole number from 1; {most}."))
    policy = given.get("cleanup_policy")
    if policy not in ("delete", "compact", "compact,delete"):
        wrong.append(Wrong("cleanup_policy", "Clean-up", "Choose how old records go."))
    if (
        policy != "compact"
        and retention_ms(given.get("retention"), given.get("retention_unit")) is None
    ):
        wrong.append(
            Wrong(
                "retention", "Retention", "A number greater than 0 with its unit, at most 10 years."
            )
        )
    return wrong


# -- schema ---------------------------------------------------------------------------------------


def read_schema(post: QueryDict, before: Mapping[str, Any]) -> dict[str, Any]:
    """The schema step: up to eight record types per side; empty ones are dropped."""
    found: dict[str, Any] = {}
    for side in ("key", "value"):
        rows = [
            {
                "subject": typed(post, f"{side}_subject_{index}").strip(),
                "schema": typed(post, f"{side}_schema_{index}"),
                "compatibility": typed(post, f"{side}_compatibility_{index}"),
            }
            for index in range(RECORD_TYPES)
            if f"{side}_schema_{index}" in post
        ]
        found[side] = [row for row in rows if row["schema"].strip()]
    return found


def check_schema(viewer: Principal, draft: ProductDraft | None, document: Document) -> list[Wrong]:
    """Every schema is valid and allowed under its subject's level."""
    given = part(document, "schema")
    wrong: list[Wrong] = []
    if not given.get("value"):
        wrong.append(
            Wrong("value_schema_0", "Value schema", "Describe at least one kind of record.")
        )
    seen: set[str] = set()
    for side in ("key", "value"):
        for index, row in enumerate(given.get(side, ())):
            wrong += _schema_faults(viewer, side, index, row)
            if row["subject"] in seen:
                wrong.append(
                    Wrong(
                        f"{side}_subject_{index}",
                        "Subject",
                        "Each record type needs its own subject.",
                    )
                )
            seen.add(row["subject"])
    return wrong


def _schema_faults(viewer: Principal, side: str, index: int, row: Mapping[str, str]) -> list[Wrong]:
    label = f"{side.capitalize()} schema"
    if not row["subject"]:
        return [Wrong(f"{side}_subject_{index}", "Subject", "Name the subject.")]
    if row["compatibility"] and row["compatibility"] not in LEVELS:
        return [
            Wrong(f"{side}_compatibility_{index}", "Compatibility", "Choose a level from the list.")
        ]
    try:
        preview = preview_registration(row["subject"], row["schema"], viewer=viewer)
    except MeshError as error:
        return [Wrong(f"{side}_subject_{index}", "Subject", error.detail)]
    if preview.outcome in ("same", "register"):
        return []
    first = preview.complaints[0] if preview.complaints else None
    if first is None:
        return [Wrong(f"{side}_schema_{index}", label, f"It is not allowed under {preview.level}.")]
    place = f"Line {first.line}, column {first.column}: " if first.line else ""
    more = f" ({len(preview.complaints) - 1} more)" if len(preview.complaints) > 1 else ""
    where = f" at {first.pointer}" if first.pointer else ""
    return [Wrong(f"{side}_schema_{index}", label, f"{place}{first.message}{where}{more}")]


# -- promises -------------------------------------------------------------------------------------

PROMISES = 24


def read_promises(post: QueryDict, before: Mapping[str, Any]) -> dict[str, Any]:
    """The promises step; empty rows are dropped."""
    rows = [
        {
            "property": typed(post, f"promise_property_{index}")[:40],
            "value": typed(post, f"promise_value_{index}").strip()[:60],
            "unit": typed(post, f"promise_unit_{index}").strip()[:20],
            "consumer": typed(post, f"promise_consumer_{index}").strip()[:249],
        }
        for index in range(PROMISES)
        if f"promise_property_{index}" in post
    ]
    return {"rows": [row for row in rows if row["value"] or row["consumer"]]}


def check_promises(
    viewer: Principal, draft: ProductDraft | None, document: Document
) -> list[Wrong]:
    """Every promise reads in one way only."""
    wrong = []
    for index, row in enumerate(part(document, "promises").get("rows", ())):
        words = literal(row)
        fault = fault_of(words, read_row(words), "")
        if fault is not None:
            member = "consumer" if fault.pointer.endswith("/consumer") else "value"
            wrong.append(Wrong(f"promise_{member}_{index}", str(row["property"]), fault.detail))
    return wrong


# -- review ---------------------------------------------------------------------------------------

REASON = 10


def read_review(post: QueryDict, before: Mapping[str, Any]) -> dict[str, Any]:
    """The reason for the request."""
    return {"reason": typed(post, "reason").strip()[:4000]}


def check_review(viewer: Principal, draft: ProductDraft | None, document: Document) -> list[Wrong]:
    """Approvers read the reason."""
    if len(str(part(document, "review").get("reason", ""))) >= REASON:
        return []
    return [
        Wrong("reason", "Reason", f"Say in at least {REASON} characters why; approvers read it.")
    ]


READERS: dict[str, Reader] = {
    "product": read_product, "topic": read_topic, "schema": read_schema,
    "inputs": read_inputs, "promises": read_promises, "review": read_review,
}  # fmt: skip
CHECKERS: dict[str, Checker] = {
    "product": check_product, "topic": check_topic, "schema": check_schema,
    "inputs": check_inputs, "promises": check_promises, "review": check_review,
}  # fmt: skip
