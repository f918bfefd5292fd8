"""Captures laid out as other producers lay them out, with known cameras and tiny pictures."""

from __future__ import annotations

import json
import xml.etree.ElementTree as XML
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from bake.contract.camera import Camera
from bake.contract.errors import UserError
from bake.footage import examine
from bake.footage.lens import distorted
from bake.footage.shot import Frame
from tests.footage.making import ball_picture, look_at, orbit

SIZE = (32, 24)
POINT = np.array([0.31, -0.22, 0.4])
"""A point that every camera here sees."""
COUNT = 6


def eyes(count: int = COUNT) -> list[np.ndarray]:
    """(4, 4) camera-to-world matrices, OpenGL, of cameras that look at the origin."""
    return [orbit(index, count + 3) for index in range(count)]


def opencv(pose: np.ndarray) -> np.ndarray:
    """(4, 4) world to camera, looking down +Z with Y down, of an OpenGL camera-to-world matrix."""
    return np.linalg.inv(pose @ np.diag((1.0, -1.0, -1.0, 1.0)))


def pixel_by_opencv(pose: np.ndarray, focal: Sequence[float], centre: Sequence[float], lens: Sequence[float]) -> Any:
    """Where `POINT` is seen as OpenCV projects it; (x, y) counted as `centre` is."""
    world_to_camera = opencv(pose)
    matrix = np.array([[focal[0], 0, centre[0]], [0, focal[1], centre[1]], [0, 0, 1]], dtype=np.float64)
    turn, _ = cv2.Rodrigues(world_to_camera[:3, :3])
    seen, _ = cv2.projectPoints(POINT[None], turn, world_to_camera[:3, 3], matrix, np.asarray(lens, dtype=np.float64))
    return seen.reshape(2)


def pixel_read(frame: Frame, point: np.ndarray = POINT) -> np.ndarray:
    """Where a frame of a shot sees a point, lens included; (x, y) from the top left corner."""
    local = np.linalg.inv(frame.camera.camera_to_world) @ (*point, 1.0)
    return distorted(frame.camera, np.array([[local[0], -local[1]]]) / -local[2])[0]


def picture(path: Path, pose: np.ndarray, time: float, size: tuple[int, int] = SIZE) -> Path:
    """An opaque picture of the ball at `time` in [0, 1], written to `path`."""
    width, height = size
    camera = Camera(width, height, 1.2 * width, 1.2 * width, width / 2, height / 2, tuple(pose.ravel()))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(ball_picture(camera, time)[..., :3]).save(path)
    return path


def video(path: Path, count: int, size: tuple[int, int] = SIZE, fps: float = 50.0) -> Path:
    """A tiny video whose pictures grow brighter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, size)
    for index in range(count):
        writer.write(np.full((size[1], size[0], 3), 20 + 30 * index, dtype=np.uint8))
    writer.release()
    return path


def write_colmap(
    folder: Path,
    names: Sequence[str],
    *,
    kind: str = "bin",
    model: str = "OPENCV",
    parameters: Sequence[float] = (38.0, 39.0, 15.5, 12.5, 0.02, -0.01, 0.002, 0.001),
    place: str = "sparse/0",
) -> Any:
    """COLMAP's folders: `images/` and a model that COLMAP itself has written. Returns the reconstruction."""
    import pycolmap

    reconstruction = pycolmap.Reconstruction()
    camera = pycolmap.Camera(model=model, width=SIZE[0], height=SIZE[1], params=list(parameters), camera_id=1)
    reconstruction.add_camera_with_trivial_rig(camera)
    track = pycolmap.Track()
    for number, (name, pose) in enumerate(zip(names, eyes(len(names)), strict=True), start=1):
        picture(folder / "images" / name, pose, (number - 1) / (len(names) - 1))
        world_to_camera = opencv(pose)
        rigid = pycolmap.Rigid3d(pycolmap.Rotation3d(world_to_camera[:3, :3]), world_to_camera[:3, 3])
        seen = np.zeros((1, 2))
        image = pycolmap.Image(name=name, keypoints=seen, camera_id=1, image_id=number)
        reconstruction.add_image_with_trivial_frame(image, rigid)
        track.add_element(number, 0)
    reconstruction.add_point3D(POINT, track, np.zeros(3, dtype=np.uint8))
    target = folder / place
    target.mkdir(parents=True)
    (reconstruction.write_text if kind == "txt" else reconstruction.write_binary)(target)
    return reconstruction


NERFIES_LENS = (0.03, -0.02, 0.004, -0.003, 0.01)
"""k1, k2, p1, p2, k3."""


def write_nerfies(folder: Path, *, sizes: Sequence[int] = (2, 4), time_key: str = "warp_id") -> dict[str, np.ndarray]:
    """A HyperNeRF capture of a left and a right camera, every third picture held back. Returns the pose of each id."""
    poses = {}
    scale, centre = 0.25, np.array([1.0, -2.0, 0.5])
    metadata = {}
    for index, pose in enumerate(eyes(8)):
        own = f"{('left', 'right')[index % 2]}_{index // 2:06d}"
        poses[own] = pose
        metadata[own] = {time_key: index // 2, "appearance_id": index // 2, "camera_id": index % 2}
        for factor in sizes:
            picture(folder / f"rgb/{factor}x/{own}.png", pose, index / 7, (64 // factor, 48 // factor))
        # Their own coordinates are those of COLMAP; the scene's scale and centre lead to ours.
        document = {
            "orientation": opencv(pose)[:3, :3].tolist(),
            "position": (pose[:3, 3] / scale + centre).tolist(),
            "focal_length": 76.0,
            "principal_point": [31.0, 25.0],
            "skew": 0.0,
            "pixel_aspect_ratio": 1.02,
            "radial_distortion": [NERFIES_LENS[0], NERFIES_LENS[1], NERFIES_LENS[4]],
            "tangential_distortion": [NERFIES_LENS[2], NERFIES_LENS[3]],
            "image_size": [64, 48],
        }
        _json(folder / f"camera/{own}.json", document)
    ids = list(poses)
    held = ids[2::3]
    dataset = {
        "count": len(ids),
        "num_exemplars": len(ids) - len(held),
        "ids": ids,
        "train_ids": [own for own in ids if own not in held],
        "val_ids": held,
    }
    _json(folder / "dataset.json", dataset)
    _json(folder / "metadata.json", metadata)
    _json(folder / "scene.json", {"scale": scale, "center": centre.tolist(), "near": 0.05, "far": 2.5})
    return poses


def llff_rows(poses: Sequence[np.ndarray], size: tuple[int, int] = SIZE, focal: float = 38.0) -> np.ndarray:
    """(N, 17): LLFF's down, right, backwards, place, and (height, width, focal length); nearest and farthest depth."""
    rows = []
    for pose in poses:
        right, up, back, place = pose[:3].T
        columns = np.stack([-up, right, back, place, (size[1], size[0], focal)], axis=1)
        rows.append([*columns.ravel(), 2.5, 7.5])
    return np.array(rows)


def write_llff(folder: Path, *, factor: int = 1) -> list[np.ndarray]:
    """NSFF's folders: `images/`, `motion_masks/`, `poses_bounds.npy` of pictures `factor` times as large."""
    poses = eyes()
    for index, pose in enumerate(poses):
        picture(folder / f"images/{index:05d}.png", pose, index / (COUNT - 1))
        moving = np.zeros(SIZE[::-1], dtype=np.uint8)
        moving[:, index : index + 8] = 255
        (folder / "motion_masks").mkdir(exist_ok=True)
        Image.fromarray(moving).save(folder / f"motion_masks/{index:05d}.png")
    size = (SIZE[0] * factor, SIZE[1] * factor)
    np.save(folder / "poses_bounds.npy", llff_rows(poses, size, 38.0 * factor))
    return poses


QUALISYS_LENS = (-0.046, 0.14, 0.0006, 0.0007, 0.0)
"""k1, k2, p1, p2, k3."""
QUALISYS_FOCAL, QUALISYS_CENTRE = (40.0, 41.0), (15.25, 11.75)


def write_qualisys(folder: Path, *, count: int = 5) -> dict[str, np.ndarray]:
    """A calibration as QTM exports it, in `calibration/`, with `videos/`. Returns the pose of each camera, metres."""
    root = XML.Element("calibration", created="2024-01-01", source="calibration.qca.txt", type="regular")
    XML.SubElement(root, "results", {"std-dev": "0.4", "min-max-diff": "1.1"})
    cameras = XML.SubElement(root, "cameras")
    poses = {}
    for index, angle in enumerate((0.3, 1.7, 3.9)):
        serial = f"2308{index}"
        pose = poses[serial] = look_at((3 * np.cos(angle), 3 * np.sin(angle), 1.2))
        camera = XML.SubElement(cameras, "camera", {"active": "1", "serial": serial, "model": "Miqus Video"})
        camera.set("viewrotation", "0")
        edges = {"left": "0", "top": "0", "right": str(SIZE[0] - 1), "bottom": str(SIZE[1] - 1)}
        for kind in ("fov_marker", "fov_marker_max", "fov_video", "fov_video_max"):
            XML.SubElement(camera, kind, edges)
        place = {axis: f"{1000 * value:.9f}" for axis, value in zip("xyz", pose[:3, 3], strict=True)}
        turn = {f"r{i + 1}{j + 1}": repr(float(pose[j, i])) for i in range(3) for j in range(3)}
        XML.SubElement(camera, "transform", {**place, **turn})
        k1, k2, p1, p2, k3 = QUALISYS_LENS
        lens = {
            "focallength": "9.3",
            "sensorMinU": "0.0",
            "sensorMaxU": str(64 * (SIZE[0] - 1)),
            "sensorMinV": "0.0",
            "sensorMaxV": str(64 * (SIZE[1] - 1)),
            "focalLengthU": str(64 * QUALISYS_FOCAL[0]),
            "focalLengthV": str(64 * QUALISYS_FOCAL[1]),
            "centerPointU": str(64 * QUALISYS_CENTRE[0]),
            "centerPointV": str(64 * QUALISYS_CENTRE[1]),
            "skew": "0.0",
            "radialDistortion1": str(k1),
            "radialDistortion2": str(k2),
            "radialDistortion3": str(k3),
            "tangentalDistortion1": str(p1),
            "tangentalDistortion2": str(p2),
        }
        XML.SubElement(camera, "intrinsic", lens)
        video(folder / f"videos/walk_Miqus_{index + 1}_{serial}.avi", count)
    (folder / "calibration").mkdir()
    XML.ElementTree(root).write(folder / "calibration/Calib.qca.txt", encoding="ascii", xml_declaration=True)
    return poses


def _json(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")


def sentences(path: Path, folder: Path) -> list[str]:
    """Everything that a person is told is wrong with the footage at `path`; the folder is written as FOLDER."""
    try:
        told = [str(problem) for problem in examine(path).problems]
    except UserError as error:
        told = [error.sentence]
    return [sentence.replace(str(folder), "FOLDER") for sentence in told]
