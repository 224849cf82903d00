"""A broker that cannot answer costs a deadline and gives a reason; a dead child costs one answer."""

from __future__ import annotations

import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from streams.kafka import agent as agents
from streams.kafka import provision, read
from streams.kafka.agent import Connection, agent_for, close_all
from streams.kafka.results import Known, Reason, Unknown


@pytest.fixture(autouse=True)
def _children_end() -> Iterator[None]:
    yield
    close_all()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def dead() -> Connection:
    return Connection("dead", {"bootstrap.servers": f"127.0.0.1:{free_port()}"})


@contextmanager
def silent_port() -> Iterator[int]:
    """Accepts connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield int(listener.getsockname()[1])


class BadRequest(socketserver.BaseRequestHandler):
    """Answers whatever comes as a web server does."""

    def handle(self) -> None:
        if self.request.recv(1024):
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


@contextmanager
def web_server() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), BadRequest) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()


def reason_of(answer: object) -> Reason:
    assert isinstance(answer, Unknown), answer
    assert answer.detail
    return answer.reason


def test_a_refused_port_is_unreachable_at_once() -> None:
    started = time.monotonic()
    assert reason_of(read.probe(dead(), deadline_s=6)) is Reason.UNREACHABLE
    assert time.monotonic() - started < 4


def test_every_question_to_a_dead_cluster_is_unknown_never_a_number() -> None:
    place = ("orders", 0)
    assert reason_of(read.topics(dead())) is Reason.UNREACHABLE
    assert reason_of(read.groups(dead())) is Reason.UNREACHABLE
    assert reason_of(read.offsets(dead(), [place])[place]) is Reason.UNREACHABLE
    assert reason_of(read.committed(dead(), ["g"])["g"]) is Reason.UNREACHABLE
    assert reason_of(read.first_record_at(dead(), {place: 0})[place]) is Reason.UNREACHABLE
    assert reason_of(read.tail(dead(), "orders")) is Reason.UNREACHABLE
    acted = provision.create_topic(dead(), "orders", partitions=1, replication_factor=1)
    assert reason_of(acted) is Reason.UNREACHABLE
    assert isinstance(acted, Unknown)
    assert acted.detail.endswith("Nothing was sent.")


def test_a_snapshot_of_a_dead_cluster_covers_nothing() -> None:
    wants = read.Wants(expected_groups=["billing"])
    shot = read.snapshot(dead(), wants, deadline_s=6)
    assert reason_of(shot.probe) is Reason.UNREACHABLE
    assert reason_of(shot.committed["billing"]) is Reason.UNREACHABLE
    assert shot.coverage["groups"].ratio == 0
    assert shot.coverage["topics"].ratio == 0
    assert shot.coverage["commits"].reasons == {"UNREACHABLE": 1}


def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    connection = Connection("lost", {"bootstrap.servers": "no-such-host.invalid:9092"})
    assert reason_of(read.probe(connection, deadline_s=6)) is Reason.UNREACHABLE


def test_a_silent_port_times_out_within_the_deadline() -> None:
    with silent_port() as port:
        connection = Connection("silent", {"bootstrap.servers": f"127.0.0.1:{port}"})
        started = time.monotonic()
        assert reason_of(read.probe(connection, deadline_s=5)) is Reason.TIMEOUT
        assert time.monotonic() - started < 5.5
        assert agent_for(connection).child is None, "a child that timed out is thrown away"


def test_a_web_server_is_not_a_broker() -> None:
    with web_server() as port:
        connection = Connection("web", {"bootstrap.servers": f"127.0.0.1:{port}"})
        started = time.monotonic()
        assert reason_of(read.probe(connection, deadline_s=6)) is Reason.PROTOCOL
        assert time.monotonic() - started < 6


def test_two_failures_stop_the_asking_but_not_a_persons_check() -> None:
    connection = dead()
    read.probe(connection)
    tried = read.probe(connection)
    resting = read.probe(connection)
    assert isinstance(tried, Unknown)
    assert isinstance(resting, Unknown)
    assert reason_of(resting) is reason_of(tried)
    assert resting.detail.startswith(tried.detail.rstrip(".")), (
        "the reason is the broker's, not ours"
    )
    assert "Asked again in" in resting.detail
    forced = read.probe(connection, ignore_breaker=True)
    assert isinstance(forced, Unknown)
    assert "Asked again" not in forced.detail


def test_a_child_killed_in_mid_question_is_crashed_and_the_next_one_answers() -> None:
    with silent_port() as port:
        connection = Connection("killed", {"bootstrap.servers": f"127.0.0.1:{port}"})
        agent = agent_for(connection)
        killer = threading.Thread(target=kill_child_soon, args=(agent,))
        killer.start()
        crashed = read.probe(connection, deadline_s=8)
        killer.join()
        assert reason_of(crashed) is Reason.CRASHED
        assert isinstance(crashed, Unknown)
        assert "SIGKILL" in crashed.detail
        assert reason_of(read.probe(connection, deadline_s=5)) is Reason.TIMEOUT


def kill_child_soon(agent: agents.Agent) -> None:
    for _ in range(100):
        time.sleep(0.02)
        child = agent.child
        if child is not None and agent.lock.locked():
            time.sleep(0.5)
            os.kill(child.pid, signal.SIGKILL)
            return


def test_a_child_killed_between_questions_is_replaced_without_a_trace() -> None:
    connection = dead()
    read.probe(connection)
    agent = agent_for(connection)
    assert agent.child is not None
    before = agent.child.pid
    os.kill(before, signal.SIGKILL)
    agent.child.wait(5)
    assert reason_of(read.probe(connection)) is Reason.UNREACHABLE
    assert agent.child is not None
    assert agent.child.pid != before


def test_a_stopped_child_is_killed_at_the_deadline() -> None:
    connection = dead()
    read.probe(connection)
    agent = agent_for(connection)
    assert agent.child is not None
    pid = agent.child.pid
    os.kill(pid, signal.SIGSTOP)
    started = time.monotonic()
    assert reason_of(read.probe(connection, deadline_s=1)) is Reason.TIMEOUT
    assert time.monotonic() - started < 2
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_child_inherits_no_secret_and_takes_settings_by_the_pipe_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MESH_CANARY", "canary-of-the-environment")
    connection = Connection("quiet", {**dead().settings, "sasl.password": "canary-of-the-settings"})
    read.probe(connection)
    child = agent_for(connection).child
    assert child is not None
    for kind in ("environ", "cmdline"):
        with open(f"/proc/{child.pid}/{kind}", "rb") as told:
            assert b"canary" not in told.read()
    assert "canary" not in repr(connection)


def test_changed_settings_start_a_new_child_and_end_the_old_one() -> None:
    first = dead()
    read.probe(first)
    old = agent_for(first).child
    assert old is not None
    changed = Connection(first.key, {**first.settings, "client.rack": "b"})
    assert agent_for(changed) is not agent_for(first)
    assert old.wait(5) is not None


def test_the_child_ends_with_its_parent() -> None:
    program = (
        "import os, sys\n"
        "from streams.kafka import read\n"
        "from streams.kafka.agent import Connection, agent_for\n"
        f"connection = Connection('orphan', {dict(dead().settings)!r})\n"
        "read.probe(connection)\n"
        "print(agent_for(connection).child.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=agents.ROOT,
        check=False,
    )
    pid = int(parent.stdout)
    for _ in range(100):
        if not os.path.exists(f"/proc/{pid}"):
            return
        time.sleep(0.05)
    pytest.fail("the child outlived its parent")


def test_a_fork_never_uses_the_child_of_its_parent() -> None:
    connection = dead()
    read.probe(connection)
    ours = agent_for(connection)
    assert ours.child is not None
    answer_end, told_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            answer = read.probe(connection)
            theirs = agent_for(connection)
            apart = theirs is not ours and theirs.child is not ours.child
            fine = apart and theirs.child is not None and isinstance(answer, Unknown)
            theirs.close()
            os.write(told_end, b"fine" if fine else b"shared")
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(answer_end, 10) == b"fine"
    os.close(answer_end)
    os.close(told_end)
    assert ours.child.poll() is None, "the fork must not end our child"


def test_asking_loads_no_client_library_into_the_caller() -> None:
    program = (
        "import sys\n"
        "from streams.kafka import agent, provision, read, settings\n"
        f"connection = agent.Connection('light', {dict(dead().settings)!r})\n"
        "read.probe(connection)\n"
        "agent.close_all()\n"
        "sys.exit(any(name.startswith('confluent_kafka') for name in sys.modules))\n"
    )
    light = subprocess.run(
        [sys.executable, "-c", program], timeout=30, cwd=agents.ROOT, check=False
    )
    assert light.returncode == 0


def test_two_threads_share_one_child_and_a_late_one_is_told() -> None:
    with silent_port() as port:
        connection = Connection("shared", {"bootstrap.servers": f"127.0.0.1:{port}"})
        answers: list[object] = []
        slow = threading.Thread(target=lambda: answers.append(read.probe(connection, deadline_s=4)))
        slow.start()
        time.sleep(0.3)
        waiting = read.probe(connection, deadline_s=0.5)
        slow.join()
        assert reason_of(waiting) is Reason.TIMEOUT
        assert reason_of(answers[0]) is Reason.TIMEOUT


def test_an_act_without_substance_is_refused_before_it_is_sent() -> None:
    empty = provision.alter_topic_configs(dead(), "orders")
    both = provision.alter_topic_configs(
        dead(), "orders", set_values={"retention.ms": "1"}, unset=["retention.ms"]
    )
    nameless = provision.delete_topic(dead(), "orders", topic_id="")
    assert [each.code for each in (empty, both, nameless)] == [  # type: ignore[union-attr]
        "empty_change",
        "contradiction",
        "topic_id_missing",
    ]


def test_a_commit_topic_without_leaders_lowers_group_coverage() -> None:
    from streams.kafka.results import GroupListing

    listing = Known(GroupListing(()), 1, 2)
    coverage = read._group_coverage(listing, (5, 2), read.Wants())
    assert (coverage.answered, coverage.expected) == (3, 5)
    assert coverage.reasons == {"NO_COORDINATOR": 2}
    quiet = Known(GroupListing((), (Reason.TIMEOUT,)), 1, 2)
    assert read._group_coverage(quiet, (0, 0), read.Wants()).ratio == 0


def test_groups_are_placed_as_the_broker_places_them() -> None:
    from streams.kafka.client.groups import coordinator_partition

    # String.hashCode: "" is 0, "a" is 97, "ab" is 3105, "polygenelubricants" is the least int
    assert coordinator_partition("", 50) == 0
    assert coordinator_partition("a", 50) == 47
    assert coordinator_partition("ab", 50) == 5
    assert coordinator_partition("polygenelubricants", 50) == 0
    assert coordinator_partition("\U0001f600", 50) == abs(1772899) % 50


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("print('nonsense' * 99, flush=True); import time; time.sleep(9)", Reason.PROTOCOL),
        ("import sys; sys.exit(3)", Reason.CRASHED),
        ("import os; os.abort()", Reason.CRASHED),
        ("import time; time.sleep(9)", Reason.TIMEOUT),
        (
            "import os; os.write(1, b'\\x00\\x00\\x00\\x02[]'); import time; time.sleep(9)",
            Reason.PROTOCOL,
        ),
    ],
    ids=["nonsense", "exit", "abort", "silent", "no message"],
)
def test_whatever_the_child_does_the_caller_gets_a_reason(
    monkeypatch: pytest.MonkeyPatch, program: str, reason: Reason
) -> None:
    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )

    monkeypatch.setattr(agents, "start_child", start)
    started = time.monotonic()
    assert reason_of(read.probe(dead(), deadline_s=1.5)) is reason
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("program", "code"),
    [
        (
            "from streams.kafka import child; child.CPU_FLOOR_S = 0\n"
            "child.allow_cpu(0.0, 0.0)\nwhile True: pass",
            -signal.SIGXCPU,
        ),
        (
            "from streams.kafka import child; child.limit_memory()\n"
            "try: bytearray(2 * child.MEMORY_BYTES)\nexcept MemoryError: raise SystemExit(7)",
            7,
        ),
    ],
    ids=["spinning", "growing"],
)
def test_a_runaway_client_is_ended_by_its_limits(program: str, code: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", program], timeout=40, cwd=agents.ROOT, check=False
    )
    assert ended.returncode == code
