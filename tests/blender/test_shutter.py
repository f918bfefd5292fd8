"""Motion blur and depth of field of plates: the render's shutter and the camera's lens, in each Blender."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from bake.contract.camera import Camera
from bake.contract.messages import PlateRequest, Quality
from bake.contract.plate_receipt import read_receipt, request_of
from bake.contract.shutter import Aperture
from bake.field.storage import load_field
from bake.render.blurring import render_blurred
from bake.render.frame import render_frame
from tests.analytic_field import make_soft_field
from tests.blender.fields import LAST_FRAME, write_box_field
from tests.blender.harness import Blender
from tests.blender.test_frames import camera_at, read_picture
from tests.commands.conftest import run_worker

FRAME, SIZE = 4, (64, 48)


def test_a_moving_camera_a_moving_field_and_a_lens(blender: Blender, tmp_path: Path) -> None:
    field = tmp_path / "box.stp"
    write_box_field(field)
    steps = ["sharp", "made", "centre", "animation", "start", "lens", "in focus", "workbench", "eevee"]
    found = blender.run("shutter", tmp_path, field, steps, timeout=600).values
    plates = found["plates"]
    seen = {name: read_picture(Path(path)) for name, path in found["pictures"].items()}
    sharp, centre, start = mean(field, FRAME, FRAME, 1), mean(field, 3.75, 4.25), mean(field, 4.0, 5.0)
    assert psnr(seen["sharp"], sharp) > 60
    assert psnr(centre, sharp) < 35 and psnr(start, centre) < 35, "there is something to blur"
    assert psnr(seen["centre"], centre) > 45 and psnr(seen["start"], start) > 45
    assert plates["centre"] == plates["made"] and len(plates["centre"]) == 2, "what was made ahead is used"
    np.testing.assert_array_equal(seen["animation"], seen["centre"])
    assert len(plates["animation"]) == 3, "one more frame, and one more plate"
    aperture = Aperture(0.05 / 0.2, 2.0)
    assert psnr(seen["lens"], through_lens(field, aperture)) > 60
    camera = camera_at(FRAME, SIZE).camera_to_world
    focus = float(-(np.array([0.0, 0.0, 0.5]) - camera[:3, 3]) @ camera[:3, 2])
    assert psnr(seen["in focus"], through_lens(field, replace(aperture, focus=focus))) > 60
    assert psnr(seen["workbench"], sharp) > 60, "Workbench blurs nothing"
    assert len(plates["workbench"]) == len(plates["in focus"]) == 6, "so it shows the plate that is sharp"
    assert psnr(seen["eevee"], centre) > 45, "overscan adds nothing to the picture"
    assert plates["eevee"] == plates["workbench"], "a plate is the same for each engine that blurs"
    folder = tmp_path / "spacetimepilot_plates"
    done = run_worker("verify", folder, "--field", field, "--device", "cpu", "--json")
    assert done.returncode == 0, done.stdout
    requests = [request_of(read_receipt(folder / name)) for name in plates["eevee"]]
    assert sum(one is not None and one.shutter is not None for one in requests) == 3
    assert sum(one is not None and one.aperture is not None for one in requests) == 2


def test_what_cannot_be_matched_is_refused_in_words(blender: Blender, tmp_path: Path) -> None:
    field = tmp_path / "box.stp"
    write_box_field(field)
    told = blender.run("refused_shutter", tmp_path, field).values
    assert "render each eye from a camera of its own" in told["stereo"]
    words = {
        "mirror ball": "equirectangular, fisheye equidistant or equisolid",
        "empty": "no less than the maximum",
        "other engine": "Only Cycles renders panoramic cameras",
        "exact panorama": "Exact merging does not know panoramic cameras",
        "lens of a panorama": "no depth of field",
        "vectors of a panorama": "whose pictures have a seam",
    }
    assert all(word in told[name] for name, word in words.items()), told
    assert "Set Rolling Shutter to None" in told["rolling"]
    assert "depth of field of an orthographic camera" in told["exact orthographic"]


def test_a_field_is_blurred_as_far_as_what_is_native(blender: Blender, tmp_path: Path) -> None:
    """Two balls that move alike, and two as far out of focus behind a lens of three blades, higher than wide."""
    field = tmp_path / "soft.stp"
    make_soft_field(field)
    found = blender.run("blur_beside_native", tmp_path, field, [160, 96], 64, timeout=400).values
    pictures = {name: read_picture(Path(path)) for name, path in found["pictures"].items()}
    own, native = ({name: moments(one[:, half, 3]) for name, one in pictures.items()} for half in (LEFT, RIGHT))
    scale = 50 / 36 * 160 / 9
    length = (0.6 * scale) ** 2 / 12
    for name, wide, high in (("motion", 0.0, length), ("lens", None, None)):
        added, wanted = own[name] - own["sharp"], native[name] - native["sharp"]
        np.testing.assert_allclose(added[:2], wanted[:2], atol=0.05 * wanted[:2].max(), err_msg=name)
        if wide is not None:
            np.testing.assert_allclose(wanted[:2], [wide, high], atol=0.05 * length, err_msg=name)
    turned, wanted = own["lens"][2:] - own["sharp"][2:], native["lens"][2:] - native["sharp"][2:]
    assert np.abs(wanted).max() > 5, "three blades are lopsided"
    np.testing.assert_allclose(turned, wanted, atol=0.25 * np.abs(wanted).max())


LEFT, RIGHT = slice(0, 80), slice(80, 160)


def moments(alpha: np.ndarray) -> np.ndarray:
    """(4,) variance along x and y, and third moments x^3 and y^3, of a picture's alpha; pixels."""
    y, x = np.mgrid[: alpha.shape[0], : alpha.shape[1]].astype(np.float64)
    share = alpha / alpha.sum(dtype=np.float64)
    x, y = x - (share * x).sum(), y - (share * y).sum()
    return np.array([(share * axis**power).sum() for power in (2, 3) for axis in (x, y)])


def mean(field: Path, opens: float, closes: float, count: int = 64) -> np.ndarray:
    """(H, W, 4) mean of sharp pictures of the scenario between two frames."""
    loaded = load_field(field, "cpu")
    place, total = np.eye(4), np.zeros((SIZE[1], SIZE[0], 4))
    for number in range(count):
        frame = opens + (closes - opens) * (number + 0.5) / count
        place[2, 3] = 0.2 * frame - 0.8
        shot_frame = min(frame - 1, LAST_FRAME)
        total += render_frame(loaded, camera_at(frame, SIZE), shot_frame, field_to_scene=place).rgba
    return total / count


def through_lens(field: Path, aperture: Aperture) -> np.ndarray:
    """(H, W, 4) of the scenario's frame out of focus."""
    camera: Camera = camera_at(FRAME, SIZE)
    place = np.eye(4)
    place[2, 3] = 0.0
    request = PlateRequest(0, "", "", camera, tuple(place.ravel()), FRAME - 1, Quality.STANDARD, "", aperture=aperture)
    return render_blurred(load_field(field, "cpu"), request).rgba


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean(np.square(one.astype(np.float64) - other)) + 1e-12))
