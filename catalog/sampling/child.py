"""Decodes sampled payloads in a process of its own; says only whether each one can be read.

Reads one JSON object from standard input and writes one to standard output. Payloads never leave
this process: an answer holds positions and names of errors, no values.
"""

from __future__ import annotations

import base64
import io
import json
import resource
import sys
from typing import Any

import fastavro

MEMORY_BYTES = 512 * 1024**2
CPU_S = 10


def main() -> None:
    """Limit this process, read, decode, answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    question = json.loads(sys.stdin.buffer.read())
    schemas = {number: _parsed(text) for number, text in question["schemas"].items()}
    answers = [_decoded(schemas.get(str(number)), data) for number, data in question["records"]]
    sys.stdout.write(json.dumps({"answers": answers}))


def _parsed(text: str) -> Any:
    try:
        return fastavro.parse_schema(json.loads(text))
    except (ValueError, TypeError, KeyError, fastavro.schema.SchemaParseException):
        return None


def _decoded(schema: Any, data: str) -> str:
    """ "" when the payload is one whole value of the schema, else what kept it from being read."""
    if schema is None:
        return "schema"
    stream = io.BytesIO(base64.b64decode(data))
    try:
        fastavro.schemaless_reader(stream, schema, None)
    except Exception as error:  # whatever hostile bytes raise: the name alone is reported
        return type(error).__name__
    return "" if not stream.read(1) else "bytes left over"


if __name__ == "__main__":
    main()
