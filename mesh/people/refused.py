"""A refused form: which of its fields are wrong, in the words of the refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mesh.kernel.errors import MeshError


@dataclass(frozen=True, slots=True)
class FieldFault:
    """A field of a form that cannot stay as it is."""

    name: str
    label: str
    detail: str


def field_faults(error: MeshError | None, labels: Mapping[str, str]) -> tuple[FieldFault, ...]:
    """The faults of a refusal that stand at one of the form's fields."""
    if error is None:
        return ()
    named = [(fault.pointer.removeprefix("/"), fault.detail) for fault in error.faults]
    return tuple(FieldFault(name, labels[name], detail) for name, detail in named if name in labels)
