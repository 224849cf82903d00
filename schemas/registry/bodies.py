"""Bodies of registry requests: JSON objects with a schema in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mesh.kernel import strict_json
from mesh.kernel.errors import BodyTooLarge, MalformedRequest, clipped
from schemas.errors import InvalidSchemaText, UnsupportedSchemaPart
from schemas.names import is_storable
from schemas.registering.references import Reference, read_references
from schemas.registry.http import LARGEST_BODY, RegistryRefusal, Request, bad_request

NOT_KEPT: Final = {"metadata": "Metadata", "ruleSet": "Rule sets"}


@dataclass(frozen=True, slots=True)
class PostedSchema:
    """A schema as a client posted it."""

    text: str
    references: tuple[Reference, ...]


def json_object(request: Request) -> dict[str, Any]:
    """The body as an object. Raises RegistryRefusal (400, 413)."""
    try:
        value = strict_json.read(request.body, limit_bytes=LARGEST_BODY)
    except MalformedRequest as error:
        raise bad_request(error.detail) from error
    except BodyTooLarge as error:
        raise RegistryRefusal(413, 42209, error.detail) from error
    if not isinstance(value, dict):
        raise bad_request("The body must be a JSON object.")
    return value


def posted_schema(members: dict[str, Any]) -> PostedSchema:
    """The schema of a body. Raises InvalidSchemaText, UnsupportedSchemaPart (both 42201)."""
    text = members.get("schema")
    if not isinstance(text, str) or not text.strip():
        raise InvalidSchemaText("The body has no schema: send it as a JSON text.")
    if not is_storable(text):
        raise InvalidSchemaText("The schema holds a character that no schema may hold.")
    kind = members.get("schemaType")
    if kind is not None and kind != "AVRO":
        raise UnsupportedSchemaPart(
            f"The type {clipped(str(kind))} is unknown here; AVRO is known."
        )
    for name, words in NOT_KEPT.items():
        if members.get(name):
            raise UnsupportedSchemaPart(f"{words} are not kept by this registry.")
    references = members.get("references")
    if references is None:
        references = []
    if not isinstance(references, list):
        raise UnsupportedSchemaPart("references must be a list.")
    return PostedSchema(text, read_references(references))
