"""A clip that Blender has solved becomes footage with one click in the Movie Clip editor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bake.contract.shot_description import read_shot_description
from tests.blender.harness import Blender, Result


def used(blender: Blender, folder: Path, act: str = "", **clip: Any) -> tuple[Result, dict[str, Any]]:
    numbers = {"noise": 0.0, "first": 1, "last": 12} | clip
    done = blender.run("use_clip", folder, numbers["noise"], numbers["first"], numbers["last"], act)
    return done, done.values


def test_it_is_filmed_as_it_was_solved(blender: Blender, tmp_path: Path) -> None:
    done, found = used(blender, tmp_path, first=3, last=11)
    assert found["said"] == "{'FINISHED'}" and found["source"] == "SCENE", found
    assert "9 frames, filmed by take_0005.png Camera, solve error 0.0" in done.stdout
    frames = read_shot_description(Path(found["description"])).streams[0].frames
    names = [Path(frame.path).name for frame in frames]
    assert names == [f"take_{number:04d}.png" for number in range(7, 16)], "only what was solved"
    assert [frame.shot_frame for frame in frames] == list(range(9))
    assert frames[0].camera.lens.coefficients[0] == pytest.approx(-0.02)
    seen = np.array([frame.camera.camera_to_world for frame in frames]).reshape(-1, 4, 4)
    truth = np.array(found["truth"]).reshape(-1, 4, 4)[2:11]
    turned = [np.linalg.inv(poses[0, :3, :3]) @ poses[:, :3, :3] for poses in (seen, truth)]
    np.testing.assert_allclose(turned[0], turned[1], atol=5e-3)
    ways = [np.linalg.norm(poses[1:, :3, 3] - poses[0, :3, 3], axis=1) for poses in (seen, truth)]
    np.testing.assert_allclose(ways[0] / ways[0][-1], ways[1] / ways[1][-1], atol=5e-3)


def test_nothing_else_comes_about_and_undo_takes_it_back(blender: Blender, tmp_path: Path) -> None:
    _, found = used(blender, tmp_path, act="undone")
    before, after, undone = found["there"]
    assert sorted([*before[0], "take_0005.png Camera"]) == after[0]
    assert after[1:3] == before[1:3] and after[4:] == before[4:] and after[3] == 1
    assert undone == before


@pytest.mark.parametrize(("act", "camera"), [("driven", "Camera"), ("twice", "take_0005.png Camera")])
def test_a_camera_that_is_there_is_used(blender: Blender, tmp_path: Path, act: str, camera: str) -> None:
    _, found = used(blender, tmp_path, act=act)
    assert found["streams"] == [[camera, "take_0005.png", 21, 0, 12]], found


def test_a_poor_solve_is_told(blender: Blender, tmp_path: Path) -> None:
    done, found = used(blender, tmp_path, noise=3.0)
    assert found["said"] == "{'FINISHED'}"
    assert "Warning: take_0005.png" in done.stdout and "That is high" in done.stdout, done.stdout


def test_a_clip_that_is_not_solved_is_refused(blender: Blender, tmp_path: Path) -> None:
    _, found = used(blender, tmp_path, act="unsolved")
    assert "The clip take_0005.png is not solved. Track it" in found["said"]
    assert found["there"][0] == found["there"][1], "nothing was left behind"
