"""Puts `request.principal` on every request of the web."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from mesh.audit.principal import ANONYMOUS, Principal
from mesh.kernel import clock
from mesh.people.models import User
from mesh.people.principals import principal_of_session

SUDO_KEY = "password_typed_at"


class PrincipalMiddleware:
    """Session user -> principal; nobody -> ANONYMOUS. API keys are read by the REST door."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.principal = self.principal(request)  # type: ignore[attr-defined]  # our attribute
        with timezone.override(zone_of(request)):
            response = self.get_response(request)
        if request.principal.is_signed_in and "Cache-Control" not in response:  # type: ignore[attr-defined]  # our attribute
            response["Cache-Control"] = "private, no-store"
        return response

    def principal(self, request: HttpRequest) -> Principal:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return ANONYMOUS
        user = request.user
        if not isinstance(user, User):
            return ANONYMOUS
        typed = float(request.session.get(SUDO_KEY, 0))
        return principal_of_session(
            user, sudo=clock.now_ms() / 1000 - typed < settings.SUDO_SECONDS
        )


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The time zone of the signed-in person, else UTC; a zone this system does not know is UTC too."""
    name = ""
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        name = getattr(request.user, "zone", "")
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def viewer_of(request: HttpRequest) -> Principal:
    """The principal of a request."""
    principal = getattr(request, "principal", ANONYMOUS)
    return principal if isinstance(principal, Principal) else ANONYMOUS
