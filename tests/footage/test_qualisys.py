"""Qualisys' calibration with a video a camera."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bake.footage import examine, read_shot
from tests.footage.making import SHARED
from tests.footage.producers import (
    QUALISYS_CENTRE,
    QUALISYS_FOCAL,
    QUALISYS_LENS,
    pixel_by_opencv,
    pixel_read,
    sentences,
    video,
    write_qualisys,
)


def test_a_point_is_seen_where_the_camera_saw_it(tmp_path: Path) -> None:
    poses = write_qualisys(tmp_path)
    found = examine(tmp_path)
    assert found.shot is not None and found.kind == "Qualisys calibration with videos"
    shot = found.shot
    assert (len(shot.frames), shot.fps, shot.last_frame, shot.metres_per_unit) == (15, 50.0, 4.0, 1.0)
    for frame in shot.frames:
        serial = list(poses)[frame.stream]
        assert frame.name == f"walk_Miqus_{frame.stream + 1}_{serial}.avi[{frame.shot_frame:g}]"
        # Theirs are counted from the middle of the first pixel.
        seen = pixel_by_opencv(poses[serial], QUALISYS_FOCAL, QUALISYS_CENTRE, QUALISYS_LENS) + 0.5
        np.testing.assert_allclose(pixel_read(frame), seen, atol=1e-5)
    assert read_shot(found.source).frames == shot.frames, "the calibration stands for its folder"


def test_a_part_of_the_sensor_shifts_the_centre(tmp_path: Path) -> None:
    write_qualisys(tmp_path)
    whole = read_shot(tmp_path).frames[0].camera
    # The whole picture of the camera reaches two columns and one row further than what it filmed.
    _calibration('kind="none"', "")(tmp_path)
    path = tmp_path / "calibration/Calib.qca.txt"
    text = path.read_text()
    text = text.replace(
        '<fov_video left="0" top="0" right="31" bottom="23" />', '<fov_video left="2" top="1" right="33" bottom="24" />'
    )
    text = text.replace(
        '<fov_video_max left="0" top="0" right="31" bottom="23" />',
        '<fov_video_max left="0" top="0" right="33" bottom="24" />',
    )
    text = text.replace(f'sensorMaxU="{64 * 31}"', f'sensorMaxU="{64 * 33}"').replace(
        f'sensorMaxV="{64 * 23}"', f'sensorMaxV="{64 * 24}"'
    )
    path.write_text(text)
    cut = read_shot(tmp_path).frames[0].camera
    assert (cut.fx, cut.fy) == (whole.fx, whole.fy)
    assert (cut.cx, cut.cy) == pytest.approx((whole.cx - 2, whole.cy - 1))


def test_cameras_for_markers_alone_are_left_out(tmp_path: Path) -> None:
    write_qualisys(tmp_path)
    next((tmp_path / "videos").glob("*23081.avi")).unlink()
    found = examine(tmp_path)
    assert found.shot is not None and len(found.shot.frames) == 10
    assert "its camera 23081 has no video with its serial number in the name; it is left out" in [
        note.what for note in found.notes
    ]


def _calibration(old: str, new: str, count: int = -1) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        path = folder / "calibration/Calib.qca.txt"
        path.write_text(path.read_text().replace(old, new, count))

    return spoil


def _single_picture(folder: Path) -> None:
    shutil.rmtree(folder / "videos")
    video(folder / "videos/walk_Miqus_1_23080.avi", 1)


_FILE = "FOLDER/calibration/Calib.qca.txt"
_UNMATCHED = (
    "FOLDER/videos/walk_Miqus_1_23080.avi: no camera of the calibration has a serial number that stands in its name"
)
BROKEN: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "no XML": (
        lambda folder: (folder / "calibration/Calib.qca.txt").write_text("calibration"),
        [f"{_FILE} is not readable XML: syntax error: line 1, column 0."],
    ),
    "no cameras": (_calibration('active="1"', 'active="0"'), [f"{_FILE} holds no active cameras."]),
    "no videos": (
        lambda folder: shutil.rmtree(folder / "videos"),
        [
            f"{_FILE}: there are no videos beside it, nor in a folder videos/",
            f"{_FILE}: there are too few frames: 0; at least 4 are needed",
        ],
    ),
    "a serial number that no video bears": (_calibration("23080", "99"), [_UNMATCHED]),
    "two videos for a camera": (
        lambda folder: shutil.copy(folder / "videos/walk_Miqus_1_23080.avi", folder / "videos/run_23080.avi"),
        [f"{_FILE}: its camera 23080 has several videos: run_23080.avi, walk_Miqus_1_23080.avi"],
    ),
    "a focal length that is no number": (
        _calibration('focalLengthU="2560.0"', 'focalLengthU="wide"', 1),
        [f"{_FILE}: its camera 23080 has no number focalLengthU in intrinsic"],
    ),
    "a focal length of 0": (
        _calibration('focalLengthU="2560.0"', 'focalLengthU="0"', 1),
        [
            f"{_FILE}, frame walk_Miqus_1_23080.avi[{n}]: its focal length is 0, 41; it must be positive"
            for n in range(5)
        ],
    ),
    "no place": (
        _calibration("<transform ", "<moved ", 1),
        [f"{_FILE}: its camera 23080 has no transform"],
    ),
    "a turned picture": (
        _calibration('viewrotation="0"', 'viewrotation="90"', 1),
        [f"{_FILE}: its camera 23080 is turned by 90 degrees; export its video and calibration unturned"],
    ),
    "a video that is none": (
        lambda folder: (folder / "videos/walk_Miqus_1_23080.avi").write_bytes(b"no video"),
        ["FOLDER/videos/walk_Miqus_1_23080.avi: it is not a video that OpenCV can read"],
    ),
    "videos of different rates": (
        lambda folder: video(folder / "videos/walk_Miqus_1_23080.avi", 5, fps=25.0),
        [
            f"{_FILE}: its videos differ in pictures a second: walk_Miqus_1_23080.avi has 25, walk_Miqus_3_23082.avi "
            "has 50"
        ],
    ),
    "a video of another aspect": (
        lambda folder: video(folder / "videos/walk_Miqus_1_23080.avi", 1, (24, 24)),
        [
            "FOLDER/videos/walk_Miqus_1_23080.avi, frame walk_Miqus_1_23080.avi[0]: the picture is 24x24, but the file "
            "says 32x24, which has another aspect"
        ],
    ),
    "a single picture": (
        _single_picture,
        [f"{_FILE}: there are too few frames: 1; at least 4 are needed"],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken(tmp_path: Path, case: str) -> None:
    write_qualisys(tmp_path)
    spoil, told = BROKEN[case]
    spoil(tmp_path)
    assert sentences(tmp_path, tmp_path) == told


def test_the_real_rig() -> None:
    if not (SHARED / "multicam").is_dir():
        pytest.skip(f"{SHARED / 'multicam'} is not here")
    shot = read_shot(SHARED / "multicam")
    assert (len(shot.frames), shot.fps, shot.last_frame) == (400, 60.0, 99.0)
    # The world's origin lies on the floor between the cameras, so each of them sees it, at one height.
    for frame in shot.frames[::100]:
        x, y = pixel_read(frame, np.zeros(3))
        assert 0 < x < 1088 and 0 < y < 1920
        assert 1.5 < frame.camera.camera_to_world[2, 3] < 2.5, "metres above the floor"
