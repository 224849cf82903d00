"""A form whose sender was signed out: kept, signed, inside the log-in page until it can be sent again."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core import signing
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

SALT = "kept-form"
KEPT_SECONDS = 12 * 3600
LENGTH_MOST = 200_000
NEVER_KEPT = ("csrfmiddlewaretoken", "password", "kept")
SHOWN_MOST = 400  # characters of one value on the page that asks


@dataclass(frozen=True, slots=True)
class Kept:
    """What was sent, where to, and from which page."""

    path: str
    page: str
    pairs: tuple[tuple[str, str], ...]

    @property
    def shown(self) -> list[tuple[str, str]]:
        """What the person typed, in words to check; marks of the form itself are left out."""
        return [
            (name.replace("_", " ").replace("-", " "), value[:SHOWN_MOST])
            for name, value in self.pairs
            if value.strip() and name not in ("next", "revision", "plan_hash", "seen")
        ]


def kept_of(request: HttpRequest) -> Kept | None:
    """The form of a request, or None when it is too long or carries files."""
    pairs = tuple(
        (name, value)
        for name, values in request.POST.lists()
        if name not in NEVER_KEPT
        for value in values
    )
    if request.FILES or sum(len(name) + len(value) for name, value in pairs) > LENGTH_MOST:
        return None
    return Kept(request.get_full_path(), _page_before(request), pairs)


def _page_before(request: HttpRequest) -> str:
    """Path of the page that held the form, if it is one of ours."""
    before = str(request.META.get("HTTP_REFERER", ""))
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}):
        return ""
    parts = urlsplit(before)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def sealed(kept: Kept | None) -> str:
    """As text of a hidden field; "" for nothing."""
    if kept is None:
        return ""
    return str(signing.dumps([kept.path, kept.page, kept.pairs], salt=SALT, compress=True))


def opened(text: str) -> Kept | None:
    """The form again; None for nothing, for a text that is not ours, and for one too old."""
    try:
        path, page, pairs = signing.loads(text, salt=SALT, max_age=KEPT_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Kept(path, page, tuple((name, value) for name, value in pairs))


def is_from_here(request: HttpRequest) -> bool:
    """Did one of our own pages send this? Only then may its content be offered again."""
    fetched = request.META.get("HTTP_SEC_FETCH_SITE")
    if fetched is not None:
        return bool(fetched == "same-origin")
    origin = request.META.get("HTTP_ORIGIN", "")
    return bool(origin) and urlsplit(origin).netloc == request.get_host()
