"""What stands before every REST view: credentials, strict JSON, permission. Named in settings."""

from __future__ import annotations

import base64
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework import authentication, exceptions, parsers, permissions, renderers
from rest_framework.request import Request

from mesh.audit.principal import ANONYMOUS, Principal
from mesh.kernel import strict_json
from mesh.people.authz.doors import require
from mesh.people.middleware import viewer_of
from mesh.people.principals import principal_of_basic, principal_of_key


class MeshJSONRenderer(renderers.JSONRenderer):
    """JSON only; UUIDs, times and decimals as text."""

    charset = None


class StrictJSONParser(parsers.BaseParser):
    """application/json read by mesh.kernel.strict_json."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        return (
            strict_json.read(body, limit_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE) if body else {}
        )


class MergePatchParser(StrictJSONParser):
    """The same for PATCH as RFC 7396 names it."""

    media_type = "application/merge-patch+json"


class KeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer trb_…` or Basic; a header that cannot be understood is refused."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        principal = principal_of_header(header)
        if principal is None:
            raise exceptions.AuthenticationFailed(
                "The credentials are not valid. Send 'Authorization: Bearer trb_…' with a live API key."
            )
        return principal, "api_key"

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="tributary"'


def principal_of_header(header: str) -> Principal | None:
    """The principal of an Authorization header, or None."""
    if len(header) > 4096:
        return None
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return principal_of_key(rest.strip())
    if scheme.lower() == "basic":
        try:
            login, _, password = (
                base64.b64decode(rest.strip(), validate=True).decode().partition(":")
            )
        except (ValueError, UnicodeDecodeError):
            return None
        return principal_of_basic(login, password)
    return None


class BrowserSession(authentication.SessionAuthentication):
    """The web session, with CSRF for everything that writes."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        principal = viewer_of(request._request)
        if not principal.is_signed_in:
            return None
        self.enforce_csrf(request)
        return principal, "session"


class AsksPermission(permissions.BasePermission):
    """Judges the action that the view names."""

    def has_permission(self, request: Request, view: Any) -> bool:
        require(principal_of(request), view.action_for(request.method))
        return True


def principal_of(request: Request | HttpRequest) -> Principal:
    """The principal of a REST request."""
    user = getattr(request, "user", None)
    return user if isinstance(user, Principal) else ANONYMOUS
