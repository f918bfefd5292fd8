"""`solve`: the cameras of a clip that came without."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from ..contract.errors import ExitCode
from ..contract.messages import Progress
from .console import Console, progress_line

_DESCRIPTION = """\
Finds the camera path of a clip that one moving camera has filmed, with COLMAP. What moves by itself is masked out. The
folder that is written holds a shot description that names the clip's pictures, and the masks of what moves; `check` and
`bake` read it. Scale and place of the solved world are free; its up is the camera's. Needs the package pycolmap.
"""
_EXAMPLES = """\
examples:
  python -m bake solve clip.mp4 -o solved/
  python -m bake solve pictures/ -o solved/ && python -m bake bake solved/ -o shot.stp
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser("solve", help="find the cameras of a clip", description=_DESCRIPTION, epilog=_EXAMPLES)
    parser.add_argument("clip", type=Path, metavar="CLIP", help="a video, or a folder of pictures")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="the folder to make")
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Solve, telling of progress on standard error."""
    from ..footage.colmap import import_pycolmap
    from ..footage.solving import solve

    import_pycolmap()
    # After COLMAP, which ends the process at a polite kill and would leave its files behind; and because a shell may
    # start jobs with Ctrl+C ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    told = ""

    def tell(phase: str, fraction: float) -> None:
        nonlocal told
        line = progress_line(Progress(phase, round(fraction, 1)))
        if line != told:
            print(line, file=sys.stderr, flush=True)
            told = line

    solved = solve(arguments.clip, arguments.output, tell)
    document = {"path": str(solved.path), "placed": solved.placed, "frames": solved.frames, "error": solved.error}
    told_last = f"placed {solved.placed} of {solved.frames} frames, to {solved.error:.2f} pixels: {solved.path}"
    console.result(document, told_last)
    return ExitCode.DONE
