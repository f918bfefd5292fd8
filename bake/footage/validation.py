"""Is this footage fit to be baked? Everything that is wrong is found in one go."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

import numpy as np

from ..contract.camera import Camera
from ..contract.errors import UserError
from .depth import read_depth
from .lens import check_lens
from .pictures import PictureInfo, inspect_picture
from .problems import Findings
from .shot import DepthMap, Frame
from .video import inspect_video

FEWEST_FRAMES = 4
"""Below this there is nothing to learn a motion from."""
_RIGID = 1e-3


def check_matrix(matrix: np.ndarray, file: object, name: str, findings: Findings) -> bool:
    """Whether a (4, 4) matrix is finite and rigid; otherwise a problem is recorded."""
    rotation = matrix[:3, :3]
    if not np.all(np.isfinite(matrix)):
        what = "its matrix holds numbers that are not finite"
    elif np.max(np.abs(matrix[3] - (0, 0, 0, 1))) > 1e-6:
        what = "the last row of its matrix is not 0 0 0 1"
    elif np.max(np.abs(rotation.T @ rotation - np.eye(3))) > _RIGID:
        what = "its matrix is not rigid: it scales or shears"
    elif np.linalg.det(rotation) < 0:
        what = "its matrix mirrors (it is left-handed); matrices must be OpenGL camera-to-world"
    else:
        return True
    findings.problem(what, file=file, frame=name)
    return False


def rigid(matrix: np.ndarray) -> np.ndarray:
    """The rigid (4, 4) matrix nearest to one that passed `check_matrix`."""
    left, _, right = np.linalg.svd(matrix[:3, :3])
    cleaned = matrix.copy()
    cleaned[:3, :3] = left @ right
    return cleaned


def check_intrinsics(camera: Camera, file: object, name: str, findings: Findings) -> None:
    """Record a problem where focal length, principal point or lens make no sense."""
    if not (camera.width > 0 and camera.height > 0):
        findings.problem(f"its size is {camera.width}x{camera.height}", file=file, frame=name)
        return
    if not (math.isfinite(camera.fx) and math.isfinite(camera.fy) and camera.fx > 0 and camera.fy > 0):
        findings.problem(
            f"its focal length is {camera.fx:g}, {camera.fy:g}; it must be positive", file=file, frame=name
        )
        return
    # A shifted lens may look past its own picture, but not by several pictures.
    far_off = abs(camera.cx / camera.width - 0.5) > 3 or abs(camera.cy / camera.height - 0.5) > 3
    if not (math.isfinite(camera.cx) and math.isfinite(camera.cy)) or far_off:
        findings.problem(
            f"its principal point {camera.cx:g}, {camera.cy:g} is nowhere near the picture", file=file, frame=name
        )
        return
    try:
        if not all(math.isfinite(value) for value in camera.lens.coefficients):
            raise UserError("The lens distortion holds numbers that are not finite.")
        check_lens(camera)
    except UserError as error:
        findings.problem(error.sentence[0].lower() + error.sentence[1:].rstrip("."), file=file, frame=name)


class PictureChecks:
    """Looks at picture and video files once each, recording what is wrong with them."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._seen: dict[Path, PictureInfo | None] = {}

    def footage(self, path: Path, video_frame: int | None, name: str) -> PictureInfo | None:
        """What a picture file, or picture `video_frame` of a video, holds; None after recording why it is of no use."""
        return self.picture(path, name) if video_frame is None else self.video(path, video_frame, name)

    def picture(self, path: Path, name: str) -> PictureInfo | None:
        """What a picture file holds, or None after recording why it cannot be used."""
        if path not in self._seen:
            try:
                self._seen[path] = inspect_picture(path)
            except UserError as error:
                self._seen[path] = None
                self._findings.problem(error.sentence, file=path, frame=name)
        return self._seen[path]

    def video(self, path: Path, number: int, name: str) -> PictureInfo | None:
        """Size of a video that has picture `number`, or None after recording why it cannot be used."""
        if path in self._seen and self._seen[path] is None:
            return None
        try:
            info = inspect_video(path)
        except UserError as error:
            self._seen[path] = None
            self._findings.problem(error.sentence, file=path, frame=name)
            return None
        if not 0 <= number < info.frame_count:
            self._findings.problem(
                f"the video has {info.frame_count} pictures; number {number} is not among them", file=path, frame=name
            )
            return None
        return PictureInfo(info.width, info.height, alpha=False)

    def mask(self, path: Path, size: tuple[int, int], name: str) -> None:
        """Record a problem where a mask is unreadable or of another size than its picture."""
        info = self.picture(path, name)
        if info is not None and (info.width, info.height) != size:
            self._findings.problem(
                f"the mask is {info.width}x{info.height}, its picture {size[0]}x{size[1]}", file=path, frame=name
            )

    def moving(self, path: Path, size: tuple[int, int], name: str) -> None:
        """Record a problem where a mask of what moves is unreadable or of another shape than its picture."""
        info = self.picture(path, name)
        if info is not None and not _same_shape((info.width, info.height), size):
            self._findings.problem(
                f"the mask of what moves is {info.width}x{info.height}, its picture {size[0]}x{size[1]}",
                file=path,
                frame=name,
            )

    def depth(self, depth: DepthMap, size: tuple[int, int], name: str) -> None:
        """Record a problem where a depth map is unreadable or of another shape than its picture."""
        if depth.scale is not None and not (math.isfinite(depth.scale) and depth.scale > 0):
            self._findings.problem(
                f"its depth_unit_scale_factor is {depth.scale:g}; it must be a positive number",
                file=depth.path,
                frame=name,
            )
            return
        try:
            height, width = read_depth(depth).shape
        except UserError as error:
            self._findings.problem(error.sentence, file=depth.path, frame=name)
            return
        if not _same_shape((width, height), size):
            self._findings.problem(
                f"the depth map is {width}x{height}, its picture {size[0]}x{size[1]}", file=depth.path, frame=name
            )


def _same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether sizes differ by no more than rounding: depth cameras see less finely than the camera beside them."""
    return abs(one[0] * other[1] - one[1] * other[0]) <= max(*one, *other)


def check_times(frames: list[Frame], source: Path, findings: Findings) -> None:
    """Record frames that are not in the order of their times within a stream, or share a time there."""
    streams: dict[int, list[Frame]] = defaultdict(list)
    for frame in frames:
        streams[frame.stream].append(frame)
    for stream in streams.values():
        taken: dict[float, Frame] = {}
        latest: Frame | None = None
        for frame in stream:
            same = taken.setdefault(frame.shot_frame, frame)
            if same is not frame:
                findings.problem(
                    f"it has the same time (shot frame {frame.shot_frame:g}) as frame {same.name} of the same camera",
                    file=source,
                    frame=frame.name,
                )
            elif latest is not None and frame.shot_frame < latest.shot_frame:
                findings.problem(
                    f"its time (shot frame {frame.shot_frame:g}) is out of order: it comes after frame {latest.name} "
                    f"(shot frame {latest.shot_frame:g})",
                    file=source,
                    frame=frame.name,
                )
            if latest is None or frame.shot_frame > latest.shot_frame:
                latest = frame


def check_count(frame_count: int, times: set[float], source: Path, findings: Findings) -> None:
    """Record a problem where there are too few frames to learn from."""
    if frame_count < FEWEST_FRAMES:
        findings.problem(f"there are too few frames: {frame_count}; at least {FEWEST_FRAMES} are needed", file=source)
    elif len(times) < 2:
        findings.problem("all frames have the same time; at least 2 different times are needed", file=source)
