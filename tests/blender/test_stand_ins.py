"""Fields are seen themselves where they are near, by their stand-ins where they are far, and the change is not seen."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from bake.contract.farm_folder import read_manifest
from bake.contract.stand_in import MARGIN
from tests.analytic_field import make_solid_field
from tests.blender.fields import write_box_field
from tests.blender.harness import Blender
from tests.blender.test_farm import Shot
from tests.blender.test_frames import read_picture
from tests.blender.test_occlusion import linear

COLOUR = (0.8, 0.4, 0.2)
CARD = np.array([0.05, 0.2, 0.6, 1.0])


def test_near_halfway_and_far(blender: Blender, tmp_path: Path) -> None:
    """A native card is behind: what lets it through where the ball is solid would be seen as blue."""
    make_solid_field(tmp_path / "ball.stp", colour=COLOUR)
    found = blender.run("stand_ins", "switch", tmp_path, tmp_path / "ball.stp", timeout=400).values
    ball = np.array([*linear(COLOUR), 1.0])
    for merge in ("fast", "exact"):
        for name, plates in (("near", [1, 0]), ("halfway", [1, 1]), ("far", [0, 1])):
            seen = found[f"{merge} {name}"]
            assert [seen["with, plates"], seen["without, plates"]] == plates, (merge, name)
            hybrid, field = read_picture(Path(seen["with"])), read_picture(Path(seen["without"]))
            solid = np.abs(field - ball).max(axis=-1) < 0.01
            assert solid.sum() > 60
            away = np.abs(hybrid - field)
            if name == "near":
                np.testing.assert_array_equal(hybrid, field)
            # The mesh is as round as the ball but for its voxels; the edges' pixels may be of another mixture.
            inner = solid & np.roll(solid, 2, 0) & np.roll(solid, -2, 0) & np.roll(solid, 2, 1) & np.roll(solid, -2, 1)
            assert inner.sum() > 20 and away[inner].max() < 0.01, (merge, name, away[inner].max())
            assert np.sqrt(np.mean(away**2)) < 0.012, (merge, name)
            card = np.abs(field - CARD).max(axis=-1) < 0.01
            assert card.sum() > 300 and (away[card].max(axis=-1) > 0.05).sum() < 0.01 * card.sum(), (merge, name)
        hidden, native = (read_picture(Path(found[f"{merge} {name}"])) for name in ("hidden", "native"))
        np.testing.assert_allclose(hidden, native, atol=1e-6, err_msg="without plates the render is whole")
    bright = read_picture(Path(found["bright"]))
    assert np.abs(bright - [*2 * ball[:3], 1]).max(axis=-1).min() < 0.01, "the stand-in is exposed as its field"
    assert found["light"] == ["camera"], "it changes no native object"


def test_nodes_and_plates_agree_for_each_camera(blender: Blender, tmp_path: Path) -> None:
    make_solid_field(tmp_path / "ball.stp", colour=COLOUR)
    values = blender.run("stand_ins", "lenses", tmp_path, tmp_path / "ball.stp", timeout=300).values
    assert len(values["found"]) == 4
    for kind, rows in values["found"].items():
        fades = [fade for fade, _ in rows]
        points = [count for _, count in rows]
        assert fades[:2] == [0, 0] and fades[4] == 1 and 0 < fades[2] < 0.02 < 0.98 < fades[3] < 1, (kind, fades)
        assert points[0] > 100 and points == [points[0]] * 4 + [0], (kind, points)
        # Where the field is seen as well, the stand-in is moved away from the camera, and along its rays.
        (flat, still), (same, moved) = values["pushed"][kind]
        flat, still, same, moved = (np.array(points) for points in (flat, still, same, moved))
        np.testing.assert_allclose(same, flat, atol=1e-4, err_msg=kind)
        np.testing.assert_allclose(moved - still, MARGIN * 2.8 * 1.5, rtol=0.3, err_msg=kind)
    assert "panoramic" in values["refused"].lower() or "pano" in values["refused"], values["refused"]
    assert "has no camera" in values["without"]


def test_a_shot_here_and_on_a_farm(blender: Blender, tmp_path: Path) -> None:
    shot = Shot(blender, tmp_path)
    write_box_field(shot.field)
    values = blender.run("stand_ins", "sequence", tmp_path, shot.field, timeout=500).values
    assert len(values["made"]) == 4, "two boxes that are a frame apart share their meshes"
    assert values["code"] == 0 and values["kept"] == ["box", "box.001"]
    manifest = read_manifest(shot.farm)
    assert [bool(plate.plate) for frame in (2, 3, 4) for plate in manifest.of_frames([frame])] == [True] * 4 + [
        False
    ] * 2
    assert len([file for file in manifest.light if file.file.endswith(".ply")]) == 6
    elsewhere = tmp_path / "else where"
    shutil.move(shot.farm, elsewhere)
    for name in ("spacetimepilot_plates", "spacetimepilot_stand_ins"):
        shutil.rmtree(tmp_path / name)
    shot.farm = elsewhere
    code, told = shot.render("4,2,3")
    assert code == 0, told
    pictures = {}
    for frame in (2, 3, 4):
        pictures[frame] = read_picture(shot.picture(frame))
        np.testing.assert_array_equal(pictures[frame], read_picture(Path(values["pictures"][str(frame)])))
        assert (pictures[frame][..., 3] > 0.9).sum() > 150
    words = ("show shot frame 1.00, but the field shows", "before it was baked again", "another crop or exposure")
    faults = values["faults"]
    for fault, word in zip(faults[:3], words, strict=True):
        assert all(word in one and "Press Make Stand-In again" in one for one in fault) and len(fault) == 2, fault
    assert faults[3] == [""], "when it is seen may be chosen at any time"
    assert all("stops at frame" in one for one in faults[4]) and len(faults[4]) == 2, faults[4]
    assert all("stand_in_0003.ply" in one for one in faults[5][:1]), faults[5]


def test_undo_and_remove_take_stand_ins_away(blender: Blender, tmp_path: Path) -> None:
    make_solid_field(tmp_path / "ball.stp", colour=COLOUR)
    values = blender.run("stand_ins", "undo", tmp_path, tmp_path / "ball.stp", timeout=200).values
    start, made, undone, removed = values["seen"]
    assert set(made["objects"]) - set(start["objects"]) == {"Stand-In ball", "Stand-In ball.001"}
    assert set(made["collections"]) - set(start["collections"]) == {"Stand-Ins"}
    assert undone == start and removed == start
    assert values["left"] == ["Stand-In ball.001"]
