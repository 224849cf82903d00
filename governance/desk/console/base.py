"""The base of every list in the console: it shows rows and changes none; acts go through actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from governance.desk.console.site import ASKS
from mesh.audit.principal import Principal
from mesh.kernel.errors import MeshError
from mesh.people.authz.doors import judge
from mesh.people.middleware import viewer_of

ROWS = 50


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Rows of one model, newest first, for those who may use the console."""

    asks: ClassVar[str] = ASKS
    ordering: Any = ("-pk",)
    list_per_page = ROWS
    list_max_show_all = ROWS
    show_full_result_count = False
    list_fullwidth = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return judge(viewer_of(request), self.asks).allow

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def act(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        action: Callable[[Any, Principal], object],
        done: str,
    ) -> None:
        """Do an audited action on each chosen row; refusals are said and change nothing."""
        count = 0
        for row in rows[:ROWS]:
            try:
                action(row, viewer_of(request))
                count += 1
            except MeshError as error:
                self.message_user(request, f"{row}: {error.detail}", messages.ERROR)
        if count:
            self.message_user(request, f"{count} {done}", messages.SUCCESS)
