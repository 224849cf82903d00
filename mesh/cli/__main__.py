"""`tributary`, `python -m mesh.cli`: a client of the REST API for people, scripts and CI."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from mesh.cli.arguments import parser
from mesh.cli.connection import connection_from, own_environment
from mesh.cli.outcomes import UNREACHABLE, CommandFailed
from mesh.cli.output import complain

INTERRUPTED = 130  # what a shell expects after Ctrl-C


def main(words: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run one command line; the exit code says how it ended (argparse exits 2 by itself)."""
    known = parser()
    for word in words:
        if not _is_text(word):
            known.error(f"an argument is not UTF-8 text: {ascii(word)[:60]}")
    asked = known.parse_args(words)
    try:
        connection = connection_from(own_environment() if environment is None else environment)
        code: int = asked.run(connection, asked)
        sys.stdout.flush()
        return code
    except CommandFailed as failure:
        complain(failure)
        return failure.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREACHABLE


def _is_text(word: str) -> bool:
    """False for bytes that the terminal's encoding could not read; no address could carry them."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
