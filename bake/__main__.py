"""The worker's command line: `python -m bake COMMAND`."""

from __future__ import annotations

import sys


def run() -> int:
    """Run the command line; Ctrl+C counts as a cancel even before a command has begun."""
    try:
        try:
            if sys.version_info < (3, 11):  # noqa: UP036  # Too old to read the rest, but it shall hear so.
                raise ModuleNotFoundError
            from .commands.command_line import main
        except ModuleNotFoundError:
            from .commands.bare_python import main
        return main(sys.argv[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(run())
