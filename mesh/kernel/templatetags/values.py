"""Filters of every template: measured values and names as people read them."""

from __future__ import annotations

import json
from datetime import datetime

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from mesh.kernel import clock, drawings, wording

register = template.Library()
SEPARATORS = "._-/:"
CODE = '<code class="ident">{}</code>'


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
    return wording.coarse((clock.now() - moment).total_seconds()) if moment else wording.UNKNOWN


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
    """What an address names last, as something to search for."""
    parts = [part for part in str(path).split("/") if part]
    return parts[-1].replace("-", " ") if parts else ""


@register.filter
def series(value: object) -> int:
    """The palette colour (1–8) of a domain's name."""
    return drawings.series_of(str(value))


@register.filter
def steps(value: object) -> range:
    """`n|steps`: as many turns of a loop."""
    return range(int(drawings.as_number(value) or 0))


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


@register.filter
def or_blank(value: object) -> object:
    """ "" for none; everything else, zero too, as it is."""
    return "" if value is None else value


@register.filter
def coded(value: object) -> SafeString:
    """Escaped text in which every `name` between back-ticks is drawn as a name."""
    parts = str(value).split("`")
    if len(parts) % 2 == 0:  # an odd back-tick is text
        return conditional_escape(str(value))
    names = ((CODE if place % 2 else "{}", part) for place, part in enumerate(parts))
    return format_html_join("", "{}", ((format_html(form, part),) for form, part in names))
