"""Every way to render gives the frame of that scene frame: camera, shot time and plate belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bake.contract.camera import BlenderCamera, Camera, Projection, from_blender
from bake.field.storage import load_field
from bake.render.frame import render_frame
from tests.blender.fields import LAST_FRAME, write_box_field
from tests.blender.harness import Blender

Picture = NDArray[np.float32]
ENGINES = ("CYCLES", "EEVEE")
HALF_FLOAT = 2e-3
"""Plates keep colour as half floats."""


@dataclass(frozen=True)
class Scene:
    """The field's file, and Blender."""

    blender: Blender
    field: Path
    folder: Path

    def render(
        self, engine: str, order: list[int], *, animation: bool = False, changes: dict[str, Any] | None = None
    ) -> dict[int, Picture]:
        """Frames by number, (H, W, 4) premultiplied scene-linear, row 0 on top."""
        done = self.blender.run(
            "render_frames", self.folder, self.field, engine, order, animation, changes or {}, timeout=400
        )
        return {int(frame): read_picture(Path(path)) for frame, path in done.values["frames"].items()}

    def truth(self, scene_frame: float, shot_frame: float, size: tuple[int, int] = (64, 48)) -> Picture:
        """What the field looks like to the scenario's camera, by the worker's own renderer."""
        return render_frame(load_field(self.field, "cpu"), camera_at(scene_frame, size), shot_frame).rgba


@pytest.fixture
def scene(blender: Blender, tmp_path: Path) -> Scene:
    field = tmp_path / "box.stp"
    write_box_field(field)
    return Scene(blender, field, tmp_path)


def read_picture(path: Path) -> Picture:
    import OpenEXR

    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = file.channels()
        return np.stack([channels[letter].pixels.astype(np.float32) for letter in "RGBA"], axis=-1)


def camera_at(frame: float, size: tuple[int, int]) -> Camera:
    """The scenario's camera, from its numbers and Blender's defaults."""
    c, s = math.cos(1.4), math.sin(1.4)
    pose = np.array([[1, 0, 0, 0.1 * frame - 0.3], [0, c, -s, -5.0], [0, s, c, 0.5], [0, 0, 0, 1]])
    settings = BlenderCamera(Projection.PERSPECTIVE, 50, 36, 24, "AUTO", 0, 0, 6, 0.1, 100, *size, 100, 1, 1, None)
    return from_blender(settings, pose)


def assert_same(seen: Picture, wanted: Picture) -> None:
    assert seen.shape == wanted.shape
    assert wanted[..., 3].max() > 0.9 and wanted[..., :3].std() > 0.02, "the truth shows something"
    np.testing.assert_allclose(seen, wanted, atol=HALF_FLOAT)


@pytest.mark.parametrize("engine", ENGINES)
def test_frames_in_any_order(scene: Scene, engine: str) -> None:
    order = [4, 1, 9, 4] if engine == "CYCLES" else [6, 2]
    frames = scene.render(engine, order)
    for number in set(order):
        assert_same(frames[number], scene.truth(number, number - 1))


@pytest.mark.parametrize("engine", ENGINES)
def test_an_animation(scene: Scene, engine: str) -> None:
    order = [2, 3, 4, 5] if engine == "CYCLES" else [3, 4]
    frames = scene.render(engine, order, animation=True)
    for number in order:
        assert_same(frames[number], scene.truth(number, number - 1))


def test_shot_time_and_camera_go_their_own_ways(scene: Scene) -> None:
    frozen = scene.render("CYCLES", [2, 7], changes={"field.mode": "freeze", "field.freeze_at": 3.25})
    for number in (2, 7):
        assert_same(frozen[number], scene.truth(number, 3.25))
    backwards = scene.render("CYCLES", [3], changes={"field.mode": "reverse", "field.speed": 0.5})
    assert_same(backwards[3], scene.truth(3, LAST_FRAME - 1))


def test_keyed_shot_time_with_time_stretching(scene: Scene) -> None:
    """The curve's value at the stretched time counts, as for everything else that is animated."""
    frames = scene.render("CYCLES", [5, 2], changes={"keys": {"0": 8, "20": 0}, "render.frame_map_new": 200})
    for number in (5, 2):
        assert_same(frames[number], scene.truth(number / 2, 8 - 0.4 * number / 2))


def test_motion_blur_of_a_camera_that_cycles_does_not_blur(scene: Scene) -> None:
    """With the shot frozen and the camera's own Motion Blur off, nothing moves: the plate is the sharp one."""
    still = {"render.use_motion_blur": True, "field.mode": "freeze", "field.freeze_at": 3.0}
    still["camera object.cycles.use_motion_blur"] = False
    assert_same(scene.render("CYCLES", [4], changes=still)[4], scene.truth(4, 3))


def test_the_exposure_of_a_frame(blender: Blender, tmp_path: Path) -> None:
    """Each choice has plates of its own: what was rendered before is not shown again."""
    scene = Scene(blender, tmp_path / "box.stp", tmp_path)
    write_box_field(scene.field, stops=1.0)
    neutral = scene.truth(4, 3)
    for choice, stops in (("neutral", 0), ("filmed", -1), ("frame", 1)):
        changes = {"field.exposure_of": choice, "field.exposure_frame": 8.0}
        seen = scene.render("CYCLES", [4], changes=changes)[4]
        np.testing.assert_allclose(seen[..., :3], neutral[..., :3] * 2.0**stops, atol=2 * HALF_FLOAT)
        np.testing.assert_allclose(seen[..., 3], neutral[..., 3], atol=HALF_FLOAT)
    assert len(list((tmp_path / "spacetimepilot_plates").glob("*.exr"))) == 3


def test_a_hidden_field_is_not_seen(scene: Scene) -> None:
    assert scene.render("CYCLES", [4], changes={"object.hide_render": True})[4].max() == 0


def test_two_fields_and_their_own_times(scene: Scene) -> None:
    """One shot twice, the nearer at another instant: each hides the other where it is in front."""
    frames = scene.render("CYCLES", [4], changes={"twin": [0.8, -2.0, 0.6, 7.5]})
    alone = scene.truth(4, 3)
    seen = frames[4]
    untouched = np.abs(seen - alone).max(axis=-1) < HALF_FLOAT
    assert 0.2 < untouched.mean() < 0.95, "the twin covers a part of the picture"
    shift = np.eye(4)
    shift[:3, 3] = (0.8, -2.0, 0.6)
    twin = render_frame(load_field(scene.field, "cpu"), camera_at(4, (64, 48)), 7.5, field_to_scene=shift).rgba
    covered = twin[..., 3] > 0.999
    np.testing.assert_allclose(seen[covered], twin[covered], atol=HALF_FLOAT)
