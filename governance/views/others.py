"""Pages: policies, the audit trail, developer."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.http import urlencode

from governance.queries.audit import FILTERS, audit_events, trail_words
from governance.queries.developer import my_keys, my_scopes, snippets
from governance.queries.policies import policies, policy_page
from governance.queries.words import OUTCOME_STATES, item_words
from mesh.kernel.errors import InvalidInput, MeshError
from mesh.kernel.names import name_fault
from mesh.kernel.numbers import whole_number
from mesh.kernel.paging import Keyset, page_of
from mesh.people.actions import create_key, revoke_key
from mesh.people.authz.doors import may
from mesh.people.pages import Page
from mesh.people.refused import field_faults

SHOWN_FILTERS = {
    "actor": "Who", "action": "What", "object": "On", "room": "Room", "outcome": "Outcome",
    "request": "Request",
}  # fmt: skip
OUTCOMES = {"done": "ok", "refused": "bad", "failed": "bad"}


class Policies(Page):
    """Every policy and who does not follow it."""

    asks: ClassVar[str] = "policy.read"
    template = "governance/policies.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = policies(self.viewer)
        failing = sum(bool(row.failing) for row in rows)
        unknown = sum(bool(row.unknown) for row in rows)
        judged = any(row.judged for row in rows)
        return self.page(rows=rows, failing=failing, unknown=unknown, judged=judged)


class Policy(Page):
    """One policy: what it wants, its parameters, who fails it and what to do."""

    asks: ClassVar[str] = "policy.read"
    template = "governance/policy.html"

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        page = policy_page(self.viewer, code)
        rule = page.row.rule
        crumbs = [
            {"label": "Policies", "href": "/governance/policies"},
            {"label": code, "href": ""},
        ]
        parameters = [
            {
                "label": name.replace("_", " "),
                "value": _words(value),
                "href": "",
                "second": "",
                "state": "",
            }
            for name, value in page.row.policy.parameters.items()
        ]
        results = [(result, OUTCOME_STATES[result.outcome]) for result in page.results]
        return self.page(
            page=page,
            rule=rule,
            crumbs=crumbs,
            parameters=parameters,
            results=results,
        )


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


class Audit(Page):
    """Who did what, when and why."""

    asks: ClassVar[str] = "audit.read_object"
    template = "governance/audit.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        chosen = {name: request.GET.get(name, "") for name in FILTERS}
        rows = audit_events(self.viewer, chosen)
        found = page_of(rows, Keyset("id", descending=True), request.GET.dict())
        kept = {name: value for name, value in chosen.items() if value}
        onward = f"?{urlencode({**kept, 'cursor': found.next_cursor})}" if found.next_cursor else ""
        events = [
            (event, OUTCOMES.get(event.outcome, "info"), trail_words(event), _change(event.change))
            for event in found.rows
        ]
        fields = [(name, label, chosen[name]) for name, label in SHOWN_FILTERS.items()]
        whole = may(self.viewer, "audit.read")
        return self.page(
            events=events, onward=onward, fields=fields, whole=whole, chosen=bool(kept)
        )


def _change(change: dict[str, object]) -> list[dict[str, str]]:
    """What an event changed, at most eight members."""
    rows = []
    for name, pair in list(change.items())[:8]:
        before, after = pair if isinstance(pair, list) and len(pair) == 2 else ("", pair)
        rows.append(
            {
                "name": name.replace("_", " "),
                "before": _brief(name, before),
                "after": _brief(name, after),
            }
        )
    return rows


def _brief(name: str, value: object) -> str:
    """A value as people say it: items as acts, states without underscores, lists with commas."""
    values = value if isinstance(value, list) else [value]
    texts = ["" if each is None else str(each) for each in values]
    if name in ("item", "items"):
        texts = [item_words(text) for text in texts]
    elif name == "state":
        texts = [text.replace("_", " ") for text in texts]
    text = ", ".join(texts)
    return text if len(text) <= 120 else f"{text[:120]}…"


LABEL_LENGTH = 120
KEY_LABELS = {"label": "What it is for", "days": "Valid for", "scopes": "What it may do"}


class Developer(Page):
    """My keys, and how programs speak with Tributary."""

    asks: ClassVar[dict[str, str]] = {"GET": "me.read", "POST": "key.manage"}
    template = "governance/developer.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._shown()

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            if request.POST.get("what") == "revoke":
                revoke_key(request.POST.get("key_id", ""), by=self.viewer)
                messages.success(
                    request, "The key is revoked; programs that use it are refused from now on."
                )
                return redirect("/developer")
            return self._create()
        except MeshError as error:
            return self._shown(status=error.status, refused=error)

    def _create(self) -> HttpResponse:
        posted = self.request.POST
        label, days = posted.get("label", "").strip(), whole_number(posted.get("days", "90"))
        if len(label) > LABEL_LENGTH:
            raise InvalidInput(f"At most {LABEL_LENGTH} characters.", pointer="/label")
        if not label:
            raise InvalidInput("Say what the key is for.", pointer="/label")
        if said := name_fault(label):
            raise InvalidInput(said, pointer="/label")
        if days is None:
            raise InvalidInput("Days are a whole number.", pointer="/days")
        key, text = create_key(
            by=self.viewer, label=label, scopes=posted.getlist("scopes"), days=days
        )
        return self._shown(status=201, fresh=text.whole, fresh_label=key.label)

    def _shown(
        self,
        *,
        status: int = 200,
        refused: MeshError | None = None,
        fresh: str = "",
        fresh_label: str = "",
    ) -> HttpResponse:
        typed = QueryDict() if fresh else self.request.POST
        faults = field_faults(refused, KEY_LABELS)
        return self.page(
            status=status,
            keys=my_keys(self.viewer),
            scopes=my_scopes(self.viewer),
            samples=snippets(settings.BASE_URL, settings.REGISTRY_URL),
            refused=refused,
            fresh=fresh,
            fresh_label=fresh_label,
            faults=faults,
            errors={fault.name: fault.detail for fault in faults},
            label=typed.get("label", ""),
            days=typed.get("days", "90"),
            chosen=typed.getlist("scopes"),
        )
