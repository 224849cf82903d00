"""What the admin console shows: the main rows of every room, each list in its own module."""

from __future__ import annotations

from governance.desk.console import (  # noqa: F401  (importing registers)
    audit,
    catalog,
    governance,
    lineage,
    people,
    schemas,
    streams,
)
