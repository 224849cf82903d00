"""Typed readers of the environment; a value that cannot be read stops the start with its name."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

DURATION = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
SIZE = {"": 1, "b": 1, "kib": 1024, "mib": 1024**2, "gib": 1024**3}


class SettingError(Exception):
    """A setting is missing, unreadable, out of range or unknown."""


class Environment:
    """Reads settings by name and remembers which names exist, so that typing errors are found."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self.variables = os.environ if variables is None else variables
        self.known: set[str] = set()

    def raw(self, name: str) -> str | None:
        """The text of NAME or of the file that NAME_FILE names; both at once is an error."""
        self.known |= {name, f"{name}_FILE"}
        value = self.variables.get(name)
        path = self.variables.get(f"{name}_FILE")
        if path is None:
            return value
        if value is not None:
            raise SettingError(f"{name} and {name}_FILE are both set: keep one")
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE cannot be read: {error.strerror}") from error

    def text(self, name: str, default: str = "") -> str:
        """Plain text."""
        value = self.raw(name)
        return default if value is None else value

    def boolean(self, name: str, default: bool = False) -> bool:
        """true/false, 1/0, yes/no, on/off."""
        value = self.raw(name)
        if value is None:
            return default
        word = value.strip().lower()
        if word in ("true", "1", "yes", "on"):
            return True
        if word in ("false", "0", "no", "off"):
            return False
        raise SettingError(f"{name}={value!r}: say true or false")

    def integer(self, name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
        """A whole number between `low` and `high`."""
        value = self.raw(name)
        if value is None:
            return default
        if not re.fullmatch(r"-?[0-9]{1,12}", value.strip()):
            raise SettingError(f"{name}={value!r}: say a whole number")
        number = int(value)
        if not low <= number <= high:
            raise SettingError(f"{name}={number}: must lie between {low} and {high}")
        return number

    def seconds(self, name: str, default: float, *, low: float = 0, high: float = 1e9) -> float:
        """A duration: a number of seconds or with unit, as in `15m`."""
        return self._with_unit(name, default, DURATION, "s", low, high)

    def size_bytes(self, name: str, default: int, *, low: int = 0, high: int = 2**40) -> int:
        """A size: a number of bytes or with unit, as in `512MiB`."""
        return int(self._with_unit(name, default, SIZE, "", low, high))

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        """One of a list of words."""
        value = self.text(name, default)
        if value not in allowed:
            raise SettingError(f"{name}={value!r}: say one of {', '.join(allowed)}")
        return value

    def secret(self, name: str, default: str = "") -> str:
        """Text that no message ever repeats."""
        return self.text(name, default)

    def words(self, name: str, default: str = "") -> list[str]:
        """A list separated by commas."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def refuse_unknown(self, prefix: str, *, also: Sequence[str] = ()) -> None:
        """Raise SettingError for a variable with our prefix that no reader asked for."""
        allowed = self.known | set(also)
        for name in self.variables:
            if name.startswith(prefix) and name not in allowed:
                near = difflib.get_close_matches(name, sorted(allowed), 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise SettingError(f"unknown setting {name}{hint}")

    def _with_unit(
        self,
        name: str,
        default: float,
        units: Mapping[str, float],
        bare: str,
        low: float,
        high: float,
    ) -> float:
        value = self.raw(name)
        if value is None:
            return default
        match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*", value)
        unit = (str(match.group(2)).lower() or bare) if match else ""
        if match is None or unit not in units:
            raise SettingError(f"{name}={value!r}: say a number with one of {', '.join(units)}")
        number = float(match.group(1)) * units[unit]
        if not low <= number <= high:
            raise SettingError(f"{name}={value!r}: must lie between {low} and {high}")
        return number
