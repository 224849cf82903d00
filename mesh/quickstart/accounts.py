"""Which account the services run under, and which folders that account can reach."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged uid and gid; no account is ever created."""

    uid: int
    gid: int


def unprivileged(checkout: Path, variables: Mapping[str, str]) -> Account | None:
    """The account root gives its privileges away to; None when the caller is not root.

    In this order: who called sudo, who owns the checkout, `nobody`.
    """
    if os.geteuid() != 0:
        return None
    caller = variables.get("SUDO_UID", "")
    if caller.isdigit() and int(caller) > 0:
        return Account(int(caller), _group(int(caller)))
    owner = checkout.stat().st_uid
    uid = owner if owner != 0 else NOBODY
    return Account(uid, _group(uid))


def may_reach(path: Path, account: Account) -> bool:
    """Whether the account can pass through every folder down to the path and read it."""
    resolved = path.resolve()
    folders = [*resolved.parents, resolved] if resolved.is_dir() else list(resolved.parents)
    if not all(_permits(folder, account, execute=True) for folder in folders):
        return False
    return _permits(resolved, account, execute=resolved.is_dir())


def _permits(path: Path, account: Account, *, execute: bool) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    if status.st_uid == account.uid:
        needed = stat.S_IXUSR if execute else stat.S_IRUSR
    elif status.st_gid == account.gid:
        needed = stat.S_IXGRP if execute else stat.S_IRGRP
    else:
        needed = stat.S_IXOTH if execute else stat.S_IROTH
    return bool(status.st_mode & needed)


def _group(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid
