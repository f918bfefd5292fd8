"""`evaluate`: how near a field comes to pictures that it has not seen."""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

from ..contract.errors import ExitCode
from ..contract.field_file import read_header
from ..contract.messages import Progress, Quality
from .arguments import add_colour, add_device, colour_of
from .console import Console

_DESCRIPTION = """\
Renders every frame of a truth file and compares it with the picture there: PSNR (dB), SSIM (Gaussian window) and mean
LDR-FLIP, in sRGB. Where the truth has alpha, both are laid over white (or --background black) first, blended as
encoded values, as D-NeRF does. Pixels that a mask of the truth hides are left out by making them black in both.
Times are of rendering alone, after one picture that does not count. LPIPS is not computed: its weights do not ship.
"""
_EXAMPLES = """\
examples:
  python -m bake evaluate shot.stp --footage transforms_test.json
  python -m bake evaluate shot.stp --footage transforms_test.json --json | tail -n 1
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = commands.add_parser(
        "evaluate", help="compare a field with true pictures", description=_DESCRIPTION, epilog=_EXAMPLES
    )
    parser.add_argument("field", type=Path, metavar="SHOT.stp", help="the field file")
    parser.add_argument("--footage", type=Path, required=True, metavar="transforms_test.json", help="the true pictures")
    parser.add_argument("--background", choices=("white", "black"), default="white", help="behind truth with alpha")
    parser.add_argument("--quality", choices=[q.value for q in Quality], default=Quality.STANDARD.value)
    parser.add_argument(
        "--exposure-of",
        choices=("neutral", "filmed"),
        default="neutral",
        help="compare with the field at its neutral exposure, or as the footage was exposed around each picture",
    )
    add_colour(parser)
    add_device(parser)
    return parser


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Render, compare and print the figures."""
    header = read_header(arguments.field)
    from ..field.storage import open_field
    from ..footage import Purpose, read_shot
    from ..render.comparing import comparable
    from ..render.frame import render_frame
    from ..render.images import straight_srgb
    from ..render.metrics import compare

    extent = (header.first_frame, header.last_frame)
    shot = read_shot(arguments.footage, Purpose.TRUTH, extent, colour_of(arguments))
    field = open_field(arguments.field, arguments.device)
    quality = Quality(arguments.quality)
    background = 1.0 if arguments.background == "white" else 0.0
    warm_up = shot.frames[0]
    render_frame(field, warm_up.camera, warm_up.shot_frame, quality=quality)
    rows: list[dict[str, Any]] = []
    for number, frame in enumerate(shot.frames):
        console.message(Progress("evaluating", number / len(shot.frames), step=number, steps=len(shot.frames)))
        start = time.perf_counter()
        of = frame.shot_frame if arguments.exposure_of == "filmed" else None
        rendered = render_frame(
            field, frame.camera, frame.shot_frame, quality=quality, exposure_of=of, stream=frame.stream
        )
        milliseconds = 1000 * (time.perf_counter() - start)
        picture, truth = comparable(straight_srgb(rendered.rgba), frame, background)
        figures = compare(picture, truth)
        rows.append(
            {
                "name": frame.name,
                "shot_frame": frame.shot_frame,
                "psnr": figures.psnr,
                "ssim": figures.ssim,
                "flip": figures.flip,
                "ms": milliseconds,
            }
        )
    means = {key: statistics.fmean(row[key] for row in rows) for key in ("psnr", "ssim", "flip")}
    document = {
        **means,
        "ms_per_frame": statistics.fmean(row["ms"] for row in rows),
        "background": arguments.background if shot.has_alpha else None,
        "quality": quality.value,
        "frames": rows,
    }
    console.result(document, _table(document, rows))
    return ExitCode.DONE


def _table(document: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    width = max(len(row["name"]) for row in rows)
    lines = [f"{'frame':<{width}}  {'psnr':>6}  {'ssim':>6}  {'flip':>6}  {'ms':>8}"]
    for row in rows:
        figures = f"{row['psnr']:6.2f}  {row['ssim']:6.4f}  {row['flip']:6.4f}  {row['ms']:8.1f}"
        lines.append(f"{row['name']:<{width}}  {figures}")
    mean = f"{document['psnr']:6.2f}  {document['ssim']:6.4f}  {document['flip']:6.4f}  {document['ms_per_frame']:8.1f}"
    lines.append(f"{'mean':<{width}}  {mean}")
    if document["background"]:
        lines.append(f"Both sides were laid over {document['background']}.")
    return "\n".join(lines)
