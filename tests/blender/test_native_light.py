"""Native objects and captured ones share light: shadows fall on captured floors, and captured things light objects."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from bake.contract.camera import BlenderCamera, Camera, Projection, from_blender
from bake.contract.farm_folder import read_manifest
from tests.analytic_field import SLAB_TOP, SOLID_RADIUS, make_slab_field, make_solid_field
from tests.blender.fields import write_box_field
from tests.blender.harness import Blender, Result
from tests.blender.test_colour import in_acescg, studio
from tests.blender.test_farm import Shot
from tests.blender.test_frames import read_picture
from tests.blender.test_occlusion import linear

__all__ = ["studio"]
BALL, RADIUS = np.array([0.1, 0.2, 0.0]), 0.25
SUN, TURN, WORLD = 2.0, (0.6, 0.0, 0.4), 0.3
COLOUR = (0.8, 0.4, 0.2)


def test_a_shadow_on_a_captured_floor(blender: Blender, tmp_path: Path) -> None:
    make_slab_field(tmp_path / "slab.stp")
    words = ("shadow", tmp_path, tmp_path / "slab.stp", list(BALL), RADIUS, SUN, TURN, WORLD)
    found = blender.run("native_light", *words, timeout=400).values
    bare, fast, exact, held, whole = (
        read_picture(Path(found[name])) for name in ("bare", "fast", "exact", "held out", "not held out")
    )
    ray = np.array([0.0, -np.sin(TURN[0]), -np.cos(TURN[0])]) * (1, -1, 1)
    c, s = np.cos(TURN[2]), np.sin(TURN[2])
    ray = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ ray
    shadow = BALL + ray * (SLAB_TOP - BALL[2]) / ray[2]
    beside = shadow + np.array([0.0, -0.9, 0.0])
    for seen in (fast, exact):
        for place in (shadow, beside):
            y, x = pixel(place)
            got = (seen / np.maximum(bare, 1e-6))[y - 1 : y + 2, x - 1 : x + 2, :3].mean()
            assert abs(got - light_left(place, -ray)) < 0.04, (got, light_left(place, -ray))
            np.testing.assert_allclose(seen[y, x, 3], bare[y, x, 3], atol=1e-3)
    assert light_left(shadow, -ray) < 0.35 and light_left(beside, -ray) > 0.9
    # One metre lower the ball is below the floor.
    assert held[..., 3].max() < 0.01 and whole[..., 3].max() > 0.99
    assert found["layers"] == ["ViewLayer"], "what catches no shadow needs no layer for it"


def light_left(place: np.ndarray, to_sun: np.ndarray) -> float:
    """Share of sun and world that the black ball leaves to a place on the floor.

    Of a sphere that is wholly above a plane the form factor is `(radius / distance)^2 cos` (any text on radiosity).
    """
    away = BALL - place
    distance = float(np.linalg.norm(away))
    world = np.pi * WORLD * (1 - (RADIUS / distance) ** 2 * away[2] / distance)
    beam = SUN * to_sun[2]
    missed = np.linalg.norm(away - (away @ to_sun) * to_sun) > RADIUS
    return float((world + beam * missed) / (np.pi * WORLD + beam))


def pixel(place: np.ndarray) -> tuple[int, int]:
    """Row and column at which the scenario's camera sees a place."""
    at, _ = camera().project(place[None])
    return int(at[0, 1]), int(at[0, 0])


def camera() -> Camera:
    c, s = np.cos(1.0), np.sin(1.0)
    pose = np.array([[1, 0, 0, 0], [0, c, -s, -4.0], [0, s, c, 2.4], [0, 0, 0, 1]])
    settings = BlenderCamera(Projection.PERSPECTIVE, 50, 36, 24, "AUTO", 0, 0, 6, 0.1, 100, 120, 90, 100, 1, 1, None)
    return from_blender(settings, pose)


def test_undo_takes_the_whole_kit_away(blender: Blender, tmp_path: Path) -> None:
    make_slab_field(tmp_path / "slab.stp")
    values = blender.run("native_light", "undo", tmp_path, tmp_path / "slab.stp", timeout=300).values
    start, kit, lit, unlit, undone = values["seen"]
    assert kit["layers"] == ["ViewLayer", "Field Shadows"] and "Catcher slab" in kit["objects"]
    assert lit["worlds"] == ["Former", "Surroundings slab"] and lit["world"] == "Surroundings slab"
    assert unlit == kit and undone == start
    assert values["removed"] == start


def test_a_captured_ball_lights_a_native_one(blender: Blender, tmp_path: Path, studio: str) -> None:
    """In a studio's working space, to which the pictures of the surroundings have to be brought."""
    make_solid_field(tmp_path / "ball.stp", colour=COLOUR)
    place = [1.6, 0.0, 0.0]
    values = blender.run(
        "native_light", "probe", tmp_path, tmp_path / "ball.stp", place, timeout=300, env={"OCIO": studio}
    ).values
    seen = read_picture(Path(values["picture"]))
    assert values["kept"], "the former world stays in the .blend"
    facing = -normals_seen(90, 120, distance=1.2)[..., 0]
    lit, dark = facing > 0.3, facing < -0.3
    assert min(lit.sum(), dark.sum()) > 300
    assert seen[dark, :3].max() < 0.01, "away from it there is nothing that gives light"
    # White matter that faces a far ball gives back `radiance (radius / distance)^2 cos`; light that grazes the captured
    # ball's skin has a longer way in it, so that it looks a twentieth larger.
    wanted = in_acescg(np.asarray(linear(COLOUR))) * (SOLID_RADIUS / 1.6) ** 2 * facing[lit].mean()
    np.testing.assert_allclose(seen[lit, :3].mean(axis=0), wanted, rtol=0.15)


def normals_seen(height: int, width: int, distance: float) -> np.ndarray:
    """(H, W, 3) normals of a native ball in the middle of a picture, camera space; 0 where there is none."""
    y, x = np.mgrid[:height, :width] + 0.5
    focal = 50 / 36 * width
    ray = np.stack([(x - width / 2) / focal, (height / 2 - y) / focal, -np.ones_like(x)], axis=-1)
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    middle = np.array([0.0, 0.0, -distance])
    along = ray @ middle
    inside = along**2 - distance**2 + RADIUS**2
    met = ray * (along - np.sqrt(np.maximum(inside, 0)))[..., None]
    return np.asarray(np.where((inside > 0)[..., None], (met - middle) / RADIUS, 0))


def test_each_frame_has_its_own_here_and_on_a_farm(blender: Blender, tmp_path: Path) -> None:
    shot = Shot(blender, tmp_path)
    write_box_field(shot.field)
    done = sequence(blender, shot, "farm")
    first, second, third = (np.array(colours) for colours in done.values["colours"])
    assert np.abs(first - second).max() > 0.02 and np.abs(second - third).max() > 0.02
    assert done.values["code"] == 0 and done.values["unchanged"], done.stderr
    light = read_manifest(shot.farm).light
    assert sorted((file.frame, Path(file.file).suffix) for file in light if file.frame) == [
        (frame, suffix) for frame in (2, 3, 4) for suffix in (".exr", ".ply")
    ]
    elsewhere = tmp_path / "else where"
    shutil.move(shot.farm, elsewhere)
    for name in ("spacetimepilot_plates", "spacetimepilot_surfaces", "spacetimepilot_surroundings"):
        shutil.rmtree(tmp_path / name)
    shot.farm = elsewhere
    (elsewhere / next(file.file for file in light if file.frame == 4)).write_bytes(b"something else")
    code, told = shot.render("2-4")
    assert code == 1 and "frame 4 (3 of 3) cannot be rendered: light/" in told, told
    for frame in (2, 3):
        seen, wanted = read_picture(shot.picture(frame)), read_picture(Path(done.values["pictures"][str(frame)]))
        np.testing.assert_array_equal(seen, wanted)
    assert np.abs(read_picture(shot.picture(2)) - read_picture(shot.picture(3)))[..., :3].max() > 0.02


def test_what_is_missing_or_stale_is_said(blender: Blender, tmp_path: Path) -> None:
    for act, words in (
        ("lose mesh", "A file of the surfaces of box is missing"),
        ("retime", "The surfaces of box show shot frame 2.00, but the field shows"),
        ("lose picture", "A file of the surroundings of box is missing"),
    ):
        folder = tmp_path / act
        folder.mkdir()
        shot = Shot(blender, folder)
        write_box_field(shot.field)
        done = sequence(blender, shot, act, "render")
        assert done.returncode == 1 and f"Frame 3 of Scene has no native light. {words}" in done.stderr, done.stderr
        assert not (folder / "faulty.exr").exists()
        assert f"Frame {2 if act == 'retime' else 3}: {words[:30]}" in done.stderr, "the farm is told before"
        assert not shot.farm.exists()


def sequence(blender: Blender, shot: Shot, *acts: str) -> Result:
    return blender.run(
        "native_light", "sequence", shot.folder, shot.field, acts, timeout=400, check="render" not in acts
    )
