"""Every policy's examples hold, and every policy is complete."""

from __future__ import annotations

import re

import pytest

from governance.policy.library.catalogue import BY_CODE, RULES
from governance.policy.rule import Example, Rule
from governance.policy.words import Outcome, Severity
from mesh.kernel.errors import InvalidInput

CASES = [
    pytest.param(rule, example, id=f"{rule.code}-{place}")
    for rule in RULES
    for place, example in enumerate(rule.examples)
]
WORST = [Outcome.ERROR, Outcome.FAIL, Outcome.UNKNOWN, Outcome.WARN, Outcome.PASS, Outcome.SKIP]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_example_gives_its_outcome(rule: Rule, example: Example) -> None:
    results = rule.results(example.facts, rule.checked_parameters({}))
    worst = min((result.outcome for result in results), key=WORST.index)
    applies = rule.applies(example.facts)
    assert worst is (example.outcome if applies else Outcome.SKIP)
    assert example.says in " ".join(result.message for result in results)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_rule_is_complete(rule: Rule) -> None:
    outcomes = [example.outcome for example in rule.examples]
    assert outcomes.count(Outcome.PASS) >= 2
    assert sum(outcome in (Outcome.FAIL, Outcome.WARN) for outcome in outcomes) >= 2
    assert Outcome.UNKNOWN in outcomes
    assert rule.remedy and rule.title and rule.wants and rule.looks_at
    assert re.fullmatch(r"[a-z]+\.[a-z-]+", rule.code)


def test_codes_and_numbers_are_unique() -> None:
    assert len(BY_CODE) == len(RULES) == len({rule.number for rule in RULES})


def test_policies_of_the_first_width_are_there() -> None:
    assert sorted(rule.number for rule in RULES) == [1, 2, 5, 7, 8, 9, 12, 15, 17, 18, 19, 21, 22]


@pytest.mark.parametrize(
    ("code", "overrides"),
    [
        ("topic.partition-bounds", {"maximum": "many"}),
        ("topic.partition-bounds", {"maximum": True}),
        ("topic.partition-bounds", {"maximum": 0}),
        ("topic.partition-bounds", {"most": 3}),
        ("topic.name-pattern", {"reserved_prefixes": "_"}),
    ],
)
def test_wrong_parameters_are_refused(code: str, overrides: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        BY_CODE[code].checked_parameters(overrides)


def test_one_broker_platform_passes_with_its_parameters() -> None:
    from governance.policy.facts import ClusterFacts, Facts, TopicFacts

    rule = BY_CODE["topic.replication-and-isr"]
    facts = Facts("topic.create", cluster=ClusterFacts(brokers=1), topic=TopicFacts("a.b", 3, 1))
    loose = rule.checked_parameters({"minimum_replication": 1, "minimum_isr": 1})
    assert [result.outcome for result in rule.results(facts, loose)] == [Outcome.PASS]


def test_rule_that_raises_gives_an_error_that_blocks() -> None:
    from governance.policy.facts import Facts
    from governance.policy.rule import evaluate

    broken = BY_CODE["topic.partition-bounds"]
    (result,) = evaluate([broken], Facts("topic.create"), {})
    assert result.outcome is Outcome.ERROR
    assert result.blocks


def test_warning_does_not_block() -> None:
    from governance.policy.words import Result

    assert not Result("x.y", Outcome.WARN, Severity.WARN).blocks
    assert not Result("x.y", Outcome.UNKNOWN, Severity.BLOCK).blocks
