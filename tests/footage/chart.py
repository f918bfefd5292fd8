"""A colour chart of 24 patches on a board, filmed by cameras around it, in whatever colour space a test asks for."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import PyOpenColorIO as ocio

from bake.contract.camera import Camera
from tests.footage.making import look_at, write

ROWS, COLUMNS = 4, 6
SIZE = (96, 64)
BLENDERS_CONFIG = "lib/python*/site-packages/bpy/*/datafiles/colormanagement/config.ocio"


def patches(brightest: float) -> np.ndarray:
    """(24, 3) scene-linear Rec.709: a row of greys from dark to `brightest`, and 18 colours that differ."""
    greys = np.geomspace(0.02, brightest, COLUMNS)[:, None].repeat(3, axis=1)
    turns = np.arange(18) / 18
    hues = 0.5 + 0.45 * np.cos(2 * np.pi * (turns[:, None] - np.array([0, 1, 2]) / 3))
    levels = np.geomspace(0.05, 0.6 * brightest, 18)[(7 * np.arange(18)) % 18]
    return np.concatenate([greys, hues * levels[:, None]]).astype(np.float32)


def board(colours: np.ndarray, cell: int = 32) -> np.ndarray:
    """(H, W, 3) of the patches, `cell` pixels along an edge each."""
    return colours.reshape(ROWS, COLUMNS, 3).repeat(cell, axis=0).repeat(cell, axis=1)


def encoded(light: np.ndarray, space: str, config: str) -> np.ndarray:
    """Scene-linear Rec.709 as OpenColorIO stores it in a colour space of a configuration."""
    known = ocio.Config.CreateFromFile(config)
    linear = next(name for name in ("lin_rec709", "Linear Rec.709") if known.getColorSpace(name) is not None)
    values = np.ascontiguousarray(light, dtype=np.float32).reshape(-1, 3).copy()
    known.getProcessor(linear, space).getDefaultCPUProcessor().applyRGB(values)
    return values.reshape(light.shape)


def make_chart(folder: Path, stored: np.ndarray, count: int = 9, suffix: str = ".png") -> Path:
    """A capture of a board that shows `stored` (24, 3); its patches lie within x and z of [-1.5, 1.5] and [-1, 1].

    Beyond the board there is nothing (alpha). PNG files have 16 bits a channel; OpenEXR files hold floats.
    """
    width, height = SIZE
    (folder / "images").mkdir(parents=True, exist_ok=True)
    frames = []
    for index in range(count):
        turn = (index % 3 - 1) * 0.35
        camera = _camera(turn, (index // 3 - 1) * 0.8)
        path = f"images/{index:04d}{suffix}"
        _write(folder / path, _seen(camera, stored))
        matrix = camera.camera_to_world.tolist()
        frames.append({"file_path": path, "time": index / (count - 1), "transform_matrix": matrix})
    focal = _camera(0, 0).fx
    return write(
        folder / "transforms.json",
        {"w": width, "h": height, "fl_x": focal, "fl_y": focal, "cx": width / 2, "cy": height / 2, "fps": 24}
        | {"frames": frames},
    )


def places(camera: Camera) -> np.ndarray:
    """(24, 2) where the patches' middles are in a picture, pixels from the top left corner."""
    row, column = np.divmod(np.arange(ROWS * COLUMNS), COLUMNS)
    points = np.stack([column / COLUMNS * 3 - 1.25, np.zeros(24), 0.75 - row / ROWS * 2], axis=-1)
    return camera.project(points)[0]


def front() -> Camera:
    """Straight before the board."""
    return _camera(0.0, 0.0)


def _camera(turn: float, lift: float) -> Camera:
    width, height = SIZE
    pose = look_at((5 * np.sin(turn), -5 * np.cos(turn), lift))
    return Camera(width, height, 1.5 * width, 1.5 * width, width / 2, height / 2, tuple(pose.ravel()))


def _seen(camera: Camera, stored: np.ndarray) -> np.ndarray:
    """(H, W, 4), alpha 0 or 1, so that straight and premultiplied are the same."""
    y, x = np.mgrid[0 : camera.height, 0 : camera.width] + 0.5
    local = np.stack([(x - camera.cx) / camera.fx, (camera.cy - y) / camera.fy, -np.ones_like(x)], axis=-1)
    pose = camera.camera_to_world
    rays = local @ pose[:3, :3].T
    hit = pose[:3, 3] - rays * (pose[1, 3] / rays[..., 1:2])
    column, row = np.floor((hit[..., 0] + 1.5) * 2), np.floor((1 - hit[..., 2]) * 2)
    inside = (column >= 0) & (column < COLUMNS) & (row >= 0) & (row < ROWS)
    number = np.clip(row * COLUMNS + column, 0, 23).astype(int)
    return np.concatenate([stored[number], inside[..., None]], axis=-1).astype(np.float32) * inside[..., None]


def _write(path: Path, picture: np.ndarray) -> None:
    if path.suffix == ".exr":
        import OpenEXR

        OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION}, {"RGBA": picture}).write(str(path))
    else:
        deep = np.round(np.clip(picture, 0, 1) * 65535).astype(np.uint16)
        assert cv2.imwrite(str(path), cv2.cvtColor(deep, cv2.COLOR_RGBA2BGRA))
