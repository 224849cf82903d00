"""Encryption of broker credentials: MultiFernet, newest key first; a wrong key is an error."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from mesh.kernel.errors import MeshError


class SecretUnreadable(MeshError):
    code, status, title = "secret_unreadable", 503, "A stored credential cannot be decrypted"


def _box() -> MultiFernet:
    if not settings.FIELD_KEYS:
        raise SecretUnreadable(
            "MESH_FIELD_KEYS is not set, so credentials can be neither stored nor read."
        )
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def seal(secrets: Mapping[str, str]) -> bytes:
    """Encrypted form of secret settings; empty stays empty."""
    return _box().encrypt(json.dumps(dict(secrets)).encode()) if secrets else b""


def unseal(token: bytes) -> dict[str, str]:
    """The settings again. Raises SecretUnreadable with a wrong key."""
    if not token:
        return {}
    try:
        opened: dict[str, str] = json.loads(_box().decrypt(bytes(token)))
    except InvalidToken as error:
        raise SecretUnreadable from error
    return opened
