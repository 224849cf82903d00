"""`python -m mesh.quickstart.fleet list | run TEAM`: the demo's programs, one process per team."""

from __future__ import annotations

import sys

from mesh.quickstart.fleet.teams import TEAMS, run


def main(arguments: list[str]) -> int:
    """0 done, 2 usage."""
    if arguments == ["list"]:
        print("\n".join(TEAMS))
        return 0
    if len(arguments) == 2 and arguments[0] == "run" and arguments[1] in TEAMS:
        run(arguments[1])
        return 0
    print(f"usage: python -m mesh.quickstart.fleet list | run {'|'.join(TEAMS)}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
