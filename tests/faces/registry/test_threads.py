"""Few threads work at once; a call that waits behind slow ones gets help; nothing is dropped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from mesh.kernel.database import prepared
from schemas.registry import threads
from schemas.registry.threads import FEW, Full, Workers
from tests.faces.registry.conftest import LiveRegistry

ENOUGH_S = 10


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Workers]]:
    """`make(count)`; no call touches a database here."""
    monkeypatch.setattr(threads, "drop_dead_connection", lambda: None)
    monkeypatch.setattr(threads, "close_old_connections", lambda: None)
    made: list[Workers] = []

    def workers(count: int) -> Workers:
        made.append(Workers(count))
        return made[-1]

    yield workers
    for one in made:
        one.stop()


class Gate:
    """Calls stand before it until it opens; it knows how many stood there at once."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.arrived = threading.Semaphore(0)
        self.inside = self.most = 0
        self._lock = threading.Lock()

    def wait(self) -> str:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.arrived.release()
        assert self.opened.wait(ENOUGH_S)
        with self._lock:
            self.inside -= 1
        return "through"


def test_no_more_than_a_few_work_at_once_while_nobody_waits_long(
    make: Callable[[int], Workers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "HELP_AFTER_S", 60.0)
    gate = Gate()

    async def ask() -> list[str]:
        workers = make(8)
        futures = [workers.call(gate.wait) for _ in range(20)]
        await asyncio.to_thread(
            lambda: [gate.arrived.acquire(timeout=ENOUGH_S) for _ in range(FEW)]
        )
        await asyncio.sleep(0.1)
        gate.opened.set()
        return await asyncio.wait_for(asyncio.gather(*futures), ENOUGH_S)

    assert asyncio.run(ask()) == ["through"] * 20
    assert gate.most == FEW


def test_a_call_behind_slow_ones_is_helped(make: Callable[[int], Workers]) -> None:
    gate = Gate()

    async def ask() -> tuple[list[int], list[str]]:
        workers = make(FEW + 1)
        slow = [workers.call(gate.wait) for _ in range(FEW)]
        quick = [workers.call(lambda number=number: number) for number in range(30)]
        answers = await asyncio.wait_for(asyncio.gather(*quick), ENOUGH_S)
        assert not any(one.done() for one in slow)
        gate.opened.set()
        return answers, await asyncio.wait_for(asyncio.gather(*slow), ENOUGH_S)

    assert asyncio.run(ask()) == (list(range(30)), ["through"] * FEW)


def test_as_many_as_there_are_threads_may_be_slow(make: Callable[[int], Workers]) -> None:
    gate = Gate()

    async def ask() -> None:
        workers = make(6)
        futures = [workers.call(gate.wait) for _ in range(9)]
        await asyncio.to_thread(lambda: [gate.arrived.acquire(timeout=ENOUGH_S) for _ in range(6)])
        gate.opened.set()
        await asyncio.wait_for(asyncio.gather(*futures), ENOUGH_S)

    asyncio.run(ask())
    assert gate.most == 6


@pytest.mark.parametrize("count", [1, FEW, 5])
def test_every_call_is_answered_also_one_that_fails(
    make: Callable[[int], Workers], count: int
) -> None:
    def fail() -> None:
        raise ValueError("told")

    async def ask() -> list[object]:
        workers = make(count)
        calls = [workers.call(fail), *(workers.call(lambda: "done") for _ in range(300))]
        return await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), ENOUGH_S)

    first, *others = asyncio.run(ask())
    assert isinstance(first, ValueError) and others == ["done"] * 300


def test_a_full_queue_is_said(make: Callable[[int], Workers]) -> None:
    gate = Gate()

    async def ask() -> None:
        workers = make(1)
        futures = [workers.call(gate.wait)]
        await asyncio.to_thread(lambda: gate.arrived.acquire(timeout=ENOUGH_S))
        futures += [workers.call(lambda: "x") for _ in range(threads.WAITING)]
        with pytest.raises(Full):
            workers.call(lambda: "x")
        gate.opened.set()
        await asyncio.wait_for(asyncio.gather(*futures), ENOUGH_S)

    asyncio.run(ask())


def test_connections_that_the_server_closed_are_made_anew(registry: LiveRegistry) -> None:
    client = registry.client()
    assert client.get_subjects() == []
    closed = prepared(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    assert len(closed) >= 1 and all(ended for (ended,) in closed)
    assert client.get_subjects() == []
