"""The console's door: governance, platform and audit roles, asked by the one table of permissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models.base import ModelBase
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from unfold.sites import UnfoldAdminSite

from mesh.people.authz.doors import may, require
from mesh.people.middleware import viewer_of

ASKS = "admin.use"
FOREIGN = ("auth",)  # Django's own groups give no right here: rights come from grants and teams
# Names that a plain "s" spells wrong; as options of the models they would ask for migrations.
PLURALS = {"Policy": "Policies", "RegistryAccess": "Registry access", "Evidence": "Evidence"}


class Console(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no types
    """The admin site; whoever may not use it sees our 403 page instead of a second log-in."""

    def has_permission(self, request: HttpRequest) -> bool:
        return may(viewer_of(request), ASKS)

    def admin_view(
        self, view: Callable[..., HttpResponseBase], cacheable: bool = False
    ) -> Callable[..., HttpResponseBase]:
        inner = super().admin_view(view, cacheable)

        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            require(viewer_of(request), ASKS)
            answer: HttpResponseBase = inner(request, *args, **kwargs)
            return answer

        asked.csrf_exempt = getattr(inner, "csrf_exempt", False)  # type: ignore[attr-defined]  # read by the middleware
        return asked

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        apps: list[dict[str, Any]] = super().get_app_list(request, app_label)
        for entry in (entry for app in apps for entry in app["models"]):
            entry["name"] = PLURALS.get(entry["object_name"], entry["name"])
        return apps

    def register(
        self,
        model_or_iterable: Any,
        admin_class: Any = None,
        **options: Any,
    ) -> None:
        models: list[Any] = [model_or_iterable]
        if not isinstance(model_or_iterable, ModelBase):
            models = list(model_or_iterable)
        ours = [model for model in models if model._meta.app_label not in FOREIGN]
        super().register(ours, admin_class, **options)
