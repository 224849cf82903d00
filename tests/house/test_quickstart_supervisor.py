"""The supervisor over a made-up application: start, stop, crash, restart, failure."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

STAND_IN = Path(__file__).with_name("quickstart_stand_in.py")
CHECKOUT = STAND_IN.parents[2]


class Run:
    """Commands against one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        variables = {
            name: value for name, value in os.environ.items() if not name.startswith("MESH_")
        }
        for name in ("DATABASE_URL", "REDIS_URL", "KAFKA_BOOTSTRAP"):
            variables.pop(name, None)
        return subprocess.run(
            [sys.executable, str(STAND_IN), str(self.folder), *words],
            env={**variables, "PYTHONPATH": str(CHECKOUT), "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self("status", "--json").stdout)
        return document

    def pids(self) -> dict[str, int]:
        return {row["name"]: row["pid"] for row in self.status()["services"]}

    def supervisor(self) -> int:
        pid: int = json.loads((self.folder / "var/run/state.json").read_text())["supervisor"]["pid"]
        return pid


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    commands = Run(tmp_path)
    yield commands
    commands("stop")


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_start_reports_each_step_and_every_program(run: Run) -> None:
    started = run("up", "--detach", "--no-demo")
    assert started.returncode == 0, started.stdout + started.stderr
    for step in (
        "Python packages",
        "Postgres",
        "Valkey",
        "Kafka",
        "Own code",
        "Static files",
        "Tables and people",
        "Web",
    ):
        assert f"✓ {step}" in started.stdout
    assert "/products/new" in started.stdout, "without a demo there is nothing to search for"
    status = run.status()
    assert status["state"] == "ready"
    assert status["urls"]["web"].startswith("http://127.0.0.1:")
    assert {row["name"] for row in status["services"]} == {
        *("postgres", "valkey", "kafka", "web", "registry", "worker", "beat")
    }
    assert all(row["state"] == "running" and row["memory_bytes"] > 0 for row in status["services"])
    assert status["demo"]["state"] == "off"


def test_second_start_finds_the_first_and_leaves_it_alone(run: Run) -> None:
    run("up", "--detach", "--no-demo")
    before = run.pids()
    again = run("up")
    assert again.returncode == 0
    assert f"already running: {run.status()['urls']['web']}" in again.stdout
    assert run.pids() == before


def test_stop_ends_everything_and_keeps_ports_and_people(run: Run) -> None:
    run("up", "--detach", "--no-demo")
    before, pids, people = run.status()["urls"], run.pids(), run("secrets", "--json").stdout
    stopped = run("stop")
    assert stopped.returncode == 0
    assert "Stopped in" in stopped.stdout
    assert not any(alive(pid) for pid in pids.values())
    assert run.status()["state"] == "stopped"
    run("up", "--detach", "--no-demo")
    assert run.status()["urls"] == before
    assert run("secrets", "--json").stdout == people
    first, second = (
        (run.folder / "var/log/bootstrap.log").read_text().split("managed bootstrap")[1:]
    )
    assert "--migrate" in first
    assert "--migrate" not in second, "nothing changed: migrations are skipped"


def test_killed_supervisor_leaves_nothing_and_the_next_start_works(run: Run) -> None:
    run("up", "--detach", "--no-demo")
    pids = run.pids()
    os.kill(run.supervisor(), signal.SIGKILL)
    assert wait_for(lambda: not any(alive(pid) for pid in pids.values())), (
        "ten seconds are the limit"
    )
    assert run.status()["state"] == "stopped"
    assert run("up", "--detach", "--no-demo").returncode == 0
    assert run.status()["state"] == "ready"


def test_program_that_dies_is_started_again(run: Run) -> None:
    run("up", "--detach", "--no-demo")
    worker = run.pids()["worker"]
    os.kill(worker, signal.SIGKILL)
    assert wait_for(lambda: run.pids().get("worker") not in (worker, None))
    assert wait_for(lambda: run.status()["state"] == "ready")


def test_missing_broker_is_named_with_its_remedy_and_the_rest_starts(run: Run) -> None:
    (run.folder / "broken-kafka").touch()
    started = run("up", "--detach")
    assert started.returncode == 0
    assert "it is broken on purpose" in started.stdout
    assert "KAFKA_BOOTSTRAP=host:9092 ./quickstart" in started.stdout
    status = run.status()
    assert status["state"] == "degraded"
    assert status["troubles"]["kafka"] == "it is broken on purpose"
    assert next(row for row in status["services"] if row["name"] == "kafka")["state"] == "failed"
    assert next(row for row in status["services"] if row["name"] == "web")["state"] == "running"
    assert status["demo"] == {"state": "off", "reason": "off: it needs a broker"}


def test_missing_database_stops_the_start(run: Run) -> None:
    (run.folder / "broken-postgres").touch()
    started = run("up", "--detach", "--no-demo")
    assert started.returncode == 1
    assert "✗ Postgres" in started.stdout
    assert "What helps: mend it" in started.stdout
    assert run.status()["state"] == "stopped"


def test_failed_command_shows_the_end_of_its_log(run: Run) -> None:
    (run.folder / "checkout").mkdir()
    (run.folder / "checkout/broken-bootstrap").touch()
    started = run("up", "--detach", "--no-demo")
    assert started.returncode == 1
    assert "│ the command is broken on purpose" in started.stdout
    assert "What helps: ./quickstart logs bootstrap" in started.stdout


def test_seed_names_its_programs_and_a_later_start_does_not_seed_again(run: Run) -> None:
    assert "Search for order_id" in run("up", "--detach").stdout
    assert wait_for(lambda: "demo-shop" in run.pids())
    assert run.status()["demo"]["state"] == "seeding"
    assert "demo-bank" not in run.pids(), "it waits for its cue or the end of the seed"
    (run.folder / "checkout/seed-may-end").touch()
    assert wait_for(lambda: run.status()["demo"]["state"] == "seeded")
    assert {"demo-shop", "demo-bank"} <= set(run.pids())
    run("stop")
    run("up", "--detach")
    assert run.status()["demo"]["state"] == "seeded"
    assert {"demo-shop", "demo-bank"} <= set(run.pids())
    assert (run.folder / "var/log/seed.log").read_text().count("the seed is done") == 1


def test_seed_that_stumbles_is_tried_again(run: Run) -> None:
    (run.folder / "checkout").mkdir()
    (run.folder / "checkout/seed-stumbles").touch()
    (run.folder / "checkout/seed-may-end").touch()
    run("up", "--detach")
    assert wait_for(lambda: run.status()["demo"]["state"] == "seeded", 20)
    log = (run.folder / "var/log/seed.log").read_text()
    assert log.index("the seed stumbled") < log.index("the seed is done")


def test_taken_port_that_was_asked_for_is_refused(run: Run) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        refused = run("up", "--detach", "--no-demo", "--port", str(holder.getsockname()[1]))
    assert refused.returncode == 1
    assert "is in use. Choose another one with --port." in refused.stdout + refused.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("jump",), "invalid choice: 'jump'"),
        (("--colour",), "unrecognized arguments: --colour"),
        (("up", "--port", "eighty"), "'eighty' is no port"),
        (("up", "--port", "65536"), "'65536' is no port"),
        (("logs", "nothing"), "There is no log named 'nothing'"),
        (("status", "--port", "1"), "unrecognized arguments"),
    ],
)
def test_bad_words_are_answered_with_exit_code_two(
    run: Run, words: tuple[str, ...], complaint: str
) -> None:
    refused = run(*words)
    assert refused.returncode == 2
    assert complaint in refused.stderr


def test_address_that_is_not_of_this_machine_is_refused(run: Run) -> None:
    refused = run("up", "--detach", "--no-demo", "--listen", "192.0.2.1")
    assert refused.returncode == 1
    assert "192.0.2.1 is no address of this machine" in refused.stdout + refused.stderr


def test_secrets_are_one_for_each_role_in_json(run: Run) -> None:
    assert run("secrets").returncode == 1, "there are none before the first start"
    run("up", "--detach", "--no-demo")
    users = json.loads(run("secrets", "--json").stdout)["users"]
    roles = [user["role"] for user in users]
    assert roles == [
        "owner",
        "engineer",
        "consumer",
        "steward",
        "governor",
        "admin",
        "auditor",
        "reader",
    ]
    assert all(set(user) == {"role", "login", "password", "api_key"} for user in users)


def test_doctor_names_every_check_with_a_verdict(run: Run) -> None:
    checked = run("doctor", "--json")
    checks = json.loads(checked.stdout)["checks"]
    assert {"Python", "Disk", "Memory", "Clock", "Data folder", "Ports", "Java", "Kafka"} <= {
        check["name"] for check in checks
    }
    assert {check["state"] for check in checks} <= {"ok", "warn", "red"}
    assert (checked.returncode == 1) == any(check["state"] == "red" for check in checks)


def test_reset_refuses_a_folder_that_is_not_ours(run: Run) -> None:
    (run.folder / "var").mkdir()
    (run.folder / "var/letter").write_text("dear")
    refused = run("reset", "--yes")
    assert refused.returncode == 1
    assert (run.folder / "var/letter").exists()


def test_reset_deletes_only_when_stopped_and_told_so(run: Run) -> None:
    run("up", "--detach", "--no-demo")
    assert "Stop it first" in run("reset", "--yes").stderr
    run("stop")
    assert run("reset").returncode == 1, "no person can answer here"
    assert (run.folder / "var").exists()
    assert run("reset", "--yes").returncode == 0
    assert not (run.folder / "var").exists()


def test_leftovers_of_a_crash_without_watcher_are_ended_by_stop(run: Run) -> None:
    run("up", "--detach", "--no-demo")
    state = run.folder / "var/run/state.json"
    survivor = subprocess.Popen(["sleep", "60"], start_new_session=True)
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    run("stop")
    ticks = int(Path(f"/proc/{survivor.pid}/stat").read_text().rpartition(")")[2].split()[19])
    recorded = json.loads(state.read_text())
    recorded["services"] = [
        {
            "name": "web",
            "state": "running",
            "pid": survivor.pid,
            "started_ticks": ticks,
            "origin": "",
        },
        {
            "name": "beat",
            "state": "running",
            "pid": stranger.pid,
            "started_ticks": ticks + 9,
            "origin": "",
        },
    ]
    state.write_text(json.dumps(recorded))
    try:
        stopped = run("stop")
        assert "left behind: web." in stopped.stdout
        assert survivor.wait(timeout=5) == -signal.SIGTERM
        assert stranger.poll() is None, "the same number with another start time is somebody else"
    finally:
        for program in (survivor, stranger):
            program.kill()
            program.wait()
