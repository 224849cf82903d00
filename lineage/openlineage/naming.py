"""Names in OpenLineage events: datasets, and which addresses a Kafka namespace stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_PORT = "9092"
NOWHERE = frozenset({"null", "none", ""})
_ADDRESS = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.%]+)\]|(?P<host>[^:\[\]/]*))(?::(?P<port>-?[0-9]+))?"
)
KAFKA = "kafka://"


@dataclass(frozen=True, slots=True, order=True)
class DatasetName:
    """Namespace and name as the program wrote them."""

    namespace: str
    name: str

    @property
    def is_kafka(self) -> bool:
        return self.namespace.lower().startswith(KAFKA)

    def parts(self) -> list[DatasetName]:
        """Flink writes a list of topics as one name joined by ';'."""
        if not self.is_kafka or ";" not in self.name:
            return [self]
        names = [name.strip() for name in self.name.split(";")]
        return [DatasetName(self.namespace, name) for name in names if name]


def kafka_address(namespace: str) -> str:
    """The first bootstrap address of a Kafka namespace as `host:port`, or "" if it names nothing.

    Scheme and host in any letter case, a trailing dot, a missing port (9092), IPv6 in brackets,
    lists separated by ',' or ';' (the first entry counts): one cluster, many spellings.
    """
    if not namespace.lower().startswith(KAFKA):
        return ""
    first = re.split(r"[,;]", namespace[len(KAFKA) :], maxsplit=1)[0].strip().rstrip("/")
    match = _ADDRESS.fullmatch(first)
    if match is None:
        return ""
    host = (match["six"] or match["host"] or "").lower().rstrip(".")
    port = match["port"] or DEFAULT_PORT
    if host in NOWHERE or not 0 < int(port) < 65_536:
        return ""
    return f"[{host}]:{port}" if match["six"] else f"{host}:{port}"
