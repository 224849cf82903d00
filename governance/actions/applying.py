"""What the apply worker writes: attempts before their call, results after their read-back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import Max

from governance.actions.moves import locked, move
from governance.models import ApplyAttempt, ChangeItem, ChangeRequest, DesiredState, Verification
from governance.planning.live import LiveTopic
from governance.policy.states import Event
from mesh.audit.actions import audited, outbox, record
from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel.database import database_now
from streams.actions.topics import record_topic
from streams.models import Cluster, Topic

I = ChangeItem.State  # noqa: E741  (item states, short because they stand in every line)


def worker_for(request: ChangeRequest) -> Principal:
    """The system acting for a request: the trail shows whose request it was."""
    return replace(SYSTEM, label=f"request #{request.pk} of {request.requester_label}"[:200])


@audited
def start_attempt(item: ChangeItem, *, fence: int, by: Principal) -> ApplyAttempt:
    """The row of a call that is about to be made; committed before the call."""
    highest = ApplyAttempt.objects.filter(item=item).aggregate(top=Max("number"))["top"] or 0
    item.state = I.APPLYING
    item.save(update_fields=["state"])
    attempt = ApplyAttempt.objects.create(
        item=item, number=highest + 1, fence=fence, call=item.kind
    )
    record("attempt_started", item.request, by=by, after={"item": str(item), "attempt": attempt.number},
           request_number=item.request_id)  # fmt: skip
    return attempt


@audited
def end_attempt(
    attempt: ApplyAttempt, outcome: str, *, by: Principal, error_code: str = "", answer: str = ""
) -> None:
    """What the broker said to the call: ok, error, timeout or lost."""
    attempt.outcome, attempt.ended_at = outcome, database_now()
    attempt.error_code, attempt.answer = error_code[:60], answer[:2000]
    attempt.save(update_fields=["outcome", "ended_at", "error_code", "answer"])
    record("attempt_ended", attempt.item.request, by=by, request_number=attempt.item.request_id,
           after={"item": str(attempt.item), "attempt": attempt.number, "outcome": outcome})  # fmt: skip


@audited
def item_verified(
    item: ChangeItem, cluster: Cluster, live: LiveTopic, *, origin: str, expected: Mapping[str, object],
    observed: Mapping[str, object], by: Principal,
) -> None:  # fmt: skip
    """The wish was read back from the broker: topic row, desired state and item in one transaction."""
    topic = _record(item, cluster, live, by=by)
    DesiredState.objects.update_or_create(
        topic=topic,
        defaults={
            "document": live.document(),
            "request": item.request,
            "verified_at": database_now(),
        },
    )
    Verification.objects.create(
        item=item, expected=dict(expected), observed=dict(observed), equal=True
    )
    item.state = I.UNCHANGED if origin == "unchanged" else I.VERIFIED
    item.origin, item.error, item.observed_after = origin, None, live.document()
    item.save(update_fields=["state", "origin", "error", "observed_after"])
    _tell(item, "item_verified", by=by)


def _record(item: ChangeItem, cluster: Cluster, live: LiveTopic, *, by: Principal) -> Topic:
    name = item.object["topic"]
    known = Topic.objects.filter(cluster=cluster, name=name, ended_at__isnull=True).values_list(
        "configs", flat=True
    )
    inherited = {
        key: entry
        for key, entry in (known.first() or {}).items()
        if isinstance(entry, dict) and entry.get("source") != "DYNAMIC_TOPIC_CONFIG"
    }
    own = {
        key: {"value": value, "source": "DYNAMIC_TOPIC_CONFIG", "is_default": False}
        for key, value in live.configs.items()
    }
    return record_topic(
        cluster, name, kafka_topic_id=live.topic_id, partitions=live.partitions,
        replication_factor=live.replication_factor, configs={**inherited, **own}, by=by,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bad:
    """Why an item did not get through, and what to do about it."""

    reason: str
    remedy: str
    code: str = ""


@audited
def item_ended(item: ChangeItem, state: str, bad: Bad, *, by: Principal) -> None:
    """An item failed or its outcome is not known; the reason and what to do are kept with it."""
    item.state = state
    item.error = {"code": bad.code, "reason": bad.reason, "remedy": bad.remedy}
    item.save(update_fields=["state", "error"])
    _tell(item, f"item_{state}", by=by)


@audited
def item_differs(
    item: ChangeItem,
    *,
    expected: Mapping[str, object],
    observed: Mapping[str, object],
    by: Principal,
) -> None:
    """A read-back that is not what was wanted."""
    Verification.objects.create(
        item=item, expected=dict(expected), observed=dict(observed), equal=False
    )
    record(
        "item_differs",
        item.request,
        by=by,
        after={"item": str(item)},
        request_number=item.request_id,
    )


@audited
def items_pending(number: int, states: tuple[str, ...], *, by: Principal) -> int:
    """Give items another try; the count of those that get one."""
    request = locked(number)
    rows = ChangeItem.objects.filter(request=request, state__in=states)
    count = rows.update(state=I.PENDING)
    record("items_reset", request, by=by, after={"items": count}, request_number=number)
    return count


@audited
def move_on(
    number: int,
    event: Event,
    *,
    by: Principal,
    failure: Mapping[str, object] | None = None,
    why: str = "",
) -> ChangeRequest:
    """One step of the request itself, with what went wrong if something did."""
    request = locked(number)
    move(request, event, by=by, why=why, failure=dict(failure) if failure else None)
    return request


def _tell(item: ChangeItem, event: str, *, by: Principal) -> None:
    words = (item.error or {}).get("reason", "")
    after = {"item": str(item), "state": item.state}
    record(event, item.request, by=by, why=str(words), after=after, request_number=item.request_id)
    outbox(event, item.request, number=item.request_id, item=str(item), state=item.state)
