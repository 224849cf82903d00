"""Many questions with few in flight: chunks, a window of futures, a deadline each, one retry."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from mesh.kernel import clock
from streams.kafka.client import reasons
from streams.kafka.client.session import CALL_S, Session
from streams.kafka.results import Answer, Known, Reason, Unknown

Item = TypeVar("Item", bound=Hashable)
RETRY_PAUSE_S = 0.2


@dataclass(slots=True)
class Plan:
    """How one kind of question is asked: `start` takes a chunk and gives a future per item."""

    start: Callable[[Sequence[Any]], Mapping[Any, Any]]
    read: Callable[[Any, Any], Any]  # item and result to a value or an Unknown
    chunk: int
    in_flight: int
    step_s: float  # seconds for the whole step; later chunks are not even asked


@dataclass(slots=True)
class _Asked:
    items: Sequence[Any]
    futures: Mapping[Any, Any] | BaseException
    asked_ms: int
    until: float


def ask_all(
    session: Session, plan: Plan, items: Sequence[Item]
) -> Iterator[tuple[Item, Answer[Any]]]:
    """Every item with its answer, in the order of asking; retriable ones are asked once more."""
    step_until = min(session.until - 0.1, clock.monotonic() + plan.step_s)
    again: list[Item] = []
    for item, answer in _pass(session, plan, items, step_until):
        if isinstance(answer, Unknown) and answer.reason is Reason.RETRIABLE:
            again.append(item)
        else:
            yield item, answer
    if again:
        time.sleep(min(RETRY_PAUSE_S, session.remaining()))
        yield from _pass(session, plan, again, step_until)


def _pass(
    session: Session, plan: Plan, items: Sequence[Item], step_until: float
) -> Iterator[tuple[Item, Answer[Any]]]:
    waiting: deque[_Asked] = deque()
    for first in range(0, len(items), plan.chunk):
        if len(waiting) >= plan.in_flight:
            yield from _collect(session, plan, waiting.popleft())
        waiting.append(_ask(session, plan, items[first : first + plan.chunk], step_until))
    while waiting:
        yield from _collect(session, plan, waiting.popleft())


def _ask(session: Session, plan: Plan, items: Sequence[Item], step_until: float) -> _Asked:
    asked_ms = session.now_ms()
    until = min(step_until, clock.monotonic() + CALL_S)
    if clock.monotonic() >= step_until:
        return _Asked(items, TimeoutError(), asked_ms, until)
    try:
        return _Asked(items, plan.start(items), asked_ms, until)
    except Exception as error:  # the library's own checks; nothing was sent
        return _Asked(items, error, asked_ms, until)


def _collect(session: Session, plan: Plan, asked: _Asked) -> Iterator[tuple[Item, Answer[Any]]]:
    for item in asked.items:
        yield item, _answer(session, plan, asked, item)


def _answer(session: Session, plan: Plan, asked: _Asked, item: Any) -> Answer[Any]:
    if isinstance(asked.futures, BaseException):
        return session.failure(asked.futures)
    future = asked.futures.get(item)
    if future is None:
        return reasons.unknown(Reason.PROTOCOL)
    try:
        value = plan.read(item, future.result(max(0.001, asked.until - clock.monotonic())))
    except TimeoutError:
        return session.timeout()
    except Exception as error:
        return session.failure(error)
    return value if isinstance(value, Unknown) else Known(value, asked.asked_ms, session.now_ms())
