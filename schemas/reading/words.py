"""Levels, verdicts, changes and uses in words and states."""

from __future__ import annotations

from typing import Final

from schemas.avro.changes import Change
from schemas.registering.comparing import Level

LEVEL_MEANINGS: Final = {
    "NONE": "anything may change",
    "BACKWARD": "new readers can read the data of the last version",
    "BACKWARD_TRANSITIVE": "new readers can read the data of every version",
    "FORWARD": "readers of the last version can read new data",
    "FORWARD_TRANSITIVE": "readers of every version can read new data",
    "FULL": "old and new readers can read old and new data",
    "FULL_TRANSITIVE": "readers of every version can read the data of every version",
}
SOURCES: Final = {
    "subject": "set on this subject",
    "global": "the registry's own level",
    "default": "the default",
}
CHECK_STATES: Final = {"pass": "ok", "fail": "bad", "unknown": "unknown", "none": "unknown"}
CHECK_WORDS: Final = {
    "pass": "Compatible",
    "fail": "Incompatible history",
    "unknown": "Unknown",
    "none": "Not checked yet",
}
OUTCOME_STATES: Final = {"same": "ok", "register": "ok", "incompatible": "bad", "invalid": "bad"}
OUTCOME_TITLES: Final = {
    "same": "This schema is registered already.",
    "register": "This change can be registered.",
    "incompatible": "This change breaks the subject's level.",
    "invalid": "This is not a valid Avro schema.",
}
USES: Final = {
    "register": "registers",
    "fetch": "reads",
    "lookup": "looks up",
    "check": "checks",
    "associate": "asks for its subject",
}
EFFECT_STATES: Final = {
    "none": "ok",
    "meaning": "warn",
    "breaks-new-readers-of-old-data": "bad",
    "breaks-old-readers-of-new-data": "bad",
    "breaks-both": "bad",
}


def level_words(level: Level) -> str:
    """Where a level comes from and what it means."""
    return f"{SOURCES[level.source]}: {LEVEL_MEANINGS[level.name]}"


def change_line(change: Change) -> dict[str, str]:
    """A change as the parts of the interface draw it."""
    what, _, how = change.kind.rpartition("-")
    word = change.kind.replace("-", " ").capitalize()
    kind = how if how in ("added", "removed", "renamed") else "changed"
    return {
        "kind": kind,
        "word": word,
        "what": what,
        "path": change.path,
        "before": change.before or "",
        "after": change.after or "",
        "then": change.words,
        "effect": change.effect,
        "state": EFFECT_STATES.get(change.effect, "info"),
    }
