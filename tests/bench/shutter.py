"""Blurred plates beside the mean of 64 sub-frame renders: how true they are, and what they cost.

Run from the top folder: python -m tests.bench.shutter SHOT.stp [WIDTH]. The footage's middle camera goes round the
field's box while the shutter is open for half a frame of a shot that plays. Costs are processor time, counted in sharp
plates; PSNR is over premultiplied scene-linear colour and alpha of all pixels. The acceptance is 45 dB.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

import numpy as np

from bake.contract.camera import Camera
from bake.contract.field_file import FieldHeader, read_cameras, read_header
from bake.contract.instant import Instant
from bake.contract.messages import PlateRequest, Quality
from bake.contract.shutter import Shutter
from bake.field.storage import load_field
from bake.render.blurring import render_blurred
from bake.render.frame import render_frame
from bake.render.slices import slices
from tests.bench.markdown import Sheet

_SUBFRAMES = 64
_INSTANTS = 5
_STANDING = tuple(np.eye(4).ravel().tolist())


def main(path: Path, width: int) -> None:
    """Measure and print a table."""
    header, field = read_header(path), load_field(path, "cpu")
    sheet = Sheet(None, "Shutter", "cpu", f"{path.name}, {width} pixels wide, {_SUBFRAMES} sub-frames.")
    sheet.begin(("quality", "degrees", "sharp plate, dB", "blurred plate, dB", "cost"))
    for quality in (Quality.PREVIEW, Quality.STANDARD, Quality.FINAL):
        for degrees in (2.0, 15.0):
            shutter = turning(path, header, width, degrees)
            middle = shutter.instants[_INSTANTS // 2]
            frames = [
                render_frame(field, one.camera, one.shot_frame, quality=quality).rgba
                for one in slices(shutter, _SUBFRAMES)
            ]
            truth = np.mean(frames, axis=0)
            started = process_time()
            sharp = render_frame(field, middle.camera, middle.shot_frame, quality=quality).rgba
            between = process_time()
            request = PlateRequest(0, "", "", middle.camera, _STANDING, middle.shot_frame, quality, "", shutter=shutter)
            blurred = render_blurred(field, request).rgba
            cost = (process_time() - between) / (between - started)
            found = [f"{psnr(one, truth):.1f}" for one in (sharp, blurred)]
            sheet.row(quality.value, f"{degrees:g}", *found, f"{cost:.1f}")


def turning(path: Path, header: FieldHeader, width: int, degrees: float) -> Shutter:
    """Half a frame in the middle of the shot, during which the camera goes round the box by an angle."""
    cameras = read_cameras(path)
    number = len(cameras.shot_frames) // 2
    full, high, fx, fy, cx, cy = cameras.intrinsics[number]
    centre = np.mean(header.bounds, axis=0)
    instants = []
    for share in np.linspace(-0.5, 0.5, _INSTANTS):
        angle = np.radians(degrees) * share
        turn = np.eye(4)
        turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        turn[:3, 3] = centre - turn[:3, :3] @ centre
        matrix = tuple((turn @ cameras.matrices[number]).ravel().tolist())
        camera = Camera(int(full), int(high), fx, fy, cx, cy, matrix)
        camera = camera.resized(width, max(round(width * high / full), 1))
        instants.append(Instant(camera, _STANDING, (header.first_frame + header.last_frame + share) / 2))
    return Shutter(tuple(instants))


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """dB, of values up to 1."""
    return float(-10 * np.log10(np.mean(np.square(one.astype(np.float64) - other))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 160)
