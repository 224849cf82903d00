"""States of requests, items, attempts and verdicts as colours and words of the interface."""

from __future__ import annotations

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
