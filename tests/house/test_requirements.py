"""H18: every pin has hashes, every lock belongs to its input, every dependency is explained."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from tests.house.tree import CHECKOUT

INPUTS = sorted(
    path.relative_to(CHECKOUT)
    for pattern in ("requirements*.in", "mesh/quickstart/requirements/*.in")
    for path in CHECKOUT.glob(pattern)
)
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.IGNORECASE)


def unhashed(text: str) -> list[str]:
    """Pins without a SHA-256, and lines that are no pin at all."""
    found = []
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        words = line.split("#")[0].strip()
        if not words:
            continue
        if not PIN.match(words):
            found.append(f"not a pin: {words[:60]}")
        elif "--hash=sha256:" not in words:
            found.append(f"no hash: {words[:60]}")
    return found


def direct(text: str) -> set[str]:
    """Names of the packages that an input names itself."""
    names = set()
    for line in text.splitlines():
        words = line.split("#")[0].strip()
        if words and not words.startswith("-"):
            names.add(re.split(r"[\[<>=~!; ]", words)[0].lower())
    return names


def stamped(text: str) -> str:
    """The digest of its input that a lock carries."""
    found = re.search(r"^# input sha256: ([0-9a-f]{64})$", text, re.MULTILINE)
    return found.group(1) if found else ""


@pytest.mark.parametrize("name", INPUTS, ids=str)
def test_every_pin_has_hashes(name: Path) -> None:
    lock = (CHECKOUT / name).with_suffix(".txt").read_text()
    assert unhashed(lock) == []
    assert lock.count("--hash=sha256:") >= len(direct((CHECKOUT / name).read_text()))


@pytest.mark.parametrize("name", INPUTS, ids=str)
def test_every_lock_belongs_to_its_input(name: Path) -> None:
    source = CHECKOUT / name
    expected = hashlib.sha256(source.read_bytes()).hexdigest()
    assert stamped(source.with_suffix(".txt").read_text()) == expected, "run ./runtests lock"


def test_every_direct_dependency_is_explained() -> None:
    page = (CHECKOUT / "docs" / "dependencies.md").read_text().lower()
    named = {package for name in INPUTS for package in direct((CHECKOUT / name).read_text())}
    assert sorted(package for package in named if f"| {package} " not in page) == []


def test_planted_faults_are_found() -> None:
    assert unhashed("django==5.2\n") == ["no hash: django==5.2"]
    assert unhashed("django>=5.2\n") == ["not a pin: django>=5.2"]
    assert unhashed("--extra-index-url x\n") == ["not a pin: --extra-index-url x"]
    assert unhashed("django==5.2 \\\n    --hash=sha256:00\n    # via x\n") == []
    assert stamped("django==5.2\n") == ""
    assert direct("# words\ncelery[redis]~=5.7  # why\n-c other.txt\n") == {"celery"}
