"""A shot of 40 seconds at 60 fps: does it bake in bounded memory, and can one see where its segments join?

Run from the top folder: nice python -m tests.bench.long_shot --steps 3000. The footage is made on the spot: 2,400
pictures of solids that move and turn and never repeat themselves, by one camera that circles them. It is baked twice,
in segments of two lengths, so that where one field has a join the other has none. Pictures to compare with are taken
around each join, from where the camera is not: what is hard to see at an instant is hard for both fields, so that what
is left of the difference is the join's.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
from numpy.typing import NDArray

from bake.contract.camera import Camera
from bake.contract.messages import Progress
from bake.device.threads import run_together
from bake.field.model import Field
from bake.field.storage import load_field
from bake.footage import Purpose, Shot, read_shot
from bake.render.frame import render_frame
from bake.render.images import straight_srgb
from bake.render.metrics import over
from bake.training import bake
from bake.training.bake import BakeSettings
from tests.bench.trial import compare_view
from tests.footage.making import look_at

FPS, FRAMES, SIZE, FOCAL = 60, 2400, (256, 144), 175.0
_WINDOW, _LOOKS = 0.2, 5
"""Seconds on either side of a join that count as its neighbourhood, and the instants that are looked at there."""
_AROUND = 2.0
"""Seconds of one turn of the camera."""
_SEGMENTS = (5.0, 5.7)
"""Seconds that the segments of the two fields have at least: 8 and 7 of them."""
_VIEWS = (2.5, 4.2)
"""Angles ahead of the camera from which pictures to compare with are taken."""
_FINER = 2
"""Rays along an edge of a pixel."""
_LIGHT = np.array([0.48, -0.36, 0.8])
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Solid:
    """A ball (half is one number) or a box, that swings about its middle and turns about an axis that turns itself."""

    half: tuple[float, ...]
    middle: tuple[float, float, float]
    swing: tuple[float, float, float]
    rate: float
    """Swings a second along x; y and z follow in ratios that never meet again."""
    colours: tuple[tuple[float, float, float], tuple[float, float, float]]
    check: float
    """Checks in a unit of length."""

    def pose(self, seconds: float) -> tuple[Floats, Floats]:
        """Centre (3,) and local-to-world rotation (3, 3) at an instant."""
        phase = 2 * math.pi * self.rate * seconds
        places = np.sin([phase, phase / math.sqrt(2) + 1, phase / math.sqrt(5) + 2])
        about, lean = phase * 0.6, 0.4 * math.sin(phase / math.sqrt(3))
        turn = np.array(
            [[math.cos(about), -math.sin(about), 0], [math.sin(about), math.cos(about), 0], [0, 0, 1]], dtype=np.float64
        )
        tilt = np.array([[1, 0, 0], [0, math.cos(lean), -math.sin(lean)], [0, math.sin(lean), math.cos(lean)]])
        return np.array(self.middle) + np.array(self.swing) * places, turn @ (tilt if any(self.swing) else np.eye(3))


SOLIDS = (
    Solid((1.3, 1.3, 0.06), (0, 0, -0.75), (0, 0, 0), 0.0, ((0.75, 0.72, 0.66), (0.35, 0.42, 0.5)), 2.5),
    Solid((0.38,), (-0.6, 0.3, 0.0), (0.35, 0.4, 0.25), 0.23, ((0.85, 0.25, 0.15), (0.95, 0.85, 0.6)), 5.0),
    Solid((0.3,), (0.55, -0.5, 0.2), (0.3, 0.3, 0.45), 0.31, ((0.15, 0.4, 0.8), (0.75, 0.85, 0.95)), 6.0),
    Solid((0.3, 0.22, 0.4), (0.35, 0.6, -0.1), (0.4, 0.25, 0.15), 0.17, ((0.2, 0.6, 0.3), (0.9, 0.8, 0.2)), 5.0),
)


def picture(camera: Camera, seconds: float, solids: Sequence[Solid] = SOLIDS) -> NDArray[np.uint8]:
    """(H, W, 4) uint8, sRGB, straight alpha: the solids as a camera sees them at an instant."""
    fine = camera.resized(camera.width * _FINER, camera.height * _FINER)
    x, y = np.meshgrid(np.arange(fine.width) + 0.5, np.arange(fine.height) + 0.5)
    local = np.stack([(x - fine.cx) / fine.fx, (fine.cy - y) / fine.fy, -np.ones_like(x)], axis=-1).reshape(-1, 3)
    pose = camera.camera_to_world
    directions = local @ pose[:3, :3].T
    nearest = np.full(len(directions), np.inf)
    colour = np.zeros((len(directions), 4))
    for solid in solids:
        _draw(solid, seconds, pose[:3, 3], directions, nearest, colour)
    fine_rgba = colour.reshape(camera.height, _FINER, camera.width, _FINER, 4)
    mean = fine_rgba.mean(axis=(1, 3))
    mean[..., :3] /= np.maximum(mean[..., 3:], 1e-6)
    return np.round(mean * 255).astype(np.uint8)


def _draw(solid: Solid, seconds: float, eye: Floats, directions: Floats, nearest: Floats, colour: Floats) -> None:
    """Put one solid into (N,) ray parameters and (N, 4) premultiplied colours, where it is the nearest so far."""
    centre, turn = solid.pose(seconds)
    # Only rays that pass near enough; most of a picture is empty.
    towards = centre - eye
    along = directions @ towards / (directions * directions).sum(axis=1)
    miss = np.linalg.norm(directions * along[:, None] - towards, axis=1)
    chosen = np.flatnonzero(miss < np.linalg.norm(solid.half))
    origin, rays = (eye - centre) @ turn, directions[chosen] @ turn
    if len(solid.half) == 1:
        square, half = (rays * rays).sum(axis=1), rays @ origin
        inner = half * half - square * (origin @ origin - solid.half[0] ** 2)
        place = np.where(inner > 0, (-half - np.sqrt(np.maximum(inner, 0))) / square, np.inf)
    else:
        safe = np.where(np.abs(rays) < 1e-9, 1e-9, rays)
        one, two = ((sign * np.array(solid.half) - origin) / safe for sign in (-1, 1))
        enter, leave = np.minimum(one, two).max(axis=1), np.maximum(one, two).min(axis=1)
        place = np.where((enter < leave) & (enter > 0), enter, np.inf)
    seen = place < nearest[chosen]
    chosen, place = chosen[seen], place[seen]
    points = origin + rays[seen] * place[:, None]
    if len(solid.half) == 1:
        normals = points / solid.half[0]
    else:
        share = points / np.array(solid.half)
        side = np.abs(share).argmax(axis=1)
        normals = np.eye(3)[side] * np.sign(share[np.arange(len(side)), side])[:, None]
    dark = np.floor(points * solid.check + 0.5).astype(int).sum(axis=1) % 2 == 0
    light = 0.45 + 0.55 * np.clip((normals @ turn.T) @ _LIGHT, 0, 1)
    nearest[chosen] = place
    colour[chosen, :3] = np.where(dark[:, None], *(np.array(c) for c in solid.colours)) * light[:, None]
    colour[chosen, 3] = 1


def make_long_shot(folder: Path, frames: int = FRAMES, size: tuple[int, int] = SIZE) -> Path:
    """Write the footage, one PNG a frame, and return its transforms.json; a folder that has it is left alone."""
    path = folder / "transforms.json"
    if path.exists():
        return path
    (folder / "images").mkdir(parents=True, exist_ok=True)
    poses = [_filmed_from(number / FPS) for number in range(frames)]
    views = [(f"images/{number:05d}.png", float(number), pose) for number, pose in enumerate(poses)]
    return _write(path, views, size, frames)


def make_truth(folder: Path, seconds: list[float], frames: int = FRAMES, size: tuple[int, int] = SIZE) -> Path:
    """Write pictures at instants of the shot, from each of the `_VIEWS`; returns their transforms file."""
    folder.mkdir(parents=True, exist_ok=True)
    seen = [(when, angle) for when in seconds for angle in _VIEWS]
    views = [(f"{number:04d}.png", when * FPS, _away(when, angle)) for number, (when, angle) in enumerate(seen)]
    return _write(folder / "transforms_test.json", views, size, frames)


def _filmed_from(seconds: float) -> Floats:
    """The camera goes up and down more slowly than round."""
    return _circling(2 * math.pi * seconds / _AROUND, 1.5 + 1.1 * math.sin(2 * math.pi * seconds / 7.0))


def _away(seconds: float, angle: float) -> Floats:
    return _circling(2 * math.pi * seconds / _AROUND + angle, 1.4)


def _circling(angle: float, height: float) -> Floats:
    return look_at((3.8 * math.cos(angle), 3.8 * math.sin(angle), height))


def _write(path: Path, views: list[tuple[str, float, Floats]], size: tuple[int, int], frames: int) -> Path:
    width, height = size
    focal = FOCAL * width / SIZE[0]

    def film(name: str, shot_frame: float, pose: Floats) -> None:
        camera = Camera(width, height, focal, focal, width / 2, height / 2, tuple(pose.ravel()))
        seen = cv2.cvtColor(picture(camera, shot_frame / FPS), cv2.COLOR_RGBA2BGRA)
        cv2.imwrite(str(path.parent / name), seen)

    run_together([partial(film, *view) for view in views])
    document = {
        "camera_model": "PINHOLE", "w": width, "h": height, "fl_x": focal, "fl_y": focal,
        "cx": width / 2, "cy": height / 2, "fps": FPS, "frames_in_shot": frames, "alpha": "straight",
        "frames": [
            {"file_path": name, "shot_frame": shot_frame, "transform_matrix": pose.tolist()}
            for name, shot_frame, pose in views
        ],
    }  # fmt: skip
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def peak_gib() -> float:
    """The most memory that this process has had resident so far."""
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def main() -> None:
    """Film, bake, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--pixel-memory", type=float, default=1.0, help="GiB, as of the bake command")
    parser.add_argument("--curriculum", action="store_true", help="as of the bake command")
    parser.add_argument("--footage", type=Path, help="folder to keep the footage in, or that has it")
    parser.add_argument("--keep", type=Path, help="folder for the two fields; those that are there are only compared")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        footage = arguments.footage or Path(temporary) / "footage"
        shot = read_shot(make_long_shot(footage))
        print(f"{len(shot.frames)} frames of {SIZE[0]}x{SIZE[1]}, {peak_gib():.2f} GiB before the bake", flush=True)
        settings = BakeSettings(
            steps=arguments.steps,
            device="cpu",
            pixel_memory=arguments.pixel_memory,
            curriculum=arguments.curriculum,
        )
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"segments_of_{seconds:g}_s.stp" for seconds in _SEGMENTS]
        for path, seconds in zip(paths, _SEGMENTS, strict=True):
            if not path.exists():
                _bake(shot, path, settings, seconds)
        compare_joins([load_field(path, "cpu") for path in paths], Path(temporary) / "truth")


def _bake(shot: Shot, path: Path, settings: BakeSettings, seconds: float) -> None:
    """In segments of so many seconds at least."""
    with mock.patch.object(bake, "_SEGMENT_SECONDS", seconds):
        training = bake.bake_shot(shot, path, settings, _tell, lambda: False).training
    print(f"\n{peak_gib():.2f} GiB at most; {training['seconds']:.0f} s, {training['psnr']} dB", flush=True)


def compare_joins(fields: Sequence[Field], folder: Path) -> None:
    """Print PSNR at each join of the two fields beside the other's there, and how far a still view jumps."""
    joins = [_joins(field) for field in fields]
    spread = np.linspace(-_WINDOW, _WINDOW, _LOOKS)
    path = make_truth(folder, [join + away for join in (*joins[0], *joins[1]) for away in spread])
    frames = sorted(read_shot(path, Purpose.TRUTH, extent=(0.0, FRAMES - 1.0)).frames, key=lambda frame: frame.name)
    psnr = [[compare_view(field, frame, 1.0).psnr for frame in frames] for field in fields]
    windows = np.reshape(psnr, (len(fields), -1, _LOOKS * len(_VIEWS))).mean(axis=2)
    print(f"\n{'join at s':>10}{'of segments':>13}{'with it':>9}{'without':>9}{'difference':>12}")
    parts = windows[:, : len(joins[0])], windows[::-1, len(joins[0]) :]
    for places, field, seen in zip(joins, fields, parts, strict=True):
        for place, (joined, whole) in zip(places, seen.T, strict=True):
            print(f"{place:>10.2f}{field.config.segments:>13}{joined:>9.2f}{whole:>9.2f}{joined - whole:>12.2f}")
    # One field may be the better one: it has the join in one half of the table only, so that this cancels out.
    losses = [joined - whole for joined, whole in parts]
    loss = np.mean([own.mean() for own in losses])
    unsure = math.sqrt(sum(own.var(ddof=1) / len(own) for own in losses)) / 2
    joined, whole = (np.mean([seen[row].mean() for seen in parts]) for row in (0, 1))
    print(f"{joined:.2f} dB with joins, {whole:.2f} dB without; difference {loss:.2f} dB, known to {unsure:.2f} dB")
    middles = [join - joins[0][0] / 2 for join in joins[0]]
    at_joins, between = (np.mean([_jump(fields[0], when) for when in places]) for places in (joins[0], middles))
    print(f"change from frame to frame of a still view: {at_joins:.5f} at joins, {between:.5f} between them")


def _joins(field: Field) -> list[float]:
    """Seconds at which segments of its codes join."""
    segments = field.config.segments
    return [(FRAMES - 1) / FPS * number / segments for number in range(1, segments)]


def _jump(field: Field, seconds: float) -> float:
    """Mean absolute difference of the two frames around an instant, seen by a camera that stands still."""
    pose = tuple(_away(0.0, _VIEWS[0]).ravel())
    camera = Camera(*SIZE, FOCAL, FOCAL, SIZE[0] / 2, SIZE[1] / 2, pose)
    seen = [over(straight_srgb(render_frame(field, camera, seconds * FPS + away).rgba), 1.0) for away in (-0.5, 0.5)]
    return float(np.abs(seen[1] - seen[0]).mean())


def _tell(progress: Progress) -> None:
    text = f"\r{progress.phase} {100 * progress.fraction:.1f} %, {progress.psnr:.2f} dB, {peak_gib():.2f} GiB  "
    print(text, end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
