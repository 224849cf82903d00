"""The account page: look, keys, zone, news, sessions."""

from __future__ import annotations

from functools import cache
from typing import ClassVar
from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from mesh.kernel.errors import InvalidInput, MeshError
from mesh.kernel.numbers import whole_number
from mesh.people.actions import set_look
from mesh.people.models import MutedProduct, User
from mesh.people.notices import choose_families
from mesh.people.pages import Page
from mesh.people.refused import field_faults
from mesh.people.sign_ins import end_other_sign_ins, end_sign_in, places_of
from mesh.people.telling import FAMILIES

AREAS = (
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@cache
def zones() -> tuple[tuple[str, str], ...]:
    """Zones named by a place, for the list to choose from."""
    named = sorted(name for name in available_timezones() if name.split("/")[0] in AREAS)
    return tuple((name, name.replace("_", " ")) for name in named)


LOOK = {"theme": "Theme", "density": "Density", "zone": "Time zone"}


class Account(Page):
    """A person's own page; POST changes one part of it, named by `what`."""

    asks: ClassVar[dict[str, str]] = {"GET": "me.read", "POST": "me.edit"}
    template = "people/account.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._shown()

    def _shown(self, refused: MeshError | None = None) -> HttpResponse:
        """The page; after a refusal with what was chosen and the fault at its field."""
        user, posted = self.request.user, self.request.POST
        assert isinstance(user, User)
        faults = field_faults(refused, LOOK)
        return self.page(
            status=refused.status if refused is not None else 200,
            faults=faults,
            errors={fault.name: fault.detail for fault in faults},
            zone=posted.get("zone", user.zone),
            shortcuts=posted.get("shortcuts") == "true" if refused else user.shortcuts,
            memberships=list(user.memberships.select_related("team").order_by("team__name")),
            grants=list(user.grants.order_by("role")),
            person=user,
            zones=zones(),
            families=[
                (name, family, family.always or name not in user.quiet_families)
                for name, family in FAMILIES.items()
            ],
            muted=list(MutedProduct.objects.filter(user=user).order_by("label")),
            places=places_of(self.viewer, self.request.session.session_key),
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        posted = request.POST
        match posted.get("what", "look"):
            case "look":
                return self._look()
            case "news":
                choose_families(posted.getlist("family"), by=self.viewer)
                messages.success(request, "You hear of what you chose.")
            case "end":
                end_sign_in(whole_number(posted.get("sign_in", "")) or 0, by=self.viewer)
                messages.success(request, "That session is over.")
            case "end-others":
                count = end_other_sign_ins(request.session.session_key, by=self.viewer)
                messages.success(
                    request, f"{count} ended." if count else "There was no other session."
                )
            case _:
                raise InvalidInput("Nothing of that name can be changed here.", pointer="/what")
        return redirect("/account")

    def _look(self) -> HttpResponse:
        """Theme and density come alone from the menu of every page; the page sends all."""
        posted = self.request.POST
        keys = posted.get("shortcuts") == "true" if "zone" in posted else None
        try:
            set_look(
                by=self.viewer,
                theme=posted.get("theme"),
                density=posted.get("density"),
                zone=posted.get("zone"),
                shortcuts=keys,
            )
        except InvalidInput as error:
            if "zone" not in posted:
                raise
            return self._shown(error)
        if posted.get("quiet"):
            return HttpResponse(status=204)
        messages.success(self.request, "Your settings are saved.")
        target = posted.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(target, {self.request.get_host()})
        return redirect(target if is_ours else "/account")
