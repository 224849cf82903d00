"""Tasks of the people floor."""

from __future__ import annotations

from mesh.kernel.tasks import task
from mesh.people.notices import forget
from mesh.people.sign_ins import forget_ended


@task("people.forget_old", queue="default", hard_s=120)
def forget_old() -> None:
    """Drop notifications past their time and sign-ins whose session is over."""
    forget()
    forget_ended()
