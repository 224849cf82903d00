"""Logical types: what annotates a type, and when Avro takes the annotation seriously."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.avro.model import FixedNode, Node

# Logical type name -> kinds it may annotate; `fixed` entries may demand a size in bytes.
BASES: Final[dict[str, frozenset[str]]] = {
    "decimal": frozenset({"bytes", "fixed"}),
    "big-decimal": frozenset({"bytes"}),
    "uuid": frozenset({"string", "fixed"}),
    "date": frozenset({"int"}),
    "time-millis": frozenset({"int"}),
    "time-micros": frozenset({"long"}),
    "timestamp-millis": frozenset({"long"}),
    "timestamp-micros": frozenset({"long"}),
    "timestamp-nanos": frozenset({"long"}),
    "local-timestamp-millis": frozenset({"long"}),
    "local-timestamp-micros": frozenset({"long"}),
    "local-timestamp-nanos": frozenset({"long"}),
    "duration": frozenset({"fixed"}),
}
FIXED_SIZES: Final = {"uuid": 16, "duration": 12}


@dataclass(frozen=True, slots=True)
class LogicalType:
    """A logical type that Avro honours; precision and scale belong to `decimal` only."""

    name: str
    precision: int | None = None
    scale: int | None = None

    def __str__(self) -> str:
        if self.precision is None:
            return self.name
        return f"{self.name}({self.precision}, {self.scale})"


def logical_type(node: Node) -> LogicalType | None:
    """The logical type of a type, or None when it has none or Avro would ignore it."""
    name = node.properties.get("logicalType")
    if not isinstance(name, str) or node.kind not in BASES.get(name, frozenset()):
        return None
    if isinstance(node, FixedNode) and FIXED_SIZES.get(name, node.size) != node.size:
        return None
    return _decimal(node) if name == "decimal" else LogicalType(name)


def _decimal(node: Node) -> LogicalType | None:
    precision = node.properties.get("precision")
    scale = node.properties.get("scale", 0)
    if type(precision) is not int or type(scale) is not int:
        return None
    if precision <= 0 or not 0 <= scale <= precision:
        return None
    if isinstance(node, FixedNode) and precision > fixed_decimal_digits(node.size):
        return None
    return LogicalType("decimal", precision, scale)


def fixed_decimal_digits(size_bytes: int) -> int:
    """The most decimal digits that always fit a two's complement number of this size."""
    # log10(2) is bounded from above by 30103/100000; sizes are capped, digits beyond 1,000 moot.
    bits = 8 * min(size_bytes, 1_000) - 1
    return max(0, len(str(2**bits - 1)) - 1) if bits > 0 else 0
