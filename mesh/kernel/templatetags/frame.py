"""Tags of the frame around every page: rail, sortable headings, import map."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from mesh.kernel import clock, wording
from mesh.kernel.manual import chapter, topic_of
from mesh.kernel.navigation import ROOMS, TOOLS, Place, address_of
from mesh.kernel.problems import request_id_of

register = template.Library()
IMPORT_NAMES = {"uplot": "vendor/uplot-1.6.32/uPlot.esm.js"}


def _request_of(context: Context) -> HttpRequest | None:
    request = context.get("request")
    return request if isinstance(request, HttpRequest) else None


@register.simple_tag(takes_context=True)
def rail_places(context: Context, part: str) -> list[tuple[Place, str, bool]]:
    """Entries of the rail (`rooms` or `tools`) with their address and whether the page is theirs.

    A place whose page does not exist leads elsewhere or is left out, one closed to the viewer too.
    """
    request = _request_of(context)
    closed = context.get("closed_places") or ()
    path = request.path.rstrip("/") or "/" if request else ""
    return [
        (place, href, place.holds(path))
        for place in (ROOMS if part == "rooms" else TOOLS)
        if (href := address_of(place)) and href not in closed
    ]


@register.simple_tag(takes_context=True)
def sort_heading(context: Context, sort: str) -> dict[str, str]:
    """`href` and `aria` of a sortable heading; `?sort=name` ascends, `?sort=-name` descends."""
    request = _request_of(context)
    query = request.GET.copy() if request else QueryDict(mutable=True)
    present = query.get("sort", "")
    aria = {sort: "ascending", f"-{sort}": "descending"}.get(present, "none")
    for spent in ("sort", "page", "after", "before", "cursor"):
        query.pop(spent, None)
    query["sort"] = f"-{sort}" if aria == "ascending" else sort
    return {"href": f"?{query.urlencode()}", "aria": aria}


@cache
def _module_paths() -> dict[str, str]:
    """Bare name of every own module and its path below static; read once per process."""
    files = sorted((Path(settings.BASE_DIR) / "static" / "js").glob("*.js"))
    own = {file.stem: f"js/{file.name}" for file in files}
    return own | IMPORT_NAMES


@cache
def _imports() -> SafeString:
    """The map as JSON; addresses change with the files, so with the process."""
    imports = {name: static(path) for name, path in _module_paths().items()}
    text = json.dumps({"imports": imports}, separators=(",", ":"))
    for letter in "<>&":  # the same letters json_script() escapes: none may end the element
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return mark_safe(text)  # noqa: S308  escaped above


@register.simple_tag(takes_context=True)
def import_map(context: Context) -> SafeString:
    """Bare module name → hashed address, in the one inline script of a page; it carries the nonce."""
    request = _request_of(context)
    nonce = getattr(request, "csp_nonce", "") if request else ""
    return format_html('<script type="importmap" nonce="{}">{}</script>', str(nonce), _imports())


@register.simple_tag(takes_context=True)
def canonical_path(context: Context) -> str:
    """The present address with its query, for "come back here" fields."""
    request = _request_of(context)
    return request.get_full_path() if request else "/"


@register.simple_tag
def base_url() -> str:
    """The address people reach this installation at."""
    return str(settings.BASE_URL)


@register.simple_tag(takes_context=True)
def page_help(context: Context) -> dict[str, str]:
    """`href` and `label` of the page of help that fits the present address."""
    request = _request_of(context)
    topic = topic_of(request.path.rstrip("/") or "/" if request else "/")
    return {"href": f"/help/{topic}", "label": chapter(topic)[0]}


@register.simple_tag(takes_context=True)
def problem_report(context: Context) -> str:
    """What finds this page in the log: address, request, version, time."""
    request = _request_of(context)
    shown = wording.absolute(clock.now())
    lines = (("Page", request.get_full_path() if request else ""), ("Request", request_id_of(request)),
             ("Version", settings.VERSION), ("Shown", shown))  # fmt: skip
    return "\n".join(f"{name}: {value}" for name, value in lines)
