"""A field as a volume that renderers trace: what the camera sees of it, mirrors, shadows, and its files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bake.render.metrics import psnr
from tests.analytic_field import make_soft_field
from tests.blender.harness import Blender
from tests.blender.scenarios_volumes import FLOOR, MIRROR, SUN
from tests.blender.test_exact import CAMERA, FIELD_COLOUR, optical
from tests.blender.test_frames import read_picture
from tests.blender.test_occlusion import linear

STEP = 1 / 255


def test_seen_mirrored_and_casting_a_shadow(blender: Blender, tmp_path: Path) -> None:
    field = tmp_path / "soft.stp"
    make_soft_field(field, FIELD_COLOUR)
    found = blender.run("volumes", tmp_path, field, "CYCLES", 96, 256, timeout=900).values
    seen = {name: read_picture(Path(path)) for name, path in found["pictures"].items()}
    assert not seen["hidden"].any(), "plates are what the camera sees"
    wanted = ball((0.0, 0.0, 0.0))
    print(psnr(seen["seen"], wanted), np.abs(seen["seen"] - wanted).mean() / STEP)
    mirrored = ball((0.0, 2 * MIRROR, 0.0))
    print(psnr(seen["mirror"][..., :3], mirrored[..., :3]))
    shade = (seen["lit"] - seen["unlit"])[..., 0]
    shade = shade / np.median(shade[:8])
    print(psnr(shade[..., None], shadow()[..., None]))
    np.save("/work/wt/tmp-C/seen.npy", np.stack([seen["seen"], wanted, seen["mirror"], mirrored]))
    np.save("/work/wt/tmp-C/shade.npy", np.stack([shade, shadow()]))
    print(found["files"])


def ball(centre: tuple[float, float, float]) -> np.ndarray:
    """(H, W, 4) premultiplied scene-linear: the soft ball around a place, by the integral."""
    y, x = (axis.ravel() + 0.5 for axis in np.mgrid[: CAMERA.height, : CAMERA.width])
    start, along = (local @ CAMERA.camera_to_world[:3, :3].T for local in CAMERA.local_rays(x, y))
    start = start + CAMERA.camera_to_world[:3, 3] - np.array(centre)
    passed = np.exp(-optical(start, along, np.full(len(along), np.inf)))
    colour = np.append(linear(FIELD_COLOUR), 1.0)
    return ((1 - passed)[:, None] * colour).reshape(CAMERA.height, CAMERA.width, 4)


def shadow() -> np.ndarray:
    """(H, W) light that reaches the floor, of all of it, as the camera straight above sees it."""
    height, width = CAMERA.height, CAMERA.width
    y, x = (axis.ravel() + 0.5 for axis in np.mgrid[:height, :width])
    place = np.stack([(x - width / 2) * 4 / width, (height / 2 - y) * 4 / width, np.full(len(x), FLOOR)], axis=1)
    towards = np.broadcast_to(-np.array(SUN), place.shape)
    return np.exp(-optical(place, towards, np.full(len(place), np.inf))).reshape(height, width)
