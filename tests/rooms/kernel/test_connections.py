"""A thread with a connection of its own: a dead one is replaced before it is used, a living one kept."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from mesh.kernel.database import drop_dead_connection, prepared

pytestmark = pytest.mark.django_db
BEYOND_SELECT = 1024


def server_process() -> int:
    return int(prepared("select pg_backend_pid()")[0][0])


def in_thread(work: Callable[[], list[int]]) -> list[int]:
    """What work gives, done on a connection that only its thread has."""
    found: list[int] = []

    def run() -> None:
        try:
            found.extend(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=20)
    return found


@pytest.fixture
def descriptors() -> Iterator[None]:
    """Every descriptor that select() could watch is in use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    taken = [os.open(os.devnull, os.O_RDONLY)]
    while taken[-1] < BEYOND_SELECT:
        taken.append(os.dup(taken[0]))
    yield
    for descriptor in taken:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def ended_and_asked_again() -> list[int]:
    first = server_process()

    def end() -> list[int]:
        prepared("select pg_terminate_backend(%s, 5000)", (first,))
        return []

    in_thread(end)
    drop_dead_connection()
    return [first, server_process()]


def kept_and_asked_again() -> list[int]:
    first = server_process()
    drop_dead_connection()
    return [first, server_process()]


def test_a_connection_that_the_server_ended_is_replaced() -> None:
    before, after = in_thread(ended_and_asked_again)
    assert before != after


def test_a_living_connection_is_kept() -> None:
    before, after = in_thread(kept_and_asked_again)
    assert before == after


def test_many_open_descriptors_do_no_harm(descriptors: None) -> None:
    before, after = in_thread(kept_and_asked_again)
    assert before == after
    before, after = in_thread(ended_and_asked_again)
    assert before != after
