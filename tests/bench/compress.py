"""What compressing a field gives and costs, piece by piece, and what the same frames weigh in other forms.

Run from the top folder: python -m tests.bench.compress FOOTAGE SHOT.stp [--test TRUTH]. Each row is a field made by
`compress`: megabytes of its file, the processor's time of a picture as a share of the full field's, in turns, and the
mean PSNR of test pictures. Then come all frames of the shot as one camera of the footage sees them: as EXR plates, as
PNG, as H.264 that Blender makes no larger than the smallest field, and as a mesh with colours for each frame.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median

import numpy as np
import torch

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PIL import Image

from bake.compression.compress import CompressSettings, compress
from bake.contract.errors import UserError
from bake.contract.field_file import read_cameras
from bake.device.threads import cores
from bake.field.model import Field
from bake.field.storage import load_field
from bake.footage import Purpose, read_shot
from bake.footage.shot import Frame, Shot
from bake.render.comparing import comparable
from bake.render.frame import render_frame
from bake.render.images import straight_srgb
from bake.render.mesh_file import write_mesh
from bake.render.metrics import over, psnr
from bake.render.plate_file import write_plate
from bake.render.surface import surface_mesh
from tests.bench.encoding import decoded, encoded

_PICTURES, _DETAIL = 4, 128
_ROWS = {
    "pruned alone": CompressSettings(keep_floats=True, full_sampling=True),
    "sampling alone": CompressSettings(prune=0.0, keep_floats=True),
    "pruned, sampling": CompressSettings(keep_floats=True),
    "all, eight bits": CompressSettings(),
    "all, field as teacher": CompressSettings(),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("footage", type=Path, help="what the field was baked from")
    parser.add_argument("field", type=Path, metavar="SHOT.stp", help="the field")
    parser.add_argument("--test", type=Path, metavar="TRUTH", help="pictures that the bake has not seen")
    parser.add_argument("--minutes", type=float, default=1.0, help="time to learn, for each row")
    parser.add_argument("--rows", nargs="*", default=list(_ROWS), choices=list(_ROWS), help="which rows")
    parser.add_argument("--small", type=Path, metavar="SMALL.stp", help="weigh this beside the other forms, no rows")
    parser.add_argument("--size", type=int, metavar="PIXELS", help="longer side of the other forms' pictures")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="weigh every Nth frame, and scale the sum")
    parser.add_argument("--no-plates", action="store_true", help="leave the other forms out")
    arguments = parser.parse_args()
    cores()
    full = load_field(arguments.field, "cpu")
    shot = read_shot(arguments.footage)
    if arguments.small is not None:
        with tempfile.TemporaryDirectory() as folder:
            _other_forms(full, load_field(arguments.small, "cpu"), arguments.small, shot, Path(folder), arguments)
        return
    extent = (full.config.first_frame, full.config.last_frame)
    truth = shot if arguments.test is None else read_shot(arguments.test, Purpose.TRUTH, extent)
    frames = list(truth.frames[:: max(len(truth.frames) // _PICTURES, 1)][:_PICTURES])
    print(f"{'':<24}{'MB':>8}{'time':>8}{'PSNR':>8}")
    print(f"{'full':<24}{arguments.field.stat().st_size / 1e6:8.2f}{1:8.2f}{_psnr(full, frames):8.2f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.stp"
        for name in arguments.rows:
            footage = None if "teacher" in name else shot
            settings = replace(_ROWS[name], minutes=arguments.minutes, device="cpu")
            compress(arguments.field, path, footage, None, settings, lambda _: None, lambda: False)
            small = load_field(path, "cpu")
            size = path.stat().st_size
            told = f"{size / 1e6:8.2f}{_ratio(small, full, frames):8.2f}{_psnr(small, frames):8.2f}"
            print(f"{name:<24}{told}", flush=True)
        if not arguments.no_plates and path.is_file():
            _other_forms(full, small, path, shot, Path(folder), arguments)


def _psnr(field: Field, frames: list[Frame]) -> float:
    found = []
    for frame in frames:
        rendered = render_frame(field, frame.camera, frame.shot_frame)
        found.append(psnr(*comparable(straight_srgb(rendered.rgba), frame, 1.0)))
    return fmean(found)


def _ratio(small: Field, full: Field, frames: list[Frame]) -> float:
    """Time of a picture over that of the full field's, median."""
    torch.set_num_threads(1)
    ratios = []
    for frame in frames * 3:
        taken = []
        for field in (small, full):
            began = time.process_time()
            render_frame(field, frame.camera, frame.shot_frame)
            taken.append(time.process_time() - began)
        ratios.append(taken[0] / taken[1])
    return median(ratios)


def _other_forms(
    full: Field, small: Field, path: Path, shot: Shot, folder: Path, arguments: argparse.Namespace
) -> None:
    camera = shot.frames[len(shot.frames) // 2].camera
    if arguments.size is not None:
        scale = arguments.size / max(camera.width, camera.height)
        camera = camera.resized(round(camera.width * scale), round(camera.height * scale))
    every = np.arange(full.config.first_frame, full.config.last_frame + 1)
    instants = every[:: arguments.every].tolist()
    scale = len(every) / len(instants)
    cameras = read_cameras(path)
    sizes = dict.fromkeys(("EXR, colour and depth", "PNG", f"meshes, {_DETAIL} voxels, vertex colours"), 0)
    exr, png, mesh = sizes
    behind = 0.0 if full.config.opaque else 1.0
    pictures, errors = [], []
    (folder / "png").mkdir()
    for number, instant in enumerate(instants):
        one, two = (render_frame(field, camera, instant) for field in (full, small))
        shown, other = (over(straight_srgb(picture.rgba), behind) for picture in (one, two))
        errors.append(psnr(other, shown))
        write_plate(folder / "plate.exr", one.rgba, one.depth, {})
        sizes[exr] += (folder / "plate.exr").stat().st_size
        rgba = np.round(np.clip(straight_srgb(one.rgba), 0, 1) * 255).astype(np.uint8)
        Image.fromarray(rgba[..., :3] if full.config.opaque else rgba).save(folder / "plate.png", optimize=True)
        sizes[png] += (folder / "plate.png").stat().st_size
        write_mesh(folder / "mesh.ply", surface_mesh(full, instant, _DETAIL, cameras=cameras), {})
        sizes[mesh] += (folder / "mesh.ply").stat().st_size
        Image.fromarray(np.round(np.clip(shown, 0, 1) * 255).astype(np.uint8)).save(folder / f"png/{number:04d}.png")
        pictures.append(shown)
    size = path.stat().st_size
    print(f"\n{len(every)} frames of {camera.width}x{camera.height}, {len(instants)} of them weighed, one camera")
    print(f"The field is {size / 1e6:.2f} MB")
    for name, weighed in sizes.items():
        taken = weighed * scale
        print(f"{name:<40}{taken / 1e6:8.2f} MB{taken / size:8.1f} times the field")
    print(f"{'the field beside the full one':<40}{fmean(errors):8.2f} dB")
    if len(instants) < len(every):
        # Pictures far apart code worse than a film does.
        return
    try:
        video = encoded(folder / "png", folder / "plates.mp4", size)
    except UserError as error:
        print(error)
        return
    found = fmean(psnr(one, two) for one, two in zip(decoded(video), pictures, strict=True))
    print(f"{'H.264 beside the same plates':<40}{found:8.2f} dB{video.stat().st_size / 1e6:8.2f} MB")


if __name__ == "__main__":
    main()
