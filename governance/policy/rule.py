"""The base of every policy: declared words, parameters, examples, one judging method."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from governance.policy.facts import Facts
from governance.policy.words import Fault, Outcome, Parameter, Result, Severity, filled
from mesh.kernel.errors import InvalidInput

Parameters = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Example:
    """Facts with the outcome that they must give; they are the rule's tests and its documentation."""

    facts: Facts
    outcome: Outcome
    says: str = ""


def good(facts: Facts) -> Example:
    return Example(facts, Outcome.PASS)


def bad(facts: Facts, says: str, outcome: Outcome = Outcome.FAIL) -> Example:
    return Example(facts, outcome, says)


def unknown(facts: Facts) -> Example:
    return Example(facts, Outcome.UNKNOWN)


class Rule:
    """One policy of the library. Subclasses declare and implement `judge`."""

    number: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]
    theme: ClassVar[str]
    wants: ClassVar[str]
    severity: ClassVar[Severity] = Severity.BLOCK
    looks_at: ClassVar[frozenset[str]]
    needs: ClassVar[tuple[str, ...]] = ()  # fact paths; one in facts.unknown gives outcome unknown
    params: ClassVar[Mapping[str, Parameter]] = {}
    message: ClassVar[str]
    remedy: ClassVar[str]
    examples: ClassVar[tuple[Example, ...]] = ()

    @classmethod
    def checked_parameters(cls, overrides: Parameters) -> dict[str, object]:
        """Defaults with overrides. Raises InvalidInput for an unknown name or a wrong value."""
        for name, value in overrides.items():
            declared = cls.params.get(name)
            problem = "no such parameter" if declared is None else declared.problem(value)
            if problem is not None:
                raise InvalidInput(f"{cls.code}: {name}: {problem}.", pointer=f"/parameters/{name}")
        chosen = {
            name: overrides.get(name, declared.default) for name, declared in cls.params.items()
        }
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in chosen.items()
        }

    def applies(self, facts: Facts) -> bool:
        """Does the rule have anything to say about these facts?"""
        return True

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        """Every fault of the facts."""
        raise NotImplementedError

    def results(self, facts: Facts, parameters: Parameters) -> list[Result]:
        """One result per fault, or a single pass, skip or unknown."""
        if facts.target not in self.looks_at or not self.applies(facts):
            return [Result(self.code, Outcome.SKIP, self.severity)]
        missing = [path for path in self.needs if path in facts.unknown]
        if missing:
            words = f"Could not be judged: {', '.join(missing)} could not be measured."
            return [Result(self.code, Outcome.UNKNOWN, self.severity, words, self.remedy)]
        found = [self._result(fault, parameters) for fault in self.judge(facts, parameters)]
        return found or [Result(self.code, Outcome.PASS, self.severity)]

    def _result(self, fault: Fault, parameters: Parameters) -> Result:
        severity = fault.severity or self.severity
        outcome = Outcome.FAIL if severity is Severity.BLOCK else Outcome.WARN
        words = filled(self.message, {**parameters, **fault.values})
        return Result(self.code, outcome, severity, words, self.remedy, fault.pointer)


def evaluate(
    rules: Sequence[Rule], facts: Facts, parameters: Mapping[str, Parameters]
) -> list[Result]:
    """What each rule says; a rule that raises gives outcome error, which blocks like a failure."""
    found: list[Result] = []
    for rule in rules:
        try:
            found += rule.results(facts, rule.checked_parameters(parameters.get(rule.code, {})))
        except Exception as error:
            words = f"The policy itself failed: {type(error).__name__}."
            found.append(Result(rule.code, Outcome.ERROR, rule.severity, words, rule.remedy))
    return found


def number(parameters: Parameters, name: str) -> int:
    """A whole-number parameter."""
    value = parameters[name]
    if not isinstance(value, int):
        raise TypeError(f"{name} is no whole number")
    return value


def words_of(parameters: Parameters, name: str) -> tuple[str, ...]:
    """A list parameter."""
    value = parameters[name]
    if not isinstance(value, list | tuple):
        raise TypeError(f"{name} is no list")
    return tuple(str(word) for word in value)
