"""The command line of `./quickstart`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from mesh.quickstart.commands import reset, show_logs, show_secrets, show_status, stop
from mesh.quickstart.doctor import doctor
from mesh.quickstart.places import Places, find_places
from mesh.quickstart.up import up

COMMANDS: dict[str, tuple[Callable[[Places, argparse.Namespace], int], str]] = {
    "up": (up, "start everything (the default)"),
    "status": (show_status, "what runs, where, and how much memory it takes"),
    "stop": (stop, "stop everything, keep the data"),
    "reset": (reset, "delete all data of the quick start"),
    "logs": (show_logs, "the end of one log; without a name the list of logs"),
    "doctor": (doctor, "look for what may keep it from starting"),
    "secrets": (show_secrets, "logins, passwords and API keys of the demo's people"),
}
WITH_JSON = ("status", "doctor", "secrets")


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line; argparse answers bad words with usage and exit code 2."""
    top = argparse.ArgumentParser(prog="./quickstart", description="Run Tributary on this machine.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name, (_action, summary) in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary.capitalize() + ".")
        if name == "up":
            _add_start_options(sub)
        if name in WITH_JSON:
            sub.add_argument("--json", action="store_true", help="print JSON")
        if name == "secrets":
            sub.add_argument(
                "--env", action="store_true", help="print what an .env file for compose needs"
            )
        if name == "logs":
            sub.add_argument("name", nargs="?", metavar="NAME")
            sub.add_argument("-f", "--follow", action="store_true", help="go on as it grows")
        if name == "reset":
            sub.add_argument("--yes", action="store_true", help="do not ask")
    return top


def _add_start_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "-d", "--detach", action="store_true", help="return when it is ready and run on"
    )
    sub.add_argument(
        "--no-demo", dest="demo", action="store_false", default=None, help="no demo mesh"
    )
    sub.add_argument(
        "--demo", action="store_true", default=None, help="demo mesh also on a broker you gave"
    )
    sub.add_argument("--port", type=_port, metavar="N", help="port of the web (usually 8000)")
    sub.add_argument(
        "--listen", default="127.0.0.1", metavar="ADDRESS", help="address of web and registry"
    )
    sub.add_argument(
        "--yes", action="store_true", help="do not ask before --listen opens it to others"
    )
    sub.add_argument("--supervise", action="store_true", help=argparse.SUPPRESS)


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: say a number from 1 to 65535")
    return int(text)


def main(words: list[str]) -> int:
    """Run one command; `up` when none is named."""
    known = set(COMMANDS) | {"-h", "--help"}
    if not words or (words[0].startswith("-") and words[0] not in known):
        words = ["up", *words]
    asked = parser().parse_args(words)
    action, _summary = COMMANDS[asked.command]
    try:
        return action(find_places(), asked)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # as in `./quickstart status | head`
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # nothing is left to flush to
        return 141


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
