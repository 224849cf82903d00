"""Speed of the Avro engine, with the `avro` package as peer in the same run.

    python bench/avro.py [--seconds 1.0] [--json]

Prints checks per second and milliseconds from text to verdict. Each figure is the best of three
rounds of `--seconds`, on one core; run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

if __name__ == "__main__":
    # The script's own folder holds this file's name, which would hide the avro package.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from avro.compatibility import ReaderWriterCompatibilityChecker
from avro.schema import Schema as PeerSchema
from avro.schema import parse as peer_parse

from schemas.avro.compat import check, check_without_skipping
from schemas.avro.levels import check_level
from schemas.avro.parse import parse

TYPES: list[object] = [
    "string",
    "long",
    ["null", "string"],
    {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2},
    {"type": "array", "items": "string"},
    {"type": "long", "logicalType": "timestamp-millis"},
    ["null", "double"],
    "boolean",
    {"type": "map", "values": "long"},
]


def schema_text(field_count: int, *, version: int = 0) -> str:
    """A record of mixed fields with a nested enum and record; each version adds one field."""
    fields: list[dict[str, object]] = []
    for index in range(field_count - 2):
        field: dict[str, object] = {"name": f"field_{index}", "type": TYPES[index % len(TYPES)]}
        if isinstance(field["type"], list):
            field["default"] = None
        fields.append(field)
    kind = {"type": "enum", "name": "Kind", "symbols": ["NEW", "PAID", "SENT"], "default": "NEW"}
    place = {
        "type": "record",
        "name": "Place",
        "fields": [{"name": "street", "type": "string"}, {"name": "city", "type": "string"}],
    }
    fields += [{"name": "kind", "type": kind}, {"name": "place", "type": place}]
    for index in range(version):
        fields.append({"name": f"added_{index}", "type": ["null", "string"], "default": None})
    record = {"type": "record", "name": "Event", "namespace": "bench", "fields": fields}
    return json.dumps(record)


def per_second(work: Callable[[], object], seconds: float) -> float:
    """Calls per second, best of three rounds."""
    best = 0.0
    for _ in range(3):
        calls = 0
        started = time.perf_counter()
        while time.perf_counter() - started < seconds / 3:
            work()
            calls += 1
        best = max(best, calls / (time.perf_counter() - started))
    return best


def milliseconds(work: Callable[[], object], seconds: float) -> float:
    return 1000 / per_second(work, seconds)


def peer_check(reader: PeerSchema, writer: PeerSchema) -> object:
    """One comparison by the `avro` package, which starts without memory of earlier ones."""
    checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]  # no types there
    return checker.get_compatibility(reader, writer)


def transitive_milliseconds(seconds: float) -> float:
    """FULL_TRANSITIVE against 100 versions of about 50 fields, schemas parsed before."""
    versions = [parse(schema_text(50, version=version)) for version in range(100, -1, -1)]
    return milliseconds(lambda: check_level(versions[0], versions[1:], "FULL_TRANSITIVE"), seconds)


def measured(field_count: int, seconds: float) -> dict[str, float]:
    """The figures of one size; the writer is the version before, one field shorter."""
    reader_text, writer_text = schema_text(field_count, version=1), schema_text(field_count)
    reader, writer = parse(reader_text), parse(writer_text)
    peer_reader, peer_writer = peer_parse(reader_text), peer_parse(writer_text)
    return {
        "checks_per_second": per_second(lambda: check(reader, writer), seconds),
        "checks_per_second_without_skipping": per_second(
            lambda: check_without_skipping(reader, writer), seconds
        ),
        "peer_checks_per_second": per_second(lambda: peer_check(peer_reader, peer_writer), seconds),
        "text_to_verdict_ms": milliseconds(
            lambda: check(parse(reader_text), parse(writer_text, strict=False)), seconds
        ),
        "text_to_verdict_cached_writer_ms": milliseconds(
            lambda: check(parse(reader_text), writer), seconds
        ),
        "peer_text_to_verdict_ms": milliseconds(
            lambda: peer_check(peer_parse(reader_text), peer_parse(writer_text)), seconds
        ),
        "json_loads_ms": milliseconds(lambda: json.loads(reader_text), seconds),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=1.0)
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    figures = {str(count): measured(count, given.seconds) for count in (20, 200)}
    transitive = transitive_milliseconds(given.seconds)
    if given.json:
        print(json.dumps({"fields": figures, "full_transitive_100_versions_ms": transitive}))
        return
    print(f"Python {platform.python_version()} on {platform.machine()}")
    for count, row in figures.items():
        print(f"{count} fields")
        for name, value in row.items():
            print(f"  {name:40} {value:12,.3f}")
    print(f"FULL_TRANSITIVE, 100 versions of 50 fields   {transitive:12.3f} ms")


if __name__ == "__main__":
    main()
