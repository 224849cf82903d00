"""The explicit list of all policies; there is no discovery by import."""

from __future__ import annotations

from governance.policy.library.meaning import (
    BreaksConsumers,
    CompatibilityByTier,
    DocCoverage,
    PersonalClassified,
)
from governance.policy.library.naming import NameCollision, NamePattern
from governance.policy.library.ownership import Description, OwnerPresent
from governance.policy.library.topology import (
    CompactionHasKey,
    ConfigAllowed,
    PartitionBounds,
    ReplicationAndInSync,
    RetentionCeiling,
)
from governance.policy.rule import Rule

RULES: tuple[Rule, ...] = (
    NamePattern(),
    NameCollision(),
    OwnerPresent(),
    Description(),
    DocCoverage(),
    PersonalClassified(),
    RetentionCeiling(),
    PartitionBounds(),
    ReplicationAndInSync(),
    ConfigAllowed(),
    CompactionHasKey(),
    CompatibilityByTier(),
    BreaksConsumers(),
)
BY_CODE = {rule.code: rule for rule in RULES}
