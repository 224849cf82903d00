"""Routes of compatibility levels and modes."""

from __future__ import annotations

from typing import Any, Final

from mesh.kernel.errors import clipped
from schemas.actions import set_level, set_mode
from schemas.avro.levels import LEVELS
from schemas.errors import InvalidLevel, InvalidMode, LevelNotSet, ModeNotSet, listed
from schemas.models import RegistryContext
from schemas.names import DEFAULT_CONTEXT
from schemas.registering.comparing import DEFAULT_LEVEL, level_of
from schemas.registering.rights import mode_of
from schemas.registry.bodies import json_object
from schemas.registry.finding import find_subject, missing
from schemas.registry.http import Answer, Request

MODES: Final = ("READWRITE", "READONLY", "READONLY_OVERRIDE")
NOT_KEPT: Final = (
    *("alias", "aliasForDeks", "compatibilityGroup", "compatibilityPolicy", "defaultMetadata"),
    *("overrideMetadata", "defaultRuleSet", "overrideRuleSet", "validateFields", "validateRules"),
)


def default_context() -> RegistryContext | None:
    """The row that holds the global level and mode."""
    return RegistryContext.objects.filter(name=DEFAULT_CONTEXT).first()


def global_level(request: Request) -> Answer:
    """The level of subjects that have none of their own."""
    return Answer({"compatibilityLevel": level_of(None, default_context()).name})


def level(request: Request, subject_text: str) -> Answer:
    """A subject's own level, or the one in force with `defaultToGlobal=true`."""
    subject = find_subject(subject_text, request.principal)
    if subject is not None and subject.compatibility:
        return Answer({"compatibilityLevel": subject.compatibility})
    if request.query.flag("defaultToGlobal"):
        return Answer({"compatibilityLevel": level_of(subject, default_context()).name})
    raise LevelNotSet(
        f"Subject '{clipped(subject_text)}' does not have subject-level compatibility configured"
    )


def set_global_level(request: Request) -> Answer:
    """Set the level of everything that has none of its own."""
    name = _posted_level(json_object(request))
    if name is None:
        return Answer({"compatibility": level_of(None, default_context()).name})
    set_level(None, name, by=request.principal)
    return Answer({"compatibility": name or DEFAULT_LEVEL})


def set_subject_level(request: Request, subject_text: str) -> Answer:
    """Set a subject's own level; null clears it."""
    name = _posted_level(json_object(request))
    if name is None:
        subject = find_subject(subject_text, request.principal)
        kept = subject.compatibility if subject is not None else ""
        return Answer({"compatibility": kept} if kept else {})
    set_level(subject_text, name, by=request.principal)
    return Answer({"compatibility": name} if name else {})


def clear_global_level(request: Request) -> Answer:
    """Take the global level back to the default."""
    before = level_of(None, default_context()).name
    set_level(None, "", by=request.principal)
    return Answer({"compatibilityLevel": before})


def clear_level(request: Request, subject_text: str) -> Answer:
    """Take a subject's own level away; answers what it was."""
    subject = find_subject(subject_text, request.principal)
    if subject is None or not subject.compatibility:
        raise missing(subject_text)
    set_level(subject_text, "", by=request.principal)
    return Answer({"compatibilityLevel": subject.compatibility})


def _posted_level(members: dict[str, Any]) -> str | None:
    """The level in a body: None when it is silent, '' to clear. Raises InvalidLevel."""
    for name in NOT_KEPT:
        if members.get(name):
            raise InvalidLevel(f"{name} is not kept by this registry.")
    if "compatibility" not in members and "compatibilityLevel" not in members:
        return None
    value = members.get("compatibility", members.get("compatibilityLevel"))
    if value is None:
        return ""
    if isinstance(value, str) and value.upper() in LEVELS:
        return value.upper()
    raise InvalidLevel(
        f"Invalid compatibility level {clipped(str(value))}. Valid values are {listed(LEVELS)}."
    )


def global_mode(request: Request) -> Answer:
    """The mode of subjects that have none of their own."""
    return Answer({"mode": mode_of(None, default_context())})


def mode(request: Request, subject_text: str) -> Answer:
    """A subject's own mode, or the one in force with `defaultToGlobal=true`."""
    subject = find_subject(subject_text, request.principal)
    if subject is not None and subject.mode:
        return Answer({"mode": subject.mode})
    if request.query.flag("defaultToGlobal"):
        return Answer({"mode": mode_of(subject, default_context())})
    raise ModeNotSet(
        f"Subject '{clipped(subject_text)}' does not have subject-level mode configured"
    )


def set_global_mode(request: Request) -> Answer:
    """Set the mode of everything that has none of its own."""
    name = _posted_mode(json_object(request))
    set_mode(None, name, by=request.principal)
    return Answer({"mode": name} if name else {"mode": "READWRITE"})


def set_subject_mode(request: Request, subject_text: str) -> Answer:
    """Set a subject's own mode; null clears it."""
    name = _posted_mode(json_object(request))
    set_mode(subject_text, name, by=request.principal)
    return Answer({"mode": name} if name else {})


def clear_mode(request: Request, subject_text: str) -> Answer:
    """Take a subject's own mode away; answers what it was."""
    subject = find_subject(subject_text, request.principal)
    if subject is None or not subject.mode:
        raise missing(subject_text)
    set_mode(subject_text, "", by=request.principal)
    return Answer({"mode": subject.mode})


def _posted_mode(members: dict[str, Any]) -> str:
    value = members.get("mode")
    if value is None and "mode" in members:
        return ""
    if isinstance(value, str) and value.upper() in MODES:
        return value.upper()
    raise InvalidMode(f"Invalid mode {clipped(str(value))}. Valid values are {listed(MODES)}.")
