"""What a finding is; the rules that make them are in `lint` and `lint_change`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["refuse", "warn", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `path` is a field path, empty for the top level."""

    code: str
    severity: Severity
    path: str
    message: str
