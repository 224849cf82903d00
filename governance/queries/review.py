"""The review page as the parts of the interface draw it: what changes, who is hit, who agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from governance.models import ChangeItem, PolicyResult
from governance.policy.states import STEPS, State, step_of
from governance.queries.changes import Part, parts_of
from governance.queries.facts import value_words
from governance.queries.requests import RequestPage, Slot, request_page, short_name
from governance.queries.words import (
    ATTEMPT_STATES,
    OUTCOME_STATES,
    STATE_WORDS,
    VERDICT_STATES,
    act_words,
)
from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.kernel.wording import age

WORKING = frozenset({State.SUBMITTED, State.APPROVED, State.APPLYING, State.VERIFYING})


@dataclass(frozen=True, slots=True)
class Review:
    """Everything the template of a request needs."""

    page: RequestPage
    badge: str
    badge_words: str
    steps: list[dict[str, str]]
    answer_state: str
    answer: str
    answer_text: str
    tally: list[dict[str, Any]]
    parts: list[Part]
    readers: list[dict[str, Any]]
    numbers: list[int]
    checks: list[dict[str, str]]
    passing: int
    agreement: list[dict[str, str]]
    agreed: str
    discussion: list[dict[str, Any]]
    timeline: list[dict[str, Any]]
    small_steps: list[dict[str, Any]]
    attempts: list[dict[str, Any]]
    problems: list[str]
    working: bool
    voted_void: list[str] = field(default_factory=list)

    @property
    def plain_parts(self) -> list[Part]:
        """Everything but schemas that are compared field by field."""
        return [part for part in self.parts if not part.is_field_by_field]

    @property
    def schema_parts(self) -> list[Part]:
        """Schemas that are compared field by field."""
        return [part for part in self.parts if part.is_field_by_field]

    @property
    def changes(self) -> int:
        return sum(len(part.lines) + part.more for part in self.parts)


def review(viewer: Principal, number: int) -> Review:
    """The view model of a request's page. Raises NotFound."""
    page = request_page(viewer, number)
    request = page.request
    badge, words = STATE_WORDS[request.state]
    parts = parts_of(page)
    rows = page.readers
    numbers = [line["number"] for part in parts if part.is_field_by_field for line in part.lines]
    state, title, text = answer_of(page, rows)
    bad = [result for result in page.results if result.outcome != "pass"]
    return Review(
        page=page,
        badge=badge,
        badge_words=words,
        steps=_steps(page),
        answer_state=state,
        answer=title,
        answer_text=text,
        tally=_tally(rows),
        parts=parts,
        readers=[_reader(row, parts, page.slots) for row in rows],
        numbers=numbers,
        checks=_checks(bad, page),
        passing=len({result.policy_id for result in page.results if result.outcome == "pass"}),
        agreement=[_agreed(slot, page) for slot in page.slots],
        agreed=f"{sum(min(len(slot.filled_by), slot.count) for slot in page.slots)} of "
        f"{sum(slot.count for slot in page.slots)}",
        discussion=[
            {
                "title": f"“{comment.words}”",
                "icon": "message-square",
                "second": comment.author.label,
                "at": comment.at,
            }
            for comment in page.comments
        ],
        timeline=[_told(event) for event in page.timeline if not event["is_small"]],
        small_steps=[_told(event) for event in page.timeline if event["is_small"]],
        attempts=_attempts(page),
        problems=_problems(page.failure),
        working=request.state in WORKING,
        voted_void=[vote.person_label for vote in page.votes if vote.void_reason],
    )


def answer_of(page: RequestPage, rows: Sequence[Mapping[str, Any]]) -> tuple[str, str, str]:
    """The sentence that stands first: state, title, and what it means."""
    request = page.request
    failure = page.failure
    if failure and request.state != State.AWAITING_APPROVAL:
        state, words = STATE_WORDS[request.state]
        return state, f"{words}: {failure.get('reason', '')}", str(failure.get("remedy", ""))
    if rows:
        return _hit_answer(rows)
    if request.state == State.APPLIED:
        return (
            "ok",
            f"Applied and read back: {len(page.items)} of {len(page.items)} stand as wanted.",
            "",
        )
    if request.state == State.DRAFT:
        return (
            "info",
            "A draft: nobody was asked yet.",
            "Submit it to have the plan made and the policies asked.",
        )
    if not request.plan:
        return (
            "info",
            "The plan is being made.",
            "The live state is read and every policy is asked.",
        )
    return _plain_answer(page)


def _plain_answer(page: RequestPage) -> tuple[str, str, str]:
    warned = len(
        {result.policy_id for result in page.results if result.outcome in ("warn", "unknown")}
    )
    moving = sum("noop" not in line.get("flags", ()) for _, line in page.lines)
    known = not any(
        item.kind == "schema.register" and item.precondition.get("version") for item in page.items
    )
    title = f"{moving} {'change' if moving == 1 else 'changes'}, and no reader is {'hit' if known else 'known'}."
    if not moving:
        title = "Everything stands already; nothing would change."
    text = (
        f"{warned} {'policy warns' if warned == 1 else 'policies warn'}."
        if warned
        else "Every policy passes."
    )
    return ("warn" if warned else "ok"), title, text


def _hit_answer(rows: Sequence[Mapping[str, Any]]) -> tuple[str, str, str]:
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in VERDICT_STATES}
    said: list[str] = []
    for verdict, verb in (
        ("BREAK", "breaks"),
        ("SILENT", "silently changes"),
        ("LOSSY", "loses precision in"),
    ):
        if counts[verdict]:
            of = f" of {len(rows)} {'reader' if len(rows) == 1 else 'readers'}" if not said else ""
            said.append(f"{verb} {counts[verdict]}{of}")
    if not said:
        said.append(f"hurts none of {len(rows)} {'reader' if len(rows) == 1 else 'readers'}")
    title = ", ".join(said).capitalize()
    if counts["UNKNOWN"]:
        title += f"; {counts['UNKNOWN']} {'is' if counts['UNKNOWN'] == 1 else 'are'} unknown"
    worst = next((verdict for verdict in VERDICT_STATES if counts[verdict]), "OK")
    hurt = [row for row in rows if row["verdict"] in ("BREAK", "SILENT")]
    text = f"{hurt[0]['name']}: {hurt[0]['reason']}" if hurt and hurt[0].get("reason") else ""
    return VERDICT_STATES[worst][0], f"{title}.", text


def _tally(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in VERDICT_STATES}
    return [
        {"state": state, "label": label, "count": counts[verdict]}
        for verdict, (state, label) in VERDICT_STATES.items()
        if counts[verdict]
    ]


def _steps(page: RequestPage) -> list[dict[str, str]]:
    """The stepper; a request that ended badly shows where."""
    place = step_of(page.request.state)
    bad = STATE_WORDS[page.request.state][0] == "bad"
    found = []
    for index, name in enumerate(STEPS):
        state = "done" if index < place else "todo"
        if index == place:
            state = "failed" if bad else "current"
        label = name.capitalize()
        if name == "approval" and index == place and page.slots:
            filled = sum(slot.is_filled for slot in page.slots)
            label = f"Approval, {filled} of {len(page.slots)} slots filled"
        found.append({"label": label, "state": state, "href": ""})
    return found


def _reader(row: Mapping[str, Any], parts: Sequence[Part], slots: Sequence[Slot]) -> dict[str, Any]:
    state, word = VERDICT_STATES[row["verdict"]]
    slot = next(
        (
            slot
            for slot in slots
            if slot.code == "hurt-reader" and slot.scope_label == row.get("team")
        ),
        None,
    )
    agreed, agreed_state = "", ""
    if slot is not None:
        agreed, agreed_state = (
            ("agreed", "ok") if slot.is_filled else ("your turn" if slot.mine else "asked", "")
        )
    seen = row.get("seen")
    return {
        "name": row["name"],
        "href": f"/products/{row['product']}" if row.get("product") else "",
        "second": row.get("team") or "nobody answers",
        "reads": row.get("reads", ""),
        "seen": age(datetime.fromisoformat(seen), now=clock.now()) if seen else "",
        "cells": [] if row["verdict"] == "UNKNOWN" else _cells(row, parts),
        "state": state,
        "verdict": word,
        "reason": str(row.get("reason", ""))[:160],
        "agreed": agreed,
        "agreed_state": agreed_state,
    }


def _cells(row: Mapping[str, Any], parts: Sequence[Part]) -> list[dict[str, str]]:
    """Per schema change whether it is what hits the reader."""
    state, word = VERDICT_STATES[row["verdict"]]
    return [
        {"state": state, "word": word}
        if any(_hits(reason, line) for reason in row.get("reasons", ()))
        else {"state": "", "word": ""}
        for part in parts
        for line in part.lines
        if "effect" in line
    ]


def _hits(reason: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    """Does a change stand at the place of the reader's schema where the reason is, or around it?

    A renamed field is met under the name it had. What concerns a whole key is met by every change.
    """
    place, changed = str(reason.get("path", "")), str(line["path"])
    if not place or not changed:
        return place == changed or reason.get("kind") == "key_changed"
    names = [changed]
    if line["kind"] == "renamed":
        parent, dot, _ = changed.rpartition(".")
        names.append(f"{parent}{dot}{line['before']}")
    return any(place == name or place.startswith((f"{name}.", f"{name}[", f"{name}{{", f"{name}<"))
               for name in names)  # fmt: skip


def _rank(result: PolicyResult) -> tuple[int, str]:
    order = ("error", "fail", "unknown", "warn", "skip")
    return (order.index(result.outcome) if result.outcome in order else 9, result.policy.code)


def _checks(bad: Sequence[PolicyResult], page: RequestPage) -> list[dict[str, str]]:
    """Verdicts, worst first; what holds of several items is said once."""
    found = [_check(result, page) for result in sorted(bad, key=_rank)]
    return list({(check["code"], check["text"]): check for check in found}.values())


def _check(result: PolicyResult, page: RequestPage) -> dict[str, str]:
    from governance.policy.library.catalogue import BY_CODE

    rule = BY_CODE.get(result.policy.code)
    return {
        "state": OUTCOME_STATES[result.outcome],
        "title": rule.title if rule is not None else result.policy.code,
        "text": page.veil.text(f"{result.message} {result.remedy}".strip()),
        "code": result.policy.code,
        "label": "blocks" if result.outcome in ("fail", "error") else "",
        "href": f"/governance/policies/{result.policy.code}",
    }


def _agreed(slot: Slot, page: RequestPage) -> dict[str, str]:
    state = "ok" if slot.is_filled else "mine" if slot.mine and page.buttons.approve else ""
    who = ", ".join(slot.filled_by)
    verb = "acknowledged" if slot.mode == "acknowledge" else "approved"
    title = slot.who[0].upper() + slot.who[1:]
    return {
        "state": state,
        "title": title,
        "text": f"{verb} by {who}" if who else slot.why,
        "when": "" if who else "open",
    }


def _told(event: Mapping[str, Any]) -> dict[str, Any]:
    words = f"{event['action']}: {event['item']}" if event["item"] else event["action"]
    return {
        "title": words.capitalize(),
        "text": event["reason"],
        "second": event["actor"],
        "at": event["at"],
        "icon": "",
        "state": "bad" if event["outcome"] == "refused" else "",
        "href": "",
    }


def _attempts(page: RequestPage) -> list[dict[str, Any]]:
    """Every call to the broker with its answer, and what was read back."""
    return [row for item in page.items for row in _attempts_of(item)]


def _attempts_of(item: ChangeItem) -> list[dict[str, Any]]:
    checks = list(item.verifications.all())
    read = checks[-1] if checks else None
    return [
        {
            "item": short_name(item),
            "call": act_words(attempt.call).capitalize(),
            "number": attempt.number,
            "at": attempt.started_at,
            "state": ATTEMPT_STATES.get(attempt.outcome, "info"),
            "outcome": attempt.outcome or "under way",
            "answer": attempt.answer,
            "read": value_words("", read.observed) if read is not None else "not read yet",
            "read_state": "unknown" if read is None else "ok" if read.equal else "bad",
            "origin": item.origin,
        }
        for attempt in item.attempts.all()
    ]


def _problems(failure: Mapping[str, Any]) -> list[str]:
    """What stands in the way beside the policies, which are listed with the rules."""
    found = failure.get("problems", ())
    said = (str(problem.get("detail", "")) for problem in found if not problem.get("policy"))
    return list(dict.fromkeys(detail for detail in said if detail))
