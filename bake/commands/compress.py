"""`compress`: the same field, smaller and quicker."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

from ..contract.errors import ExitCode, UserError
from ..contract.field_file import read_header
from ..contract.messages import Done, Progress
from .arguments import add_colour, add_device, colour_of, demand_field_output, positive, positive_whole
from .console import Console
from .stopping import stop_on_signals

_DESCRIPTION = """\
Makes a field smaller and quicker: the hidden units that matter least are removed, cells that no camera of the footage
sees are no longer looked at, rays get fewer samples, and what is left learns for a minute from the footage or, without
--footage, from the field itself. Tables, temporal codes and deformation are kept in eight bits, everything is
entropy-coded. What that costs in quality is measured, printed and kept in the new file (info shows it).
"""
_EXAMPLES = """\
examples:
  python -m bake compress shot.stp -o shot.small.stp
  python -m bake compress shot.stp -o shot.small.stp --footage footage/ --test transforms_test.json --minutes 3
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "compress", help="make a field smaller and quicker", description=_DESCRIPTION, epilog=_EXAMPLES
    )
    parser.add_argument("field", type=Path, metavar="SHOT.stp", help="the field file")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="SMALL.stp", help="the field file to make")
    parser.add_argument("--footage", type=Path, metavar="FOOTAGE", help="what the field was baked from, to learn from")
    parser.add_argument("--test", type=Path, metavar="TRUTH", help="pictures that the bake has not seen, to compare")
    parser.add_argument(
        "--prune", type=_share, default=0.3, metavar="SHARE", help="share of the hidden units to remove (default 0.3)"
    )
    parser.add_argument("--keep-floats", action="store_true", help="round nothing to eight bits")
    parser.add_argument(
        "--full-sampling", action="store_true", help="look at as many cells and samples as before: not much faster"
    )
    parser.add_argument("--report", action="store_true", help="write the bake report of the smaller field beside it")
    parser.add_argument(
        "--minutes", type=positive, default=1.0, metavar="N", help="time to learn after pruning (default 1)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, machine and steps: same field")
    add_colour(parser)
    add_device(parser)
    tests = parser.add_argument_group("for tests and pipelines")
    tests.add_argument("--steps", type=positive_whole, metavar="N", help="steps to learn, instead of minutes")
    tests.add_argument("--tied", action="store_true", help="stop when standard input ends")
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Compress, and print what that came to."""
    output: Path = arguments.output
    demand_field_output(output)
    if arguments.report and arguments.footage is None:
        raise UserError("A report needs the footage to compare with.", "Add --footage.")
    header = read_header(arguments.field)
    stop = _stop_asked(tied=arguments.tied)
    console.message(Progress("reading", 0.0))
    from ..compression.compress import CompressSettings, compress
    from ..footage import Purpose, read_shot

    colour = colour_of(arguments)
    footage = None if arguments.footage is None else read_shot(arguments.footage, recorded=colour)
    extent = (header.first_frame, header.last_frame)
    test = None if arguments.test is None else read_shot(arguments.test, Purpose.TRUTH, extent, colour)
    settings = CompressSettings(
        prune=arguments.prune,
        keep_floats=arguments.keep_floats,
        full_sampling=arguments.full_sampling,
        minutes=arguments.minutes,
        steps=arguments.steps,
        seed=arguments.seed,
        device=arguments.device,
    )
    found = compress(arguments.field, output, footage, test, settings, console.message, stop.is_set)
    if arguments.report and footage is not None:
        from ..report.material import Order
        from ..report.report import make_report

        order = Order(output, arguments.footage, footage, test, arguments.device)
        make_report(order, stop.is_set, lambda done: console.message(Progress("reporting", done)))
    console.say(found.table())
    console.message(Done(str(output), metrics=_metrics(found.before.bytes, found.after.bytes, found.after.psnr)))
    return ExitCode.DONE


def _metrics(before: int, after: int, psnr: float | None) -> dict[str, float]:
    sizes = {"smaller": before / max(after, 1)}
    return sizes if psnr is None else {**sizes, "psnr": psnr}


def _stop_asked(*, tied: bool) -> threading.Event:
    """An event that signals and, if `tied`, the end of standard input set."""
    stop = stop_on_signals()
    if tied:
        import sys

        def wait() -> None:
            sys.stdin.buffer.read()
            stop.set()

        threading.Thread(target=wait, name="tied", daemon=True).start()
    return stop


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error
    if not 0 <= value <= 0.9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 0.9")
    return value
