"""The worker's command line: `python -m bake COMMAND`."""

from __future__ import annotations

import sys

try:
    from .commands.command_line import main
except ModuleNotFoundError:
    from .commands.bare_python import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
