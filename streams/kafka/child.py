"""The disposable process that holds the client library; it ends with its caller."""

from __future__ import annotations

import os
import queue
import resource
import select
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from mesh.kernel import clock
from streams.kafka import wire
from streams.kafka.client import acts, groups, offsets, records, sweep, topics
from streams.kafka.client.session import Session
from streams.kafka.results import Unknown

MEMORY_BYTES = 1024**3
IDLE_S = 600.0  # a child nobody asks ends by itself; the agent starts another when needed
PARENT_CHECK_MS = 1000
MARGIN_S = 0.25  # kept for sending the answer before the caller's deadline
CPU_FLOOR_S = 5
CPU_SHARE = 0.7

Pieces = Iterator[tuple[str, Any]]
Handler = Callable[[Session, Mapping[str, Any]], Pieces]


def _one(name: str, ask: Callable[[Session, Mapping[str, Any]], Any]) -> Handler:
    def handler(session: Session, arguments: Mapping[str, Any]) -> Pieces:
        yield name, ask(session, arguments)

    return handler


def _probe(session: Session, arguments: Mapping[str, Any]) -> Any:
    return session.stamped(topics.cluster(session), session.contact_ms)


def _topics(session: Session, arguments: Mapping[str, Any]) -> Any:
    return session.stamped(topics.views(session), session.contact_ms)


HANDLERS: Mapping[str, Handler] = {
    "probe": _one("answer", _probe),
    "rights": _one("answer", lambda session, _: topics.rights(session)),
    "topics": _one("answer", _topics),
    "groups": _one("answer", lambda session, _: groups.listing(session)),
    "tail": _one(
        "answer", lambda session, asked: records.tail(session, asked["topic"], asked["limits"])
    ),
    "topic_details": lambda session, asked: sweep.pieces(
        "answers", topics.details(session, asked["names"])
    ),
    "configs": lambda session, asked: sweep.pieces(
        "answers", topics.configs(session, asked["names"])
    ),
    "group_details": lambda session, asked: sweep.pieces(
        "answers", groups.details(session, asked["ids"], session.remaining())
    ),
    "committed": lambda session, asked: sweep.pieces(
        "answers", groups.committed(session, asked["ids"], session.remaining())
    ),
    "offsets": lambda session, asked: sweep.pieces(
        "answers",
        offsets.offsets(session, asked["positions"], asked["point"], asked["isolation"]),
    ),
    "first_record_at": lambda session, asked: sweep.pieces(
        "answers", records.first_records(session, asked["positions"])
    ),
    "snapshot": sweep.snapshot,
    **{name: _one("answer", act) for name, act in acts.ACTS.items()},
}


def main() -> None:
    """Serve requests from standard input until it closes."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else may write into the answers
    limit_memory()
    inbox: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(inbox, os.getppid()), daemon=True).start()
    sessions: dict[str, Session] = {}
    while True:
        try:
            request = inbox.get(timeout=IDLE_S)
        except queue.Empty:
            os._exit(0)
        if "settings" in request:
            sessions["only"] = Session(request["settings"])
        _serve(sessions["only"], request, answers)


def limit_memory() -> None:
    """A client that grows without end fails here, not on the machine; a crash leaves no core file."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _listen(inbox: queue.Queue[dict[str, Any]], parent: int) -> None:
    """Read requests; leave at once when the caller closes the pipe or dies."""
    while True:
        header = _exactly(wire.HEADER.size, parent)
        inbox.put(wire.unpack(_exactly(wire.body_length(header), parent)))


def _exactly(count: int, parent: int) -> bytes:
    taken = bytearray()
    poll = select.poll()
    poll.register(0, select.POLLIN)
    while len(taken) < count:
        if not poll.poll(PARENT_CHECK_MS):
            if os.getppid() != parent:
                os._exit(0)
            continue
        piece = os.read(0, count - len(taken))
        if not piece:
            os._exit(0)
        taken += piece
    return bytes(taken)


def _serve(session: Session, request: Mapping[str, Any], answers: BinaryIO) -> None:
    arrived = clock.monotonic()
    until = min(request["until"], arrived + request["deadline_s"]) - MARGIN_S
    cpu_before = _cpu_s()
    allow_cpu(cpu_before, request["deadline_s"])
    session.begin(until, request["base_ms"], request["base_monotonic"])
    failure = session.connect()
    if failure is None:
        for name, value in HANDLERS[request["call"]](session, request["arguments"]):
            _send(answers, {"part": name, "value": value})
    elif request["call"] in acts.ACTS:
        failure = acts.unsent(failure)
    _send(answers, _closing(session, failure, _cpu_s() - cpu_before))


def _closing(session: Session, failure: Unknown | None, cpu_s: float) -> dict[str, object]:
    return {
        "done": True,
        "failure": failure,
        "reached": session.reached,
        "timed_out": session.timed_out,
        "names_seen": len(session.names_seen),
        "cpu_ms": int(cpu_s * 1000),
        "notes": session.notes,
    }


def _send(answers: BinaryIO, message: Mapping[str, object]) -> None:
    try:
        answers.write(wire.pack(message))
        answers.flush()
    except BrokenPipeError:
        os._exit(0)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def allow_cpu(used_s: float, deadline_s: float) -> None:
    """A spinning client is ended by the kernel: the limit moves up with each request."""
    soft = int(used_s + max(CPU_FLOOR_S, CPU_SHARE * deadline_s)) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


if __name__ == "__main__":
    main()
