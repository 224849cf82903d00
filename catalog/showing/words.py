"""The states of the catalogue as badges: which colour, which word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HEALTH = {
    "failing": ("bad", "Broken"),
    "at_risk": ("warn", "At risk"),
    "unknown": ("unknown", "Not judged"),
    "healthy": ("ok", "Healthy"),
    "unpromised": ("plain", "No promise"),
}
VERDICT = {
    "fail": ("bad", "Broken"),
    "warn": ("warn", "At risk"),
    "unknown": ("unknown", "Not judged"),
    "pass": ("ok", "Kept"),
    "skip": ("plain", "Nothing due"),
    "": ("unknown", "Not judged yet"),
}
LAG = {
    "ok": "ok",
    "warming": "unknown",
    "unknown": "unknown",
    "not_started": "info",
    "orphaned": "info",
    "abandoned": "info",
    "slow": "warn",
    "rewind": "warn",
}
PRODUCT_KINDS = {
    "source_aligned": "From a source system",
    "aggregate": "Joins other products",
    "consumer_aligned": "Made for one use",
}
VISIBILITY = {"organisation": "Everybody here", "restricted": "Its team and whom they name"}
KIND_WORDS = {
    "product": "Products",
    "topic": "Topics",
    "subject": "Subjects",
    "group": "Consumer groups",
    "team": "Teams",
    "domain": "Domains",
}
FACET_WORDS = {
    "domain": "Domain",
    "health": "Health",
    "tier": "Tier",
    "lifecycle": "Lifecycle",
    "team": "Team",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A state with its word."""

    state: str
    label: str


def health_badge(health: str) -> Badge:
    """The badge of a product's health; "" for what has none."""
    return Badge(*HEALTH.get(health, ("", "")))


def verdict_badge(word: str) -> Badge:
    """The badge of a verdict; "" = not judged yet."""
    return Badge(*VERDICT.get(word, VERDICT[""]))


def lag_state(status: str) -> str:
    """The colour of a lag status; what is not named is bad."""
    return LAG.get(status, "bad")


def own_reason(reasons: Sequence[Mapping[str, str]], product: str) -> str:
    """Why a product is unwell, beside its own name: without repeating that name."""
    return str(reasons[0]["text"]).removeprefix(f"{product}: ") if reasons else ""


def strip(words: Sequence[str], cells: int = 20) -> list[str]:
    """The newest words as cells of a strip, padded on the left where nothing was judged yet."""
    newest = ["none" if word == "skip" else word for word in words[-cells:]]
    return ["none"] * (cells - len(newest)) + newest
