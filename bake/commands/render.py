"""`render`: a camera file in, one picture per frame out."""

from __future__ import annotations

import argparse
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path

from ..contract.camera import Camera
from ..contract.errors import ExitCode, UserError
from ..contract.field_file import FieldHeader, read_header
from ..contract.instant import Instant
from ..contract.messages import Done, Progress, Quality
from ..contract.plate_layers import Layer, PlateLayers, deep_file
from ..contract.plate_receipt import plate_metadata
from .arguments import add_device, exposure_of, layers, size
from .console import Console

_DESCRIPTION = """\
Renders one picture per frame entry of a camera file, named after its file_path. The entry's shot_frame says when, or
else its time, 0 to 1 over the field's shot. The pictures that the camera file names need not exist.
PNG: sRGB, straight alpha. EXR: scene-linear Rec.709, premultiplied, layer Field, with planar depth (Depth.Z) and
the layers that --layers names. Vectors go from each picture to those before and after it in the camera file, and are 0
at its ends.
"""
_EXAMPLES = """\
examples:
  python -m bake render shot.stp --cameras transforms_test.json -o out
  python -m bake render shot.stp --cameras path.json -o out --size 1920x1080 --format exr --quality final
  python -m bake render shot.stp --cameras path.json -o out --format exr --layers vector,position,mattes
"""


@dataclass(frozen=True)
class View:
    """One picture to make."""

    name: str
    camera: Camera
    shot_frame: float

    @property
    def moment(self) -> Instant:
        """The same, of a field that stands where it was filmed."""
        return Instant(self.camera, (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0), self.shot_frame)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "render", help="turn a field file into pictures", description=_DESCRIPTION, epilog=_EXAMPLES
    )
    parser.add_argument("field", type=Path, metavar="SHOT.stp", help="the field file")
    parser.add_argument("--cameras", type=Path, required=True, metavar="transforms.json", help="the camera file")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder of the pictures")
    parser.add_argument(
        "--size", type=size, metavar="WxH", help="size of the pictures; default: as the camera file says"
    )
    parser.add_argument("--format", choices=("png", "exr"), default="png")
    parser.add_argument("--quality", choices=[q.value for q in Quality], default=Quality.STANDARD.value)
    parser.add_argument(
        "--layers",
        type=layers,
        default=(),
        metavar="LAYERS",
        help=f"what EXR pictures carry beside colour and depth, with commas between: {', '.join(Layer)}; or all",
    )
    parser.add_argument(
        "--deep", action="store_true", help="beside each EXR picture NAME.exr a deep one, NAME.deep.exr"
    )
    parser.add_argument(
        "--exposure-of",
        type=exposure_of,
        metavar="FRAME",
        help="shot frame of the footage whose exposure the pictures get, or neutral (the default)",
    )
    add_device(parser)
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Render all views, in the camera file's order."""
    if (arguments.layers or arguments.deep) and arguments.format != "exr":
        raise UserError("Only OpenEXR pictures carry layers or are deep.", "Add --format exr.")
    header = read_header(arguments.field)
    views = read_views(arguments.cameras, header, arguments.size)

    from ..field.storage import open_field
    from ..render.deep import render_deep, write_deep
    from ..render.frame import render_frame
    from ..render.images import straight_srgb, write_png
    from ..render.layers import footage_of, make_layers
    from ..render.plate_file import write_plate

    field = open_field(arguments.field, arguments.device)
    wanted = PlateLayers(arguments.layers, header.shot or arguments.field.stem) if arguments.layers else None
    footage = None if wanted is None else footage_of(arguments.field, wanted)
    seconds = 0.0
    for number, view in enumerate(views):
        left = seconds / number * (len(views) - number) if number else 0.0
        console.message(Progress("rendering", number / len(views), step=number, steps=len(views), seconds_left=left))
        start = time.perf_counter()
        frame = render_frame(
            field,
            view.camera,
            view.shot_frame,
            quality=Quality(arguments.quality),
            exposure_of=arguments.exposure_of,
        )
        seconds += time.perf_counter() - start
        path = arguments.output / f"{view.name}.{arguments.format}"
        if arguments.format == "png":
            write_png(path, straight_srgb(frame.rgba))
        else:
            layers = None
            if wanted is not None:
                own = _between(wanted, views, number)
                layers = make_layers(field, header, view.moment, own, frame.rgba, frame.depth, footage)
            metadata = plate_metadata(header, view.camera, view.shot_frame)
            if arguments.deep:
                deep = render_deep(field, view.moment, frame.rgba, quality=Quality(arguments.quality))
                write_deep(deep_file(path), deep, metadata)
            write_plate(path, frame.rgba, frame.depth, metadata, layers=layers)
    metrics = {"pictures": float(len(views)), "ms_per_frame": 1000 * seconds / len(views)}
    console.message(Done(str(arguments.output), metrics=metrics))
    return ExitCode.DONE


def _between(wanted: PlateLayers, views: list[View], number: int) -> PlateLayers:
    before = views[number - 1].moment if number > 0 else None
    after = views[number + 1].moment if number + 1 < len(views) else None
    return replace(wanted, before=before, after=after)


def read_views(path: Path, header: FieldHeader, wanted: tuple[int, int] | None) -> list[View]:
    """The views of a camera file.

    Parameters
    ----------
    wanted : (width, height) or None
        Size of the pictures; None for the size that the camera file states or its pictures have.

    Raises
    ------
    FootageError, UserError
        With everything that is wrong with the camera file.
    """
    from ..footage.capture import BadEntry, Entry
    from ..footage.pictures import inspect_picture
    from ..footage.problems import Findings, FootageError
    from ..footage.timing import shot_timing
    from ..footage.transforms import read_transforms
    from ..footage.validation import check_intrinsics, check_matrix, rigid

    def picture_size(entry: Entry) -> tuple[int, int]:
        if wanted is not None:
            return wanted
        if entry.intrinsics.width and entry.intrinsics.height:
            return entry.intrinsics.width, entry.intrinsics.height
        try:
            assert entry.path is not None
            info = inspect_picture(entry.path)
        except (UserError, AssertionError) as error:
            raise BadEntry("the camera file states no size (w, h) for it; give --size") from error
        return info.width, info.height

    findings = Findings()
    transforms = read_transforms(path, findings)
    if not transforms.entries and not findings.problems:
        findings.problem("it has no frames", file=path)
    timing = shot_timing(transforms, findings, (header.first_frame, header.last_frame))
    views = []
    for number, (entry, shot_frame) in enumerate(zip(transforms.entries, timing.shot_frames, strict=True)):
        try:
            if not check_matrix(entry.matrix, path, entry.name, findings):
                continue
            camera = entry.intrinsics.camera(rigid(entry.matrix), *picture_size(entry))
        except BadEntry as error:
            findings.problem(str(error), file=path, frame=entry.name)
            continue
        check_intrinsics(camera, path, entry.name, findings)
        views.append(View(_output_name(entry.name, number), camera, shot_frame))
    if findings.problems:
        raise FootageError(str(path), findings.problems)
    return _apart(views)


def _output_name(name: str, number: int) -> str:
    """A file name without folders or extension; "number 7" stands for an entry without a path."""
    if name == f"number {number}":
        return f"{number:04d}"
    last = name.rsplit("/", 1)[-1]
    return re.sub(r"\.(png|jpe?g|tiff?|webp|exr|bmp)$", "", last, flags=re.IGNORECASE) or f"{number:04d}"


def _apart(views: list[View]) -> list[View]:
    """Views whose names would meet (the same picture name in several folders) get their number in front."""
    if len({view.name for view in views}) == len(views):
        return views
    return [View(f"{number:04d}_{view.name}", view.camera, view.shot_frame) for number, view in enumerate(views)]
