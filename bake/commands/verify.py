"""`verify`: do plates show what their receipts say?"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..contract.errors import ExitCode, UserError
from ..contract.farm_folder import sha256_of
from ..contract.field_file import read_header
from ..contract.messages import PlateRequest
from ..contract.plate_layers import DEEP_SUFFIX
from ..contract.plate_receipt import fault_of, read_receipt, request_of
from .arguments import add_device, positive_whole
from .console import Console
from .farm_plates import FieldFiles, add_farm_options, manifest_of

_DESCRIPTION = """\
Renders a sample of each plate's pixels again, from the receipt in the plate, and compares: 99 of 100 pixels must keep
within 1/255 in colour and alpha (scene-linear, relative above 1) and within half a percent in depth, and of layers that
a plate carries, 95 of 100 must be as they should. Plates that are
missing, cut short, damaged, stale or foreign are named. Of plates that are merged exactly, pixels that no native
surface touches are compared. A folder is one that prepare-farm has made, or any other with
plates in it, for which --field says what they show.
"""
_EPILOG = """\
examples:
  python -m bake verify shot_farm
  python -m bake verify shot_farm --frames 1-10
  python -m bake verify spacetimepilot_plates --field shot.stp --pixels 10000

exit code: 0 if all plates are good, 1 if one is not
"""


@dataclass(frozen=True)
class _Item:
    """A plate to look at; `name` and `content_hash` as `fault_of` takes them, `sha256` of one that shows nothing."""

    path: Path
    name: str = ""
    content_hash: str = ""
    field: str = ""
    sha256: str = ""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "verify", help="do plates show what they say?", description=_DESCRIPTION, epilog=_EPILOG
    )
    parser.add_argument("paths", type=Path, nargs="+", metavar="FOLDER|PLATE", help="folders of plates, or plates")
    add_farm_options(parser)
    parser.add_argument(
        "--pixels", type=positive_whole, default=2048, metavar="N", help="pixels of each plate; default: 2048"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="chooses the pixels; default: 0")
    add_device(parser)
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Look at each plate, say how it is, and count."""
    files = FieldFiles(arguments.field)
    items = [item for path in arguments.paths for item in _items(path, arguments.frames, files)]
    if not items:
        raise UserError(f"There are no plates in {', '.join(map(str, arguments.paths))}.", "Make some first.")
    verifier = _Verifier(files, arguments.device, arguments.pixels, arguments.seed)
    wrong = 0
    for item in items:
        fault, figures = verifier.look(item)
        wrong += bool(fault)
        told = fault or f"as its receipt says{_told(figures)}"
        document = {"plate": str(item.path), "good": not fault, "fault": fault, **figures}
        console.result(document, f"{'WRONG' if fault else 'ok   '}  {item.path}  {told}")
    console.say(f"{len(items) - wrong} of {len(items)} plates are good.")
    return ExitCode.FAILED if wrong else ExitCode.DONE


def _items(path: Path, frames: list[int] | None, files: FieldFiles) -> Iterator[_Item]:
    if not path.is_dir():
        yield _Item(path)
        return
    manifest = manifest_of(path)
    if manifest is None:
        yield from (_Item(plate) for plate in _plates_in(path))
        return
    files.add(path, manifest)
    for plate in manifest.of_frames(frames):
        sha256 = "" if plate.plate else plate.sha256
        yield _Item(path / plate.file, plate.plate, plate.field_hash, plate.field, sha256)


def _plates_in(folder: Path) -> list[Path]:
    """A deep picture is no plate."""
    return [file for file in sorted(folder.glob("[!.]*.exr")) if not file.name.endswith(DEEP_SUFFIX)]


class _Verifier:
    """Compares plates, and keeps the fields that they need."""

    def __init__(self, files: FieldFiles, device: str, pixels: int, seed: int) -> None:
        self._files, self._device, self._pixels, self._seed = files, device, pixels, seed
        self._fields: dict[str, Any] = {}

    def look(self, item: _Item) -> tuple[str, dict[str, Any]]:
        """What is wrong with a plate, "" if nothing; and the figures of the comparison, if it came to one."""
        if item.sha256:
            same = item.path.is_file() and sha256_of(item.path) == item.sha256
            return ("" if same else "is not the empty plate that it should be"), {}
        fault = fault_of(item.path, item.name, item.content_hash)
        if fault:
            return fault, {}
        request = request_of(read_receipt(item.path))
        assert request is not None
        try:
            return self._compare(item, request)
        except UserError as error:
            return str(error), {}

    def _compare(self, item: _Item, request: PlateRequest) -> tuple[str, dict[str, Any]]:
        from ..render.layers import footage_of
        from ..render.plate_file import read_plate
        from ..render.verifying import LAYER_SHARE, compare_layers, compare_sample

        plate, field = read_plate(item.path), self._field(request.content_hash, item.field)
        seed = zlib.crc32(f"{self._seed} {item.path.name}".encode())
        found = compare_sample(plate, request, field, self._pixels, seed)
        figures = {key: value for key, value in asdict(found).items()}
        if not found.good:
            return f"shows something else{_told(figures)}", figures
        if request.layers is not None:
            file = self._files.find(request.content_hash, item.field)
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


def _told(figures: dict[str, Any]) -> str:
    if not figures:
        return ""
    if not figures["pixels"]:
        return ", but native surfaces touch every pixel that was looked at, so none was compared"
    return (
        f": {figures['within']:.1%} of {figures['pixels']} pixels agree,"
        f" colour within {figures['colour']:.2g}, depth within {figures['depth']:.2%}"
    )
