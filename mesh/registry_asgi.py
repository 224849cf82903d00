"""The registry's process: Django set up once, then our own application under uvicorn."""

from __future__ import annotations

import gc
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesh.settings")
os.environ.setdefault("MESH_ROLE", "registry")
django.setup()

from schemas.registry.asgi import RegistryApplication  # noqa: E402  (needs Django set up)

application = RegistryApplication()
gc.collect()
gc.freeze()  # what is loaded now stays: no collection needs to look at it again
