"""Who calls: the Authorization header, looked up at most once a second per key."""

from __future__ import annotations

import threading
from typing import Final

from django.conf import settings

from mesh.audit.principal import ANONYMOUS, Principal
from mesh.kernel import clock
from mesh.people.authz.decide import decide
from mesh.people.rest_doors import principal_of_header
from schemas.registry.errors import AUTHENTICATE
from schemas.registry.http import RegistryRefusal

KEPT_SECONDS: Final = 1.0
FRESH_SECONDS: Final = 0.4  # after this a busy key is looked up again while it still holds
MOST_KEPT: Final = 10_000


class KeyCache:
    """Principals by header for one second, good ones alone: a new key works at once, a revoked one a second at most."""

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[Principal, float]] = {}
        self._renewing: set[bytes] = set()
        self._lock = threading.Lock()

    def known(self, header: bytes) -> Principal | None:
        """The principal if the header was looked up within the last second."""
        found = self._kept.get(header)
        return found[0] if found is not None and found[1] > clock.monotonic() else None

    def is_ageing(self, header: bytes) -> bool:
        """True once per key when it should be looked up again, before it runs out."""
        found = self._kept.get(header)
        if found is None or found[1] - clock.monotonic() > KEPT_SECONDS - FRESH_SECONDS:
            return False
        with self._lock:
            if header in self._renewing:
                return False
            self._renewing.add(header)
        return True

    def look_up(self, header: bytes) -> Principal | None:
        """The principal of a header, from the cache or the database."""
        return self.known(header) or self.renew(header)

    def renew(self, header: bytes) -> Principal | None:
        """Look a key up in the database; one that is not good any more is forgotten at once."""
        began = clock.monotonic()
        try:
            principal = principal_of_header(header.decode("latin-1"))
        finally:
            with self._lock:
                self._renewing.discard(header)
        with self._lock:
            if principal is None:
                self._kept.pop(header, None)
                return None
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[header] = (principal, began + KEPT_SECONDS)
        return principal

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()


def principal_of(cache: KeyCache, header: bytes | None) -> Principal:
    """The caller. Raises RegistryRefusal (401) for credentials that are not good."""
    if header is None:
        return ANONYMOUS
    principal = cache.look_up(header)
    if principal is None:
        raise RegistryRefusal(401, 401, "The credentials are not valid.", AUTHENTICATE)
    return principal


def may_read(principal: Principal) -> bool:
    """May this caller read the registry at all?"""
    return decide(
        principal, "registry.read", None, anonymous_read=settings.ANONYMOUS_REGISTRY_READ
    ).allow


def require_read(principal: Principal) -> None:
    """Raise RegistryRefusal: 401 for nobody, 403 for a key without the scope."""
    decision = decide(
        principal, "registry.read", None, anonymous_read=settings.ANONYMOUS_REGISTRY_READ
    )
    if decision.allow:
        return
    if principal.is_signed_in:
        raise RegistryRefusal(403, 403, decision.reason)
    raise RegistryRefusal(401, 401, "Send an API key as Basic credentials.", AUTHENTICATE)
