"""`adapt`: a baked field and new footage in, a longer version of the field out."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract.adaptation import adaptations, next_version
from ..contract.bake_command import ADAPT_SETTINGS
from ..contract.bake_folder import BakeStatus
from ..contract.errors import Cancelled, ExitCode, UserError
from ..contract.field_file import FieldHeader, read_cameras, read_header
from ..contract.messages import Done, Progress, Stopped
from .arguments import add_colour, add_device, colour_of, demand_field_output, positive, positive_whole
from .bake_state import BakeState
from .console import Console
from .stopping import stop_on_signals

if TYPE_CHECKING:
    from ..footage.arriving import Source

_DESCRIPTION = """\
Adapts a field to footage of the same cameras' space that goes on where its bake ended, and moves as nothing in the bake
did. Each instant, as it comes, has a budget of time for gradient steps; codes over time and a copy of the deformation
learn, the decoder does not. Earlier instants stay as they are, to the last bit. The result is a new field file with a
longer range of frames; the old one is only read.

Recorded footage waits until there is time for it, and no frame is dropped; with --rate it comes as it would have on
set, and with --watch as its pictures appear on disk. Then a buffer holds the newest instants that wait, and drops the
oldest. Frames that the field knows already are left out. While it runs, the folder OUT.stp.bake/ holds its state, as a
bake's does: a file named `cancel` put there stops it, and nothing is written.

With --watch, CAPTURE is a transforms.json, or the folder in which it will be: it lists pictures with shot_frame, which
may not be there yet, and may be written anew with every picture. Ctrl+C, a file named `pause`, or --idle seconds
without a picture end the footage, and the field is written.
"""
_EXAMPLES = """\
examples:
  python -m bake adapt shot.stp take2/ -o shot.v2.stp
  python -m bake adapt shot.stp take2/ -o shot.v2.stp --budget 4000
  python -m bake adapt shot.stp take2/ -o shot.v2.stp --first-frame 41
  python -m bake adapt shot.stp incoming/ -o shot.v2.stp --watch --budget 300 --buffer 2
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "adapt", help="let a field go on with new footage", description=_DESCRIPTION, epilog=_EXAMPLES
    )
    parser.add_argument("field", type=Path, metavar="SHOT.stp", help="the field file to go on from")
    parser.add_argument("capture", type=Path, metavar="CAPTURE", help="footage, or with --watch where it will appear")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.stp", help="the field file to make")
    parser.add_argument(
        "--budget", type=positive, default=1000.0, metavar="MS", help="milliseconds of steps an instant (default 1000)"
    )
    parser.add_argument(
        "--buffer", type=positive_whole, default=3, metavar="N", help="instants that may wait (default 3)"
    )
    parser.add_argument(
        "--first-frame", type=float, metavar="N", help="the shot frame of CAPTURE's first frame, if it states another"
    )
    coming = parser.add_mutually_exclusive_group()
    coming.add_argument(
        "--rate", type=positive, metavar="FPS", help="let recorded footage come at so many frames a second"
    )
    coming.add_argument("--watch", action="store_true", help="take pictures as they appear on disk")
    parser.add_argument(
        "--idle", type=positive, default=30.0, metavar="S", help="with --watch: seconds without a picture that end it"
    )
    add_colour(parser)
    add_device(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of everything random")
    tests = parser.add_argument_group("for tests and pipelines")
    tests.add_argument(
        "--steps", type=positive_whole, metavar="N", help="steps an instant, instead of a budget of time"
    )
    tests.add_argument("--blend", default="", metavar="SHOT.blend", help="the .blend it is for; lists of bakes name it")
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Adapt, keeping the state folder up to date."""
    field, output = arguments.field, arguments.output
    demand_field_output(output)
    header = read_header(field)
    if output.exists() and output.samefile(field):
        raise UserError(
            f"The output is the field itself, {field}: an old version is never written over.",
            f"Name another file, such as {next_version(field).name}.",
        )
    if arguments.watch and arguments.first_frame is not None:
        raise UserError("--first-frame does not go with --watch.", "Let the transforms file state each shot_frame.")
    settings = {name: getattr(arguments, name) for name in ADAPT_SETTINGS if name != "adapt"}
    settings["adapt"] = str(field.resolve())
    with BakeState(arguments.capture, output, settings, arguments.blend, what="Adapting") as state:
        try:
            done = _adapt(arguments, header, console, state)
        except Cancelled:
            stopped = Stopped("Cancelled; nothing was written.")
            state.finish(BakeStatus.STOPPED, stopped)
            console.message(stopped)
            return ExitCode.CANCELLED
        state.finish(BakeStatus.DONE, done)
        console.message(done)
    return ExitCode.DONE


def _adapt(arguments: argparse.Namespace, header: FieldHeader, console: Console, state: BakeState) -> Done:
    def report(progress: Progress) -> None:
        state.report(progress)
        console.message(progress)

    report(Progress("reading", 0.0))
    from ..training.adapt import adapt_field
    from ..training.adapting import AdaptSettings

    stop = stop_on_signals()
    ended = threading.Event()

    def should_stop() -> bool:
        """Whether to stop without a result; where pictures are watched, Ctrl+C and a pause only end the footage."""
        asked = state.stop_asked()
        if arguments.watch and (stop.is_set() or (asked and state.pause_asked())):
            ended.set()
            return False
        return asked or stop.is_set()

    settings = AdaptSettings(
        budget=arguments.budget,
        buffer=arguments.buffer,
        steps=arguments.steps,
        device=arguments.device,
        seed=arguments.seed,
    )
    source = _source(arguments, header, ended)
    made = adapt_field(arguments.field, header, source, arguments.output, settings, report, should_stop)
    told = adaptations(made.training)[-1]
    console.say(told.sentence())
    if told.left is not None:
        console.say(told.left.sentence())
    figures = ("before", "after", "step_ms", "steps", "instants", "dropped")
    metrics = {name: float(getattr(told, name)) for name in figures}
    if told.left is not None:
        metrics |= told.left.to_metrics()
    return Done(str(arguments.output), metrics={"psnr": told.after, **metrics})


def _source(arguments: argparse.Namespace, header: FieldHeader, ended: threading.Event) -> Source:
    from ..field.model import FieldConfig
    from ..footage import Purpose, read_shot
    from ..footage.arriving import Patient, Punctual, Watched
    from ..footage.going_on import FieldEnd, moved_to, new_instants

    end = FieldEnd(header, FieldConfig.from_json(header.model).encoding)
    if arguments.watch:
        cameras = len(read_cameras(arguments.field).streams())
        return Watched(arguments.capture, end, cameras, arguments.idle, colour_of(arguments), ended)
    shot = read_shot(arguments.capture, Purpose.TRUTH, recorded=colour_of(arguments))
    if arguments.first_frame is not None:
        shot = moved_to(shot, arguments.first_frame)
    instants = new_instants(shot, end)
    return Patient(instants) if arguments.rate is None else Punctual(instants, arguments.rate)
