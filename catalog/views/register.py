"""Registering and changing a product: one plain page per step, kept on the server as typed."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from catalog.actions.drafts import catch_up, discard_draft, save_step, start_change, start_draft
from catalog.models import ProductDraft
from catalog.queries.drafts import draft_of, sent_as
from catalog.queries.lookup import product_of
from catalog.registering.document import STEPS, part
from catalog.registering.merging import Merged
from catalog.registering.moved import differences
from catalog.registering.steps import CHECKERS, READERS
from catalog.showing.register import step_page, unseen_groups
from mesh.kernel.errors import NotFound, StaleRevision, clipped
from mesh.people.pages import Page


class NewProduct(Page):
    """The first step of a registration."""

    asks: ClassVar[str] = "product.create"
    template = "catalog/register/product.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(page=step_page(self.viewer, None, "product"))

    def post(self, request: HttpRequest) -> HttpResponse:
        values = READERS["product"](request.POST, {})
        wrong = CHECKERS["product"](self.viewer, None, {"product": values})
        saves = request.POST.get("save") == "draft"
        if wrong and not saves:
            page = step_page(self.viewer, None, "product", values=values, faults=wrong)
            return self.page(page=page)
        draft = start_draft(values, by=self.viewer)
        if saves:
            messages.success(request, "Your draft is kept; you find it on your home page.")
            return redirect("/")
        return redirect(f"/products/drafts/{draft.public_id}/topic")


class EditProduct(Page):
    """Opens the viewer's change of a product at a step."""

    asks: ClassVar[str] = "product.edit"

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        product = product_of(self.viewer, slug)
        self.require(product)
        draft = start_change(product, by=self.viewer)
        step = request.GET.get("step", "product")
        step = step if step in STEPS else "product"
        return redirect(f"/products/drafts/{draft.public_id}/{step}")


class DraftStep(Page):
    """One step of a draft; POST keeps it and goes on, or says what is wrong."""

    asks: ClassVar[str] = "product.create"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A draft that was sent, perhaps from another window, leads on to its request."""
        number = sent_as(self.viewer, kwargs["draft_id"])
        if number is not None:
            messages.info(request, "This draft was sent already; here is its request.")
            return redirect(f"/governance/requests/{number}")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, draft_id: UUID, step: str) -> HttpResponse:
        draft = self._draft(draft_id, step)
        return self.page(
            template=f"catalog/register/{step}.html", page=step_page(self.viewer, draft, step)
        )

    def post(self, request: HttpRequest, draft_id: UUID, step: str) -> HttpResponse:
        draft = self._draft(draft_id, step)
        values = READERS[step](request.POST, part(draft.document, step))
        try:
            seen = request.POST.get("revision", "")
            draft = save_step(draft.pk, step, values, by=self.viewer, seen=seen)
        except StaleRevision as stale:
            return self._moved(draft_id, step, values, stale.status)
        if request.POST.get("save") == "draft":
            messages.success(request, "Your draft is kept; you find it on your home page.")
            return redirect("/")
        wrong = CHECKERS[step](self.viewer, draft, draft.document)
        if wrong or request.POST.get("save") == "here":
            shown = wrong if request.POST.get("save") != "here" else ()
            page = step_page(self.viewer, draft, step, faults=shown)
            return self.page(template=f"catalog/register/{step}.html", page=page)
        if step == "review":
            return self._sent(draft)
        if step == "promises":
            for words in unseen_groups(self.viewer, draft.document):
                messages.warning(request, words)
        following = STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]
        return redirect(f"/products/drafts/{draft.public_id}/{following}")

    def _moved(
        self, draft_id: UUID, step: str, values: dict[str, Any], status: int
    ) -> HttpResponse:
        """Both versions side by side, and what was typed kept; a review shows what it asks now."""
        draft = self._draft(draft_id, step)
        if step == "review":
            page = step_page(self.viewer, draft, step, values=values, moved=True)
            return self.page(status=status, template=f"catalog/register/{step}.html", page=page)
        page = step_page(self.viewer, draft, step)
        kept = [
            (name, text)
            for name, texts in self.request.POST.lists()
            if name not in ("csrfmiddlewaretoken", "revision")
            for text in texts
        ]
        found = differences(step, part(draft.document, step), values)
        return self.page(
            status=status, template="catalog/register/moved.html", page=page, kept=kept,
            differences=found,
        )  # fmt: skip

    def _sent(self, draft: ProductDraft) -> HttpResponse:
        """Hand the finished form over to governance, which makes the request; back if a step is wrong."""
        if any(CHECKERS[step](self.viewer, draft, draft.document) for step in STEPS):
            return redirect(f"/products/drafts/{draft.public_id}/review")
        handed = HttpResponseRedirect(f"/governance/drafts/{draft.public_id}/send")
        handed.status_code = 307  # the browser posts again, to the new address
        return handed

    def _draft(self, draft_id: UUID, step: str) -> ProductDraft:
        if step not in STEPS:
            raise NotFound
        draft = draft_of(self.viewer, draft_id)
        if draft.product is None:
            return draft
        draft, merged = catch_up(draft.pk, by=self.viewer)
        if merged is not None:
            for words in moved_words(draft.product.name if draft.product else "", merged):
                messages.warning(self.request, words)
        return draft


def moved_words(name: str, merged: Merged) -> list[str]:
    """What to know when the product moved while its change was written."""
    said = [
        f"{row.label}: somebody made it “{clipped(row.theirs, 80)}” meanwhile; your "
        f"“{clipped(row.yours, 80)}” stays in this draft."
        for row in merged.both[:3]
    ]
    return [f"{name} changed since you began; what others did is in your draft now.", *said]


class DiscardDraft(Page):
    """Throw a draft away."""

    asks: ClassVar[str] = "product.create"

    def post(self, request: HttpRequest, draft_id: UUID) -> HttpResponse:
        discard_draft(draft_of(self.viewer, draft_id).pk, by=self.viewer)
        messages.success(request, "The draft is gone.")
        return redirect("/search")
