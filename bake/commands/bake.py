"""`bake`: footage in, field file out."""

from __future__ import annotations

import argparse
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract.bake_command import SETTINGS
from ..contract.bake_folder import BakeStatus
from ..contract.errors import Cancelled, ExitCode, UserError
from ..contract.messages import Done, Paused, Precision, Preset, Progress, Queued, Stopped
from ..contract.report_file import remove_report
from .arguments import (
    add_colour,
    add_device,
    add_footage,
    colour_of,
    demand_field_output,
    holding_out,
    positive,
    positive_whole,
)
from .bake_queue import Place
from .bake_state import BakeState
from .console import Console
from .stopping import stop_on_signals

if TYPE_CHECKING:
    from ..footage.shot import Shot

_DESCRIPTION = """\
Bakes footage into a field file. While it runs, the folder SHOT.stp.bake/ beside the output holds state.json (process,
settings, latest progress), checkpoints, picture.png (what the field looks like so far) and bake.log; a file named
`cancel` put there stops the bake, as Ctrl+C does, and one named `pause` lets it rest. A bake that was stopped, paused
or killed goes on with --resume. At its end SHOT.report.html and SHOT.report.png beside the output say how true the
field is and where it holds (see `report`).

With --queue a bake waits until this user's other bakes on the same device of this machine have ended, those of Blender
too: first come, first served. It waits as a process that needs no processor time. Without --queue it begins at once.
The list of bakes and the queue lie in the user's folder, or in SPACETIMEPILOT_HOME.
"""
_EXAMPLES = """\
examples:
  python -m bake bake footage/ -o shot.stp --preset preview
  python -m bake bake scene.shot.json -o shot.stp --minutes 10 --json
  python -m bake bake footage/ -o shot.stp --resume
  python -m bake bake footage/ -o shot.stp --hold-out 8
  python -m bake bake footage/ -o shot.stp --colour-space "ARRI LogC3 (EI800)"
  for shot in a b c; do python -m bake bake $shot/ -o $shot.stp --queue & done; wait
"""
_TURN_SECONDS = 0.5


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "bake", help="turn footage into a field file", description=_DESCRIPTION, epilog=_EXAMPLES
    )
    add_footage(parser)
    add_colour(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="SHOT.stp", help="the field file to make")
    parser.add_argument(
        "--preset", choices=[preset.value for preset in Preset], default="standard", help="how much to spend"
    )
    parser.add_argument("--minutes", type=positive, metavar="N", help="training time; the schedule is fitted to it")
    add_device(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, machine and steps: same field")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint, if there is one")
    parser.add_argument(
        "--queue", action="store_true", help="wait for this user's other bakes on the same device of this machine"
    )
    parser.add_argument(
        "--pixel-memory",
        type=positive,
        metavar="GIB",
        help="memory for the footage's pixels (default 1, on a GPU a quarter of what is free); of longer footage parts "
        "are read again and again",
    )
    parser.add_argument(
        "--curriculum",
        action="store_true",
        help="show short stretches, few frames and coarse pixels first (off by default: it has not proved its worth)",
    )
    parser.add_argument(
        "--adaptive",
        action="store_true",
        help="send more rays to where things move and fewer to the background (off by default: not yet proved)",
    )
    parser.add_argument(
        "--sensor",
        action="store_true",
        help="find the exposure of each picture, for footage that drifts or flickers",
    )
    parser.add_argument(
        "--no-histogram",
        dest="histogram",
        action="store_false",
        help="find exposures without the help of each picture's histogram",
    )
    parser.add_argument(
        "--robust",
        action="store_true",
        help="find the noise of each picture and learn little from faulty ones: too bright, or a hand before the lens",
    )
    parser.add_argument(
        "--fast-motion",
        action="store_true",
        help="make codes over time finer where things move too fast for them (off by default: not yet proved)",
    )
    parser.add_argument(
        "--precision",
        choices=[precision.value for precision in Precision],
        default="auto",
        help="16 bits where the device gains by them (auto: on CUDA); nowhere (full) or anyway (half) to compare with",
    )
    judged = parser.add_argument_group("to judge it by")
    judged.add_argument(
        "--hold-out",
        type=holding_out,
        default=0,
        metavar="N",
        help="keep every Nth frame from the bake, for its report to compare with (default: none)",
    )
    judged.add_argument("--test", type=Path, metavar="TRUTH", help="footage of the shot for the report to compare with")
    judged.add_argument("--no-report", dest="report", action="store_false", help="write no report")
    tests = parser.add_argument_group("for tests and pipelines")
    tests.add_argument("--steps", type=positive_whole, metavar="N", help="training steps, instead of the preset's")
    tests.add_argument(
        "--checkpoint-seconds", type=positive, default=30.0, metavar="N", help="time between checkpoints (default 30)"
    )
    tests.add_argument(
        "--no-picture", dest="picture", action="store_false", help="make no picture of the field while it bakes"
    )
    tests.add_argument("--blend", default="", metavar="SHOT.blend", help="the .blend it is for; lists of bakes name it")
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Bake, keeping the state folder up to date."""
    output: Path = arguments.output
    demand_field_output(output)
    settings = {name: getattr(arguments, name) for name in SETTINGS}
    settings["test"] = None if arguments.test is None else str(arguments.test.resolve())
    if arguments.ocio and "://" not in arguments.ocio:
        settings["ocio"] = str(Path(arguments.ocio).resolve())
    stop = stop_on_signals()
    with BakeState(arguments.footage, output, settings, arguments.blend, arguments.resume) as state:
        try:
            with Place(output.resolve(), arguments.queue) as place:
                done = _bake(arguments, console, state, place, stop)
        except Cancelled:
            return _stopped(state, console)
        state.finish(BakeStatus.DONE, done)
        console.message(done)
    return ExitCode.DONE


def _stopped(state: BakeState, console: Console) -> ExitCode:
    if state.pause_asked():
        paused = Paused("Paused; --resume goes on from where it was.")
        state.finish(BakeStatus.PAUSED, paused)
        console.message(paused)
    else:
        stopped = Stopped("Cancelled; the last good state is kept, --resume goes on from it.")
        state.finish(BakeStatus.STOPPED, stopped)
        console.message(stopped)
    return ExitCode.CANCELLED


def _bake(
    arguments: argparse.Namespace, console: Console, state: BakeState, place: Place, stop: threading.Event
) -> Done:
    def report(progress: Progress) -> None:
        state.report(progress)
        console.message(progress)

    def should_stop() -> bool:
        return stop.is_set() or state.stop_asked()

    report(Progress("reading", 0.0))
    from ..footage import examine
    from ..footage.problems import FootageError

    found = examine(arguments.footage, recorded=colour_of(arguments))
    for note in found.notes:
        logging.getLogger(__name__).info("note: %s", note)
    if found.shot is None:
        raise FootageError(str(found.source), list(found.problems))
    test = _test_footage(arguments, found.shot)
    if should_stop():
        raise Cancelled
    from ..device.choice import choose_device
    from ..training.bake import BakeSettings, bake_shot

    place.settle(choose_device(arguments.device).type)
    _wait_for_turn(place, console, state, should_stop)
    settings = BakeSettings(
        preset=Preset(arguments.preset),
        minutes=arguments.minutes,
        device=arguments.device,
        seed=arguments.seed,
        resume=arguments.resume,
        checkpoint_seconds=arguments.checkpoint_seconds,
        steps=arguments.steps,
        pixel_memory=arguments.pixel_memory,
        curriculum=arguments.curriculum,
        adaptive=arguments.adaptive,
        hold_out=arguments.hold_out,
        sensor=arguments.sensor,
        histogram=arguments.histogram,
        robust=arguments.robust,
        fast_motion=arguments.fast_motion,
        precision=Precision(arguments.precision),
        picture=arguments.picture,
    )
    header = bake_shot(found.shot, arguments.output, settings, report, should_stop)
    _report(arguments, found.shot, test, should_stop, report)
    metrics = {
        key: float(header.training[key])
        for key in ("psnr", "steps", "seconds")
        if isinstance(header.training.get(key), (int, float))
    }
    return Done(str(arguments.output), metrics=metrics)


def _wait_for_turn(place: Place, console: Console, state: BakeState, should_stop: Callable[[], bool]) -> None:
    """Footage has been checked by now: what is wrong with it is told at once, not when the turn has come."""
    told: Queued | None = None
    while (queued := place.begin()) is not None:
        state.report(queued)
        if queued != told:
            console.message(queued)
        told = queued
        if should_stop():
            raise Cancelled
        time.sleep(_TURN_SECONDS)


def _test_footage(arguments: argparse.Namespace, shot: Shot) -> Shot | None:
    """Footage to compare with; read before the bake, so that what is wrong with it is known before the bake's time."""
    if arguments.test is None:
        return None
    from ..footage import Purpose, read_shot

    extent = (shot.first_frame, shot.last_frame)
    return read_shot(arguments.test, Purpose.TRUTH, extent, colour_of(arguments))


def _report(
    arguments: argparse.Namespace,
    shot: Shot,
    test: Shot | None,
    should_stop: Callable[[], bool],
    tell: Callable[[Progress], None],
) -> None:
    """Write the report; whatever goes wrong with it, the field is baked and stays."""
    log = logging.getLogger(__name__)
    try:
        remove_report(arguments.output)
        if not arguments.report:
            return
        from ..report.material import Order
        from ..report.report import make_report

        order = Order(arguments.output, arguments.footage, shot, test, arguments.device)
        make_report(order, should_stop, lambda done: tell(Progress("reporting", done)))
    except Cancelled:
        log.info("The field is baked; its report was left out, because the bake was asked to stop.")
    except UserError as error:
        log.info("The field is baked, but there is no report of it: %s", error)
    except ModuleNotFoundError as error:
        log.info("The field is baked, but there is no report of it: this Python has no package %s.", error.name)
    except Exception as error:
        log.info("The field is baked, but its report could not be made: %r. The command report tells more.", error)
