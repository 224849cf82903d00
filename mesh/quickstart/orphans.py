"""Data whose passwords were deleted with `./var`: nobody can open it again, so it is set aside."""

from __future__ import annotations

import contextlib
from pathlib import Path

from mesh.quickstart.places import Places


class DataInUse(Exception):
    """Programs of a start whose folder was deleted still work on the data."""

    def __init__(self, folder: Path, parent: int) -> None:
        super().__init__(
            f"{folder} is still in use: its start goes on although its passwords were deleted.\n"
            f"    What helps: kill {parent}   (stops it in order; then try again)"
        )


def begin_anew(places: Places) -> str:
    """Set such data aside and say where it is now; empty when there is none.

    Whoever makes new passwords asks this before. Raises DataInUse.
    """
    orphans = places.orphans()
    for folder in orphans:
        parent = _parent_of_user(folder)
        if parent:
            raise DataInUse(folder, parent)
    if not orphans:
        return ""
    aside = places.set_orphans_aside()
    return (
        f"{places.data} and its passwords were deleted, so everything begins anew. The data of before is in\n"
        f"{places.services}: {', '.join(folder.name for folder in aside)}.\n"
        "Delete these folders when nobody needs them."
    )


def _parent_of_user(folder: Path) -> int:
    """Who started the process that works in this folder; 0 when none does."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if folder in ((here := (entry / "cwd").readlink()), *here.parents):
                return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    return 0
