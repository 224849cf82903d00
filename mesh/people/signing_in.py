"""Log in and out; and over a page whose session ended, so that nothing typed is lost."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from mesh.audit.principal import ANONYMOUS
from mesh.kernel import clock
from mesh.kernel.errors import MeshError, NotAllowed
from mesh.kernel.pages import error_page
from mesh.people.actions import note_log_in
from mesh.people.middleware import SUDO_KEY, viewer_of
from mesh.people.models import User
from mesh.people.pages import Page
from mesh.people.principals import principal_of_user
from mesh.people.resuming import is_from_here, kept_of, opened, sealed
from mesh.people.sign_ins import note_sign_in

WRONG = "Login or password is wrong. Check both and try again."


class LogIn(Page):
    """The log-in form; the password opens doors that ask for it again for ten minutes.

    `kept` carries a form that was sent after its session ended: it is offered again. `over` says
    that a dialog over an open page asks: the answer is the dialog again, or the new token.
    """

    asks: ClassVar[str] = "login"
    template = "people/login.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        posted = request.POST
        name, password = posted.get("login", "").strip(), posted.get("password", "")
        try:
            user = authenticate(request, username=name, password=password)
        except MeshError as error:
            return self._form(error.status, name, error.detail)
        address = request.META.get("REMOTE_ADDR", "")
        if not isinstance(user, User):
            note_log_in(name, address, by=ANONYMOUS, succeeded=False)
            return self._form(422, name, WRONG)
        login(request, user)
        request.session[SUDO_KEY] = clock.now_ms() / 1000
        note_log_in(name, address, by=principal_of_user(user), succeeded=True)
        agent = request.META.get("HTTP_USER_AGENT", "")
        note_sign_in(user, str(request.session.session_key), address, agent)
        if posted.get("over"):
            return HttpResponse(status=204, headers={"X-CSRF-Token": get_token(request)})
        if (kept := opened(posted.get("kept", ""))) is not None:
            return self.page(template="people/resume.html", kept=kept, late=False)
        return redirect(self._next() or "/")

    def _form(self, status: int = 200, name: str = "", error: str = "") -> HttpResponse:
        posted = self.request.POST
        over = bool(posted.get("over"))
        return self.page(
            status,
            "people/_log_in_over.html" if over else self.template,
            next=self._next(),
            login=name,
            error=error,
            kept=posted.get("kept", ""),
            is_lost=False,
        )

    def _next(self) -> str:
        target = self.request.POST.get("next") or self.request.GET.get("next") or ""
        return target if url_has_allowed_host_and_scheme(target, {self.request.get_host()}) else ""


class LogOut(Page):
    """Ends the session; POST only."""

    asks: ClassVar[str] = "login"

    def post(self, request: HttpRequest) -> HttpResponse:
        logout(self.request)
        return redirect("/login")


def session_ended(request: HttpRequest) -> HttpResponse | None:
    """The answer to nobody's request where a redirect would lose something; None where it would not.

    A part of a page gets a dialog to lay over the page; a sent form gets the log-in page with the
    form inside.
    """
    empty = {"login": "", "error": "", "next": "", "kept": ""}
    if request.headers.get("HX-Request") or request.headers.get("X-Fragment"):
        answer = render(request, "people/_log_in_over.html", empty, status=401)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#log-in-over", "innerHTML"
        return answer
    if request.method != "POST":
        return None
    kept = kept_of(request)
    page = kept.page if kept is not None else urlsplit(request.get_full_path()).path
    shown = {**empty, "kept": sealed(kept), "next": page, "is_lost": kept is None}
    return render(request, "people/login.html", shown, status=401)


def stale_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: a form older than the last log-in is offered again, a stranger's is not."""
    kept = kept_of(request) if request.method == "POST" and is_from_here(request) else None
    if kept is None:
        words = "The form was not sent by this page, or it is too old. Open the page again and repeat it."
        return error_page(request, NotAllowed(words))
    if not viewer_of(request).is_signed_in:
        return session_ended(request) or error_page(request, NotAllowed())
    return render(request, "people/resume.html", {"kept": kept, "late": True}, status=403)
