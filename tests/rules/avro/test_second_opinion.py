"""The `avro` package, a second implementation, comes to the same verdicts on generated pairs."""

from __future__ import annotations

import json

from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.errors import AvroException
from avro.schema import parse as peer_parse
from hypothesis import HealthCheck, assume, given, settings

from schemas.avro.compat import check
from schemas.avro.errors import InvalidSchema
from schemas.avro.parse import parse
from tests.rules.avro.generators import evolved


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(evolved())
def test_verdicts_agree_with_a_second_implementation(pair: tuple[str, str]) -> None:
    try:
        reader, writer = (parse(text) for text in pair)
        peer_reader, peer_writer = (peer_parse(text) for text in pair)
    except (InvalidSchema, AvroException):
        assume(False)
        raise
    checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]  # no types there
    peer = checker.get_compatibility(peer_reader, peer_writer)
    is_compatible = peer.compatibility is SchemaCompatibilityType.compatible
    assert (check(reader, writer) == []) is is_compatible, json.dumps(pair)
