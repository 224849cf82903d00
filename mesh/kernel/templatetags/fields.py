"""Filters of form controls: choices, ids and kinds of bound and plain fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django import template
from django.forms import BoundField

from mesh.kernel import drawings

register = template.Library()


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
