"""States, acts and events of requests, items, attempts and verdicts in colours and words of the interface."""

from __future__ import annotations

import re

from governance.wishes.shapes import KINDS

STATE_WORDS = {
    "draft": ("plain", "Draft"),
    "submitted": ("info", "Being checked"),
    "checks_failed": ("bad", "Checks failed"),
    "awaiting_approval": ("info", "Awaiting approval"),
    "approved": ("info", "Approved"),
    "applying": ("info", "Being applied"),
    "verifying": ("info", "Being verified"),
    "applied": ("ok", "Applied and verified"),
    "partially_applied": ("bad", "Half applied"),
    "failed": ("bad", "Failed, nothing changed"),
    "outcome_unknown": ("unknown", "Outcome unknown"),
    "compensating": ("warn", "Being undone"),
    "compensated": ("stale", "Undone"),
    "compensation_failed": ("bad", "Leftovers"),
    "declined": ("bad", "Declined"),
    "withdrawn": ("stale", "Withdrawn"),
    "expired": ("stale", "Expired"),
    "superseded": ("stale", "Superseded"),
}
ITEM_STATES = {
    "pending": "plain", "applying": "info", "done": "info", "unchanged": "ok", "verified": "ok",
    "failed": "bad", "unknown": "unknown", "undone": "stale", "undo_failed": "bad", "kept": "warn",
}  # fmt: skip
OUTCOME_STATES = {
    "pass": "ok", "warn": "warn", "fail": "bad", "error": "bad", "unknown": "unknown", "skip": "silent",
}  # fmt: skip
VERDICT_STATES = {
    "BREAK": ("bad", "Breaks"), "SILENT": ("bad", "Silent"), "LOSSY": ("warn", "Lossy"),
    "UNKNOWN": ("unknown", "Unknown"), "OK": ("ok", "OK"),
}  # fmt: skip
ATTEMPT_STATES = {"ok": "ok", "error": "bad", "timeout": "unknown", "lost": "unknown"}
OBJECT_KEY = re.compile(r"\b(?:topic:[0-9a-f-]{36}/|subject:|product:|port:)")
PORT_MARKS = re.compile(r"/[^/]+/(?:output|input)$")  # version and direction
EVENT_WORDS = {
    "request_submit": "submitted",
    "request_quorum": "approved by everybody needed",
    "request_start": "apply started",
    "request_verify": "applied and verified",
    "request_fail": "failed",
    "request_half_done": "half applied",
    "request_lose_sight": "outcome unknown",
    "request_checks_block": "checks failed",
    "request_replan": "planned again",
    "request_decline": "declined",
    "request_withdraw": "withdrawn",
}


def event_words(action: str) -> str:
    """What happened, as people say it."""
    return EVENT_WORDS.get(action, action.removeprefix("request_").replace("_", " "))


def item_words(text: str) -> str:
    """An item as the trail keeps it, in words: its kind as an act, its object without ids and marks."""
    kind, _, named = OBJECT_KEY.sub("", text).partition(" ")
    return f"{act_words(kind)} {PORT_MARKS.sub('', named)}".strip()


def act_words(kind: str) -> str:
    """What an item of a kind does, as people say it."""
    return KINDS[kind].noun if kind in KINDS else kind.replace(".", " ")
