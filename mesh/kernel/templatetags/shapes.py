"""Icons and drawings of every template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mesh.kernel import drawings

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


@register.simple_tag
@lru_cache(maxsize=512)  # the same few on every page, and a page has fifty
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


@register.simple_tag
def gauge_band(low: object, high: object, limit: object) -> drawings.Band:
    """Where a gauge's band lies."""
    return drawings.gauge_band(low, high, limit)


@register.filter
def strip_marks(states: Iterable[object]) -> list[drawings.Mark]:
    """The paths of a strip of days."""
    return drawings.strip_marks(states)


@register.filter
def strip_sentence(states: Sequence[object], unit: str = "days") -> str:
    """A strip in words."""
    return drawings.strip_sentence(list(states), unit)


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


@register.simple_tag
def sprite(name: str) -> str:
    """Address of one icon, for drawings that place it themselves."""
    return f"{static('icons/icons.svg')}#{name}"
