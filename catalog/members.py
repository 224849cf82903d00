"""What the members of domains, products and ports may hold: one check for every door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mesh.kernel.errors import Fault, InvalidInput, clipped
from mesh.kernel.ids import SLUG
from mesh.kernel.names import name_fault

SLUG_LENGTH = 63
RESERVED = frozenset({"new", "drafts", "by-slug"})  # addresses below /products
NAME_LENGTH = 120
TEXT_LENGTH = 20_000
KINDS = ("source_aligned", "aggregate", "consumer_aligned")
TIERS = ("", "gold", "silver", "bronze")
VISIBILITIES = ("organisation", "restricted")


@dataclass(frozen=True, slots=True)
class Text:
    """A text member: its length, whether it must say something, whether it is a name."""

    length: int
    required: bool = False
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A member with fixed words."""

    words: tuple[str, ...]


PRODUCT_MEMBERS: Mapping[str, Text | Choice] = {
    "name": Text(NAME_LENGTH, required=True, is_name=True),
    "kind": Choice(KINDS),
    "purpose": Text(TEXT_LENGTH),
    "usage": Text(TEXT_LENGTH),
    "limitations": Text(TEXT_LENGTH),
    "tier": Choice(TIERS),
    "visibility": Choice(VISIBILITIES),
}
DOMAIN_MEMBERS: Mapping[str, Text | Choice] = {
    "name": Text(NAME_LENGTH, required=True, is_name=True),
    "description": Text(TEXT_LENGTH),
}
PORT_MEMBERS: Mapping[str, Text | Choice] = {
    "name": Text(NAME_LENGTH, required=True, is_name=True),
    "version": Text(40, required=True, is_name=True),
    "direction": Choice(("input", "output")),
    "description": Text(TEXT_LENGTH),
    "group_name": Text(255),
}


def faults_of(given: Mapping[str, object], members: Mapping[str, Text | Choice]) -> list[Fault]:
    """Every wrong member of `given`; members that `members` does not name are not looked at."""
    found = (_fault(name, rule, given[name]) for name, rule in members.items() if name in given)
    return [fault for fault in found if fault is not None]


def check(given: Mapping[str, object], members: Mapping[str, Text | Choice]) -> None:
    """Raise InvalidInput with one fault per wrong member."""
    if faults := faults_of(given, members):
        raise InvalidInput("Some members are not valid.", faults=tuple(faults))


def check_slug(slug: object, pointer: str = "/slug") -> str:
    """The slug. Raises InvalidInput when it is none."""
    if isinstance(slug, str) and len(slug) <= SLUG_LENGTH and SLUG.fullmatch(slug):
        if slug not in RESERVED:
            return slug
        raise InvalidInput(f'"{slug}" is an address of its own; choose another.', pointer=pointer)
    raise InvalidInput(
        f'"{clipped(str(slug), 80)}" is no short name: small letters, digits and hyphens, '
        f"starting with a letter, at most {SLUG_LENGTH}.",
        pointer=pointer,
    )


def _fault(name: str, rule: Text | Choice, value: object) -> Fault | None:
    if not isinstance(value, str):
        return Fault(f"/{name}", "type", "This must be a text.")
    if isinstance(rule, Choice):
        if value in rule.words:
            return None
        words = ", ".join(word or "(none)" for word in rule.words)
        return Fault(f"/{name}", "choice", f'"{clipped(value, 60)}" is none of: {words}.')
    if rule.is_name and (said := name_fault(value)):
        return Fault(f"/{name}", "characters", said)
    if "\x00" in value:
        return Fault(f"/{name}", "characters", "A text cannot hold the character NUL.")
    if len(value) > rule.length:
        detail = f"{len(value)} characters; {rule.length} are allowed."
        return Fault(f"/{name}", "too_long", detail)
    if rule.required and not value.strip():
        return Fault(f"/{name}", "required", "This must not be empty.")
    return None
