"""`blender -b shot.blend --command spacetimepilot bake|plates|prepare-farm|verify|render|...`: for shells and farms."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from ..bake.contract.coverage import Verdict
from ..bake.contract.errors import ExitCode, UserError
from ..bake.contract.field_file import read_header
from .cameras.move_check import check_move
from .farm.farm_job import default_folder
from .field.field_object import field_file, fields_of
from .paths import absolute
from .plates.compositing import linked_fields
from .plates.plate_range import frames_of
from .preferences import device
from .worker.worker_process import start_worker

NAME = "spacetimepilot"
_EPILOG = """\
examples:
  blender -b --online-mode --command spacetimepilot setup
  blender -b --command spacetimepilot setup --wheels /mnt/wheels
  blender -b shot.blend --command spacetimepilot doctor
  blender -b shot.blend --command spacetimepilot bake --preset final
  blender -b shot.blend --command spacetimepilot check-move
  blender -b shot.blend --command spacetimepilot plates --frames 1 120
  blender -b shot.blend --command spacetimepilot make-volumes --frames 1 120 --voxels 256
  blender -b shot.blend --command spacetimepilot prepare-farm --frames 1 120 --output //shot_farm
  blender -b shot.blend --command spacetimepilot verify
  blender -b shot.blend --command spacetimepilot render --frames 1 120 --output //out/####

exit codes: 0 done, 1 something to mend (a sentence says what), 2 wrong command line
"""
_registered: Any = None


def run(words: list[str]) -> int:
    """Run one command and return the process's exit code."""
    try:
        arguments = _parser().parse_args(words)
    except SystemExit as leave:
        return int(leave.code or 0)
    act: Callable[[argparse.Namespace], None] = arguments.act
    try:
        act(arguments)
    except UserError as error:
        _complain(str(error))
        return ExitCode.FAILED
    except RuntimeError as error:  # What an operator reported.
        _complain(str(error).removeprefix("Error: ").strip())
        return ExitCode.FAILED
    return ExitCode.DONE


def _complain(sentences: str) -> None:
    for line in sentences.splitlines():
        print(f"SpaceTimePilot: {line}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"blender -b SHOT.blend --command {NAME}",
        description="Bakes and renders the scene of a .blend as its sidebar would.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    bake = commands.add_parser("bake", help="bake the scene's shot")
    bake.add_argument("--footage", metavar="PATH", help="transforms.json or its folder, instead of the scene's")
    bake.add_argument("--output", metavar="SHOT.stp", help="field file to make, instead of the scene's")
    bake.add_argument("--preset", choices=["preview", "standard", "final"])
    bake.add_argument("--minutes", type=float, metavar="N", help="training time")
    bake.add_argument("--seed", type=int, metavar="N")
    bake.add_argument("--hold-out", type=int, metavar="N", help="keep every Nth frame to judge the bake by; 0 for none")
    bake.add_argument("--resume", action="store_true", help="go on from the last checkpoint, if there is one")
    bake.add_argument("--queue", action="store_true", help="let this user's other bakes on this machine end first")
    bake.set_defaults(act=_bake)
    move = commands.add_parser("check-move", help="say where the camera's move breaks; exit code 1 if it does")
    move.add_argument("--frames", type=int, nargs=2, metavar=("FIRST", "LAST"))
    move.set_defaults(act=_check_move)
    plates = commands.add_parser("plates", help="make plates ahead of rendering")
    plates.add_argument("--frames", type=int, nargs=2, metavar=("FIRST", "LAST"))
    plates.set_defaults(act=_plates)
    volumes = commands.add_parser("make-volumes", help="write fields as OpenVDB sequences that Cycles traces")
    volumes.add_argument("--frames", type=int, nargs=2, metavar=("FIRST", "LAST"))
    volumes.add_argument("--field", metavar="NAME", help="the field object; default: every field of the scene")
    volumes.add_argument("--voxels", type=int, metavar="N", help="along the longest edge, instead of the field's")
    volumes.add_argument("--save", action="store_true", help="save the .blend with the Volume objects in it")
    volumes.set_defaults(act=_make_volumes)
    farm = commands.add_parser("prepare-farm", help="a folder that renders where there is no extension")
    farm.add_argument("--frames", type=int, nargs=2, metavar=("FIRST", "LAST"))
    farm.add_argument("--output", metavar="FOLDER", default="", help="default: //SHOT_farm, beside the .blend")
    farm.add_argument("--chunk", type=int, default=10, metavar="N", help="frames of a farm's task; default: 10")
    farm.set_defaults(act=_prepare_farm)
    verify = commands.add_parser(
        "verify", help="do plates and other files show what they say? exit code 1 if one does not"
    )
    verify.add_argument("paths", nargs="*", metavar="FOLDER|FILE", help="default: what prepare-farm has made")
    verify.set_defaults(act=_verify)
    render = commands.add_parser("render", help="render frames with the fields in them")
    render.add_argument("--frames", type=int, nargs="+", metavar="FRAME", help="one frame, or the first and the last")
    render.add_argument("--output", metavar="PATH", help="where pictures go, as in the output properties")
    render.set_defaults(act=_render)
    doctor = commands.add_parser("doctor", help="what is missing, and how to mend it")
    doctor.set_defaults(act=_doctor)
    setup = commands.add_parser("setup", help="make an environment for the worker, as Set Up Worker does")
    setup.add_argument("--wheels", metavar="FOLDER", default="", help="take packages from there, and download nothing")
    setup.add_argument("--python", metavar="PROGRAM", default="", help="make it with this Python instead of Blender's")
    setup.set_defaults(act=_set_up)
    return parser


def _bake(arguments: argparse.Namespace) -> None:
    settings = bpy.context.scene.spacetimepilot
    if arguments.footage is not None:
        settings.source, settings.footage_path = "FILE", arguments.footage
    if arguments.output is not None:
        settings.output_path = arguments.output
    for name in ("preset", "minutes", "seed", "hold_out"):
        if getattr(arguments, name) is not None:
            setattr(settings, name, getattr(arguments, name))
    bpy.ops.spacetimepilot.bake(resume=arguments.resume, queue=arguments.queue)


def _check_move(arguments: argparse.Namespace) -> None:
    scene, layer = bpy.context.scene, bpy.context.view_layer
    stretches = check_move(scene, layer, frames_of(scene, *(arguments.frames or (-1, -1))))
    for stretch in stretches:
        print(f"SpaceTimePilot: {stretch}", flush=True)
    if any(stretch.verdict is Verdict.BREAKS for stretch in stretches):
        raise UserError("The camera's move breaks.", "Move the camera nearer to the footage's, or change the time.")


def _demand_compositing() -> None:
    if not linked_fields(bpy.context.scene):
        raise UserError("No field is in the compositing of this scene.", "Set up compositing first.")


def _plates(arguments: argparse.Namespace) -> None:
    _demand_compositing()
    first, last = arguments.frames or (-1, -1)
    bpy.ops.spacetimepilot.make_plates(start=first, end=last)


def _make_volumes(arguments: argparse.Namespace) -> None:
    fields = [thing for thing in fields_of(bpy.context.scene) if arguments.field in (None, thing.name)]
    if not fields:
        wanted = f"called {arguments.field} " if arguments.field else ""
        raise UserError(f"No field {wanted}is in this scene.", "Add one first.")
    first, last = arguments.frames or (-1, -1)
    for thing in fields:
        if arguments.voxels is not None:
            thing.spacetimepilot.volume_voxels = arguments.voxels
        with bpy.context.temp_override(object=thing):
            bpy.ops.spacetimepilot.make_volumes(start=first, end=last)
    if arguments.save:
        bpy.ops.wm.save_mainfile()


def _prepare_farm(arguments: argparse.Namespace) -> None:
    _demand_compositing()
    first, last = arguments.frames or (-1, -1)
    bpy.ops.spacetimepilot.prepare_farm(start=first, end=last, folder=arguments.output, chunk=arguments.chunk)


def _verify(arguments: argparse.Namespace) -> None:
    paths = [str(absolute(path, "The folder of plates")) for path in arguments.paths or [default_folder()]]
    fields = [word for path in _field_files() for word in ("--field", str(path))]
    worker = start_worker(["verify", *paths, *fields, "--device", device()], output=1, errors=2)
    if worker.wait():
        raise UserError("Not all files are as they should be.", "The lines above say what to do.")


def _field_files() -> list[Path]:
    """The scene's fields whose files can be used."""
    found = []
    for thing in fields_of(bpy.context.scene):
        try:
            read_header(field_file(thing))
        except UserError:
            continue
        found.append(field_file(thing))
    return found


def _render(arguments: argparse.Namespace) -> None:
    scene = bpy.context.scene
    if arguments.output is not None:
        scene.render.filepath = arguments.output
    frames = arguments.frames or [scene.frame_start, scene.frame_end]
    if len(frames) > 2:
        raise UserError("--frames takes one frame, or the first and the last.")
    scene.frame_start, scene.frame_end = frames[0], frames[-1]
    bpy.ops.render.render(animation=True)


def _doctor(_: argparse.Namespace) -> None:
    bpy.ops.spacetimepilot.doctor()


def _set_up(arguments: argparse.Namespace) -> None:
    bpy.ops.spacetimepilot.set_up_worker(python=arguments.python, wheels=arguments.wheels)


def register() -> None:
    """Make the command known to Blender."""
    global _registered
    _registered = bpy.utils.register_cli_command(NAME, run)


def unregister() -> None:
    """Undo `register`."""
    bpy.utils.unregister_cli_command(_registered)
