"""`install`: an environment with all that the worker needs. Runs on the bare Python that it is made with."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from ..contract.errors import Cancelled, ExitCode, UserError
from ..contract.torch_build import BUILDS, choose_build, driver_cuda
from ..environment import Order, Programs, make_environment
from .console import Console
from .doctor import REQUIREMENTS, requirements

_DESCRIPTION = """\
Makes a Python environment with all that the worker needs in FOLDER: whole and tried, or not at all. Packages are
downloaded, with the PyTorch that suits this machine, or come from a folder of wheels. pip's own settings count.
"""
_EPILOG = """\
examples:
  python -m bake install ~/spacetimepilot-worker
  python -m bake install ~/spacetimepilot-worker --wheels /mnt/wheels    without network
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "install",
        help="make an environment for the worker",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where; new or empty")
    parser.add_argument("--wheels", type=Path, metavar="FOLDER", help="take packages from there, and download nothing")
    parser.add_argument(
        "--torch", choices=sorted(BUILDS), help="which PyTorch to download, instead of the one that suits"
    )
    parser.add_argument("--tied", action="store_true", help="give up when standard input ends, as Blender wants it")
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Make it, telling how far it is; what pip says goes to standard error."""
    programs = Programs(sys.stderr)
    signal.signal(signal.SIGTERM, lambda *_: programs.stop())
    if arguments.tied:
        threading.Thread(target=_listen, args=(programs,), name="input", daemon=True).start()
    teller = _Teller(console)
    try:
        python = make_environment(_order(arguments), programs, teller)
    except UserError as error:
        _say(console, {"type": "failed", "message": error.sentence, "hint": error.hint}, str(error), bad=True)
        return ExitCode.FAILED
    except (Cancelled, KeyboardInterrupt):
        _say(console, {"type": "stopped", "message": "Cancelled."}, "Cancelled.")
        return ExitCode.CANCELLED
    _say(console, {"type": "done", "path": str(python)}, f"Done. The worker's Python is {python}")
    return ExitCode.DONE


def _order(arguments: argparse.Namespace) -> Order:
    build = choose_build(platform.system(), driver_cuda())[0] if arguments.torch is None else BUILDS[arguments.torch]
    wheels = None if arguments.wheels is None else arguments.wheels.absolute()
    return Order(arguments.folder.absolute(), REQUIREMENTS, requirements(), build, wheels)


class _Teller:
    """Tells once of each new state; the texts are short, and a percent takes seconds."""

    def __init__(self, console: Console) -> None:
        self._console, self._told = console, ("", -1)

    def __call__(self, doing: str, share: float) -> None:
        now = (doing, int(share * 100))
        if now != self._told:
            self._told = now
            _say(self._console, {"type": "progress", "phase": doing, "fraction": share}, f"{now[1]:3d}%  {doing}")


def _say(console: Console, message: dict[str, Any], text: str, *, bad: bool = False) -> None:
    """A message of the contract, written out: its module needs NumPy, which may not be there yet."""
    if bad and not console.as_json:
        console.complain(text)
    else:
        console.result(message, text)


def _listen(programs: Programs) -> None:
    """Not through `sys.stdin`: a thread that waits for it keeps the process from ending."""
    try:
        while os.read(0, 1):
            pass
    except OSError:
        pass
    programs.stop()
