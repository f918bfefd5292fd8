"""`plates`: makes the plates of a farm's folder that are missing or not what they should be."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ..contract.errors import ExitCode, UserError
from ..contract.farm_folder import FarmPlate, read_manifest
from ..contract.messages import Done, PlateRequest
from ..contract.plate_receipt import fault_of, request_of
from .arguments import add_device
from .console import Console
from .farm_plates import FieldFiles, add_farm_options

_DESCRIPTION = """\
Goes through the plates of a folder that Blender's prepare-farm has made, and makes those again that are missing, cut
short, damaged, stale or foreign. Sound ones are left alone, so that it costs little where all is well.
"""
_EPILOG = """\
examples:
  python -m bake plates shot_farm
  python -m bake plates shot_farm --frames 1-10 --field /mnt/fields/shot.stp
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "plates", help="mend the plates of a farm's folder", description=_DESCRIPTION, epilog=_EPILOG
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="what prepare-farm has made")
    add_farm_options(parser)
    add_device(parser)
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Look at each plate and make what is not sound."""
    folder = arguments.folder
    manifest = read_manifest(folder)
    files = FieldFiles(arguments.field)
    files.add(folder, manifest)
    plates = [plate for plate in manifest.of_frames(arguments.frames) if plate.plate]
    faulty = [
        (plate, fault) for plate in plates if (fault := fault_of(folder / plate.file, plate.plate, plate.field_hash))
    ]
    if faulty:
        _make(folder, faulty, files, arguments.device, console)
    console.message(Done(str(folder), metrics={"plates": float(len(plates)), "made": float(len(faulty))}))
    return ExitCode.DONE


def _make(folder: Path, faulty: list[tuple[FarmPlate, str]], files: FieldFiles, device: str, console: Console) -> None:
    from ..serving.answering import make
    from ..serving.loaded import Loaded

    loaded = Loaded(device)
    for plate, fault in faulty:
        console.say(f"{plate.file} {fault}; it is made again")
        make(_request(folder, plate, files), loaded, console.message)


def _request(folder: Path, plate: FarmPlate, files: FieldFiles) -> PlateRequest:
    request = request_of({"request": plate.request})
    if request is None:
        raise UserError(f"The manifest does not say what {plate.file} shows.", "Prepare the shot for the farm again.")
    if request.native is not None:
        raise UserError(
            f"{plate.file} is merged exactly, and only the scene knows the native surfaces that it is split at.",
            "Prepare the shot for the farm again.",
        )
    field = files.find(request.content_hash, plate.field)
    return replace(request, field_file=str(field), path=str(folder / plate.file))
