"""The words of the command line: commands, options, and what each runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from mesh.cli.applying import PlanOptions, apply, plan
from mesh.cli.asking import check_schema, lag, search
from mesh.cli.connection import Connection
from mesh.cli.exporting import export
from mesh.cli.output import FORMS

Command = Callable[[Connection, argparse.Namespace], int]
WAIT_S = 600.0
ENDING = """\
environment:
  TRIBUTARY_URL         address of the web (default http://127.0.0.1:8000)
  TRIBUTARY_TOKEN       an API key; or
  TRIBUTARY_TOKEN_FILE  a file that holds it

exit codes: 0 done or holds, 1 refused or does not hold, 2 usage, 3 unreachable or unknown
"""


def parser() -> argparse.ArgumentParser:
    """All commands; each parsed line carries the function to run as `run`."""
    top = argparse.ArgumentParser(
        prog="tributary",
        description="Speak with a Tributary server: manifests, search, lag, schema checks.",
        epilog=ENDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_plan(commands)
    _add_apply(commands)
    _add_export(commands)
    _add_questions(commands)
    return top


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    run: Command,
    *,
    forms: bool = True,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(run=run)
    if forms:
        command.add_argument(
            "-o", "--output", choices=FORMS, default="table", help="form of the answer"
        )
    return command


def _options(words: argparse.Namespace) -> PlanOptions:
    return PlanOptions(words.output, words.verbose, getattr(words, "exit_code", False))


def _add_plan(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(
        commands,
        "plan",
        "Show what manifests would change.",
        lambda connection, words: plan(connection, words.files, _options(words)),
    )
    _add_files(command)
    command.add_argument(
        "--exit-code", action="store_true", help="answer 10 when there are changes"
    )


def _add_apply(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(
        commands,
        "apply",
        "Make one change request of manifests.",
        lambda connection, words: apply(connection, words.files, _options(words), words.wait),
    )
    _add_files(command)
    command.add_argument(
        "--wait",
        nargs="?",
        type=_seconds,
        const=WAIT_S,
        metavar="SECONDS",
        help=f"follow the request until it is applied or refused (default {WAIT_S:.0f} s)",
    )


def _add_files(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "files", nargs="+", metavar="FILE", help="YAML file, folder, or - for input"
    )
    command.add_argument("-v", "--verbose", action="store_true", help="list equal objects too")


def _add_export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(
        commands,
        "export",
        "Write products as manifests.",
        lambda connection, words: export(connection, words.product, words.directory),
        forms=False,
    )
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("product", nargs="?", metavar="PRODUCT", help="short name of a product")
    which.add_argument("--all", action="store_true", help="every product you may see")
    command.add_argument("-d", "--directory", metavar="DIR", help="one file per product goes here")


def _add_questions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _add(
        commands,
        "search",
        "Search products, topics, subjects, fields and docs.",
        lambda connection, words: search(connection, words.query, words.limit, words.output),
    )
    command.add_argument("query", metavar="QUERY")
    command.add_argument("--limit", type=_limit, default=20, help="most results (1 to 200)")
    command = _add(
        commands,
        "lag",
        "Show how far a consumer group, or each reader of a product, is behind.",
        lambda connection, words: lag(connection, words.name, words.output),
    )
    command.add_argument("name", metavar="GROUP|PRODUCT")
    command = _add(
        commands,
        "check-schema",
        "Show what registering a schema would break, and whose.",
        lambda connection, words: check_schema(connection, words.subject, words.file, words.output),
    )
    command.add_argument("subject", metavar="SUBJECT")
    command.add_argument("file", metavar="FILE", help="the Avro schema")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds") from None
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError("say 1 to 86400 seconds")
    return seconds


def _limit(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or not 1 <= int(text[:6]) <= 200:
        raise argparse.ArgumentTypeError("say 1 to 200")
    return int(text)
