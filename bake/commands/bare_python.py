"""The command line of a Python without NumPy: all it can do is to say what is missing."""

from __future__ import annotations

import argparse
import sys

from ..contract.errors import ExitCode
from . import doctor
from .console import Console


def main(words: list[str]) -> int:
    """Run `doctor`, or point to it."""
    if words[:1] != ["doctor"]:
        print(f"This Python ({sys.executable}) lacks what the worker needs.", file=sys.stderr)
        print("Run `python -m bake doctor` with it; it says how to install what is missing.", file=sys.stderr)
        return ExitCode.FAILED
    parser = argparse.ArgumentParser(prog="python -m bake")
    added = doctor.add_parser(parser.add_subparsers())
    added.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args(words)
    return doctor.run(arguments, Console(arguments.json))
