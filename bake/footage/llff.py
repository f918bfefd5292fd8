"""LLFF's `poses_bounds.npy`: one row a picture (as NSFF uses it for clips), or one row a video of a rig (DyNeRF).

A row is a 3x5 matrix and two depths. The columns of the matrix are the camera's down, right and backwards, its place,
and (height, width, focal length). Rows are in the order of the files' names.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import UserError
from .capture import Capture, Entry, Intrinsics, Purpose
from .numbering import by_name, in_order, pictures_in
from .problems import Findings
from .rig import RigCamera, film
from .video import SUFFIXES as VIDEO_SUFFIXES

FILE_NAME = "poses_bounds.npy"
_SCALED = re.compile(r"images_\d+(x\d+)?")


def find(path: Path) -> Path | None:
    """The poses that `path` is, or that lie in the folder `path`."""
    place = path / FILE_NAME if path.is_dir() else path
    return place if place.name == FILE_NAME and place.is_file() else None


def read(path: Path, purpose: Purpose, findings: Findings) -> Capture:  # noqa: ARG001
    """Read the poses in file `path` and meet them with the pictures or videos beside it.

    Raises
    ------
    UserError
        If the file is no table of poses.
    """
    poses = _poses(path)
    folder = path.parent
    videos = sorted(file for file in folder.iterdir() if file.suffix.lower() in VIDEO_SUFFIXES)
    pictures = _pictures(folder)
    entries: tuple[Entry, ...] = ()
    fps = None
    if pictures:
        if _matched(len(poses), len(pictures), "pictures in " + pictures[0].parent.name, path, findings):
            entries = _of_pictures(poses, pictures, path, findings)
    elif not videos:
        findings.problem("there are no pictures in images/ beside it, and no videos", file=path)
    elif _matched(len(poses), len(videos), "videos beside it", path, findings):
        rig = [RigCamera(video.stem, video, *_camera(row)) for row, video in zip(poses, videos, strict=True)]
        entries, fps = film(rig, path, findings)
    bounds = poses[:, 15:]
    sound = bool(np.all(np.isfinite(bounds)) and np.all(bounds > 0))
    if not sound:
        findings.note("its depths (last two columns) are not positive; they are left aside", file=path)
    return Capture(
        path=path,
        name=path.resolve().parent.name,
        entries=entries,
        fps=fps,
        near=float(bounds.min()) if sound else None,
        far=float(bounds.max()) if sound else None,
    )


def _poses(path: Path) -> NDArray[np.float64]:
    try:
        poses = np.asarray(np.load(path, allow_pickle=False), dtype=np.float64)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(
            f"{path} is not a readable array of numbers.", "Write it anew with LLFF's imgs2poses."
        ) from error
    if poses.ndim != 2 or poses.shape[1] != 17:
        shape = "x".join(map(str, poses.shape))
        raise UserError(
            f"{path} has the shape {shape}; poses are N rows of 17 numbers.", "Write it anew with LLFF's imgs2poses."
        )
    return poses


def _pictures(folder: Path) -> list[Path]:
    """The pictures at their full size, or at the largest that is there."""
    full = pictures_in(folder / "images")
    if full:
        return full
    scaled = (pictures_in(place) for place in folder.iterdir() if _SCALED.fullmatch(place.name))
    return max(scaled, key=lambda pictures: pictures[0].stat().st_size if pictures else -1, default=[])


def _matched(rows: int, files: int, what: str, path: Path, findings: Findings) -> bool:
    if rows != files:
        findings.problem(
            f"it has {rows} cameras, but there are {files} {what}; each needs the other, in the order of the names",
            file=path,
        )
    return rows == files


def _camera(row: NDArray[np.float64]) -> tuple[Intrinsics, NDArray[np.float64]]:
    """Lens and (4, 4) camera-to-world matrix of a row."""
    columns = row[:15].reshape(3, 5)
    down, right, back, place, (height, width, focal) = columns.T
    matrix = np.eye(4)
    matrix[:3] = np.stack([right, -down, back, place], axis=1)
    size = [round(float(v)) if math.isfinite(v) and v >= 1 else None for v in (width, height)]
    return Intrinsics(size[0], size[1], float(focal), float(focal), None, None), matrix


def _of_pictures(poses: NDArray[np.float64], pictures: list[Path], path: Path, findings: Findings) -> tuple[Entry, ...]:
    folder = path.parent
    names = [picture.relative_to(folder).as_posix() for picture in pictures]
    entries = []
    for row, picture, name, told in zip(poses, pictures, names, by_name(names, path, findings), strict=True):
        moving = folder / "motion_masks" / f"{picture.stem}.png"
        intrinsics, matrix = _camera(row)
        entries.append(
            Entry(
                name,
                picture,
                intrinsics,
                matrix,
                shot_frame=told.shot_frame,
                stream=told.stream,
                moving=moving if moving.is_file() else None,
            )
        )
    return in_order(entries)
