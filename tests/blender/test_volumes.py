"""A field as a volume that renderers trace: what the camera sees of it, mirrors, shadows, and its files."""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from bake.contract.farm_folder import read_manifest
from bake.render.metrics import psnr
from tests.analytic_field import make_soft_field
from tests.blender.fields import write_box_field
from tests.blender.harness import Blender
from tests.blender.test_exact import CAMERA, FIELD_COLOUR, optical
from tests.blender.test_farm import Shot
from tests.blender.test_frames import read_picture
from tests.blender.test_occlusion import linear

STEP = 1 / 255
MIRROR, FLOOR, SUN, SUNLIGHT = 2.0, -1.6, (0.5, 0.3, -1.0), 3.0
"""As the scenario has them."""
ALBEDO = 0.8
"""Of what has no material."""


@pytest.fixture
def soft(tmp_path: Path) -> Path:
    field = tmp_path / "soft.stp"
    make_soft_field(field, FIELD_COLOUR)
    return field


def test_seen_mirrored_and_casting_a_shadow(blender: Blender, tmp_path: Path, soft: Path) -> None:
    found = blender.run("volumes", tmp_path, soft, "CYCLES", 96, 64, timeout=900).values
    seen = {name: read_picture(Path(path)) for name, path in found["pictures"].items()}
    assert not seen["hidden"].any(), "plates are what the camera sees"
    assert psnr(seen["seen"], ball((0.0, 0.0, 0.0))) > 38
    mirrored = ball((0.0, 2 * MIRROR, 0.0))
    right = psnr(seen["mirror"][..., :3], mirrored[..., :3])
    assert right > 45
    for way, axis in ((-1, 0), (1, 0), (-1, 1), (1, 1)):
        aside = np.roll(mirrored, way, axis=axis)
        assert psnr(seen["mirror"][..., :3], aside[..., :3]) < right - 2, "a pixel makes a difference"
    sunlight = SUNLIGHT * ALBEDO / math.pi / np.linalg.norm(SUN)
    lit = (seen["lit"] - seen["unlit"])[..., 0] / sunlight
    assert psnr(blocks(lit)[BESIDE], blocks(shadow())[BESIDE]) > 32
    told = found["files"]
    files = {name: row["files"] for name, row in told.items()}
    (first,) = files["again"]
    assert told["again"]["grids"] == ["density", "emission"], "what stands still has no velocity"
    assert files["first"] == files["again"], "what is there and sound stays"
    assert files["cut"][first] > files["again"][first], "what was cut short is made again"
    (other,) = set(files["brighter"]) - {first}
    assert told["brighter"]["shown"] != told["again"]["shown"] == told["foreign"]["shown"]
    assert files["foreign"][first] > files["brighter"][other], "what shows something else is made again"


def test_eevee_shows_it_to_the_camera_if_told_to(blender: Blender, tmp_path: Path, soft: Path) -> None:
    found = blender.run("volumes", tmp_path, soft, "EEVEE", 64, 1, timeout=900).values
    hidden, seen = (read_picture(Path(found["pictures"][name])) for name in ("hidden", "seen"))
    assert not hidden.any()
    assert psnr(seen, ball((0.0, 0.0, 0.0))) > 30


def test_on_a_farm_without_the_extension(blender: Blender, tmp_path: Path) -> None:
    shot = Shot(blender, tmp_path)
    write_box_field(shot.field)
    done = blender.run("volumes_farm", tmp_path, shot.field, 0, timeout=400)
    assert done.values["codes"] == [1, 0, 0], done.stderr
    assert "No field called nobody is in this scene" in done.stderr
    assert done.values["before"] == done.values["after"]
    shutil.rmtree(tmp_path / "spacetimepilot_volumes")
    volumes = read_manifest(shot.farm).volumes
    assert [(one.frame, one.shot_frame) for one in volumes] == [(3, 2.0), (4, 3.0), (5, 4.0)]
    code, said = shot.render("3-5")
    assert code == 0, said
    frames = [read_picture(shot.picture(frame)) for frame in (3, 4, 5)]
    for frame, picture in zip((3, 4, 5), frames, strict=True):
        np.testing.assert_array_equal(picture, read_picture(Path(done.values["pictures"][str(frame)])))
    assert np.abs(frames[0] - frames[1]).max() > 0.01, "each frame has its own"
    os.truncate(shot.farm / volumes[0].file, 900)
    shutil.copy(shot.farm / volumes[2].file, shot.farm / volumes[1].file)
    shutil.rmtree(shot.farm / "frames")
    code, said = shot.render("3-5")
    assert code == 1 and "volumes/box/box_0003.vdb is cut short" in said
    assert "volumes/box/box_0004.vdb is foreign or stale" in said and "2 of 3 frames" in said


def test_a_frame_without_its_volume_ends_the_render(blender: Blender, tmp_path: Path) -> None:
    field = tmp_path / "box.stp"
    write_box_field(field)
    done = blender.run("volumes_farm", tmp_path, field, 6, check=False)
    assert done.returncode == 1
    assert "Frame 6 of Scene has no volume. The volume of box is missing." in done.stderr


def ball(centre: tuple[float, float, float]) -> np.ndarray:
    """(H, W, 4) premultiplied scene-linear: the soft ball around a place, by the integral."""
    y, x = (axis.ravel() + 0.5 for axis in np.mgrid[: CAMERA.height, : CAMERA.width])
    start, along = (local @ CAMERA.camera_to_world[:3, :3].T for local in CAMERA.local_rays(x, y))
    start = start + CAMERA.camera_to_world[:3, 3] - np.array(centre)
    passed = np.exp(-optical(start, along, np.full(len(along), np.inf)))
    colour = np.append(linear(FIELD_COLOUR), 1.0)
    return ((1 - passed)[:, None] * colour).reshape(CAMERA.height, CAMERA.width, 4)


BESIDE = np.ones((CAMERA.height // 4, CAMERA.width // 4), bool)
"""Where the camera does not look at the floor through the ball: there Cycles 4.5 forgets the volume it has passed."""
BESIDE[7:11, 10:15] = False


def blocks(picture: np.ndarray) -> np.ndarray:
    """Means of 4 x 4 pixels: a shadow's place and darkness without the noise of few samples."""
    height, width = picture.shape
    return picture.reshape(height // 4, 4, width // 4, 4).mean(axis=(1, 3))


def shadow() -> np.ndarray:
    """(H, W) light that reaches the floor, of all of it, as the camera straight above sees it."""
    height, width = CAMERA.height, CAMERA.width
    y, x = (axis.ravel() + 0.5 for axis in np.mgrid[:height, :width])
    place = np.stack([(x - width / 2) * 4 / width, (height / 2 - y) * 4 / width, np.full(len(x), FLOOR)], axis=1)
    towards = np.broadcast_to(-np.array(SUN), place.shape)
    return np.exp(-optical(place, towards, np.full(len(place), np.inf))).reshape(height, width)
