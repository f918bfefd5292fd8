"""The argument parser, and how errors become exit codes."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from typing import Protocol

from ..contract.errors import Cancelled, ExitCode, UserError
from ..contract.messages import Failed, Stopped
from . import (
    adapt,
    bake,
    check,
    compress,
    doctor,
    evaluate,
    info,
    install,
    plates,
    render,
    report,
    serve,
    solve,
    verify,
)
from .console import Console

_ROOT = __name__.rsplit(".commands.", 1)[0]
_DESCRIPTION = """\
SpaceTimePilot's worker: turns footage of something that moves into a field (.stp), and a field into pictures.
"""
_EPILOG = """\
examples:
  python -m bake check footage/                             is this footage fit to be baked?
  python -m bake solve clip.mp4 -o footage                  find the cameras of a clip that has none
  python -m bake bake footage/ -o shot.stp --minutes 10     bake it
  python -m bake render shot.stp --cameras path.json -o out pictures of a new camera path
  python -m bake adapt shot.stp take2/ -o shot.v2.stp       go on with new footage
  python -m bake compress shot.stp -o shot.small.stp        the same field, smaller and quicker
  python -m bake verify shot_farm                           do a farm's plates show what they say?
  python -m bake doctor                                     can this machine do it?
  python -m bake install worker                             make an environment that can

exit codes: 0 done, 1 something to mend (a sentence says what), 2 wrong command line, 70 a bug, 130 cancelled or paused
"""


class _Command(Protocol):
    def add_parser(self, commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser: ...

    def run(self, arguments: argparse.Namespace, console: Console) -> ExitCode: ...


_COMMANDS: tuple[_Command, ...] = (
    bake,
    adapt,
    render,
    evaluate,
    report,
    info,
    check,
    solve,
    serve,
    plates,
    verify,
    compress,
    doctor,
    install,
)


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m bake",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        added = command.add_parser(commands)
        added.formatter_class = argparse.RawDescriptionHelpFormatter
        added.add_argument("--json", action="store_true", help="print one JSON object a line, and nothing else")
        added.set_defaults(run=command.run)
    return parser


def main(words: list[str]) -> int:
    """Run one command and return the process's exit code."""
    arguments = make_parser().parse_args(words)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    return guarded(arguments.run, arguments, Console(arguments.json))


def guarded(
    run: Callable[[argparse.Namespace, Console], ExitCode], arguments: argparse.Namespace, console: Console
) -> ExitCode:
    """Run a command; whatever it raises becomes a sentence and an exit code."""
    try:
        return run(arguments, console)
    except UserError as error:
        console.failed(error)
        return ExitCode.FAILED
    except (Cancelled, KeyboardInterrupt):
        console.message(Stopped("Cancelled."))
        return ExitCode.CANCELLED
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith(f"{_ROOT}."):
            return _bug(error, console)
        missing = UserError(
            f"This Python ({sys.executable}) has no package {error.name}.",
            "Run `python -m bake doctor` with it; it says how to install what is missing.",
        )
        console.failed(missing)
        return ExitCode.FAILED
    except MemoryError:
        console.failed(UserError("There is not enough memory.", "Close other programs, or choose smaller settings."))
        return ExitCode.FAILED
    except Exception as error:
        return _bug(error, console)


def _bug(error: Exception, console: Console) -> ExitCode:
    logging.getLogger(__name__).exception("unforeseen")
    console.message(Failed(f"Something unforeseen went wrong: {error!r}.", "Please report it with the log."))
    return ExitCode.BUG
