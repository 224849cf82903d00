"""Tags and filters of every template: values as people read them, icons, drawings, the frame."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from math import floor

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.template.context import Context
from django.templatetags.static import static
from django.urls import Resolver404, resolve
from django.utils.dateparse import parse_datetime
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from mesh.kernel import clock, drawings, wording
from mesh.kernel.navigation import ROOMS, TOOLS, Place

register = template.Library()

STATE_ICONS = {
    "ok": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-x",
    "unknown": "circle-question-mark",
    "stale": "clock-alert",
    "info": "info",
    "silent": "equal-not",
    "plain": "circle-dot",
    "mine": "circle-dot",
}
CELL_ICONS = {
    "bad": "x",
    "ok": "check",
    "warn": "triangle-alert",
    "silent": "equal-not",
    "unknown": "circle-question-mark",
}
CHANGE_ICONS = {"removed": "minus", "added": "plus", "changed": "type", "renamed": "pencil-line"}
NODE_ICONS = {
    "application": "play",
    "external": "arrow-up-right",
    "restricted": "lock-keyhole",
    "topic": "radio",
}
STEP_ICONS = {"done": "circle-check", "current": "circle-dot", "failed": "circle-x"}
SEPARATORS = "._-/:"
IMPORT_NAMES = {"uplot": "vendor/uplot-1.6.32/uPlot.esm.js"}


# -- values as people read them ------------------------------------------------------------------


def _instant(value: object) -> datetime | None:
    if isinstance(value, str):
        return parse_datetime(value)
    return value if isinstance(value, datetime) else None


@register.filter
def age(value: object) -> str:
    """ "8 s ago" of an instant; "unknown" of none."""
    return wording.age(_instant(value), now=clock.now())


@register.filter
def elapsed(value: object) -> str:
    """How long ago an instant was, without "ago": "3 h 7 min"."""
    moment = _instant(value)
    return wording.duration(floor((clock.now() - moment).total_seconds()) if moment else None)


@register.filter
def absolute(value: object) -> str:
    """The instant in UTC with seconds."""
    return wording.absolute(_instant(value))


@register.filter
def instant(value: object) -> str:
    """ISO 8601 for `datetime=` attributes."""
    moment = _instant(value)
    return moment.isoformat(timespec="seconds") if moment else ""


@register.filter
def duration(value: object) -> str:
    """Seconds in at most two units: "3 d 4 h"."""
    return wording.duration(drawings.as_number(value))


@register.filter
def duration_ms(value: object) -> str:
    """Milliseconds in at most two units."""
    amount = drawings.as_number(value)
    return wording.duration(None if amount is None else amount / 1000)


@register.filter
def interval(low: object, high: object) -> str:
    """`low|interval:high` in seconds: "3–4 min"; unknown ends are said."""
    return wording.interval(drawings.as_number(low), drawings.as_number(high))


@register.filter
def binary_size(value: object) -> str:
    """Bytes in binary units."""
    return wording.binary_size(drawings.as_number(value))


@register.filter
def number(value: object) -> str:
    """A count with thousands separated; "unknown" of none."""
    return wording.grouped(drawings.as_number(value))


@register.filter
def share(value: object) -> str:
    """A ratio in per cent, never rounded across a limit."""
    return wording.share(drawings.as_number(value))


@register.filter
def initials(value: object) -> str:
    """Two letters for an avatar."""
    return wording.initials(str(value))


@register.filter
def identifier(value: object) -> SafeString:
    """Escaped text that may break after `.`, `_`, `-`, `/` and `:`."""
    text, pieces, piece = str(value), [], ""
    for letter in text:
        piece += letter
        if letter in SEPARATORS:
            pieces.append(piece)
            piece = ""
    pieces.append(piece)
    return format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in pieces if part))


@register.filter
def pretty_json(value: object) -> str:
    """JSON text (or a value) indented; text that is no JSON stays as it is."""
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    return json.dumps(parsed, indent=2, ensure_ascii=False)


@register.filter
def read(item: object, name: str) -> object:
    """`item|read:"name"` of a mapping or an object, "" when it has none; safe for optional keys."""
    return drawings.read(item, name, "")


@register.filter
def path_words(path: object) -> str:
    """The words of an address, as something to search for."""
    return " ".join(word for word in str(path).replace("-", " ").split("/") if word)


@register.filter
def series(value: object) -> int:
    """The palette colour (1–8) of a domain's name."""
    return drawings.series_of(str(value))


@register.filter
def steps(value: object) -> range:
    """`n|steps`: as many turns of a loop."""
    return range(int(drawings.as_number(value) or 0))


# -- icons ---------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, state: str = "") -> SafeString:
    """One icon of the sprite, hidden from readers: the word stands beside it."""
    marked = format_html(' data-state="{}"', state) if state else ""
    return format_html(
        '<svg class="icon" aria-hidden="true"{}><use href="{}#{}"/></svg>',
        marked,
        static("icons/icons.svg"),
        name,
    )


@register.filter
def state_icon(state: object) -> str:
    """The icon of a state."""
    return STATE_ICONS.get(str(state), "circle-dot")


@register.filter
def cell_icon(state: object) -> str:
    """The icon of one cell of the verdict matrix."""
    return CELL_ICONS.get(str(state), "")


@register.filter
def change_icon(kind: object) -> str:
    """The icon of a kind of change."""
    return CHANGE_ICONS.get(str(kind), "circle-dot")


@register.filter
def node_icon(kind: object) -> str:
    """The icon of a lineage node's kind, "" where a domain stripe stands instead."""
    return NODE_ICONS.get(str(kind), "")


@register.filter
def step_icon(state: object) -> str:
    """The icon of a step."""
    return STEP_ICONS.get(str(state), "circle-dashed")


@register.filter
def step_colour(state: object) -> str:
    """The colour state of a step."""
    return {"done": "ok", "failed": "bad"}.get(str(state), "")


@register.filter
def message_state(tags: object) -> str:
    """The state of one of Django's messages."""
    words = str(tags).split()
    return next(
        (
            state
            for word, state in (("error", "bad"), ("warning", "warn"), ("success", "ok"))
            if word in words
        ),
        "info",
    )


# -- drawings ------------------------------------------------------------------------------------


@register.simple_tag
def gauge_band(low: object, high: object, limit: object) -> drawings.Band:
    """Where a gauge's band lies."""
    return drawings.gauge_band(low, high, limit)


@register.filter
def strip_cells(states: Iterable[object]) -> list[drawings.Cell]:
    """The cells of a strip of days."""
    return drawings.strip_cells(states)


@register.filter
def strip_sentence(states: Sequence[object]) -> str:
    """A strip in words."""
    return drawings.strip_sentence(list(states))


@register.filter
def spark(values: Sequence[float | None]) -> drawings.Spark:
    """The line of a sparkline."""
    return drawings.sparkline(list(values))


@register.filter
def meter_width(ratio: object) -> float:
    """Width in a meter of 64 px."""
    return round(min(max(drawings.as_number(ratio) or 0.0, 0.0), 1.0) * 64, 1)


@register.filter
def times(value: object, factor: int) -> int:
    """Multiplied, for coordinates of drawings."""
    return round((drawings.as_number(value) or 0) * factor)


@register.filter
def plus(value: object, amount: int) -> int:
    """Added, for coordinates of drawings."""
    return round((drawings.as_number(value) or 0) + amount)


@register.simple_tag
def graph_shape(nodes: Iterable[object], edges: Iterable[object]) -> drawings.GraphShape:
    """Pixels of the lineage drawing."""
    return drawings.graph_shape(nodes, edges)


# -- forms ---------------------------------------------------------------------------------------


@register.filter
def choices(options: object) -> list[tuple[str, str]]:
    """Options given as pairs, mappings (`value`, `label`) or plain words, as pairs of text."""
    if not isinstance(options, Iterable) or isinstance(options, str):
        return []
    pairs = []
    for option in options:
        if isinstance(option, list | tuple):
            pairs.append((str(option[0]), str(option[1])))
        elif isinstance(option, Mapping) or hasattr(option, "value"):
            value = drawings.read(option, "value")
            pairs.append((str(value), str(drawings.read(option, "label", value))))
        else:
            pairs.append((str(option), str(option)))
    return pairs


@register.filter
def chosen(value: object, option: object) -> bool:
    """Whether an option is (one of) the chosen value(s), compared as text."""
    if isinstance(value, list | tuple | set):
        return str(option) in {str(each) for each in value}
    return str(value) == str(option)


@register.filter
def input_id(name: object) -> str:
    """The id of the control of a field."""
    return "field-" + "".join(letter if letter.isalnum() else "-" for letter in str(name)).strip(
        "-"
    )


@register.filter
def input_type(widget_type: object) -> str:
    """The control's type of a Django widget's name ("numberinput" is told as "number")."""
    word = str(widget_type)
    known = {
        "select": "select",
        "nullbooleanselect": "select",
        "textarea": "textarea",
        "checkbox": "checkbox",
    }
    return known.get(
        word, word if word in ("number", "email", "password", "url", "date", "hidden") else "text"
    )


@register.filter
def is_optional(bound: BoundField) -> bool:
    """Whether a bound field may stay empty."""
    return not bound.field.required


@register.filter
def widget_choices(bound: BoundField) -> list[tuple[object, object]]:
    """The choices of a bound field's widget, none for a plain input."""
    return list(getattr(bound.field, "choices", ()) or ())


# -- the frame -----------------------------------------------------------------------------------


def _request_of(context: Context) -> HttpRequest | None:
    request = context.get("request")
    return request if isinstance(request, HttpRequest) else None


@cache
def _exists(href: str) -> bool:
    try:
        resolve(href)
    except Resolver404:
        return False
    return True


@register.simple_tag(takes_context=True)
def rail_places(context: Context, part: str) -> list[tuple[Place, str, bool]]:
    """Entries of the rail (`rooms` or `tools`) with their address and whether the page is theirs.

    A place whose page does not exist leads elsewhere or is left out.
    """
    request = _request_of(context)
    path = request.path.rstrip("/") or "/" if request else ""
    found = []
    for place in ROOMS if part == "rooms" else TOOLS:
        href = place.href if _exists(place.href) else place.instead
        if href:
            found.append((place, href, place.holds(path)))
    return found


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
    _, files = next(
        iter(
            finders.get_finder(
                "django.contrib.staticfiles.finders.FileSystemFinder"
            ).storages.items()
        )
    )[1].listdir("js")
    own = {file.removesuffix(".js"): f"js/{file}" for file in sorted(files) if file.endswith(".js")}
    return own | IMPORT_NAMES


@register.simple_tag(takes_context=True)
def import_map(context: Context) -> SafeString:
    """Bare module name → hashed address, in the one inline script of a page; it carries the nonce."""
    request = _request_of(context)
    nonce = getattr(request, "csp_nonce", "") if request else ""
    imports = {name: static(path) for name, path in _module_paths().items()}
    text = json.dumps({"imports": imports}, separators=(",", ":"))
    for letter in "<>&":  # the same letters json_script() escapes: none may end the element
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return format_html(
        '<script type="importmap" nonce="{}">{}</script>', str(nonce), mark_safe(text)
    )


@register.simple_tag(takes_context=True)
def canonical_path(context: Context) -> str:
    """The present address with its query, for "come back here" fields."""
    request = _request_of(context)
    return request.get_full_path() if request else "/"


@register.simple_tag
def base_url() -> str:
    """The address people reach this installation at."""
    return str(settings.BASE_URL)


@register.filter
def filled(value: object) -> bool:
    """Whether a value or a slot holds more than blank space; zero counts as held."""
    return (
        value == 0 or bool(str(value).strip())
        if not isinstance(value, list | tuple | dict)
        else bool(value)
    )


@register.filter
def spoken(value: object) -> SafeString:
    """Escaped text for an accessible name, white space collapsed."""
    return conditional_escape(" ".join(str(value).split()))


@register.simple_tag
def sprite(name: str) -> str:
    """Address of one icon, for drawings that place it themselves."""
    return f"{static('icons/icons.svg')}#{name}"


@register.filter
def or_blank(value: object) -> object:
    """ "" for none; everything else, zero too, as it is."""
    return "" if value is None else value
