"""What the steps of the registration form show: choices, typed values, readings, faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.actions.promises import read_row
from catalog.members import KINDS, VISIBILITIES
from catalog.models import Domain, ProductDraft
from catalog.registering.document import STEP_WORDS, STEPS, part, request_body, whole
from catalog.registering.fields import Wrong
from catalog.registering.groups import known_groups, unseen
from catalog.registering.manifest import manifest_text
from catalog.registering.moved import mark_of
from catalog.registering.promises import TITLES
from catalog.registering.retention import UNITS as RETENTION_UNITS
from catalog.registering.retention import measured, retention_ms, storage_words
from catalog.registering.steps import CHECKERS, LEVELS, RECORD_TYPES
from catalog.showing.register_rows import input_rows, promise_form_rows
from catalog.showing.words import PRODUCT_KINDS, VISIBILITY
from catalog.sla.words import words
from mesh.audit.principal import Principal
from mesh.people.authz.doors import scope
from mesh.people.models import ObjectScope, Team
from streams.models import Cluster, Topic, TopicState
from streams.queries.pages import setting_words

TOPICS = 500
ITEM_WORDS = {
    "topic.create": "Create topic", "topic.adopt": "Take over topic",
    "schema.register": "Register schema", "product.create": "Create product",
    "product.edit": "Change product", "port.create": "Open port of", "promise.set": "Set promises of",
    "lifecycle.activate": "Make active",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step as it is drawn."""

    step: str
    title: str
    crumbs: tuple[dict[str, str], ...]
    subtitle: str
    stepper: tuple[dict[str, str], ...]
    values: dict[str, Any]
    faults: tuple[Wrong, ...]
    errors: dict[str, str]
    back: str
    forward: str
    policy_href: str
    draft_id: str
    here: str
    saved_at: Any
    revision: str
    moved: bool
    extra: dict[str, Any]


def step_page(
    viewer: Principal,
    draft: ProductDraft | None,
    step: str,
    *,
    values: Mapping[str, Any] | None = None,
    faults: Sequence[Wrong] = (),
    moved: bool = False,
) -> StepPage:
    """A step with what was typed so far; `values`, `faults` and `moved` after a refused post."""
    document = draft.document if draft is not None else {}
    shown = dict(values if values is not None else part(document, step))
    index = STEPS.index(step)
    name = part(document, "product").get("name") or ""
    changes = draft is not None and draft.product is not None
    return StepPage(
        step=step,
        title=f"Change {name}" if changes else f"Register {name}" if name else "Register a product",
        crumbs=_crumbs(draft),
        subtitle=_subtitle(document),
        stepper=_stepper(viewer, draft, step),
        values=shown,
        faults=tuple(faults),
        errors={fault.name: fault.detail for fault in reversed(faults)},
        back=_address(draft, STEPS[index - 1]) if index and draft is not None else "",
        forward=STEP_WORDS[STEPS[index + 1]].lower() if index + 1 < len(STEPS) else "",
        policy_href=f"/governance/_/draft-checks/{draft.public_id}" if draft is not None else "",
        draft_id=str(draft.public_id) if draft is not None else "",
        here=_address(draft, step) if draft is not None else "/products/new",
        saved_at=draft.updated_at if draft is not None else None,
        revision=mark_of(document, step),
        moved=moved,
        extra=EXTRAS[step](viewer, draft, shown),
    )


def _address(draft: ProductDraft, step: str) -> str:
    return f"/products/drafts/{draft.public_id}/{step}"


def _crumbs(draft: ProductDraft | None) -> tuple[dict[str, str], ...]:
    """The way back: to the catalog, and to the product that is to be changed."""
    first = {"label": "Catalog", "href": "/search"}
    if draft is None or draft.product is None:
        return first, {"label": "Register a product"}
    product = {"label": draft.product.name, "href": f"/products/{draft.product.slug}"}
    return first, product, {"label": "Propose a change"}


def _subtitle(document: Mapping[str, Any]) -> str:
    topic = part(document, "topic")
    if not topic.get("topic"):
        return "A product is a topic somebody answers for. Nothing happens before it is approved."
    kind = "a new topic" if topic.get("mode") == "new" else "an existing topic"
    return f"{topic['topic']} on {topic.get('cluster')}, {kind}."


def _stepper(
    viewer: Principal, draft: ProductDraft | None, step: str
) -> tuple[dict[str, str], ...]:
    rows = []
    for name in STEPS:
        state, href = "todo", ""
        if draft is not None:
            href = _address(draft, name)
            if name in draft.document:
                state = "failed" if CHECKERS[name](viewer, draft, draft.document) else "done"
        if name == step:
            state, href = "current", ""
        rows.append({"label": STEP_WORDS[name], "state": state, "href": href})
    return tuple(rows)


# -- what each step offers ------------------------------------------------------------------------


def _product(
    viewer: Principal, draft: ProductDraft | None, shown: dict[str, Any]
) -> dict[str, Any]:
    teams = scope(viewer, "team.read", Team.objects.order_by("name"))
    if not viewer.has_role("steward"):
        teams = teams.filter(pk__in=viewer.team_ids())
    domains = scope(viewer, "catalog.read", Domain.objects.order_by("name"))
    for name, default in (("kind", "source_aligned"), ("visibility", "organisation")):
        shown.setdefault(name, default)
    for name in (
        "name",
        "slug",
        "team",
        "domain",
        "purpose",
        "usage",
        "limitations",
        "tier",
        "sampling",
    ):
        shown.setdefault(name, "")
    return {
        "teams": list(teams.values_list("slug", "name")),
        "domains": list(domains.values_list("slug", "name")),
        "kinds": [(kind, PRODUCT_KINDS[kind]) for kind in KINDS],
        "tiers": [("gold", "gold"), ("silver", "silver"), ("bronze", "bronze")],
        "visibilities": [(word, VISIBILITY[word]) for word in VISIBILITIES],
        "is_new": draft is None or draft.product is None,
        "samples": shown["sampling"] == "true",
    }


def _topic(viewer: Principal, draft: ProductDraft | None, shown: dict[str, Any]) -> dict[str, Any]:
    document = draft.document if draft is not None else {}
    product = part(document, "product")
    suggested = f"{product.get('domain', '')}.{product.get('slug', '')}.changes".strip(".")
    free = _free_topics(viewer, draft)
    defaults = {
        "mode": "existing" if free else "new", "existing": "", "cluster": "", "topic": "", "partitions": "3",
        "replication_factor": "1", "retention": "7", "retention_unit": "days",
        "cleanup_policy": "delete", "rate": "", "record_bytes": "", "port": "changes",
        "version": "1", "description": "",
    }  # fmt: skip
    for name, default in defaults.items():
        shown.setdefault(name, default)
    clusters = list(scope(viewer, "cluster.read", Cluster.objects.order_by("name")))
    if not shown["cluster"] and clusters:
        shown["cluster"] = clusters[0].name
    if not shown["topic"] and shown["mode"] == "new":
        shown["topic"] = suggested
    return {
        "modes": [("existing", "A topic that exists on the broker"), ("new", "A new topic")],
        "topics": free,
        "clusters": [(cluster.name, cluster.name) for cluster in clusters],
        "silent": [cluster for cluster in clusters if cluster.state == "unreachable"],
        "units": list(RETENTION_UNITS),
        "policies": [
            ("delete", "Old records are deleted"),
            ("compact", "The newest record of every key stays"),
            ("compact,delete", "Both"),
        ],
        "suggested": suggested,
        "storage": _storage(shown),
    }


def _free_topics(viewer: Principal, draft: ProductDraft | None) -> list[tuple[str, str]]:
    """Topics that no other product owns."""
    owned = ObjectScope.objects.filter(kind="topic").exclude(product_id=None)
    if draft is not None and draft.product is not None:
        owned = owned.exclude(product_id=draft.product.public_id)
    rows = scope(viewer, "streams.read", Topic.objects.select_related("cluster"))
    rows = rows.filter(ended_at__isnull=True, is_internal=False)
    rows = rows.exclude(public_id__in=owned.values("object_id")).order_by("name")
    return [
        (str(row.public_id), f"{row.name} ({row.cluster.name}, {row.partitions} partitions)")
        for row in rows[:TOPICS]
    ]


def _storage(shown: Mapping[str, Any]) -> str:
    """The consequence of the retention, with the rate that is known or typed."""
    rate, size = measured(shown.get("rate")), measured(shown.get("record_bytes"))
    if rate is None and shown.get("mode") == "existing":
        rows = TopicState.objects.filter(
            topic__name=shown.get("topic", ""), topic__cluster__name=shown.get("cluster", ""),
            topic__ended_at__isnull=True,
        )  # fmt: skip
        rate = rows.values_list("records_per_second", flat=True).first()
    kept = retention_ms(shown.get("retention"), shown.get("retention_unit"))
    return storage_words(kept, whole(shown.get("replication_factor")), rate, size)


def _schema(viewer: Principal, draft: ProductDraft | None, shown: dict[str, Any]) -> dict[str, Any]:
    document = draft.document if draft is not None else {}
    topic = str(part(document, "topic").get("topic", ""))
    sides = []
    for side, title in (("value", "Value"), ("key", "Key")):
        rows = list(shown.get(side, ()))
        if len(rows) < RECORD_TYPES and (not rows or side == "value"):
            default = f"{topic}-{side}" if topic and not rows else ""
            rows.append({"subject": default, "schema": "", "compatibility": ""})
        sides.append(
            {
                "side": side,
                "title": title,
                "rows": [
                    {
                        **row,
                        "number": number + 1,
                        "subject_name": f"{side}_subject_{number}",
                        "schema_name": f"{side}_schema_{number}",
                        "level_name": f"{side}_compatibility_{number}",
                    }
                    for number, row in enumerate(rows)
                ],
            }
        )
    return {
        "sides": sides,
        "levels": [(level, level.lower().replace("_", " ")) for level in LEVELS],
    }


def unseen_groups(viewer: Principal, document: Mapping[str, Any]) -> list[str]:
    """A sentence for each consumer group of the promises that no broker has shown yet."""
    groups = known_groups(viewer)
    said = [
        unseen(row.get("consumer", ""), groups)
        for row in part(document, "promises").get("rows", ())
    ]
    return [words for words in said if words]


def _review(viewer: Principal, draft: ProductDraft | None, shown: dict[str, Any]) -> dict[str, Any]:
    shown.setdefault("reason", "")
    if draft is None:
        return {"items": (), "open": ()}
    body = request_body(draft)
    unfinished = [
        {"label": STEP_WORDS[step], "href": _address(draft, step), "faults": wrong}
        for step in STEPS[:-1]
        if (wrong := CHECKERS[step](viewer, draft, draft.document))
    ]
    return {
        "items": [_item(item) for item in body["items"]],
        "unfinished": unfinished,
        "storage": _storage(part(draft.document, "topic")),
        "file": manifest_text(draft, viewer),
        "file_name": f"{part(draft.document, 'product').get('slug') or 'product'}.yaml",
    }


def _item(item: Mapping[str, Any]) -> dict[str, str]:
    """An item of the request in words."""
    name = (
        item["object"].get("topic")
        or item["object"].get("subject")
        or item["object"].get("product")
    )
    desired = item["desired"]
    match item["kind"]:
        case "topic.create":
            settings = (_setting(key, value) for key, value in sorted(desired["configs"].items()))
            parts, copies = desired["partitions"], desired["replication_factor"]
            text = ", ".join((_count(parts, "partition"), _count(copies, "replica"), *settings))
        case "promise.set":
            text = "; ".join(_promise_words(row) for row in desired["promises"])
        case "port.create":
            text = desired.get("topic") or f"reads {desired.get('upstream')}"
        case "product.edit":
            text = ", ".join(sorted(key.replace("_", " ") for key in desired))
        case "schema.register":
            level = str(desired.get("compatibility", ""))
            text = f"level {level}" if level else ""
        case _:
            text = ""
    return {"title": f"{ITEM_WORDS[item['kind']]} {name}", "text": text}


def _setting(key: str, value: object) -> str:
    """A setting with what its number means."""
    meant = setting_words(key, value)
    return f"{key} {meant or value}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _promise_words(row: Mapping[str, Any]) -> str:
    if row.get("ended"):
        return f"no longer: {TITLES.get(str(row['property']), row['property'])}"
    return words(read_row(row).form)


EXTRAS = {
    "product": _product, "topic": _topic, "schema": _schema, "inputs": input_rows, "promises": promise_form_rows,
    "review": _review,
}  # fmt: skip
