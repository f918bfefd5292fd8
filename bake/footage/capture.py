"""A capture as its files state it, whoever wrote them: what every reader makes, and `captured` turns into a shot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Camera, Lens
from ..contract.shot_description import Alpha
from .shot import DepthMap

PINHOLE = Lens()


class Purpose(StrEnum):
    """What the footage is for, which decides what is asked of it."""

    BAKE = "bake"
    TRUTH = "truth"
    """To compare pictures with; a single frame will do, in any order."""


class BadEntry(ValueError):
    """A frame of a capture that cannot be understood; the message says why."""


@dataclass(frozen=True)
class Intrinsics:
    """What a capture says of a lens, in pixels of the size that it declares (None where it is silent)."""

    width: int | None
    height: int | None
    fx: float | None
    fy: float | None
    cx: float | None
    cy: float | None
    angle_x: float | None = None
    angle_y: float | None = None
    lens: Lens = PINHOLE

    def camera(self, matrix: NDArray[np.float64], width: int, height: int) -> Camera:
        """The camera of a picture of width x height pixels.

        Parameters
        ----------
        matrix : (4, 4) float64
            Camera to world.

        Raises
        ------
        BadEntry
            If there is no focal length, or the picture has another aspect than the file declares.
        """
        w, h = self.width or width, self.height or height
        if abs(width / w - height / h) * max(w, h) > 1.0:
            raise BadEntry(f"the picture is {width}x{height}, but the file says {w}x{h}, which has another aspect")
        fx = self.fx if self.fx is not None else _focal(w, self.angle_x)
        fy = self.fy if self.fy is not None else _focal(h, self.angle_y)
        fx, fy = fx if fx is not None else fy, fy if fy is not None else fx
        if fx is None or fy is None:
            raise BadEntry("there is no focal length (fl_x, fl_y or camera_angle_x)")
        cx = w / 2 if self.cx is None else self.cx
        cy = h / 2 if self.cy is None else self.cy
        camera = Camera(w, h, fx, fy, cx, cy, tuple(float(v) for v in matrix.ravel()), lens=self.lens)
        return camera if (w, h) == (width, height) else camera.resized(width, height)


@dataclass(frozen=True)
class Entry:
    """One frame as a capture states it.

    `matrix` is (4, 4) float64, OpenGL camera to world. `time` and `shot_frame` are as written; either may be None.
    `stream` names the physical camera, None where the capture is silent. The rest is as in `shot.Picture`.
    """

    name: str
    path: Path | None
    intrinsics: Intrinsics
    matrix: NDArray[np.float64]
    time: float | None = None
    shot_frame: float | None = None
    stream: str | None = None
    video_frame: int | None = None
    mask: Path | None = None
    moving: Path | None = None
    depth: DepthMap | None = None
    exposure: float | None = None


@dataclass(frozen=True)
class Capture:
    """A capture, taken apart. `path` is the file that a person would call it by."""

    path: Path
    name: str
    entries: tuple[Entry, ...]
    fps: float | None = None
    frames_in_shot: int | None = None
    near: float | None = None
    far: float | None = None
    metres_per_unit: float = 1.0
    alpha: Alpha | None = None
    """What the file says of the alpha of its pictures; None where it is silent."""


def opengl(opencv: NDArray[np.float64]) -> NDArray[np.float64]:
    """A (4, 4) camera-to-world matrix of a camera that looks down +Z with Y down, as one that looks down -Z, Y up."""
    return opencv @ np.diag((1.0, -1.0, -1.0, 1.0))


def _focal(size: int, angle: float | None) -> float | None:
    return None if angle is None or not 0 < angle < math.pi else size / 2 / math.tan(angle / 2)
