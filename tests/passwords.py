"""The product's way to keep passwords at the least cost it allows: tests make dozens of people."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2 all the same, so that sign-in takes the same path; 8 KiB instead of 100 MiB."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
