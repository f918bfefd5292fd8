"""Small captures of a ball that moves, written to disk in the way the tests ask for."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bake.contract.camera import Camera

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def look_at(eye: tuple[float, float, float]) -> np.ndarray:
    """(4, 4) camera to world of a camera at `eye` that looks at the origin, Z up."""
    back = np.asarray(eye) / np.linalg.norm(eye)
    right = np.cross((0.0, 0.0, 1.0), back)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(back, right), back], axis=1)
    pose[:3, 3] = eye
    return pose


def orbit(index: int, count: int) -> np.ndarray:
    angle = 2 * math.pi * index / count
    return look_at((4 * math.cos(angle), 4 * math.sin(angle), 1.0))


def ball_picture(camera: Camera, time: float) -> np.ndarray:
    """(H, W, 4) uint8, straight alpha: a red and white ball of radius 0.8 that travels along x as time goes 0 to 1."""
    centre, depth = camera.project(np.array([[time - 0.5, 0.0, 0.0]]))
    radius = 0.8 * camera.fx / depth[0]
    y, x = np.mgrid[0 : camera.height, 0 : camera.width] + 0.5
    distance = np.hypot(x - centre[0, 0], y - centre[0, 1])
    picture = np.zeros((camera.height, camera.width, 4))
    picture[..., 0] = 230
    picture[..., 1:3] = np.where(y < centre[0, 1], 200, 40)[..., None]
    picture[..., 3] = np.clip(radius - distance + 0.5, 0, 1) * 255
    return picture.astype(np.uint8)


def make_capture(
    folder: Path, *, count: int = 6, size: tuple[int, int] = (32, 24), name: str = "transforms.json", **header: Any
) -> Path:
    """A sound capture in nerfstudio's layout; `header` adds to or replaces what the file says. Returns the file."""
    width, height = size
    focal = 1.2 * width
    (folder / "images").mkdir(parents=True, exist_ok=True)
    frames = []
    for index in range(count):
        pose = orbit(index, count)
        time = index / (count - 1)
        camera = Camera(width, height, focal, focal, width / 2, height / 2, tuple(pose.ravel()))
        path = f"images/{index:04d}.png"
        Image.fromarray(ball_picture(camera, time)).save(folder / path)
        frames.append({"file_path": path, "time": time, "transform_matrix": pose.tolist()})
    document = {
        "camera_model": "OPENCV",
        "w": width,
        "h": height,
        "fl_x": focal,
        "fl_y": focal,
        "cx": width / 2,
        "cy": height / 2,
        "fps": 24,
        "frames": frames,
    }
    document |= header
    return write(folder / name, document)


def write(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def edited(path: Path, change: Any) -> Path:
    """Apply `change` to the document in a JSON file, and write it back."""
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    return write(path, document)
