"""`verify`: do plates, and all else that was made from a field, show what their receipts say?"""

from __future__ import annotations

import argparse
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..contract.errors import ExitCode, UserError
from ..contract.farm_folder import sha256_of
from ..contract.field_file import FootageCameras, read_cameras, read_header
from ..contract.made_file import Made, MadeReceipt, made_fault, receipt_in
from ..contract.messages import EnvironmentRequest, MeshRequest, PlateRequest, StandInRequest, VolumeRequest
from .arguments import add_device, positive_whole
from .console import Console
from .farm_plates import FieldFiles, add_farm_options
from .verify_items import Item, items_in

_DESCRIPTION = """\
Makes a sample of each file again, from the receipt in it, and compares: 99 of 100 pixels of plates, deep pictures and
surroundings must keep within 1/255 in colour and alpha (scene-linear, relative above 1) and within half a percent in
depth, and of layers that a plate carries, 95 of 100 must be as they should. Of volumes some blocks of voxels are
evaluated again, of meshes some points sought: 95 of 100 must be as they should. Files that are missing, cut short,
damaged, stale or foreign are named. Of plates that are merged exactly, pixels that no native surface touches are
compared. A folder is one that prepare-farm has made, or any other with such files in it, for which --field says what
they show.
"""
_EPILOG = """\
examples:
  python -m bake verify shot_farm
  python -m bake verify shot_farm --frames 1-10
  python -m bake verify spacetimepilot_plates --field shot.stp --pixels 10000
  python -m bake verify spacetimepilot_volumes spacetimepilot_surfaces/Shot_* --field shot.stp

exit code: 0 if all files are good, 1 if one is not
"""
_MEND = {
    Made.PLATE: "Plates: python -m bake plates FOLDER makes them again, and so does preparing the shot again.",
    Made.DEEP: "Deep pictures: make their plates again, by preparing the shot again.",
    Made.VOLUME: "Volumes: press Make Volumes again, or prepare the shot again.",
    Made.MESH: "Meshes: press Make Catcher again, then prepare the shot again.",
    Made.STAND_IN: "Stand-ins: press Make Stand-In again, then prepare the shot again.",
    Made.SURROUNDINGS: "Surroundings: press Light Scene from Field again, then prepare the shot again.",
}
_PIXELS_A_BLOCK, _PIXELS_A_POINT = 64, 16
"""So many pixels of a picture count as a block of a volume's voxels, or as a point of a mesh."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "verify", help="do plates and other files show what they say?", description=_DESCRIPTION, epilog=_EPILOG
    )
    parser.add_argument("paths", type=Path, nargs="+", metavar="FOLDER|FILE", help="folders, or plates and other files")
    add_farm_options(parser)
    parser.add_argument(
        "--pixels",
        type=positive_whole,
        default=2048,
        metavar="N",
        help="pixels of each picture, and as much of others; default: 2048",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="chooses the sample; default: 0")
    add_device(parser)
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Look at each file, say how it is, count, and say what to do about those that are wrong."""
    files = FieldFiles(arguments.field)
    items = [item for path in arguments.paths for item in items_in(path, arguments.frames, files)]
    if not items:
        raise UserError(f"There is nothing to verify in {', '.join(map(str, arguments.paths))}.", "Make plates first.")
    verifier = _Verifier(files, arguments.device, arguments.pixels, arguments.seed)
    wrong: list[Item] = []
    for item in items:
        fault, figures = verifier.look(item)
        wrong += [item] if fault else []
        document = {"plate": str(item.path), "good": not fault, "fault": fault, **figures}
        if fault:
            document["mend"] = _MEND[_kind_of(item)]
        told = fault or f"as its receipt says{_told(figures)}"
        if item.sha256 and not fault:
            told = "as it was prepared"
        console.result(document, f"{'WRONG' if fault else 'ok   '}  {item.path}  {told}")
    console.say(f"{len(items) - len(wrong)} of {len(items)} files are good.")
    for hint in dict.fromkeys(_MEND[_kind_of(item)] for item in wrong):
        console.say(hint)
    return ExitCode.FAILED if wrong else ExitCode.DONE


def _kind_of(item: Item) -> Made:
    """What a file should be, as far as can be told of one that is wrong."""
    by_suffix = {".vdb": Made.VOLUME, ".ply": Made.MESH}
    try:
        receipt = receipt_in(item.path)
    except UserError:
        receipt = None
    return receipt.kind if receipt is not None else by_suffix.get(item.path.suffix, Made.PLATE)


class _Verifier:
    """Compares files, and keeps the fields that they need."""

    def __init__(self, files: FieldFiles, device: str, pixels: int, seed: int) -> None:
        self._files, self._device, self._pixels, self._seed = files, device, pixels, seed
        self._fields: dict[str, Any] = {}

    def look(self, item: Item) -> tuple[str, dict[str, Any]]:
        """What is wrong with a file, "" if nothing; and the figures of the comparison, if it came to one."""
        if item.sha256:
            same = item.path.is_file() and sha256_of(item.path) == item.sha256
            return ("" if same else "is not the file that was prepared"), {}
        fault = made_fault(item.path, item.name, item.content_hash)
        if fault:
            return fault, {}
        try:
            receipt = receipt_in(item.path)
            assert receipt is not None
            return self._compare(item, receipt)
        except UserError as error:
            return str(error), {}

    def _compare(self, item: Item, receipt: MadeReceipt) -> tuple[str, dict[str, Any]]:
        request, path = receipt.request, item.path
        field = self._field(request.content_hash, item.field)
        file = self._files.find(request.content_hash, item.field)
        seed = zlib.crc32(f"{self._seed} {path.name}".encode())
        if receipt.kind is Made.PLATE:
            assert isinstance(request, PlateRequest)
            return self._compare_plate(path, request, file, field, seed)
        from ..render import verifying_more

        found: Any
        if receipt.kind is Made.DEEP:
            assert isinstance(request, PlateRequest)
            found = verifying_more.compare_deep(path, request, field, self._pixels, seed)
        elif isinstance(request, EnvironmentRequest):
            found = verifying_more.compare_surroundings(path, request, field, self._pixels, seed)
        elif isinstance(request, VolumeRequest):
            blocks = max(self._pixels // _PIXELS_A_BLOCK, 2)
            found = verifying_more.compare_volume(path, request, field, _cameras(file), blocks, seed)
        else:
            assert isinstance(request, MeshRequest)
            points = max(self._pixels // _PIXELS_A_POINT, 1)
            if isinstance(request, StandInRequest):
                found = verifying_more.compare_stand_in(path, request, field, _cameras(file), points, seed)
            else:
                found = verifying_more.compare_mesh(path, request, field, _cameras(file), points, seed)
        figures = {"kind": receipt.kind.value, **asdict(found)}
        return ("" if found.good else f"shows something else{_told(figures)}"), figures

    def _compare_plate(
        self, path: Path, request: PlateRequest, file: Path, field: Any, seed: int
    ) -> tuple[str, dict[str, Any]]:
        from ..render.layers import footage_of
        from ..render.plate_file import read_plate
        from ..render.verifying import LAYER_SHARE, compare_layers, compare_sample

        plate = read_plate(path)
        found = compare_sample(plate, request, field, self._pixels, seed)
        figures = {"kind": Made.PLATE.value, **asdict(found)}
        if not found.good:
            return f"shows something else{_told(figures)}", figures
        if request.layers is not None:
            header, footage = read_header(file), footage_of(file, request.layers)
            same = compare_layers(plate, request, request.layers, field, header, footage, self._pixels, seed)
            figures["layers"] = same
            if same < LAYER_SHARE:
                return f"carries other layers: {same:.1%} of its pixels agree", figures
        return "", figures

    def _field(self, content_hash: str, name: str) -> Any:
        from ..field.storage import open_field

        if content_hash not in self._fields:
            self._fields[content_hash] = open_field(self._files.find(content_hash, name), self._device)
        return self._fields[content_hash]


def _cameras(file: Path) -> FootageCameras | None:
    """Of a field's footage; None if nobody filmed it."""
    try:
        return read_cameras(file)
    except UserError:
        return None


def _told(figures: dict[str, Any]) -> str:
    if not figures:
        return ""
    if "things" in figures:
        return f": {figures['within']:.1%} of {figures['number']} {figures['things']} agree"
    if not figures["pixels"]:
        return ", but native surfaces touch every pixel that was looked at, so none was compared"
    return (
        f": {figures['within']:.1%} of {figures['pixels']} pixels agree,"
        f" colour within {figures['colour']:.2g}, depth within {figures['depth']:.2%}"
    )
