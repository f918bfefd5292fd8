"""The command line of a Python without NumPy, or one that is too old: it says what is missing, and how to get it."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from ..contract.errors import ExitCode
from .console import Console

_COMMANDS = ("doctor", "install")


def main(words: list[str]) -> int:
    """Run `doctor` or `install`, or point to them."""
    if not words or words[0] not in _COMMANDS:
        print(f"This Python ({sys.executable}) lacks what the worker needs.", file=sys.stderr)
        print("Run `python -m bake doctor` with it; it says how to install what is missing.", file=sys.stderr)
        return ExitCode.FAILED
    command = import_module(f".{words[0]}", __package__)
    parser = argparse.ArgumentParser(prog="python -m bake")
    added = command.add_parser(parser.add_subparsers())
    added.add_argument("--json", action="store_true", help="print one JSON object a line, and nothing else")
    arguments = parser.parse_args(words)
    return int(command.run(arguments, Console(arguments.json)))
