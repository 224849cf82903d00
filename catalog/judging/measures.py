"""One measurement per promise and topic, from facts; what is not known stays unknown."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from catalog.judging.facts import AVAILABILITY_WINDOW_S, Facts, Slots
from catalog.models import Promise
from catalog.sla.judge import Measurement, NothingDue, Unknown, Verdict, Word, judge
from catalog.sla.model import BaseUnit, Comparator, PromiseForm, Property
from catalog.sla.words import duration_words
from streams.models import GroupTopicLag, Topic, TopicState

Measured = Measurement | Unknown | NothingDue
COVERED = 0.9  # share of a window that samples must span
REASON_WORDS = {
    "TIMEOUT": "the broker did not answer in time",
    "UNREACHABLE": "the broker could not be reached",
    "AUTH": "the broker refused our credentials",
    "DENIED": "the broker does not let us read this",
    "CANCELLED": "the question was not asked in time",
    "CRASHED": "the client library crashed",
    "NO_COORDINATOR": "the group has no coordinator now",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict on one topic with what it rests on."""

    verdict: Verdict
    measured: Measured
    topic: Topic
    as_of: datetime | None


def form_of(promise: Promise) -> PromiseForm:
    """The parsed form of a stored promise."""
    return PromiseForm(
        property=Property(promise.property),
        comparator=Comparator(promise.comparator) if promise.comparator else Comparator.WINDOW,
        magnitude=None if promise.magnitude is None else Decimal(str(promise.magnitude)),
        base_unit=BaseUnit(promise.base_unit),
        percentile=None if promise.percentile is None else Decimal(str(promise.percentile)),
        window_s=promise.window_s,
        reference=promise.reference,
        consumer=promise.consumer,
    )


def judge_topic(promise: Promise, topic: Topic, facts: Facts) -> Judged:
    """Judge a promise on one topic."""
    form = form_of(promise)
    if promise.state != "parsed":
        return _end(
            form, Unknown("The promise can be read in two ways; its owner must choose."), topic
        )
    if facts.silence:
        return _end(form, Unknown(facts.silence), topic)
    if topic.ended_at is not None:
        return _end(form, Unknown(f"The topic {topic.name} does not exist any more."), topic)
    measure = MEASURES.get(form.property)
    if measure is None:
        return _end(form, Unknown("Nothing here measures this kind of promise."), topic)
    if form.property is Property.RETENTION and (young := _young(form, topic, facts)):
        return Judged(young, NothingDue(young.reason), topic, facts.now)
    return _end(form, measure(form, topic, facts), topic, _as_of(form, topic, facts))


def worst_of(judged: list[Judged]) -> Judged:
    """Of several topics: fail if one fails, pass only if all pass, else unknown."""
    order = [Word.FAIL, Word.UNKNOWN, Word.WARN, Word.PASS, Word.SKIP]
    return min(judged, key=lambda one: order.index(one.verdict.word))


def _end(
    form: PromiseForm, measured: Measured, topic: Topic, as_of: datetime | None = None
) -> Judged:
    return Judged(judge(form, measured), measured, topic, as_of)


def _as_of(form: PromiseForm, topic: Topic, facts: Facts) -> datetime | None:
    if form.property is Property.CONSUMER_LATENCY:
        lag = facts.lags.get((topic.pk, form.consumer))
        return lag.as_of if lag is not None else None
    state = facts.states.get(topic.pk)
    return state.answered_at if state is not None else None


def _log(topic: Topic, facts: Facts) -> TopicState | Unknown:
    """The answered state of a topic's log."""
    state = facts.states.get(topic.pk)
    if state is None or state.answered_at is None:
        return Unknown(f"The log of {topic.name} was not read yet.")
    if state.unknown_reason:
        why = REASON_WORDS.get(state.unknown_reason, state.unknown_reason)
        return Unknown(f"The log of {topic.name} could not be read: {why}.")
    return state


def _freshness(form: PromiseForm, topic: Topic, facts: Facts) -> Measured:
    state = _log(topic, facts)
    if isinstance(state, Unknown):
        return state
    if state.advanced_before is None:
        return NothingDue(f"Nothing was written to {topic.name} yet.")
    assert state.answered_at is not None
    low = max((state.answered_at - state.advanced_before).total_seconds(), 0.0)
    if state.advanced_after is None:
        return Measurement(low, math.inf, "lower_bound")
    high = max((state.answered_at - state.advanced_after).total_seconds(), low)
    return Measurement(round(low, 1), round(high, 1), "interval")


def _throughput(form: PromiseForm, topic: Topic, facts: Facts) -> Measured:
    state = _log(topic, facts)
    if isinstance(state, Unknown):
        return state
    if form.base_unit is BaseUnit.BYTES_PER_SECOND:
        return Unknown("Record sizes are not measured; promise records per second.")
    if form.window_s is not None:
        return _rate_over(form.window_s, topic, facts, state)
    if state.records_per_second is None:
        return Unknown("The rate needs two looks at the log, at least 4 s apart.")
    return Measurement(state.records_per_second, state.records_per_second, "interval")


def _rate_over(window_s: int, topic: Topic, facts: Facts, state: TopicState) -> Measured:
    start = facts.starts.get((topic.pk, window_s))
    assert state.answered_at is not None
    seconds = (state.answered_at - start.answered_at).total_seconds() if start else 0.0
    if start is None or seconds < window_s * COVERED:
        covered = duration_words(Decimal(round(seconds)))
        return Unknown(
            f"Only {covered} of the window of {duration_words(Decimal(window_s))} were watched."
        )
    pairs = [
        (old, new)
        for old, new in zip(start.log_end, state.log_end, strict=False)
        if old is not None and new is not None
    ]
    if len(pairs) < topic.partitions or any(new < old for old, new in pairs):
        return Unknown("Not every partition was read at both ends of the window.")
    rate = sum(new - old for old, new in pairs) / seconds
    return Measurement(rate, rate, "interval")


def _availability(form: PromiseForm, topic: Topic, facts: Facts) -> Measured:
    slots = facts.slots.get((topic.pk, form.window_s or AVAILABILITY_WINDOW_S))
    if slots is None or slots.known == 0:
        return Unknown(f"There was no look at {topic.name} yet that counts.")
    short_now = topic.leaderless > 0 or topic.under_min_isr > 0
    short_counts = short_now and not slots.settles_now and slots.complete > 0
    complete = slots.complete - (1 if short_counts else 0)
    share = complete / slots.known
    return Measurement(share, share, "interval", _looks_in_words(slots, slots.known - complete))


def _looks_in_words(slots: Slots, missing: int) -> str:
    said = [f"{missing} of {slots.known} looks found a partition missing."] if missing else []
    if slots.settling:
        said.append(f"Not counted: {slots.settling} while the broker was coming back.")
    return " ".join(said)


def _retention(form: PromiseForm, topic: Topic, facts: Facts) -> Measured:
    retention_ms = _config(topic, "retention.ms")
    policy = str(topic.configs.get("cleanup.policy", {}).get("value") or "")
    if topic.configs_at is None or retention_ms is None or not policy:
        return Unknown(f"The configuration of {topic.name} is not known.")
    if policy == "compact":
        return NothingDue("A compacted topic keeps the newest record of every key.")
    state = facts.states.get(topic.pk)
    starts = state.log_start if state is not None else []
    never_cut = bool(starts) and all(start == 0 for start in starts)
    if (_config(topic, "retention.bytes") or -1) >= 0 and not never_cut:
        return Unknown("The topic is also cut by size, so its time in the log varies.")
    seconds = math.inf if retention_ms < 0 else retention_ms / 1000
    if math.isinf(seconds):
        return Measurement(float(form.magnitude or 0), math.inf, "lower_bound")
    return Measurement(seconds, seconds, "exact", "By the topic's configuration.")


def _young(form: PromiseForm, topic: Topic, facts: Facts) -> Verdict | None:
    """A topic younger than the promise has lost nothing; a configuration that is too short warns."""
    retention_ms = _config(topic, "retention.ms")
    if topic.configs_at is None or retention_ms is None or form.magnitude is None:
        return None
    age_s = (facts.now - topic.first_seen).total_seconds()
    if not 0 <= retention_ms < form.magnitude * 1000 or age_s * 1000 >= retention_ms:
        return None
    kept = duration_words(Decimal(retention_ms) / 1000)
    return Verdict(
        Word.WARN,
        f"The topic keeps {kept}, less than promised, and is too young to have lost anything.",
        kept,
    )


def _config(topic: Topic, name: str) -> int | None:
    value = topic.configs.get(name, {}).get("value")
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _consumer(form: PromiseForm, topic: Topic, facts: Facts) -> Measured:
    lag = facts.lags.get((topic.pk, form.consumer))
    if lag is None:
        return Unknown(f"No consumer group {form.consumer} was seen on {topic.name}.")
    if lag.status == "unknown" or lag.unknown_reason:
        why = REASON_WORDS.get(lag.unknown_reason, lag.unknown_reason or "not measured")
        return Unknown(f"The lag of {form.consumer} is not known: {why}.")
    if form.base_unit is BaseUnit.RECORDS:
        return _unread(form, lag)
    if lag.age_lo_s is None:
        return Unknown(f"The time lag of {form.consumer} is not known yet ({lag.status}).")
    high = math.inf if lag.age_hi_s is None or lag.age_hi_s < 0 else float(lag.age_hi_s)
    quality = "lower_bound" if math.isinf(high) else "interval"
    return Measurement(float(lag.age_lo_s), max(high, float(lag.age_lo_s)), quality)


def _unread(form: PromiseForm, lag: GroupTopicLag) -> Measured:
    if lag.lag_records is None:
        return Unknown(f"The lag of {form.consumer} in records is not known.")
    low = float(lag.lag_records)
    if lag.covered_partitions < lag.partitions:
        return Measurement(low, math.inf, "lower_bound")
    return Measurement(low, low, "exact")


MEASURES: dict[Property, Callable[[PromiseForm, Topic, Facts], Measured]] = {
    Property.FRESHNESS: _freshness,
    Property.THROUGHPUT: _throughput,
    Property.AVAILABILITY: _availability,
    Property.RETENTION: _retention,
    Property.CONSUMER_LATENCY: _consumer,
}
