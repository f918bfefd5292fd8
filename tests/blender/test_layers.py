"""Layers of plates in real Blender: its own passes and nodes say whether they follow its conventions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from bake.contract.camera import Camera
from bake.contract.plate_layers import deep_file
from bake.render.plate_file import read_plate
from tests.analytic_field import make_soft_field
from tests.blender.harness import Blender
from tests.blender.test_frames import camera_at, read_picture

FRAME, SIZE = 5, (96, 72)
PLACES = {FRAME - 1: (-0.2, 0.0, 0.0), FRAME: (0.0, 0.0, 0.0), FRAME + 1: (0.0, 0.0, -0.1)}
"""Of the field, by scene frame; the camera moves as well."""
OFF = ["Image", "Depth", "Field", "Field Depth"]
LAYERS = ["Field Position", "Field Normal", "Field Vector", "Field Moving", "Field Confidence"]


def test_layers_follow_blenders_conventions(blender: Blender, tmp_path: Path) -> None:
    make_soft_field(tmp_path / "soft.stp")
    found = blender.run("layers", tmp_path, tmp_path / "soft.stp", timeout=900).values
    seen = {name: read_picture(Path(path)) for name, path in found["pictures"].items()}
    plate = read_plate(Path(found["plate"]))
    shown = plate.rgba[..., 3] > 0.2
    assert shown.sum() > 500

    native = channels_of(Path(found["native"]))
    hit = native["Depth.Z"] < 1e5
    assert hit.sum() > 100
    position, vector = stacked(native, "Position", "XYZ"), stacked(native, "Vector", "XYZW")
    assert np.abs(vector - true_vectors(position))[hit].max() < 0.1, "the convention is Blender's"
    position, vector = stacked(plate.layers, "Position", "XYZ"), stacked(plate.layers, "Vector", "XYZW")
    assert np.abs(vector - true_vectors(position))[shown].max() < 0.2
    away = position[shown] - camera_at(FRAME, SIZE).camera_to_world[:3, 3]
    np.testing.assert_allclose(-away @ camera_at(FRAME, SIZE).camera_to_world[:3, 2], plate.depth[shown], rtol=1e-4)
    # A soft ball around the origin of the field's space.
    out = position[shown] / np.linalg.norm(position[shown], axis=-1, keepdims=True)
    assert (
        np.median(np.degrees(np.arccos((out * stacked(plate.layers, "Normal", "XYZ")[shown]).sum(-1).clip(-1, 1)))) < 3
    )

    for name, letters, layer in (("Field Position", "XYZ", "Position"), ("Field Normal", "XYZ", "Normal")):
        np.testing.assert_allclose(seen[name][..., :3], stacked(plate.layers, layer, letters), atol=2e-3)
    np.testing.assert_allclose(seen["Field Vector"][..., :3], vector[..., :3], atol=2e-3)
    np.testing.assert_allclose(seen["vector again"], seen["Field Vector"], atol=2e-3)
    assert np.abs(seen["vector off"][..., :3]).max() == 0 and np.abs(seen["hidden"][..., :3]).max() == 0
    assert seen["Field Moving"][..., 0].max() == 0, "nothing of a soft ball moves by itself"
    for matte in ("object", "still"):
        np.testing.assert_allclose(seen[matte][..., 0], plate.rgba[..., 3], atol=2e-3)
    # A quarter of a frame to either side: it comes from the left, and leaves to the left and down.
    aside, down = centre(seen["blurred"][..., 3]) - centre(plate.rgba[..., 3])
    assert -0.45 < aside < -0.25 and 0.1 < down < 0.22

    assert deep_file(Path(found["plate"])).is_file()
    assert found["sockets"]["off"] == OFF and sorted(found["sockets"]["on"]) == sorted(OFF + LAYERS)
    assert sorted(found["sockets"]["two off"]) == sorted({*OFF, *LAYERS} - {"Field Normal"})
    assert found["kept"] == ["Field Vector"], "what the artist has wired stays"
    assert found["frame"] == [FRAME, 0.0], "looking at other frames leaves the scene where it was"


def centre(weights: np.ndarray) -> np.ndarray:
    """Of a picture, (x, y) in pixels."""
    y, x = np.mgrid[: weights.shape[0], : weights.shape[1]]
    return np.array([(x * weights).sum(), (y * weights).sum()]) / weights.sum()


def true_vectors(position: np.ndarray) -> np.ndarray:
    """(H, W, 4): right and up, from now to a frame before, and from a frame after to now; `position` is of now."""
    points = position.reshape(-1, 3).astype(np.float64)
    before, now, after = (projected(camera_at(frame, SIZE), points, PLACES[frame]) for frame in sorted(PLACES))
    found = np.concatenate([before - now, now - after], axis=1) * (1, -1, 1, -1)
    return found.reshape(*position.shape[:2], 4)


def projected(camera: Camera, points: np.ndarray, place: tuple[float, ...]) -> np.ndarray:
    return camera.project(points + np.array(place))[0]


def stacked(channels: dict[str, np.ndarray], layer: str, letters: str) -> np.ndarray:
    return np.stack([channels[f"{layer}.{letter}"] for letter in letters], axis=-1)


def channels_of(path: Path) -> dict[str, np.ndarray]:
    """Of Blender's own file, whose layers are parts in some versions; by name without the view layer's."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        found = [(name, np.array(one.pixels)) for part in file.parts for name, one in part.channels.items()]
    return {name.removeprefix("ViewLayer."): pixels for name, pixels in found}


@pytest.mark.parametrize(
    ("how", "told"),
    [("hidden", "soft is hidden in viewports"), ("driven", "soft is elsewhere in viewports than in renders")],
)
def test_vectors_where_viewports_show_something_else(blender: Blender, tmp_path: Path, how: str, told: str) -> None:
    """A cut to another camera right after the frame does not count; what cannot be known ends the render."""
    make_soft_field(tmp_path / "soft.stp")
    done = blender.run("layers_apart", tmp_path, tmp_path / "soft.stp", how, check=False)
    plate = read_plate(Path(done.stdout.split("plate: ")[1].splitlines()[0]))
    shown = plate.rgba[..., 3] > 0.2
    assert shown.sum() > 100
    # Before, it was a tenth of a unit to the left of where it is, as the camera saw it; after, it will be again.
    sideways = stacked(plate.layers, "Vector", "XYZW")[shown]
    assert -3 < sideways[:, 0].mean() < -1 and 1 < sideways[:, 2].mean() < 3
    assert done.returncode == 1 and "rendered all the same" not in done.stdout
    assert told in done.stderr, done.stderr
