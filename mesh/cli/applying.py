"""`plan` and `apply`: manifests become one bundle, answered with a plan and one change request."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mesh.cli.connection import Connection
from mesh.cli.manifests import Manifest, read_manifests
from mesh.cli.outcomes import (
    CHANGES,
    DONE,
    REFUSED,
    UNREACHABLE,
    CommandFailed,
    Fault,
    Unreachable,
)
from mesh.cli.output import cell, show

SIGNS = {"create": "+", "change": "~", "absent": "-", "same": "="}
POLL_S = 1.0
POLL_MOST_S = 5.0
# States that only a person moves on; every other one is still being worked on.
GOOD_ENDS = ("applied",)
BAD_ENDS = (
    "checks_failed",
    "partially_applied",
    "failed",
    "compensated",
    "compensation_failed",
    "declined",
    "withdrawn",
    "expired",
    "superseded",
)


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How a plan is shown: output form, whether equal objects are listed, the code for changes."""

    form: str = "table"
    verbose: bool = False
    exit_code: bool = False


def plan(connection: Connection, files: Sequence[str], options: PlanOptions) -> int:
    """Show what the files would change. With `exit_code`, 10 says that there are changes."""
    answer = _send(connection, read_manifests(files), dry_run=True)
    show(answer, options.form, _plan_lines(answer, options.verbose))
    return CHANGES if options.exit_code and _changes(answer) else DONE


def apply(
    connection: Connection, files: Sequence[str], options: PlanOptions, wait_s: float | None
) -> int:
    """Make the change request; with `wait_s`, follow it until it is applied, refused or time is up."""
    answer = _send(connection, read_manifests(files), dry_run=False)
    number = answer.get("request")
    lines = [*_plan_lines(answer, options.verbose)]
    if number is not None:
        lines.append(f"change request #{number}: {_address(connection, answer)}")
    if wait_s is None or number is None:
        show(answer, options.form, lines)
        return DONE
    if options.form == "table":
        show(answer, "table", lines)
    request = _follow(connection, int(number), wait_s, quiet=options.form != "table")
    state = str(request["state"])
    show({**answer, "state": state}, options.form, _outcome_lines(request, wait_s))
    if state in GOOD_ENDS:
        return DONE
    return UNREACHABLE if state == "outcome_unknown" else REFUSED


def _send(connection: Connection, manifests: Sequence[Manifest], *, dry_run: bool) -> Any:
    body = {"documents": [manifest.body() for manifest in manifests]}
    try:
        answer = connection.post("manifests", body, dry_run="true" if dry_run else "false")
    except CommandFailed as failure:
        failure.faults = tuple(_placed(fault, manifests) for fault in failure.faults)
        raise
    if not isinstance(answer, dict) or not isinstance(answer.get("plan"), list):
        raise Unreachable(
            "The answer is not a plan", f"Is {connection.base_url} a Tributary server?"
        )
    return answer


def _placed(fault: Fault, manifests: Sequence[Manifest]) -> Fault:
    """The fault with `file:line` in front when its pointer leads into one of the documents."""
    parts = fault.pointer.split("/")
    if len(parts) < 3 or parts[1] != "documents" or not parts[2].isdecimal():
        return fault
    place = int(parts[2])
    if place >= len(manifests):
        return fault
    manifest = manifests[place]
    below = "/" + "/".join(parts[4:] if parts[3:4] == ["document"] else parts[3:])
    return Fault(f"{manifest.file}:{manifest.line} {below}", fault.detail)


def _changes(answer: dict[str, Any]) -> bool:
    return any(row.get("action") != "same" for row in answer["plan"])


def _plan_lines(answer: dict[str, Any], verbose: bool) -> Iterator[str]:
    for row in answer["plan"]:
        action = str(row.get("action", "change"))
        if action == "same" and not verbose:
            continue
        approval = _approval(row.get("needs_approval"))
        yield f"{SIGNS.get(action, '~')} {action} {row.get('kind')} {row.get('object')}{approval}"
        if action == "change":
            yield from _difference(row.get("before"), row.get("after"))
    counts = answer.get("counts") or {}
    words = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items())
    yield words or "nothing to do"


def _approval(needed: object) -> str:
    if not needed:
        return ""
    who = ", ".join(str(name) for name in needed) if isinstance(needed, list) else needed
    return "  ! needs approval" + ("" if who is True else f" ({who})")


def _difference(before: object, after: object, at: str = "") -> Iterator[str]:
    """One line per member that differs: its pointer, old → new."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from _difference(before.get(name), after.get(name), f"{at}/{name}")
    elif before != after:
        yield f"    {at or '/'}: {cell(before)} → {cell(after)}"


def _address(connection: Connection, answer: dict[str, Any]) -> str:
    url = str(answer.get("url") or f"/governance/requests/{answer['request']}")
    return url if "://" in url else connection.base_url + url


def _follow(connection: Connection, number: int, wait_s: float, *, quiet: bool) -> Any:
    """The request when it has ended or time is up; its states are told on the way."""
    until = time.monotonic() + wait_s
    told, pause_s = "", POLL_S
    while True:
        request = connection.get(f"requests/{number}")
        state = str(request["state"])
        if state != told and not quiet:
            print(f"  {state.replace('_', ' ')}", flush=True)
        told = state
        left_s = until - time.monotonic()
        if state in (*GOOD_ENDS, *BAD_ENDS) or left_s <= 0:
            return request
        time.sleep(min(pause_s, left_s))
        pause_s = min(pause_s * 1.5, POLL_MOST_S)


def _outcome_lines(request: dict[str, Any], wait_s: float) -> Iterator[str]:
    state = str(request["state"])
    words = state.replace("_", " ")
    ended = state in (*GOOD_ENDS, *BAD_ENDS)
    yield words if ended else f"still {words} after {wait_s:g} s; nothing is lost, look again later"
    yield from _why_lines(request.get("failure"))
    for item in request.get("items", ()):
        if isinstance(item, dict) and item.get("error"):
            yield f"  {item.get('kind')} {cell(item.get('object'))}: {cell(item['error'])}"


def _why_lines(failure: object) -> Iterator[str]:
    """What stopped a request and what helps, one problem after the other."""
    if not isinstance(failure, dict):
        return
    for problem in failure.get("problems") or [failure]:
        yield f"  {problem.get('detail') or problem.get('reason') or ''}".rstrip()
        if problem.get("remedy"):
            yield f"    What helps: {problem['remedy']}"
