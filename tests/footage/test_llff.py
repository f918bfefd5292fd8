"""LLFF's poses: a clip as NSFF lays it out, and a rig of videos as DyNeRF does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bake.footage import examine, read_shot
from bake.footage.pixels import load_moving
from tests.footage.producers import (
    COUNT,
    SIZE,
    eyes,
    llff_rows,
    picture,
    pixel_by_opencv,
    pixel_read,
    sentences,
    video,
    write_colmap,
    write_llff,
)


@pytest.mark.parametrize("factor", [1, 4])
def test_a_point_is_seen_where_the_camera_saw_it(tmp_path: Path, factor: int) -> None:
    poses = write_llff(tmp_path, factor=factor)
    found = examine(tmp_path)
    assert found.shot is not None and found.kind == "LLFF poses (poses_bounds.npy)"
    assert [frame.shot_frame for frame in found.shot.frames] == list(range(COUNT))
    assert (found.shot.near, found.shot.far) == (2.5, 7.5)
    for frame, pose in zip(found.shot.frames, poses, strict=True):
        seen = pixel_by_opencv(pose, (38.0, 38.0), (SIZE[0] / 2, SIZE[1] / 2), (0.0,) * 4)
        np.testing.assert_allclose(pixel_read(frame), seen, atol=1e-6)
    resized = [note.what for note in found.notes if "lens was scaled" in note.what]
    assert resized == (["the picture (and 5 more) is 32x24, the file says 128x96; the lens was scaled"] * (factor > 1))


def test_motion_masks(tmp_path: Path) -> None:
    write_llff(tmp_path)
    moving = load_moving(read_shot(tmp_path).frames[3])
    assert moving is not None and moving[:, 3:11].all() and moving.sum() == 8 * SIZE[1]


def test_smaller_pictures_where_there_are_no_others(tmp_path: Path) -> None:
    write_llff(tmp_path, factor=2)
    (tmp_path / "images").rename(tmp_path / "images_2")
    for index, pose in enumerate(eyes()):
        picture(tmp_path / f"images_4/{index:05d}.png", pose, 0.0, (16, 12))
    assert {frame.picture.path.parent.name for frame in read_shot(tmp_path).frames} == {"images_2"}


def test_a_rig_of_videos(tmp_path: Path) -> None:
    poses = eyes(3)
    for index in range(3):
        video(tmp_path / f"cam{index:02d}.avi", 4, fps=30.0)
    np.save(tmp_path / "poses_bounds.npy", llff_rows(poses))
    shot = read_shot(tmp_path)
    assert (len(shot.frames), shot.fps, shot.last_frame) == (12, 30.0, 3.0)
    for frame in shot.frames:
        assert frame.name == f"cam{frame.stream:02d}.avi[{frame.picture.video_frame}]"
        seen = pixel_by_opencv(poses[frame.stream], (38.0, 38.0), (SIZE[0] / 2, SIZE[1] / 2), (0.0,) * 4)
        np.testing.assert_allclose(pixel_read(frame), seen, atol=1e-6)


def test_a_colmap_model_beside_it_is_told_of(tmp_path: Path) -> None:
    pytest.importorskip("pycolmap")
    write_colmap(tmp_path, [f"{index:05d}.png" for index in range(COUNT)])
    np.save(tmp_path / "poses_bounds.npy", llff_rows(eyes()))
    found = examine(tmp_path)
    assert found.kind.startswith("LLFF")
    assert f"name {tmp_path / 'sparse/0'} to read its COLMAP model instead" in found.notes[0].what


def _rows(change: Callable[[np.ndarray], object]) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        rows = np.load(folder / "poses_bounds.npy")
        change(rows)
        np.save(folder / "poses_bounds.npy", rows)

    return spoil


def _set(row: int, columns: slice | int, value: float) -> Callable[[np.ndarray], object]:
    return lambda rows: rows.__setitem__((row, columns), value)


_FILE = "FOLDER/poses_bounds.npy"
BROKEN: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "no array": (
        lambda folder: (folder / "poses_bounds.npy").write_bytes(b"no array"),
        [f"{_FILE} is not a readable array of numbers."],
    ),
    "another shape": (
        lambda folder: np.save(folder / "poses_bounds.npy", np.zeros((6, 15))),
        [f"{_FILE} has the shape 6x15; poses are N rows of 17 numbers."],
    ),
    "one picture more than cameras": (
        lambda folder: shutil.copy(folder / "images/00002.png", folder / "images/00009.png"),
        [
            f"{_FILE}: it has 6 cameras, but there are 7 pictures in images; each needs the other, in the order of the "
            "names",
            f"{_FILE}: there are too few frames: 0; at least 4 are needed",
        ],
    ),
    "no pictures": (
        lambda folder: shutil.rmtree(folder / "images"),
        [
            f"{_FILE}: there are no pictures in images/ beside it, and no videos",
            f"{_FILE}: there are too few frames: 0; at least 4 are needed",
        ],
    ),
    "a pose that is not a number": (
        _rows(_set(2, 3, float("nan"))),
        [f"{_FILE}, frame images/00002.png: its matrix holds numbers that are not finite"],
    ),
    "a pose of zeros": (
        _rows(_set(2, slice(0, 3), 0.0)),
        [f"{_FILE}, frame images/00002.png: its matrix is not rigid: it scales or shears"],
    ),
    "no focal length": (
        _rows(_set(2, 14, 0.0)),
        [f"{_FILE}, frame images/00002.png: its focal length is 0, 0; it must be positive"],
    ),
    "pictures of another aspect": (
        _rows(_set(2, 4, 90.0)),
        [
            "FOLDER/images/00002.png, frame images/00002.png: the picture is 32x24, but the file says 32x90, which has "
            "another aspect"
        ],
    ),
    "a damaged picture": (
        lambda folder: (folder / "images/00002.png").write_bytes(b"no picture"),
        ["FOLDER/images/00002.png, frame images/00002.png: it is not a readable picture"],
    ),
    "a motion mask of another shape": (
        lambda folder: picture(folder / "motion_masks/00002.png", eyes()[0], 0.0, (20, 20)),
        ["FOLDER/motion_masks/00002.png, frame images/00002.png: the mask of what moves is 20x20, its picture 32x24"],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken(tmp_path: Path, case: str) -> None:
    write_llff(tmp_path)
    spoil, told = BROKEN[case]
    spoil(tmp_path)
    assert sentences(tmp_path, tmp_path) == told
