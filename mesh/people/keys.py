"""API keys `trb_<id>_<secret><checksum>`: made, parsed, stored as SHA-256 of 32 random bytes.

A slow password hash is not needed: the secret has 256 bits. The checksum lets scanners find leaks.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass

ID_LENGTH = 10
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
PATTERN = re.compile(r"^trb_([a-z2-7]{10})_([A-Za-z0-9_-]{43})([a-z2-7]{6})$")


@dataclass(frozen=True, slots=True)
class KeyText:
    """The parts of a whole key."""

    key_id: str
    secret: str

    @property
    def whole(self) -> str:
        return f"trb_{self.key_id}_{self.secret}{checksum(self.key_id, self.secret)}"

    @property
    def digest(self) -> str:
        return digest(self.secret)


def checksum(key_id: str, secret: str) -> str:
    """Six base32 characters of the CRC-32 of both parts."""
    crc = zlib.crc32(f"{key_id}_{secret}".encode())
    return base64.b32encode(crc.to_bytes(4, "big")).decode().lower()[:CHECKSUM_LENGTH]


def digest(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def generate() -> KeyText:
    """A new key."""
    key_id = base64.b32encode(secrets.token_bytes(10)).decode().lower()[:ID_LENGTH]
    return KeyText(key_id, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("="))


def parse(text: str) -> KeyText | None:
    """The parts of a whole key, or None when it is none of ours or was mistyped."""
    match = PATTERN.fullmatch(text)
    if match is None or checksum(match.group(1), match.group(2)) != match.group(3):
        return None
    return KeyText(match.group(1), match.group(2))
