"""What an item wishes for, as facts in words: nobody has to read a document to decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from catalog.actions.promises import read_row
from catalog.models import Domain
from catalog.registering.promises import TITLES
from catalog.showing.words import PRODUCT_KINDS, VISIBILITY
from catalog.sla.words import words
from governance.models import ChangeItem
from mesh.people.models import Team
from streams.queries.pages import setting_words

Fact = dict[str, str]
SHOWN_MOST = 600  # letters of one text
LABELS = {
    "name": "Name", "purpose": "What it is for", "usage": "Use it for", "limitations": "Limits", "team": "Team",
    "domain": "Domain", "tier": "Tier", "kind": "Kind", "visibility": "Who may find it",
    "sampling": "Samples", "topic": "Topic", "cluster": "Cluster",
    "description": "What it gives", "key_subjects": "Keys", "value_subjects": "Values",
    "upstream": "Reads", "group": "Consumer group", "partitions": "Partitions",
    "replication_factor": "Replicas", "lifecycle": "Lifecycle", "level": "Level",
}  # fmt: skip


def facts_of(item: ChangeItem, after: Mapping[str, Any], names: Mapping[str, str]) -> list[Fact]:
    """The facts of something new; `names` are those of teams and domains by their slugs."""
    if item.kind == "promise.set":
        return [fact(property_label(row), promise_words(row)) for row in _promises(after)]
    found: list[Fact] = []
    for key in sorted(after, key=_place):
        if after[key] in ("", [], {}, None):
            continue
        if isinstance(after[key], Mapping):
            found += [setting_fact(name, value) for name, value in sorted(after[key].items())]
        else:
            found.append(fact(label(key), words_of(key, after[key], names)))
    return found


def fact(label: str, value: str, second: str = "") -> Fact:
    """A pair as the part that lists facts asks for it."""
    return {"label": label, "value": value, "second": second, "href": "", "state": "", "at": ""}


def property_label(row: Mapping[str, Any]) -> str:
    """The property of a promise, or the contract's own word for it."""
    name = str(row.get("property", ""))
    return TITLES.get(name, name)


def label(key: str) -> str:
    """A member's name for people."""
    return LABELS.get(key, key.replace("_", " ").capitalize() if "." not in key else key)


def words_of(key: str, value: object, names: Mapping[str, str]) -> str:
    """A member's value for people."""
    if key in ("team", "domain"):
        return names.get(f"{key}:{value}", str(value))
    if key in CHOICES:
        return CHOICES[key].get(str(value), str(value))
    return value_words(key, value)


def value_words(key: str, value: object) -> str:
    """A value in words; settings with what their number means, promises as they are said."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping) and "property" in value:
        return promise_words(value)
    if isinstance(value, Mapping):
        said = (
            value_words(name, each)
            if isinstance(each, Mapping)
            else f"{label(name)} {value_words(name, each)}"
            for name, each in value.items()
        )
        return ", ".join(said) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(value_words(key, each) for each in value) or "none"
    meant = setting_words(key, value)
    text = f"{value} ({meant})" if meant else str(value)
    return text if len(text) <= SHOWN_MOST else f"{text[:SHOWN_MOST]}…"


def setting_fact(name: str, value: object) -> Fact:
    """A setting of a topic: what it means first, the raw number below."""
    meant = setting_words(name, value)
    return fact(name, meant or str(value), str(value) if meant else "")


def promise_words(row: Mapping[str, Any]) -> str:
    """A promise as its reader will read it."""
    if row.get("ended"):
        return f"no longer: {row.get('property', '')}"
    return words(read_row(row).form)


def names_of(items: Iterable[ChangeItem]) -> dict[str, str]:
    """Names of the teams and domains that items speak of, one query each; none when none does."""
    found: dict[str, str] = {}
    models: Mapping[str, type[Team] | type[Domain]] = {"team": Team, "domain": Domain}
    for member, model in models.items():
        slugs = {str(item.desired[member]) for item in items if item.desired.get(member)}
        if slugs:
            rows: Callable[..., Any] = model.objects.filter
            found |= {f"{member}:{row.slug}": row.name for row in rows(slug__in=slugs)}
    return found


CHOICES: Mapping[str, Mapping[str, str]] = {
    "kind": PRODUCT_KINDS,
    "visibility": VISIBILITY,
    "sampling": {"True": "some records, to check their schemas", "False": "none"},
}


def _promises(after: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Rows of promises: by name in a plan, as one list in a wish that was not planned yet."""
    found = after["promises"] if isinstance(after.get("promises"), list) else after.values()
    return [row for row in found if isinstance(row, Mapping) and row]


def _place(key: str) -> int:
    known = list(LABELS)
    return known.index(key) if key in LABELS else len(known)
