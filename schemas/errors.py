"""Refusals of the schemas room; `schemas.registry.errors` gives each its registry code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from mesh.kernel.errors import MeshError, NotFound

if TYPE_CHECKING:
    from schemas.registering.comparing import Comparison


class SchemaError(MeshError):
    """Base of this room's refusals; `registry_code` is what a registry client is told."""

    registry_code: ClassVar[int] = 422


class InvalidSubjectName(SchemaError):
    code, status, title = "invalid_subject", 422, "The subject's name is not allowed"
    registry_code = 42208


class InvalidSchemaText(SchemaError):
    code, status, title = "invalid_schema", 422, "The schema is not valid Avro"
    registry_code = 42201


class UnsupportedSchemaPart(SchemaError):
    code, status, title = "unsupported_schema_part", 422, "This registry does not keep that"
    registry_code = 42201


class InvalidReference(SchemaError):
    code, status, title = "invalid_reference", 422, "A reference leads nowhere"
    registry_code = 42201


class SubjectMissing(SchemaError, NotFound):
    code, status, title = "subject_not_found", 404, "No subject has this name"
    registry_code = 40401


class VersionMissing(SchemaError, NotFound):
    code, status, title = "version_not_found", 404, "The subject has no such version"
    registry_code = 40402


class SchemaMissing(SchemaError, NotFound):
    code, status, title = "schema_not_found", 404, "No schema has this id"
    registry_code = 40403


class SubjectSoftDeleted(SchemaError):
    code, status, title = "subject_soft_deleted", 404, "The subject is deleted already"
    registry_code = 40404


class SubjectNotSoftDeleted(SchemaError):
    code, status, title = "subject_not_soft_deleted", 404, "Delete the subject softly first"
    registry_code = 40405


class VersionSoftDeleted(SchemaError):
    code, status, title = "version_soft_deleted", 404, "The version is deleted already"
    registry_code = 40406


class VersionNotSoftDeleted(SchemaError):
    code, status, title = "version_not_soft_deleted", 404, "Delete the version softly first"
    registry_code = 40407


class LevelNotSet(SchemaError):
    code, status, title = "level_not_set", 404, "The subject has no level of its own"
    registry_code = 40408


class ModeNotSet(SchemaError):
    code, status, title = "mode_not_set", 404, "The subject has no mode of its own"
    registry_code = 40409


class InvalidVersion(SchemaError):
    code, status, title = "invalid_version", 422, "A version is a number from 1, or latest"
    registry_code = 42202


class InvalidLevel(SchemaError):
    code, status, title = "invalid_level", 422, "There is no such compatibility level"
    registry_code = 42203


class InvalidMode(SchemaError):
    code, status, title = "invalid_mode", 422, "There is no such mode"
    registry_code = 42204


class NotPermittedHere(SchemaError):
    """The subject's mode or its owner's rules forbid it, whoever asks."""

    code, status, title = "not_permitted", 422, "The subject does not permit this"
    registry_code = 42205


class ReferencedElsewhere(SchemaError):
    code, status, title = "referenced", 422, "Another schema refers to this one"
    registry_code = 42206


class RegistrationRefused(SchemaError):
    """The gate said no: incompatible content or a rule; nothing was registered.

    `answer_code` is the registry code; `comparison` tells what is incompatible.
    """

    code, status, title = "registration_refused", 409, "The schema was not registered"
    registry_code = 40901

    def __init__(
        self,
        detail: str,
        *,
        answer_code: int,
        comparison: Comparison | None = None,
        request_url: str = "",
    ) -> None:
        super().__init__(detail)
        self.answer_code = answer_code
        self.comparison = comparison
        self.request_url = request_url
        self.status = 409 if str(answer_code).startswith("409") else 422  # type: ignore[misc]  # the gate decides which


class GateUnavailable(SchemaError):
    code, status, title = "gate_unavailable", 503, "Nobody can decide on this registration now"
    registry_code = 50001


def listed(words: Sequence[str]) -> str:
    """Words as a message names them: `a, b or c`."""
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)
