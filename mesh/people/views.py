"""Log in, log out, the account page and the look of the frame."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from mesh.audit.principal import ANONYMOUS
from mesh.kernel import clock
from mesh.kernel.errors import MeshError
from mesh.people.actions import note_log_in, set_look
from mesh.people.middleware import SUDO_KEY
from mesh.people.models import User
from mesh.people.pages import Page
from mesh.people.principals import principal_of_user


class LogIn(Page):
    """The log-in form; the password opens doors that ask for it again for ten minutes."""

    asks: ClassVar[str] = "login"
    template = "people/login.html"

    def get(self, request: object) -> HttpResponse:
        return self.page(next=self._next(), login="", error="")

    def post(self, request: object) -> HttpResponse:
        name, password = (
            self.request.POST.get("login", "").strip(),
            self.request.POST.get("password", ""),
        )
        try:
            user = authenticate(self.request, username=name, password=password)
        except MeshError as error:
            return self.page(status=error.status, next=self._next(), login=name, error=error.detail)
        address = self.request.META.get("REMOTE_ADDR", "")
        if not isinstance(user, User):
            note_log_in(name, address, by=ANONYMOUS, succeeded=False)
            words = "Login or password is wrong. Check both and try again."
            return self.page(status=422, next=self._next(), login=name, error=words)
        login(self.request, user)
        self.request.session[SUDO_KEY] = clock.now_ms() / 1000
        note_log_in(name, address, by=principal_of_user(user), succeeded=True)
        return redirect(self._next() or "/")

    def _next(self) -> str:
        target = self.request.POST.get("next") or self.request.GET.get("next") or ""
        return target if url_has_allowed_host_and_scheme(target, {self.request.get_host()}) else ""


class LogOut(Page):
    """Ends the session; POST only."""

    asks: ClassVar[str] = "login"

    def post(self, request: object) -> HttpResponse:
        logout(self.request)
        return redirect("/login")


class Account(Page):
    """A person's own settings: theme, density, roles."""

    asks: ClassVar[dict[str, str]] = {"GET": "me.read", "POST": "me.edit"}
    template = "people/account.html"

    def get(self, request: object) -> HttpResponse:
        user = self.request.user
        assert isinstance(user, User)
        return self.page(
            memberships=list(user.memberships.select_related("team").order_by("team__name")),
            grants=list(user.grants.order_by("role")),
            person=user,
        )

    def post(self, request: object) -> HttpResponse:
        posted = self.request.POST
        set_look(by=self.viewer, theme=posted.get("theme"), density=posted.get("density"))
        if posted.get("quiet"):
            return HttpResponse(status=204)
        messages.success(self.request, "Your settings are saved.")
        target = posted.get("next", "")
        return redirect(
            target
            if url_has_allowed_host_and_scheme(target, {self.request.get_host()})
            else "/account"
        )
