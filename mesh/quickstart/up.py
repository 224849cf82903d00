"""`./quickstart up`: in this terminal, or detached; finds a start that is there already."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

from mesh.quickstart.board import Board
from mesh.quickstart.orphans import DataInUse, begin_anew
from mesh.quickstart.places import Places
from mesh.quickstart.ports import PortTaken, choose
from mesh.quickstart.secrets import Secrets, keep_secrets
from mesh.quickstart.services.contract import ServiceFailed
from mesh.quickstart.starting import Start
from mesh.quickstart.state import AlreadyRunning, end_leftovers, hold_lock, is_running, read_state
from mesh.quickstart.steps import Reporter, StepFailed
from mesh.quickstart.supervisor import Options, StopAsked, Supervisor

READY_SECONDS = 900.0  # the first start downloads; pip has 600 of them
SUPERVISE = (sys.executable, "-m", "mesh.quickstart")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def up(places: Places, asked: Namespace) -> int:
    """Start, or find the start that is there. 0 when it stopped in order or was found."""
    places.make()
    if asked.listen not in LOOPBACK and not asked.supervise and not _exposure_accepted(asked):
        return 1
    if asked.detach:
        return _detached(places, asked)
    try:
        lock = hold_lock(places)
    except AlreadyRunning:
        return _found(places)
    with lock:
        return _supervise(places, asked)


def _supervise(places: Places, asked: Namespace) -> int:
    reporter = Reporter()
    recorded = read_state(places)
    left = end_leftovers(places)
    if left:
        reporter.say(f"Ended what a crash had left behind: {', '.join(left)}.")
    try:
        words = begin_anew(places)
    except DataInUse as used:
        print(used, file=sys.stderr)
        return 1
    if words:
        reporter.say(words)
    try:
        ports = choose(recorded["ports"], web=asked.port, address=asked.listen)
    except PortTaken as taken:
        print(taken, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{asked.listen} is no address of this machine: {error.strerror}", file=sys.stderr)
        return 1
    seeded = recorded["demo"].get("state") == "seeded"
    board = Board(places, ports, {}, {"state": "seeded" if seeded else "off"})
    supervisor = Supervisor(places, board, reporter)
    supervisor.take_signals()
    supervisor.watcher.start()
    options = Options(demo=asked.demo, port=asked.port, listen=asked.listen)
    return _run(supervisor, options, seeded=seeded)


def _run(supervisor: Supervisor, options: Options, *, seeded: bool) -> int:
    reporter, places = supervisor.reporter, supervisor.places
    code = 0
    began = time.monotonic()
    reporter.say("Starting Tributary")
    if places.keeps_root:
        reporter.say(
            "  ! The checkout or Python lies where only root may look: the application runs as root,\n"
            f"    PostgreSQL, Valkey and Kafka do not; their data is in {places.services}."
        )
    try:
        start = Start(supervisor, options, seeded=seeded)
        start.everything()
        supervisor.board.state = "degraded" if supervisor.board.troubles else "ready"
        _welcome(start, time.monotonic() - began)
        supervisor.record()
        supervisor.watch_over()
    except StepFailed as failure:
        reporter.failed(failure, _masked(keep_secrets(places)))
        code = 1
    except ServiceFailed as failure:
        reporter.failed(StepFailed("Start", str(failure), remedy=failure.remedy))
        code = 1
    except StopAsked:
        reporter.say("Stopped while starting.")
        code = 130
    finally:
        stopping = time.monotonic()
        supervisor.stop_all()
        reporter.say(f"Everything is stopped ({time.monotonic() - stopping:.1f} s).")
    return code


def _welcome(start: Start, seconds: float) -> None:
    say, urls = start.reporter.say, start.board.urls
    say(f"\nReady in {seconds:.1f} s.   Your data is in {start.places.data}\n")
    say(f"  Web        {urls['web']}")
    say(f"  Registry   {urls['registry']}")
    say(f"  Kafka      {urls['kafka']}\n")
    if start.new_people:
        for user in start.people["users"]:
            say(f"  {user['login']:<10} {user['password']}")
        say("  These logins are shown once; ./quickstart secrets shows them again.\n")
    else:
        say("  Logins: ./quickstart secrets\n")
    say("  To try:")
    for number, words in enumerate(_worth_trying(start), start=1):
        say(f"    {number}. {words}")
    say("")
    if start.supervisor.demo is not None and start.supervisor.demo.state == "seeding":
        say("  The demo mesh is being built in the background: ./quickstart logs seed\n")


def _worth_trying(start: Start) -> list[str]:
    """What a newcomer may do now; without a demo nothing is there to be found yet."""
    web = start.board.urls["web"]
    if start.supervisor.demo is None and start.board.demo.get("state") != "seeded":
        return [
            f"Log in as owner and register a product:   {web}/products/new",
            f"Log in as steward and approve it:   {web}/governance/inbox",
        ]
    return [
        f"Log in as owner and open the catalogue:   {web}/search",
        "Search for order_id and see who owns it, who reads it and how fresh it is.",
        "Log in as steward and decide the change request that waits in the inbox.",
    ]


def _detached(places: Places, asked: Namespace) -> int:
    if is_running(places):
        return _found(places)
    log = places.log / "quickstart.log"
    log.unlink(missing_ok=True)
    words = _supervised_words(asked)
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        program = subprocess.Popen(
            [*SUPERVISE, *words, "--supervise"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONIOENCODING": sys.stdout.encoding or "utf-8"},
            start_new_session=True,
        )
    return _follow(places, program, log)


def _supervised_words(asked: Namespace) -> list[str]:
    words = ["up", "--listen", asked.listen]
    if asked.port is not None:
        words += ["--port", str(asked.port)]
    if asked.demo is not None:
        words.append("--demo" if asked.demo else "--no-demo")
    return words


def _follow(places: Places, program: subprocess.Popen[bytes], log: Path) -> int:
    """Show the other one's words until it is ready or has failed."""
    began = time.monotonic()
    with log.open(errors="replace") as file:
        while time.monotonic() - began < READY_SECONDS:
            state = read_state(places)
            theirs = state["supervisor"].get("pid") == program.pid
            code = program.poll()
            print(file.read(), end="", flush=True)
            if code is not None:
                return code
            if theirs and state["state"] in ("ready", "degraded"):
                print(
                    file.read()
                    + "Running in the background: ./quickstart status, ./quickstart stop"
                )
                return 0
            time.sleep(0.1)
    print("It is still starting: ./quickstart status", file=sys.stderr)
    return 1


def _found(places: Places) -> int:
    """Somebody was first: wait until it is ready and say where it is."""
    began = time.monotonic()
    while is_running(places) and read_state(places)["state"] == "starting":
        if time.monotonic() - began > READY_SECONDS:
            print("It is still starting: ./quickstart status", file=sys.stderr)
            return 1
        time.sleep(0.2)
    if not is_running(places):
        print(
            "The start that was going on has ended: ./quickstart logs quickstart", file=sys.stderr
        )
        return 1
    print(f"Tributary is already running: {read_state(places)['urls'].get('web', '')}")
    return 0


def _exposure_accepted(asked: Namespace) -> bool:
    print(
        f"Warning: --listen {asked.listen} opens web and registry to other machines, without encryption.\n"
        "Anonymous registry reads and open registration are switched off."
    )
    if asked.yes or not sys.stdin.isatty():
        return True
    return input("Go on? Type yes: ").strip().lower() == "yes"


def _masked(secrets: Secrets) -> tuple[str, ...]:
    given = [os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")]
    passwords = [url.rpartition("@")[0].rpartition(":")[2] for url in given]
    own = (
        secrets.postgres_password,
        secrets.valkey_password,
        secrets.secret_key,
        secrets.field_keys,
    )
    return (*own, *(password for password in passwords if password))
