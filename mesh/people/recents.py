"""The pages of objects that a person opened last, for the palette: kept in the person's own row."""

from __future__ import annotations

from django.http import HttpRequest

from mesh.people.models import User

KEPT = 12
LENGTH_MOST = 300
ROOMS = ("products", "topics", "consumer-groups", "subjects", "teams", "domains")


def object_address(path: str) -> str:
    """The address of the object that a path is about, without its tab; "" for other pages.

    Whether there is such an object is asked when it is shown.
    """
    parts = path.strip("/").split("/")
    if len(parts) < 2 or parts[0] not in ROOMS or len(path) > LENGTH_MOST or parts[1] == "new":
        return ""
    return f"/{parts[0]}/{parts[1]}"


def remember(request: HttpRequest) -> None:
    """Put the open page first. One write when it is another one than before, else nothing."""
    user = getattr(request, "user", None)
    address = object_address(request.path)
    if not address or not isinstance(user, User) or user.recent[:1] == [address]:
        return
    recent = [address, *(other for other in user.recent if other != address)][:KEPT]
    User.objects.filter(pk=user.pk).update(recent=recent)
