"""How a command can end: exit codes, and the exceptions that lead to them."""

from __future__ import annotations

from dataclasses import dataclass

DONE, REFUSED, USAGE, UNREACHABLE, CHANGES = 0, 1, 2, 3, 10


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong place: a JSON pointer (RFC 6901) into what was sent, and a sentence."""

    pointer: str
    detail: str


class CommandFailed(Exception):
    """A command that did not do what was asked; `exit_code` says of which sort."""

    exit_code = REFUSED

    def __init__(self, title: str, detail: str = "", faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.faults = faults


class Refused(CommandFailed):
    """The server understood and said no."""


class NothingFound(Refused):
    """What the command names is not there, or may not be seen."""


class WrongUsage(CommandFailed):
    """The command line or a file cannot be read as meant."""

    exit_code = USAGE


class Unreachable(CommandFailed):
    """The server gave no usable answer, so nothing is known."""

    exit_code = UNREACHABLE
