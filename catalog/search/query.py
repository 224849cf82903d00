"""Reading what a person types into the search box. Pure; never raises, whatever it is given."""

from __future__ import annotations

import re
from dataclasses import dataclass

TEXT_LENGTH = 512
TERMS = 10
TERM_LENGTH = 64
OPERATORS = (
    "field",
    "team",
    "domain",
    "tier",
    "lifecycle",
    "health",
    "kind",
    "topic",
    "subject",
    "group",
)
ALIASES = {"owner": "team"}
_TOKEN = re.compile(r'(-?)(?:([a-z]+):)?(?:"([^"]*)"|(\S+))', re.IGNORECASE)
_PIECE = re.compile(r"[^\W_]+", re.UNICODE)
_CAMEL = re.compile(r"([a-z0-9])([A-Z])")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must (or must not) follow each other; the last of a whole query is a prefix."""

    pieces: tuple[str, ...]
    is_excluded: bool = False
    is_prefix: bool = False

    @property
    def expression(self) -> str:
        """The term as tsquery text made of quoted lexemes only: no user text reaches the parser."""
        quoted = [f"'{piece}'" for piece in self.pieces]
        if self.is_prefix and len(self.pieces[-1]) >= 2:
            quoted[-1] += ":*"
        return " <-> ".join(quoted)


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked: terms, narrowing by operators, and hints about what was not understood."""

    text: str
    terms: tuple[Term, ...] = ()
    operators: tuple[tuple[str, str], ...] = ()
    hints: tuple[str, ...] = ()

    def values(self, operator: str) -> list[str]:
        """Everything given to one operator."""
        return [value for name, value in self.operators if name == operator]

    @property
    def wanted(self) -> list[Term]:
        return [term for term in self.terms if not term.is_excluded]

    @property
    def excluded(self) -> list[Term]:
        return [term for term in self.terms if term.is_excluded]


def parse(text: str) -> Query:
    """Words, "phrases", -word and name:value; what is no operator is words, with a hint."""
    hints: list[str] = []
    if len(text) > TEXT_LENGTH:
        hints.append(f"Only the first {TEXT_LENGTH} characters are searched.")
    terms: list[Term] = []
    operators: list[tuple[str, str]] = []
    tokens = list(_TOKEN.finditer(text[:TEXT_LENGTH]))
    for token in tokens:
        sign, name, phrase, word = token.groups()
        value = phrase if phrase is not None else word
        operator = ALIASES.get((name or "").lower(), (name or "").lower())
        if operator in OPERATORS and not sign:
            operators.append((operator, value[:TERM_LENGTH]))
            continue
        if name:
            hints.append(f"“{name[:20]}:” is no operator; it was searched as words.")
            value = f"{name} {value}"
        pieces = split(value)
        if pieces:
            terms.append(Term(pieces, bool(sign), is_prefix=False))
    return Query(
        text[:TEXT_LENGTH], _finished(terms, tokens, hints), tuple(operators[:TERMS]), tuple(hints)
    )


def split(text: str) -> tuple[str, ...]:
    """The words of a name as the index knows them: customerId and customer_id give two."""
    spaced = _CAMEL.sub(r"\1 \2", text)
    return tuple(piece.lower()[:TERM_LENGTH] for piece in _PIECE.findall(spaced))[:TERMS]


def _finished(terms: list[Term], tokens: list[re.Match[str]], hints: list[str]) -> tuple[Term, ...]:
    if len(terms) > TERMS:
        hints.append(f"Only the first {TERMS} words are searched.")
    kept = terms[:TERMS]
    ends_in_word = bool(tokens) and tokens[-1].group(4) is not None
    if kept and ends_in_word and not kept[-1].is_excluded:
        last = kept[-1]
        kept[-1] = Term(last.pieces, last.is_excluded, is_prefix=True)
    return tuple(kept)


def field_expression(value: str) -> str:
    """A field path or a part of one, as tsquery text; "" when nothing is left of it."""
    pieces = split(value)
    return Term(pieces, is_prefix=True).expression if pieces else ""
