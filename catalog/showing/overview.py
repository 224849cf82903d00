"""The overview of a product: figures, shape of a record, where it flows, how to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import DataProduct, Promise
from catalog.motion import InMotion, in_motion
from catalog.queries.consumers import Reader
from catalog.showing.lineage import Graph, lineage_of
from catalog.showing.product import PlacedTopic, ProductHead
from catalog.showing.promises import PromiseRow, promise_rows
from catalog.showing.samples import reading_samples
from catalog.showing.words import lag_state
from mesh.audit.principal import Principal
from mesh.kernel.wording import duration, grouped, interval
from mesh.people.models import Membership
from schemas.models import Field
from streams.models import TopicSamplingRun

FIELDS_SHOWN = 6
FEW_NODES = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its basis."""

    label: str
    value: str
    note: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class PortRow:
    """A line of the table of ports."""

    name: str
    lifecycle: str
    topic: str
    topic_href: str
    partitions: int
    where: str
    schemas: tuple[dict[str, str], ...]
    lag: str
    lag_state: str
    low: float | None
    high: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the overview shows beside the head."""

    figures: tuple[Figure, ...]
    fields: tuple[Field, ...]
    more_fields: int
    schema_href: str
    graph: Graph
    ports: tuple[PortRow, ...]
    samples: tuple[dict[str, str], ...]
    promises: tuple[PromiseRow, ...]
    promise_count: str
    contacts: tuple[dict[str, str], ...]
    motion: tuple[InMotion, ...]


def overview(viewer: Principal, head: ProductHead) -> Overview:
    """The overview of a product."""
    fields = record_fields(head.placed)
    rows = promise_rows(head.promises, {})
    broken = sum(row.badge.state == "bad" for row in rows)
    kept = sum(row.badge.state in ("ok", "warn") for row in rows)
    return Overview(
        figures=_figures(head),
        fields=tuple(fields[:FIELDS_SHOWN]),
        more_fields=max(len(fields) - FIELDS_SHOWN, 0),
        schema_href=f"/products/{head.slug}/schema",
        graph=lineage_of(viewer, head.product),
        ports=_ports(head),
        samples=reading_samples(head.placed),
        promises=rows,
        promise_count=_promise_count(len(rows), broken, kept),
        contacts=_contacts(head.product),
        motion=in_motion(viewer, head.product.pk),
    )


def _promise_count(total: int, broken: int, kept: int) -> str:
    """ "4 kept, 1 broken"; what is nothing is not said."""
    if total and kept == total:
        return "all kept"
    parts = ((kept, "kept"), (broken, "broken"), (total - kept - broken, "not judged"))
    return ", ".join(f"{count} {word}" for count, word in parts if count) or "none"


def record_fields(placed: Sequence[PlacedTopic]) -> list[Field]:
    """Top-level fields of the first value schema."""
    contents = [v.schema_id.content_id for one in placed for v in one.value_versions][:1]
    rows = Field.objects.filter(content_id__in=contents).order_by("ordinal")
    return [row for row in rows if "." not in row.path]


# -- figures --------------------------------------------------------------------------------------


def _figures(head: ProductHead) -> tuple[Figure, ...]:
    return (
        _slowest(head),
        _newest(head),
        _rate(head),
        _retention(head),
        _reader_count(head),
        _bad_records(head),
    )


def _slowest(head: ProductHead) -> Figure:
    label = "Slowest reader"
    known = [
        reader
        for reader in head.readers
        if reader.age_lo_s is not None and reader.status != "unknown"
    ]
    if not known:
        note = "nobody reads it yet" if not head.readers else _first_reason(head.readers)
        return Figure(
            label, "" if head.readers else "none", note, "unknown" if head.readers else ""
        )
    worst = max(known, key=lambda reader: reader.age_lo_s or 0)
    limit = _limit(head.promises, worst.group)
    state = "bad" if limit is not None and (worst.age_lo_s or 0) > limit else ""
    note = worst.group if limit is None else f"{worst.group}, limit {duration(limit)}"
    return Figure(label, age_words(worst), note, state)


def _first_reason(readers: Sequence[Reader]) -> str:
    return next(
        (reader.unknown_reason for reader in readers if reader.unknown_reason), "not measured yet"
    )


def age_words(reader: Reader) -> str:
    """The age of the oldest unread record, as an interval in words."""
    if reader.age_lo_s is None or reader.status == "unknown":
        return ""
    high = None if reader.age_hi_s is None or reader.age_hi_s < 0 else float(reader.age_hi_s)
    if reader.lag_records == 0 and reader.age_lo_s == 0:
        return "up to date"
    return interval(float(reader.age_lo_s), high)


def _limit(promises: Sequence[Promise], group: str) -> float | None:
    return next((p.magnitude for p in promises if p.consumer == group and p.base_unit == "s"), None)


def _newest(head: ProductHead) -> Figure:
    label = "Newest record"
    ages = []
    for one in head.placed:
        state = one.state
        if state is None or state.unknown_reason or state.answered_at is None:
            reason = state.unknown_reason.lower() if state is not None else "not read yet"
            return Figure(label, "", f"{one.topic.name}: {reason}", "unknown")
        if state.advanced_before is not None:
            low = (state.answered_at - state.advanced_before).total_seconds()
            after = state.advanced_after
            high = None if after is None else (state.answered_at - after).total_seconds()
            ages.append((max(low, 0.0), high))
    if not ages:
        return Figure(label, "none yet" if head.placed else "", "nothing was written", "")
    low, high = max(ages, key=lambda pair: pair[0])
    limit = next((p.magnitude for p in head.promises if p.property == "freshness"), None)
    state_word = "bad" if limit is not None and low > limit else ""
    note = "by append" if limit is None else f"limit {duration(limit)}, by append"
    return Figure(label, f"{interval(low, high)} ago", note, state_word)


def _rate(head: ProductHead) -> Figure:
    rates = [one.state.records_per_second for one in head.placed if one.state is not None]
    known = [rate for rate in rates if rate is not None]
    if not known or len(known) < len(head.placed):
        return Figure("Throughput", "", "needs two looks at the log", "unknown")
    return Figure(
        "Throughput", f"{grouped(round(sum(known), 1))} records/s", "mean of the last minute"
    )


def _retention(head: ProductHead) -> Figure:
    label = "Kept for"
    values = [one.topic.configs.get("retention.ms", {}).get("value") for one in head.placed]
    known = [int(value) for value in values if str(value or "").lstrip("-").isdigit()]
    if not known or len(known) < len(values):
        return Figure(label, "", "configuration not read yet", "unknown")
    promised = next((p.magnitude for p in head.promises if p.property == "retention"), None)
    note = f"promised {duration(promised)}" if promised is not None else "by configuration"
    shortest = min((value for value in known if value >= 0), default=-1)
    words = "for ever" if shortest < 0 else duration(shortest / 1000)
    is_short = promised is not None and 0 <= shortest < promised * 1000
    return Figure(label, words, note, "bad" if is_short else "")


def _reader_count(head: ProductHead) -> Figure:
    if not head.sees_streams:
        return Figure("Readers", "", "sign in to see them", "unknown")
    declared = sum(reader.declared for reader in head.readers)
    observed = sum(reader.observed for reader in head.readers)
    return Figure("Readers", str(len(head.readers)), f"{declared} declared, {observed} observed")


def _bad_records(head: ProductHead) -> Figure:
    label = "Bad records"
    if not head.product.sampling:
        return Figure(label, "", "sampling is off", "unknown")
    ids = [one.topic.pk for one in head.placed]
    runs = TopicSamplingRun.objects.filter(topic_id__in=ids).order_by("topic_id", "-at")
    newest = list(runs.distinct("topic_id"))
    if not newest or any(run.outcome == "unknown" for run in newest):
        why = next((run.reason for run in newest if run.outcome == "unknown"), "no sample yet")
        return Figure(label, "", why, "unknown")
    looked = sum(run.records for run in newest)
    bad = sum(
        each["count"]
        for run in newest
        for each in run.findings
        if each["verdict"] not in ("ok", "unread")
    )
    return Figure(label, str(bad), f"of {looked} sampled", "bad" if bad else "")


# -- ports, contacts ---------------------------------------------------------------------


def _ports(head: ProductHead) -> tuple[PortRow, ...]:
    return tuple(_port(head, one) for one in head.placed)


def _port(head: ProductHead, one: PlacedTopic) -> PortRow:
    mine = [reader for reader in head.readers if reader.topic == one.topic.name]
    known = [
        reader for reader in mine if reader.age_lo_s is not None and reader.status != "unknown"
    ]
    worst = max(known, key=lambda reader: reader.age_lo_s or 0, default=None)
    limit = _limit(head.promises, worst.group) if worst else None
    return PortRow(
        name=str(one.port),
        lifecycle=one.port.lifecycle,
        topic=one.topic.name,
        topic_href=f"/topics/{one.topic.public_id}",
        partitions=one.topic.partitions,
        where=f"{one.cluster.environment.name} · {one.cluster.name}",
        schemas=tuple(
            {
                "words": f"version {version.version}",
                "href": f"/subjects/{version.subject.public_id}",
                "subject": version.subject.name,
            }
            for version in one.value_versions
        ),
        lag=age_words(worst) if worst else ("no reader" if not mine else ""),
        lag_state=_gauge_state(mine, worst, limit),
        low=float(worst.age_lo_s) if worst and worst.age_lo_s is not None else None,
        high=float(worst.age_hi_s)
        if worst and worst.age_hi_s is not None and worst.age_hi_s >= 0
        else None,
        limit=limit,
    )


def _gauge_state(mine: Sequence[Reader], worst: Reader | None, limit: float | None) -> str:
    if worst is None:
        return "unknown" if mine else "ok"
    if limit is not None and (worst.age_lo_s or 0) > limit:
        return "bad"
    return lag_state(worst.status)


def _contacts(product: DataProduct) -> tuple[dict[str, str], ...]:
    team = product.team
    members = (
        Membership.objects.filter(team=team).select_related("user").order_by("role", "user__label")
    )
    owners = [member.user.label for member in members if member.role == "owner"]
    rows = [
        {
            "label": "Team", "value": team.name, "href": f"/teams/{team.slug}",
            "second": f"{len(members)} people" if len(members) != 1 else "1 person",
        },
        {"label": "Owner", "value": ", ".join(owners) or "nobody", "state": "" if owners else "bad"},
        {"label": "Domain", "value": product.domain.name, "href": f"/domains/{product.domain.slug}"},
    ]  # fmt: skip
    rows += [{"label": "Contact", "value": team.contact}] if team.contact else []
    rows += [{"label": "On call", "value": team.on_call}] if team.on_call else []
    return tuple(rows)
