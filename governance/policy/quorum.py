"""Who must agree to a plan, and whether the votes that count fill every slot."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

HURT = frozenset({"BREAK", "SILENT"})
OWNING_KINDS = frozenset(
    {
        "topic.create", "topic.adopt", "topic.configure", "topic.repartition", "schema.register",
        "schema.compatibility", "product.create", "product.edit", "port.create", "promise.set",
        "lifecycle.activate",
    }
)  # fmt: skip
CREATES = frozenset(
    {"topic.create", "topic.adopt", "product.create", "port.create", "lifecycle.activate"}
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """Slots that people with a role on a scope must fill."""

    code: str
    role: str  # owner | owner_or_steward | steward | governor | platform_admin
    scope_kind: str  # product | team | domain | platform
    scope_id: str
    scope_label: str
    why: str
    mode: str = "approve"
    count: int = 1


@dataclass(frozen=True, slots=True)
class HitReader:
    """A reader with its verdict and the team that answers for it; team '' = nobody known."""

    name: str
    verdict: str
    team_id: str = ""
    team_label: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What the requirements depend on."""

    kinds: frozenset[str]
    environment_kind: str
    product: str
    product_label: str
    domain_id: str
    domain_label: str
    policies_pass: bool
    irreversible: bool = False
    first_personal_field: bool = False
    widened_visibility: bool = False
    shortens_or_cleans: bool = False  # retention lowered, cleanup changed, level lowered
    repartitions_keyed: bool = False
    hit: tuple[HitReader, ...] = ()
    live_reader_teams: tuple[tuple[str, str], ...] = ()  # id and label


def required(change: Change) -> list[Requirement]:
    """Every requirement of a change; an empty list means that it approves itself."""
    hurt = [reader for reader in change.hit if reader.verdict in HURT]
    if _approves_itself(change, hurt):
        return []
    found = [_owner(change)] if change.kinds & OWNING_KINDS else []
    found += _hurt_readers(change, hurt)
    if change.shortens_or_cleans or change.repartitions_keyed:
        found += _acknowledgements(change)
    if change.first_personal_field or change.widened_visibility:
        why = "It shows personal data for the first time." if change.first_personal_field else (
            "It opens the product to the whole organisation."
        )  # fmt: skip
        found.append(Requirement("personal-data", "governor", "platform", "", "the platform", why))
    return found


def _approves_itself(change: Change, hurt: Sequence[HitReader]) -> bool:
    alone = not hurt and not change.live_reader_teams
    plain = change.policies_pass and not change.irreversible and not change.first_personal_field
    return change.environment_kind != "prod" and alone and plain


def _owner(change: Change) -> Requirement:
    what = (
        "creates something in production"
        if change.kinds & CREATES
        else "changes what the product gives"
    )
    return Requirement(
        "owner", "owner_or_steward", "product", change.product, change.product_label, f"It {what}."
    )


def _hurt_readers(change: Change, hurt: Sequence[HitReader]) -> Iterator[Requirement]:
    teams: dict[str, list[HitReader]] = {}
    for reader in hurt:
        teams.setdefault(reader.team_id, []).append(reader)
    for team_id, readers in sorted(teams.items()):
        if team_id:
            names = ", ".join(sorted({reader.name for reader in readers}))
            why = f"It hurts {names}."
            yield Requirement(
                "hurt-reader", "owner", "team", team_id, readers[0].team_label, why[:300]
            )
    if hurt:
        why = "It hurts a reader."
        yield Requirement(
            "hurt-domain", "steward", "domain", change.domain_id, change.domain_label, why
        )


def _acknowledgements(change: Change) -> Iterator[Requirement]:
    for team_id, label in change.live_reader_teams:
        why = "Its readers may lose data they count on."
        yield Requirement("reader-agrees", "owner", "team", team_id, label, why, mode="acknowledge")


def fill(slots: Sequence[int], fits: Mapping[str, Collection[int]]) -> dict[int, str]:
    """A maximum matching of voters to requirements.

    `slots` gives how many votes requirement i needs; `fits` which requirements a voter may fill.
    One voter fills at most one slot. The answer maps slot numbers (counted through) to voters.
    """
    owner_of = [place for place, count in enumerate(slots) for _ in range(count)]
    taken: dict[int, str] = {}
    for voter in fits:
        _augment(voter, owner_of, fits, taken, set())
    return taken


def _augment(
    voter: str,
    owner_of: Sequence[int],
    fits: Mapping[str, Collection[int]],
    taken: dict[int, str],
    tried: set[int],
) -> bool:
    for slot, requirement in enumerate(owner_of):
        if requirement not in fits[voter] or slot in tried:
            continue
        tried.add(slot)
        if slot not in taken or _augment(taken[slot], owner_of, fits, taken, tried):
            taken[slot] = voter
            return True
    return False


def by_requirement(slots: Sequence[int], fits: Mapping[str, Collection[int]]) -> list[list[str]]:
    """For each requirement the voters that fill it in a maximum matching."""
    owner_of = [place for place, count in enumerate(slots) for _ in range(count)]
    filled: list[list[str]] = [[] for _ in slots]
    for slot, voter in sorted(fill(slots, fits).items()):
        filled[owner_of[slot]].append(voter)
    return filled


def is_met(slots: Sequence[int], fits: Mapping[str, Collection[int]]) -> bool:
    """Do the votes fill every slot?"""
    return len(fill(slots, fits)) == sum(slots)


def counts(voter: str, requester_set: Collection[str]) -> bool:
    """A vote of anybody in the requester set counts nowhere."""
    return voter not in requester_set
