"""`report`: how true a field is and where it holds, on one page beside it."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..contract.errors import ExitCode
from ..contract.field_file import read_header
from ..contract.messages import Done, Progress
from ..contract.report_file import report_picture
from .arguments import add_colour, add_device, colour_of, positive_whole
from .console import Console

_DESCRIPTION = """\
Writes SHOT.report.html and SHOT.report.png beside SHOT.stp, as `bake` does at its end: frames beside the truth with
error maps, PSNR, SSIM and FLIP over shot time, where and when the cameras looked, training curves, settings, versions.
Compared are the frames of --test; else those that the bake held out (bake --hold-out N); else, and then the page says
so, frames that the bake has seen.
"""
_EXAMPLES = """\
examples:
  python -m bake report shot.stp footage/
  python -m bake report shot.stp transforms_train.json --test transforms_test.json --frames 60 --longest 1920
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "report", help="how true a field is and where it holds", description=_DESCRIPTION, epilog=_EXAMPLES
    )
    parser.add_argument("field", type=Path, metavar="SHOT.stp", help="the field file")
    parser.add_argument("footage", type=Path, metavar="FOOTAGE", help="the footage that it was baked from")
    parser.add_argument("--test", type=Path, metavar="TRUTH", help="footage of the shot that the bake has not seen")
    parser.add_argument(
        "--frames", type=positive_whole, default=16, metavar="N", help="frames to compare at most (default 16)"
    )
    parser.add_argument(
        "--longest",
        type=positive_whole,
        default=640,
        metavar="PIXELS",
        help="larger footage is compared at this size of its longer side (default 640)",
    )
    add_colour(parser)
    add_device(parser)
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Measure, write, and say where the report lies."""
    header = read_header(arguments.field)
    console.message(Progress("reading", 0.0))
    from ..footage import Purpose, read_shot
    from ..report.material import Order
    from ..report.report import make_report

    extent = (header.first_frame, header.last_frame)
    order = Order(
        field_file=arguments.field,
        footage_file=arguments.footage,
        footage=read_shot(arguments.footage, recorded=colour_of(arguments)),
        test=None if arguments.test is None else read_shot(arguments.test, Purpose.TRUTH, extent, colour_of(arguments)),
        device=arguments.device,
        longest=arguments.longest,
        frames=arguments.frames,
    )
    page = make_report(order, lambda: False, lambda done: console.message(Progress("reporting", done)))
    console.message(Done(str(page)))
    console.say(f"The same as a picture: {report_picture(arguments.field)}")
    return ExitCode.DONE
