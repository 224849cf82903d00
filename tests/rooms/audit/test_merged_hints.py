"""Tasks whose hints are merged really take any number of ids."""

from __future__ import annotations

import inspect

from mesh.celery import app
from mesh.kernel import tasks


def test_every_merged_task_exists_and_takes_any_number_of_ids() -> None:
    app.loader.import_default_modules()
    assert tasks._taking_many >= {"schemas.check_subject", "catalog.index_subject"}
    for name in tasks._taking_many:
        (parameter,) = inspect.signature(app.tasks[name].run).parameters.values()
        assert parameter.kind is inspect.Parameter.VAR_POSITIONAL, name
