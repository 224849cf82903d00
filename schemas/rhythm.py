"""What the schemas room does by the clock."""

from __future__ import annotations

from typing import Final

from mesh.audit.schedule import every

CHECK_PERIOD_S: Final = 60
SHARES: Final = 5  # each period checks one share of the subjects, so that each waits five periods


def declare() -> None:
    """Declare the periodic checks."""
    every("schemas.check_subject", CHECK_PERIOD_S, due_subjects)


def due_subjects(slot: int) -> list[tuple[object, ...]]:
    """The subjects whose turn it is in this slot."""
    from django.db.models.functions import Mod

    from schemas.models import Subject

    rows = Subject.objects.annotate(share=Mod("pk", SHARES)).filter(share=slot % SHARES)
    return [(pk,) for pk in rows.order_by("pk").values_list("pk", flat=True)]
