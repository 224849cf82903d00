"""Which function does the work of which kind of job; rooms fill it in AppConfig.ready()."""

from __future__ import annotations

from collections.abc import Callable

from mesh.audit.models import Job

Runner = Callable[[Job], None]
_runners: dict[str, Runner] = {}


def register_runner(kind: str, runner: Runner) -> None:
    """Name the function that does jobs of this kind; it must mark the job itself."""
    _runners[kind] = runner


def runner_of(kind: str) -> Runner | None:
    """The function for this kind, or None."""
    return _runners.get(kind)
