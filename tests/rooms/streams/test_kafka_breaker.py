"""A dead cluster is left alone for longer and longer, and forgiven at the first answer."""

from __future__ import annotations

from streams.kafka.breaker import Breaker


class Watch:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_one_failure_changes_nothing() -> None:
    breaker = Breaker(monotonic=Watch())
    breaker.failed()
    assert breaker.wait_s() == 0


def test_it_opens_at_the_second_failure_and_doubles_up_to_its_limit() -> None:
    watch = Watch()
    breaker = Breaker(60, 900, watch)
    breaker.failed()
    waits = []
    for _ in range(6):
        breaker.failed()
        waits.append(breaker.wait_s())
        watch.seconds += breaker.wait_s()
        assert breaker.wait_s() == 0
    assert waits == [60, 120, 240, 480, 900, 900]


def test_an_answer_closes_it_and_starts_over() -> None:
    watch = Watch()
    breaker = Breaker(60, 900, watch)
    for _ in range(4):
        breaker.failed()
    breaker.succeeded()
    assert breaker.wait_s() == 0
    breaker.failed()
    assert breaker.wait_s() == 0
    breaker.failed()
    assert breaker.wait_s() == 60


def test_a_cluster_swept_often_is_asked_again_soon() -> None:
    breaker = Breaker(60, 15, Watch())
    for _ in range(9):
        breaker.failed()
    assert breaker.wait_s() == 15
