"""Fetches the jars of a lock file from the Maven repositories; runs in a child of its own."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

AT_ONCE = 6


def main(lock: str, repository: str) -> int:
    """Put every jar into a repository folder; exit code 1 and one line when one cannot be had."""
    from jgo.maven import MavenContext

    address = os.environ.get("MESH_MAVEN_URL", "")
    remotes = {"mesh": address.rstrip("/")} if address else None
    context = MavenContext(repo_cache=Path(repository), remote_repos=remotes, timeout=60)

    def fetch(coordinates: str) -> None:
        group, artifact, version = coordinates.split(":")
        context.project(group, artifact).at_version(version).artifact().resolve()

    wanted = [row["coordinates"] for row in json.loads(Path(lock).read_text())["jars"]]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        pending = {name: pool.submit(fetch, name) for name in wanted}
    for name, fetched in pending.items():
        error = fetched.exception()
        if error is not None:
            print(f"{name}: {_words(error)}")
            return 1
    return 0


def _words(error: BaseException) -> str:
    if type(error).__name__ in ("ConnectionError", "ConnectTimeout", "ProxyError", "SSLError"):
        return "the Maven repository cannot be reached (is there a network?)"
    return f"{type(error).__name__}: {str(error)[:300]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
