"""What the layers of a plate cost, and how true vectors and normals are.

    python -m tests.bench.layers SHOT.stp

Each layer's time is that of a picture of 320x240 with it, over that of the picture alone: medians of turns in one run.
Points of the field's own surface are tracked in small steps of time by a search of another kind, Newton's, and
projected; vectors should end where they do.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor

from bake.contract.camera import Camera
from bake.contract.field_file import read_cameras, read_header
from bake.contract.instant import Instant
from bake.contract.plate_layers import Layer, PlateLayers
from bake.field.model import Field
from bake.field.space import from_unit_cube
from bake.field.storage import load_field
from bake.render.frame import RenderedFrame, render_frame
from bake.render.layers import make_layers

_IDENTITY = tuple(float(value) for value in np.eye(4).ravel())
_TURNS = 5
_POINTS = 400
_SUBSTEPS = 16
_NEWTON = 6
_LONGEST = 320


def main(file: Path) -> None:
    """Print costs, and how far vectors are from tracked points."""
    header, field, footage = read_header(file), load_field(file, "cpu"), read_cameras(file)
    middle = int(np.argmin(np.abs(footage.shot_frames - (header.first_frame + header.last_frame) / 2)))
    width, height, fx, fy, cx, cy = footage.intrinsics[middle]
    pose = tuple(footage.matrices[middle].ravel())
    camera = Camera(int(width), int(height), fx, fy, cx, cy, pose, near=1e-3)
    camera = camera.resized(_LONGEST, round(_LONGEST * camera.height / camera.width))
    frame = float(footage.shot_frames[middle])
    now, before, after = (Instant(camera, _IDENTITY, frame + step) for step in (0, -1, 1))
    picture = render_frame(field, camera, frame)
    alone = median(_seconds(lambda: render_frame(field, camera, frame)) for _ in range(_TURNS))
    print(
        f"picture of {camera.width}x{camera.height}: {alone:.2f} s, visible {np.mean(picture.rgba[..., 3] > 0.1):.0%}"
    )
    for kinds in (*((kind,) for kind in Layer), tuple(Layer)):
        wanted = PlateLayers(kinds, "Field", before, after)

        def make(wanted: PlateLayers = wanted) -> object:
            return make_layers(field, header, now, wanted, picture.rgba, picture.depth, footage)

        taken = median(_seconds(make) for _ in range(_TURNS))
        print(f"  {'all' if len(kinds) > 1 else kinds[0]:<12}{1 + taken / alone:.3f} times the picture's time")
    _follow(field, now, after, picture, make_layers(field, header, now, wanted, picture.rgba, picture.depth, footage))


def _seconds(act: object) -> float:
    began = time.perf_counter()
    act()  # type: ignore[operator]
    return time.perf_counter() - began


def _follow(field: Field, now: Instant, after: Instant, picture: RenderedFrame, made: object) -> None:
    channels = made.channels  # type: ignore[attr-defined]
    seen = np.flatnonzero((picture.rgba[..., 3].ravel() > 0.9) & (picture.depth.ravel() < 1e9))
    seen = np.random.default_rng(0).choice(seen, min(_POINTS, len(seen)), replace=False)
    position = np.stack([channels[f"Position.{axis}"].ravel()[seen] for axis in "XYZ"], axis=-1)
    unit, _ = field.to_unit(torch.as_tensor(position))
    start, end = (field.normalised_time(moment.shot_frame) for moment in (now, after))
    named = field.canonical(unit, torch.full((len(unit),), start)).detach()
    place = unit
    for instant in np.linspace(start, end, _SUBSTEPS + 1)[1:]:
        place = _newton(field, place, named, float(instant))
    missed = (field.canonical(place, torch.full((len(place),), end)).detach() - named).norm(dim=-1).numpy()
    tracked = from_unit_cube(place, field.low, field.high, field.config.opaque).numpy()
    there, _ = after.camera.project(tracked)
    here, _ = now.camera.project(position)
    vector = np.stack([channels[f"Vector.{letter}"].ravel()[seen] for letter in "ZW"], axis=-1) * (-1, 1)
    found = missed < 2e-4
    apart, way = np.linalg.norm(there - here - vector, axis=1)[found], np.linalg.norm(there - here, axis=1)[found]
    print(
        f"{found.mean():.1%} of {len(seen)} points tracked, way {np.median(way):.2f} px in the median,"
        f" {np.percentile(way, 95):.2f} at 95 %; vectors differ by {np.median(apart):.4f} px in the median,"
        f" {np.percentile(apart, 95):.3f} at 95 %; within 0.2 px: {np.mean(apart < 0.2):.1%}"
    )


def _newton(field: Field, place: Tensor, named: Tensor, instant: float) -> Tensor:
    """(N, 3) nearest places of names at an instant, by Newton's steps that are held small."""
    times = torch.full((len(place),), instant)
    for _ in range(_NEWTON):
        free = place.detach().requires_grad_(True)
        name = field.canonical_reference(free, times)
        rows = [torch.autograd.grad(name[:, axis].sum(), free, retain_graph=True)[0] for axis in range(3)]
        slope = torch.stack(rows, dim=1) + 1e-6 * torch.eye(3)
        step = torch.linalg.solve(slope, (named - name.detach())[..., None])[..., 0]
        place = (free + step.clamp(-0.02, 0.02)).detach().clamp(0, 1)
    return place


if __name__ == "__main__":
    main(Path(sys.argv[1]))
