"""Pages of the schemas room: the list of subjects, one subject, a change checked before it is made."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import urlencode

from mesh.kernel.errors import MalformedRequest
from mesh.people.pages import Page
from schemas.actions import preview_registration
from schemas.avro.positions import position_of
from schemas.errors import InvalidSubjectName
from schemas.readers import readers_hit
from schemas.reading.subject import (
    SubjectPage,
    difference,
    field_lines,
    pretty_text,
    subject_page,
    users_of,
)
from schemas.reading.subjects import SubjectsPage, subjects_page
from schemas.reading.words import LEVEL_MEANINGS, OUTCOME_STATES, OUTCOME_TITLES, change_line
from schemas.registering.previewing import Complaint, Preview

_NUMBER = re.compile("[0-9]{1,9}")
TABS = {
    "fields": "Fields",
    "versions": "Versions and changes",
    "readers": "Who uses it",
    "text": "Schema text",
    "check": "Check a change",
}


class Subjects(Page):
    """Every subject of the registry."""

    asks: ClassVar[str] = "schema.read"
    template = "schemas/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        q, show = request.GET.get("q", "").strip(), request.GET.get("show", "")
        parameters = {"limit": "50", "cursor": request.GET.get("cursor", "")}
        page = subjects_page(self.viewer, q=q, show=show, parameters=parameters)
        following = ""
        if page.next_cursor:
            following = f"?{urlencode({'q': q, 'show': show, 'cursor': page.next_cursor})}"
        return self.page(page=page, q=q, show=show, states=_states(page, show), following=following)


def _states(page: SubjectsPage, show: str) -> list[dict[str, Any]]:
    rows = (
        ("", "All", "plain", page.total),
        ("unowned", "Without an owner", "warn", page.unowned),
        ("failing", "Incompatible history", "bad", page.failing),
    )
    return [
        {"label": label, "state": state, "count": count, "current": name == show,
         "href": f"/subjects?show={name}" if name else "/subjects"}
        for name, label, state, count in rows
    ]  # fmt: skip


class SubjectDetail(Page):
    """One subject; POST judges a pasted schema without saving it."""

    asks: ClassVar[dict[str, str]] = {"GET": "schema.read", "POST": "schema.check"}
    template = "schemas/subject.html"

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        tab = request.GET.get("tab", "")
        if not tab and ("from" in request.GET or "to" in request.GET):
            tab = "versions"
        tab = tab if tab in TABS else "fields"
        page = subject_page(self.viewer, public_id, summaries=tab == "versions")
        return self._shown(page, tab, **self._content(page, tab))

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        page = subject_page(self.viewer, public_id)
        text = request.POST.get("schema", "")
        preview = preview_registration(page.name, text, viewer=self.viewer)
        hits = None if preview.outcome == "invalid" else readers_hit(self.viewer, page.name, text)
        return self._shown(page, "check", posted=text, verdict=verdict_of(preview, text), hits=hits)

    def _content(self, page: SubjectPage, tab: str) -> dict[str, Any]:
        get = self.request.GET
        if tab == "fields" and page.versions:
            chosen = page.version(number_of(get.get("version", "")))
            return {"chosen": chosen, "fields": field_lines(chosen.content_id)}
        if tab == "versions" and page.versions:
            old, new = number_of(get.get("from", "")), number_of(get.get("to", ""))
            return {"change": difference(page, old, new), "numbers": _numbers(page)}
        if tab == "readers":
            return {"users": users_of(page.name)}
        if tab == "text" and page.versions:
            chosen = page.version(number_of(get.get("version", "")))
            return {"chosen": chosen, "text": pretty_text(chosen.content_id)}
        if tab == "check" and page.latest is not None:
            return {"posted": pretty_text(page.latest.content_id)}
        return {}

    def _shown(self, page: SubjectPage, tab: str, **more: Any) -> HttpResponse:
        tabs = [
            {"label": label, "href": f"/subjects/{page.subject.public_id}?tab={name}",
             "current": name == tab, "count": len(page.live) if name == "versions" else None}
            for name, label in TABS.items()
        ]  # fmt: skip
        context = {
            "verdict": None,
            "hits": None,
            "posted": "",
            "users": (),
            "fields": (),
            "chosen": None,
        }
        context |= {"change": None, "numbers": (), "text": ""}
        return self.page(
            page=page,
            tab=tab,
            tabs=tabs,
            meaning=LEVEL_MEANINGS[page.level.name],
            **(context | more),
        )


def number_of(text: str) -> int | None:
    """A version number of an address, None for none. Raises MalformedRequest."""
    if not text or text == "latest":
        return None
    if not _NUMBER.fullmatch(text):
        raise MalformedRequest("A version is a whole number.")
    return int(text)


def _numbers(page: SubjectPage) -> list[tuple[str, str]]:
    return [(str(row.version), f"version {row.version}") for row in page.versions]


def verdict_of(preview: Preview, text: str) -> dict[str, Any]:
    """A preview as the page draws it."""
    checks = [
        {
            "state": "bad",
            "title": _place(complaint),
            "text": f"{complaint.message} {complaint.help}".strip(),
            "code": complaint.type,
        }
        for complaint in preview.complaints
    ]
    checks += [
        {"state": "warn", "title": "Noticed", "text": finding, "code": ""}
        for finding in preview.findings
    ]
    return {
        "state": OUTCOME_STATES[preview.outcome],
        "title": OUTCOME_TITLES[preview.outcome],
        "preview": preview,
        "checks": checks,
        "changes": [change_line(change) for change in preview.changes],
    }


def _place(complaint: Complaint) -> str:
    if complaint.line is not None:
        return f"Line {complaint.line}, column {complaint.column}, at {complaint.pointer or '/'}"
    if not complaint.pointer:
        return "The whole schema"
    where = "In the old version at" if complaint.is_about_old else "At"
    return f"{where} {complaint.pointer}"


class SchemaCheck(Page):
    """Judges a schema while it is typed; answers where it is wrong as JSON."""

    asks: ClassVar[str] = "schema.check"

    def post(self, request: HttpRequest) -> HttpResponse:
        text = request.POST.get("schema", "")
        subject = request.POST.get("subject", "") or request.GET.get("subject", "") or "unnamed"
        try:
            preview = preview_registration(subject, text, viewer=self.viewer)
        except InvalidSubjectName as error:
            fault = {"line": None, "column": None, "path": "", "detail": error.detail}
            return JsonResponse({"ok": False, "message": error.title, "faults": [fault]})
        return JsonResponse(
            {
                "ok": preview.outcome in ("same", "register"),
                "message": OUTCOME_TITLES[preview.outcome],
                "outcome": preview.outcome,
                "level": preview.level,
                "faults": faults_of(preview, text),
            }
        )


def faults_of(preview: Preview, text: str) -> list[dict[str, Any]]:
    """Each wrong place with line, column and path."""
    faults = [
        {**_position(complaint, text), "path": complaint.pointer, "severity": "bad",
         "code": complaint.type, "detail": f"{complaint.message} {complaint.help}".strip()}
        for complaint in preview.complaints
    ]  # fmt: skip
    return faults + [
        {"line": None, "column": None, "path": "", "severity": "warn", "code": "noticed",
         "detail": finding}
        for finding in preview.findings
    ]  # fmt: skip


def _position(complaint: Complaint, text: str) -> dict[str, int | None]:
    if complaint.line is not None or not complaint.pointer or complaint.is_about_old:
        return {"line": complaint.line, "column": complaint.column}
    line, column = position_of(text, complaint.pointer.rstrip("/"))
    return {"line": line, "column": column}
