"""What a new writer schema does to one reader: it breaks, changes meaning, loses digits, or nothing."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.avro.canonical import parsing_canonical_form
from schemas.avro.compat import check
from schemas.avro.effects import Effect, effects
from schemas.avro.errors import CheckTooLarge
from schemas.avro.model import Schema
from schemas.avro.paths import path_at

REASON_LIMIT = 50  # reasons kept per reader
QUIET = frozenset({"field_dropped"})  # a field the reader never asked for
LOSSY_WORDS = ("lose digits", "bytes is read as string")


class Verdict(enum.StrEnum):
    """From worst to best; UNKNOWN is worse than OK: nobody may read it as safe."""

    BREAK = "break"
    SILENT = "silent"
    LOSSY = "lossy"
    UNKNOWN = "unknown"
    OK = "ok"


SEVERITY = {verdict: rank for rank, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class Reason:
    """One place where a reader is hit, and how; `path` is the field path in the reader's schema."""

    kind: str
    location: str
    message: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one reader with everything that led to it, worst first."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()


def judge_reader(reader: Schema, candidate: Schema, current: Schema | None) -> Judgement:
    """How a reader with this schema takes records written with the candidate.

    What it suffers already from the current version is no effect of the change. A check that is
    too large to finish is UNKNOWN.
    """
    try:
        broken = check(reader, candidate)
        before = check(reader, current) if broken and current is not None else []
    except CheckTooLarge as error:
        return Judgement(Verdict.UNKNOWN, (Reason("too_large", "", f"not judged: {error}"),))
    if broken:
        same = {(one.type, one.location) for one in before}
        return Judgement(Verdict.BREAK, tuple(
            Reason(one.type.lower(), one.location,
                   one.message + (", as with the newest version" if (one.type, one.location) in same else ""),
                   path_at(reader.root, one.location))
            for one in broken[:REASON_LIMIT]
        ))  # fmt: skip
    return _judged_effects(effects(reader, candidate), effects(reader, current) if current else [])


def judge_key(candidate: Schema, current: Schema | None) -> Judgement | None:
    """A key whose encoding changes breaks joins, compaction and partitions for every reader."""
    if current is None or parsing_canonical_form(candidate) == parsing_canonical_form(current):
        return None
    message = "the key is encoded differently: joins, compaction and partitions no longer match"
    return Judgement(Verdict.BREAK, (Reason("key_changed", "key", message),))


def worst_of(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst verdict; UNKNOWN when there is none."""
    return min(verdicts, key=SEVERITY.__getitem__, default=Verdict.UNKNOWN)


def _judged_effects(found: list[Effect], before: list[Effect]) -> Judgement:
    known = {(one.kind, one.location, one.message) for one in before}
    fresh = [
        one
        for one in found
        if one.kind not in QUIET and (one.kind, one.location, one.message) not in known
    ]
    judged = [(_verdict_of(one), one) for one in fresh]
    judged.sort(key=lambda pair: SEVERITY[pair[0]])
    reasons = tuple(
        Reason(one.kind, one.location, one.message, one.location)
        for verdict, one in judged[:REASON_LIMIT]
        if verdict is not Verdict.OK
    )
    return Judgement(judged[0][0] if judged else Verdict.OK, reasons)


def _verdict_of(effect: Effect) -> Verdict:
    if effect.kind != "promotion":
        return Verdict.SILENT
    return Verdict.LOSSY if any(word in effect.message for word in LOSSY_WORDS) else Verdict.OK
