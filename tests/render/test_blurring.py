"""Blurred pictures: the mean of many sharp ones over the time for which a shutter is open, and discs out of focus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bake.contract.camera import Camera, Projection
from bake.contract.instant import Instant
from bake.contract.messages import FilterShape, PixelFilter, PlateRequest, Quality
from bake.contract.native_file import gathered
from bake.contract.plate import EMPTY_DEPTH
from bake.contract.shutter import Aperture, Shutter
from bake.field.model import Field
from bake.field.storage import load_field
from bake.render.blurring import render_blurred, render_blurred_runs
from bake.render.exact import Native, render_exact
from bake.render.exact_blurring import render_exact_blurred
from bake.render.frame import render_frame
from bake.render.native_scene import NativeScene
from bake.render.slices import slices
from tests.analytic_field import make_soft_field
from tests.blender.fields import write_box_field
from tests.footage.making import look_at

WIDTH, HEIGHT, FOCAL = 96, 72, 90.0
STANDING = tuple(np.eye(4).ravel().tolist())


def orbiting(angle: float, distance: float = 4.0) -> Camera:
    pose = look_at((distance * np.cos(angle), distance * np.sin(angle), 1.0))
    return Camera(WIDTH, HEIGHT, FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2, tuple(pose.ravel().tolist()), near=0.1, far=50.0)


def turned(angle: float, scale: float = 1.0) -> tuple[float, ...]:
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return (c, -s, 0.0, 0.1, s, c, 0.0, 0.0, 0.0, 0.0, scale, 0.0, 0.0, 0.0, 0.0, 1.0)


def asked(camera: Camera, shutter: Shutter | None = None, **changes: object) -> PlateRequest:
    request = PlateRequest(0, "", "", camera, STANDING, 4.0, Quality.STANDARD, "", shutter=shutter)
    return replace(request, **changes)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean(np.square(one.astype(np.float64) - other))))


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Field:
    path = tmp_path_factory.mktemp("box") / "box.stp"
    write_box_field(path)
    return load_field(path, "cpu")


@pytest.fixture(scope="module")
def soft(tmp_path_factory: pytest.TempPathFactory) -> Field:
    path = tmp_path_factory.mktemp("soft") / "soft.stp"
    make_soft_field(path)
    return load_field(path, "cpu")


MOVING = Shutter(tuple(Instant(orbiting(0.05 * n), turned(-0.025 * n, 1 + 0.01 * n), 3.5 + 0.25 * n) for n in range(5)))


@pytest.mark.parametrize("openness", [(), (0.0, 1.0, 0.2)])
def test_the_mean_of_64_subframes(box: Field, openness: tuple[float, ...]) -> None:
    """Camera, field and shot move, as far as in few films; the acceptance is 45 dB."""
    shutter = replace(MOVING, openness=openness)
    frames = [
        render_frame(box, one.camera, one.shot_frame, field_to_scene=np.array(one.field_to_scene).reshape(4, 4))
        for one in slices(shutter, 64)
    ]
    truth = np.mean([frame.rgba for frame in frames], axis=0)
    middle = frames[32].rgba
    seen = render_blurred(box, asked(orbiting(0.1), shutter))
    assert psnr(middle, truth) < 30, "there is something to blur"
    assert psnr(seen.rgba, truth) > 45
    part = render_blurred_runs(box, asked(orbiting(0.1), shutter), [(2000, 2032), (3000, 3100)])
    whole = seen.rgba.reshape(-1, 4)
    np.testing.assert_allclose(part[0], np.concatenate([whole[2000:2032], whole[3000:3100]]), atol=1e-4)
    streak = (middle[..., 3] < 0.01) & (truth[..., 3] > 0.2)
    assert streak.sum() > 20 and np.abs(seen.depth[streak] - 4).max() < 2, "what has passed has a depth"
    assert (seen.depth[seen.rgba[..., 3] == 0] == np.float32(EMPTY_DEPTH)).all()


def test_turns_shrink_nothing() -> None:
    """Half-way between two poses a quarter turn apart, the field is as large as at both."""
    camera = orbiting(0.0)
    one = slices(Shutter((Instant(camera, turned(0.0), 0.0), Instant(orbiting(1.5), turned(1.5, 3.0), 1.0))), 1)[0]
    wanted = np.array(turned(0.75, 2.0)).reshape(4, 4)
    np.testing.assert_allclose(np.array(one.field_to_scene).reshape(4, 4), wanted, atol=1e-12)
    np.testing.assert_allclose(one.camera.camera_to_world[:3, :3], orbiting(0.75).camera_to_world[:3, :3], atol=0.05)
    mirrored = Instant(camera, (-1.0, *STANDING[1:]), 0.0)
    still = slices(Shutter((mirrored, replace(mirrored, shot_frame=1.0))), 3)
    assert all(one.field_to_scene == mirrored.field_to_scene for one in still)


@pytest.mark.parametrize("kind", [Projection.PERSPECTIVE, Projection.ORTHOGRAPHIC])
def test_a_ball_out_of_focus_spreads_as_far_as_the_lens_says(soft: Field, kind: Projection) -> None:
    """At depth d, a lens of radius r that is sharp at f spreads each point over a disc of r |1 - d / f|.

    A disc of radius R adds R^2 / 4 to the variance of what is seen, along x and along y.
    """
    camera = orbiting(0.0, 8.0)
    scale = FOCAL / 8.06 if kind is Projection.PERSPECTIVE else 12.0
    camera = replace(camera, projection=kind, **({} if kind is Projection.PERSPECTIVE else {"fx": 12.0, "fy": 12.0}))
    plain = spread(render_frame(soft, camera, 0.0).rgba[..., 3])
    aperture = Aperture(radius=1.6, focus=2 * 8.06, ratio=2.0)
    blurred = render_blurred(soft, asked(camera, aperture=aperture)).rgba[..., 3]
    disc = 1.6 * 0.5 * scale
    np.testing.assert_allclose(spread(blurred) - plain, [(disc / 2) ** 2 / 4, disc**2 / 4], rtol=0.08)
    sharp = render_blurred(soft, asked(camera, aperture=replace(aperture, focus=8.06))).rgba[..., 3]
    np.testing.assert_allclose(spread(sharp), plain, rtol=0.1)


def spread(alpha: np.ndarray) -> np.ndarray:
    """(2,) variance of a picture's alpha along x and y, pixels."""
    y, x = np.mgrid[: alpha.shape[0], : alpha.shape[1]]
    share = alpha / alpha.sum(dtype=np.float64)
    return np.array([(share * (axis - (share * axis).sum()) ** 2).sum() for axis in (x, y)])


def test_an_exact_picture_is_split_at_each_instant(box: Field) -> None:
    """A wall through the box's middle, seen by a camera that moves: front and holdout are the means of sharp ones."""
    corners = np.array([(0.0, -9, -9), (0, 9, -9), (0, 9, 9), (0, -9, 9)], np.float32)
    wall = gathered([(corners, np.array([(0, 1, 2), (0, 2, 3)], np.int32))], [(0, np.eye(4))])
    native = Native(NativeScene(wall), PixelFilter(FilterShape.BOX, 0.5), False)
    shutter = Shutter(tuple(Instant(orbiting(0.02 * n), STANDING, 4.0) for n in range(5)))
    request = asked(orbiting(0.04), shutter, quality=Quality.PREVIEW)
    frame, split = render_exact_blurred(box, request, native)
    alone = render_blurred(box, request)
    assert psnr(frame.rgba, alone.rgba) > 30
    assert (split.coverage == 1).all() and (split.visible == 0).all()
    hidden = frame.rgba[..., 3] - split.front[..., 3]
    assert hidden.min() > -1e-3 and split.front[..., 3].max() > 0.9
    np.testing.assert_allclose(split.holdout, 1 - split.front[..., 3], atol=0.02)
    sharp, whole = render_exact(box, request.camera, 4.0, native, quality=Quality.PREVIEW)
    same = Shutter((Instant(request.camera, STANDING, 4.0), Instant(request.camera, STANDING, 4.0)))
    frame, split = render_exact_blurred(box, replace(request, shutter=same), native)
    np.testing.assert_allclose(frame.rgba, sharp.rgba, atol=1e-5)
    np.testing.assert_allclose(split.front, whole.front, atol=1e-5)
    open_lens = replace(request, shutter=None, aperture=Aperture(0.2, 6.0, blades=5), quality=Quality.STANDARD)
    assert psnr(render_exact_blurred(box, open_lens, native)[0].rgba, render_blurred(box, open_lens).rgba) > 25


def test_a_still_scene_stays_sharp(box: Field) -> None:
    camera = orbiting(0.3)
    still = Shutter((Instant(camera, STANDING, 4.0), Instant(camera, STANDING, 4.0)))
    seen, sharp = render_blurred(box, asked(camera, still)), render_frame(box, camera, 4.0)
    assert psnr(seen.rgba, sharp.rgba) > 50
    again = render_blurred(box, asked(camera, still), round_seconds=1e-9)
    assert seen.rgba.tobytes() == again.rgba.tobytes() and seen.depth.tobytes() == again.depth.tobytes()
