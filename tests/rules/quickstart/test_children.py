"""Children: restart with pauses, giving up, log rotation, the account they run under."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from mesh.quickstart import children
from mesh.quickstart.accounts import Account, may_reach, unprivileged
from mesh.quickstart.children import (
    Child,
    Launch,
    Watcher,
    last_lines,
    lines_since_start,
    mark_start,
    rotate,
    run_once,
)
from mesh.quickstart.steps import mask


def launch(folder: Path, *command: str) -> Launch:
    return Launch("program", command, folder, {"PATH": os.defpath}, folder / "program.log")


def wait_end(child: Child) -> None:
    until = time.monotonic() + 5
    while not child.ended() and time.monotonic() < until:
        time.sleep(0.01)
    assert child.ended()


def test_pauses_double_and_the_sixth_death_in_five_minutes_is_the_last(tmp_path: Path) -> None:
    child = Child(launch(tmp_path, "false"), Watcher())
    child.start()
    now, pauses = 1000.0, []
    for _ in range(5):
        wait_end(child)
        assert child.keep_alive(now), "the death is noticed"
        pauses.append(child.due - now)
        assert not child.keep_alive(now), "it is not started before its time"
        now = child.due
        assert child.keep_alive(now)
    wait_end(child)
    child.keep_alive(now)
    assert pauses == [1, 2, 4, 8, 16]
    assert child.failed
    assert not child.keep_alive(now + 1000)


def test_deaths_far_apart_do_not_add_up(tmp_path: Path) -> None:
    child = Child(launch(tmp_path, "false"), Watcher())
    child.start()
    now = 0.0
    for _ in range(7):
        wait_end(child)
        child.keep_alive(now)
        assert child.due - now == 1
        now = child.due
        child.keep_alive(now)
        now += children.RESTART_WINDOW_SECONDS + 1
    assert not child.failed


def test_child_that_was_asked_to_stop_is_not_started_again(tmp_path: Path) -> None:
    child = Child(launch(tmp_path, "sleep", "30"), Watcher())
    child.start()
    child.ask_to_stop()
    wait_end(child)
    assert not child.keep_alive(time.monotonic() + 100)
    assert child.exit_code == -signal.SIGTERM


def test_kill_takes_the_whole_session(tmp_path: Path) -> None:
    script = "sleep 30 & echo $! ; trap '' TERM; wait"
    child = Child(launch(tmp_path, "sh", "-c", script), Watcher())
    child.start()
    until = time.monotonic() + 5
    while not lines_since_start(child.launch.log) and time.monotonic() < until:
        time.sleep(0.02)
    grandchild = int(lines_since_start(child.launch.log)[0])
    child.kill()
    time.sleep(0.1)
    status = Path(f"/proc/{grandchild}/stat")
    assert not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_short_program_gives_its_code_and_words_and_is_logged(tmp_path: Path) -> None:
    code, said = run_once(launch(tmp_path, "sh", "-c", "echo out; echo err >&2; exit 3"), 10)
    assert (code, said) == (3, "out\nerr\n")
    assert last_lines(tmp_path / "program.log") == ["out", "err"]


def test_short_program_without_end_is_ended(tmp_path: Path) -> None:
    code, said = run_once(launch(tmp_path, "sleep", "30"), 0.3)
    assert code == 124
    assert "no end after" in said


def test_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, said = run_once(launch(tmp_path, "/no/such/program"), 10)
    assert code == 127
    assert "/no/such/program: No such file or directory" in said


def test_root_gives_its_privileges_away_before_the_program_begins(tmp_path: Path) -> None:
    account = unprivileged(Path(__file__), {})
    log = tmp_path / "log"
    program = Launch("program", ("id", "-u"), Path("/"), {"PATH": os.defpath}, log, account)
    code, said = run_once(program, 10)
    assert code == 0
    assert int(said) == (account.uid if account is not None else os.getuid())
    assert int(said) != 0


def test_orphan_of_a_dead_supervisor_never_begins(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    command = [
        sys.executable,
        "-I",
        "-S",
        str(children.TETHER),
        "run",
        str(ended.pid),
        "-1",
        "-1",
        "15",
    ]
    late = subprocess.run(
        [*command, "echo", "too late"], capture_output=True, text=True, check=False
    )
    assert late.returncode != 0
    assert "too late" not in late.stdout


def test_caller_of_sudo_is_preferred_to_the_owner_of_the_checkout(tmp_path: Path) -> None:
    account = unprivileged(tmp_path, {"SUDO_UID": "54321"})
    if os.geteuid() == 0:
        assert account == Account(54321, 54321)
        owned_by_root = unprivileged(Path("/"), {})
        assert owned_by_root is not None
        assert owned_by_root.uid == 65534
    else:
        assert account is None


def test_folder_that_others_cannot_pass_is_out_of_reach(tmp_path: Path) -> None:
    stranger = Account(54321, 54321)
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    assert not may_reach(inner, stranger)
    assert may_reach(Path("/usr/bin"), stranger)


def test_log_is_rotated_when_it_is_full_and_five_files_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    for number in range(7):
        log.write_bytes(bytes([48 + number]) * children.LOG_BYTES)
        rotate(log)
        assert log.stat().st_size == 0
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["web.log", "web.log.1", "web.log.2", "web.log.3", "web.log.4"]
    assert (tmp_path / "web.log.1").read_bytes()[:1] == b"6"
    assert (tmp_path / "web.log.4").read_bytes()[:1] == b"3"


def test_old_failure_is_not_taken_for_the_new_one(tmp_path: Path) -> None:
    log = tmp_path / "seed.log"
    log.write_text("it failed yesterday\n")
    mark_start(log, "seed")
    assert lines_since_start(log) == []
    with log.open("a") as file:
        file.write("it failed today\n")
    assert lines_since_start(log) == ["it failed today"]


def test_small_log_stays(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("a line\n")
    rotate(log)
    assert log.read_text() == "a line\n"


def test_secrets_never_reach_the_terminal() -> None:
    assert mask("connect with hunter2 failed", ("", "hunter2")) == "connect with ******** failed"
